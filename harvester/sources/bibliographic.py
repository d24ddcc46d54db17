"""Questions for works of which only a description is known: a printed reference, a title.

The answers rank what is similar and promise nothing: a score is no confidence (Crossref REST API,
api.crossref.org/swagger-ui, "query.bibliographic"). Whoever asks compares what comes.
"""

import re
from typing import Final
from urllib.parse import quote_plus

from harvester.model import Identifier, Query
from harvester.sources import crossref, openalex

__all__ = ["at_crossref", "at_openalex", "likely_title"]

# What is meant is nearly always among the first; every further record is one more that could be taken for it.
ROWS: Final = 5
LONGEST: Final = 500
MOST_WORDS: Final = 14
FEWEST_WORDS: Final = 3

_AT_CROSSREF: Final = (
    "DOI,title,subtitle,original-title,short-title,author,issued,published,published-print,published-online,"
    "container-title,short-container-title,volume,issue,page,article-number,type,ISSN,ISBN"
)
_AT_OPENALEX: Final = "id,doi,ids,title,display_name,publication_year,authorships,primary_location,biblio,type,language"
_ADDRESS: Final = re.compile(r"\b(?:doi:?\s*)?(?:https?://\S+|10\.\d{4,9}/\S+)", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W_]+")
_BREAK: Final = re.compile(r"[.?!]\s+|[“”\"«»;]|\(\d{4}[a-z]?\)[.,:]?|,\s*(?=\d)|\[[A-Z]{1,2}(?:/[A-Z]{2})?\]")


def at_crossref(text: str, *, asked: Identifier) -> Query | None:
    """Ask Crossref for the works most similar to a printed reference; None where nothing is left to ask with.

    >>> at_crossref("Hall L. Peers & support. 2019. doi:10.5555/x", asked=Identifier("reference", "1")).url.partition(
    ...     "&s"
    ... )[0]
    'https://api.crossref.org/works?query.bibliographic=Hall+L.+Peers+%26+support.+2019.&rows=5'
    """
    words = " ".join(_ADDRESS.sub(" ", text).split())[:LONGEST]
    if not _WORD.search(words):
        return None
    url = f"{crossref.WORKS}?query.bibliographic={quote_plus(words)}&rows={ROWS}&select={_AT_CROSSREF}"
    return Query(source=crossref.NAME, url=url, kind="search", asked=(asked,))


def at_openalex(title: str, *, asked: Identifier) -> Query | None:
    """Ask OpenAlex for the works whose titles hold the first words of this one; None where these are too few.

    Words only: commas end a filter, and `|`, `!`, quotes and words such as AND are operators (help.openalex.org
    api/searching.md).

    >>> at_openalex("Peers, support AND recovery!", asked=Identifier("reference", "1")).url.partition("&")[0]
    'https://api.openalex.org/works?filter=title.search:peers+support+and+recovery'
    """
    words = [word.lower() for word in _WORD.findall(title[:LONGEST])][:MOST_WORDS]
    if len(words) < FEWEST_WORDS:
        return None
    found = f"title.search:{quote_plus(' '.join(words))}"
    url = f"{openalex.WORKS}?filter={found}&per-page={ROWS}&include_xpac=true&select={_AT_OPENALEX}"
    return Query(source=openalex.NAME, url=url, kind="search", asked=(asked,))


def likely_title(text: str) -> str | None:
    """Guess the title in a printed reference: the longest stretch of words between marks that end one.

    Only good for a question: what it finds is compared with the whole reference.

    >>> likely_title("Hall L, Ito K. Peer support at work in hospitals. J Ment Health 2019;12:345-50.")
    'Peer support at work in hospitals'
    """
    stretches = (stretch.strip(" .,:;()[]'’‘") for stretch in _BREAK.split(_ADDRESS.sub(" ", text)))
    # Initials and abbreviations are short words: a list of twenty authors is not a title.
    long = {stretch: sum(len(word) > 3 for word in _WORD.findall(stretch)) for stretch in stretches if stretch}
    best = max(long, key=long.__getitem__, default=None)
    return best if best is not None and long[best] >= FEWEST_WORDS else None
