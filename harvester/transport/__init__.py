"""The polite client: the only module that knows httpx.

A request passes through layers, outermost first: cache, retry, budget, pace, credentials, wire. The order
carries the promises. What the cache holds is paid for once. A retry is paid for and paced like any other
request. A key or an e-mail is added below the cache, so neither is ever stored or logged.

    client        `Client.ask`: one question, through all of it
    cache         answers that were had before
    layers        `Retried`, `Budgeted`
    pace          `Paced`
    credentials   `Credentials`, and who is told them
    wire          the connection, through a proxy or not, and how much is taken from it
    refusals      what a status other than 200 and 404 means

An answer is read (`read(query, status, body)`, the source's own pure function) inside the retry layer, so a
body that is cut, empty or of another shape is asked for again and never reaches the cache.
"""

from harvester.transport.client import Client, Reply
from harvester.transport.credentials import Credentials
from harvester.transport.layers import Patience, Tally

__all__ = ["Client", "Credentials", "Patience", "Reply", "Tally"]
