"""Crossref, OpenAlex and other indexes on a loopback address, over a folder of records, with faults on demand.

For tests, demonstrations, benchmarks and rehearsals of a harvest: the same questions get answers of the same
shape as from the public APIs, with their prices, limits, cursors, error messages and quirks, as far as these
are known from recorded traffic and from the code that the providers publish. Searches and filters are
evaluated here by code of its own, so that a mistake in the harvester's is not agreed with.

    corpus   the records: `load` a folder into a `Corpus`
    http     `Request`, `Response`, and `Site`, which turns one into the other and knows no socket
    openalex, crossref, opencitations, datacite, europepmc   the sites
    faults   what goes wrong on purpose
    server   the sites on a socket: `Replica` for tests, `serve` for the command line

>>> import urllib.request
>>> work = {"id": "https://openalex.org/W42", "title": "Peer support"}
>>> with Replica(sites(Corpus(openalex=(work,)))) as replica:
...     with urllib.request.urlopen(f"{replica.url}/openalex/works/W42?select=title") as answer:
...         answer.read()
b'{"title":"Peer support"}'
"""

from harvester.replica.corpus import Corpus, load
from harvester.replica.crossref import CrossrefSite
from harvester.replica.datacite import DataCiteSite
from harvester.replica.europepmc import EuropePmcSite
from harvester.replica.faults import Faults
from harvester.replica.http import Request, Response, Site
from harvester.replica.openalex import OpenAlexSite
from harvester.replica.opencitations import OpenCitationsSite
from harvester.replica.server import Replica, app, serve

__all__ = [
    "Corpus",
    "CrossrefSite",
    "DataCiteSite",
    "EuropePmcSite",
    "Faults",
    "OpenAlexSite",
    "OpenCitationsSite",
    "Replica",
    "Request",
    "Response",
    "Site",
    "app",
    "load",
    "serve",
    "sites",
]


def sites(corpus: Corpus, *, unlimited: bool = False) -> dict[str, Site]:
    """The sites over a corpus, by the path they are served under; `unlimited` lifts budgets and rates."""
    return {
        "openalex": OpenAlexSite(corpus, unlimited=unlimited),
        "crossref": CrossrefSite(corpus, unlimited=unlimited),
        "opencitations": OpenCitationsSite(corpus, unlimited=unlimited),
        "datacite": DataCiteSite(corpus, unlimited=unlimited),
        "europepmc": EuropePmcSite(corpus, unlimited=unlimited),
    }
