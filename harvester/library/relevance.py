"""How alike the works of a library are to a few of them, by the words of titles and abstracts.

The words of the seeds are looked up in the text index of the library and count by BM25 with relevance weights: a word
says the more, the more of the seeds and the fewer of the other works hold it. What the index takes for one word is one
here: no stems are cut, and a sentence of Chinese or Japanese, which the index does not divide, is like no other.
"""

import math
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from graph.terms import SPEAKS, voices, words_of
from harvester.errors import InputError
from harvester.library.store import Library

__all__ = ["relevance"]

TERMS = 200
"""So many words of the seeds are asked for, the most telling ones: those beyond change little, and take their time."""

TITLE, ABSTRACT = 2.0, 1.0
"""How much a word in a title and in an abstract counts."""

LEAST_FREQUENCY = 1e-6
"""The inverse document frequency of FTS5 for a word that more than half of all works hold."""


class _Term(NamedTuple):
    """A word of the seeds, and what it is weighed by."""

    word: str
    seeds: int
    """How many seeds hold it."""
    works: int
    """How many works do, the seeds among them."""
    weight: float
    """How much likelier a work that holds it is one like the seeds."""


def relevance(library: Library, seeds: Sequence[str]) -> dict[str, float]:
    """Give each work that shares telling words with the seeds its likeness to them; the seeds themselves too.

    Keys, in their order, lead to numbers above 0, of which only the order and the ratios mean something; a work that
    is not among them shares no such word, or has no text here. Nothing is given for seeds without title and abstract.
    Seeds are named by their keys; one named twice counts once. The file is only read. Raises `InputError` for a key
    that is not in the library.

    With R seeds, of which r hold a word that n of the N works in the index hold, the word has the relevance weight
    w = log((r + ½)(N - n - R + r + ½) / ((n - r + ½)(R - r + ½))) (S. E. Robertson, K. Sparck Jones, Relevance
    weighting of search terms, JASIS 27 (3), 1976). The words with the largest r · w above 0 are asked for, function
    words left out (S. E. Robertson, On term selection for query expansion, Journal of Documentation 46 (4), 1990).
    A work gets the sum, over these, of r · w times what BM25 makes of how often the word stands there and how long the
    text is, with k1 = 1.2 and b = 0.75 (sqlite.org/fts5.html, "The bm25() function"). In a title it counts twice.
    """
    db = library.db
    texts = _texts(db, sorted(set(seeds)))
    total = int(db.execute("select count(*) from works_text_docsize").fetchone()[0])
    scores: defaultdict[int, float] = defaultdict(float)
    for term in _telling(db, texts, total)[:TERMS]:
        # The index multiplies by a frequency that knows nothing of seeds, which is taken out again.
        scale = term.seeds * term.weight / _inverse_frequency(term.works, total)
        for number, told in db.execute(_SCORED, (TITLE, ABSTRACT, _phrase(term.word))):
            scores[number] -= scale * told
    keys = db.execute("select key, id from works order by key") if scores else ()
    return {key: scores[number] for key, number in keys if number in scores}


_SCORED = "select rowid, bm25(works_text, ?, ?) from works_text where works_text match ?"


def _texts(db: sqlite3.Connection, keys: list[str]) -> list[str]:
    """Read the title and the abstract of each work that has one of them."""
    found = []
    for key in keys:
        row = db.execute("select title, abstract from works where key = ?", (key,)).fetchone()
        if row is None:
            raise InputError(f"{key} is not in this library")
        if any(row):
            # A line's end parts the title from the abstract for whoever cuts them into words.
            found.append("\n".join(filter(None, row)))
    return found


def _telling(db: sqlite3.Connection, texts: list[str], total: int) -> list[_Term]:
    """Find the words by which works like these can be told from others, the most telling first."""
    words = words_of(texts)
    spoken = zip(words.title.tolist(), words.word.tolist(), (voices(words) == SPEAKS).tolist(), strict=True)
    # Each word of each text once.
    pairs = {(text, word) for text, word, speaks in spoken if speaks}
    held = Counter(words.vocabulary[word] for _, word in pairs)
    found = []
    for word, seeds in held.items():
        query = "select count(*) from works_text where works_text match ?"
        works = int(db.execute(query, (_phrase(word),)).fetchone()[0])
        weight = _relevance_weight(seeds, len(texts), works, total)
        if works and weight > 0:
            found.append(_Term(word, seeds, works, weight))
    return sorted(found, key=lambda term: (-term.seeds * term.weight, term.word))


def _phrase(word: str) -> str:
    """Write a word so that nothing in it is syntax (sqlite.org/fts5.html, "FTS5 Strings")."""
    return '"' + word.replace('"', '""') + '"'


def _relevance_weight(held: int, seeds: int, works: int, total: int) -> float:
    # The index may take two words for one (it knows no accents), or be written to meanwhile.
    works = max(works, held)
    others = max(total - works - seeds + held, 0)
    return math.log((held + 0.5) * (others + 0.5) / ((works - held + 0.5) * (seeds - held + 0.5)))


def _inverse_frequency(works: int, total: int) -> float:
    frequency = math.log((max(total - works, 0) + 0.5) / (works + 0.5))
    # GitHub sqlite/sqlite ext/fts5/fts5_aux.c
    return frequency if frequency > 0 else LEAST_FREQUENCY
