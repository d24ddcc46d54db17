"""Authors linked by the works they wrote together, and keywords by the works they stand on together."""

from array import array
from collections.abc import Iterable
from itertools import pairwise
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from graph.similarity.network import Measure, Network, check_at_least, check_measure, weigh
from graph.similarity.overlap import overlaps

__all__ = ["coauthorship", "keyword_cooccurrence"]


def coauthorship(
    works: Iterable[tuple[str, Iterable[str | None]]],
    *,
    measure: Measure = "count",
    least: int = 1,
    least_works: int = 1,
    hub: int | None = None,
) -> Network:
    """Link authors who wrote works together.

    `works` are pairs of a work's key and its authors. What an author is joined on from work to work is the
    caller's to give and is compared letter by letter: an ORCID, an OpenAlex id, or the name as printed, where
    namesakes become one and one person with two spellings two. Nothing is guessed here. An author for whom
    the caller has nothing is None or blank: no node, and never the same as another one, but counted among the
    authors of the work. One who stands twice on a work is one author of it.

    Nodes are the authors of at least `least_works` works, their occurrences; two are linked who wrote at
    least `least` together. Works with more than `hub` authors are left out of account and named in `left_out`.
    With a_ik 1 when author i wrote work k, and n_k the number of authors of the work, the weight of a link is

    - `count`, full counting: Σ_k a_ik a_jk, the works they wrote together;
    - `fractional`: Σ_k a_ik a_jk / (n_k - 1), so that a work gives each of its authors 1 in all, however many
      there are. A. Perianes-Rodriguez, L. Waltman, N. J. van Eck, Constructing bibliometric networks: a
      comparison between full and fractional counting, Journal of Informetrics 10 (4), 2016, 1178-1195;
    - `cosine`, `jaccard`, `association`: see `graph.similarity.network.weigh`.

    The order of the works does not matter. Raises ValueError when two works have one key, for an unknown
    measure and for a bound below 1, and TypeError where the authors are one string.

    >>> papers = [("p1", ["Ann", "Bo", "Cy"]), ("p2", ["Ann", "Bo"]), ("p3", ["Bo", None])]
    >>> authors = coauthorship(papers, measure="fractional")
    >>> [
    ...     (authors.keys[i], authors.keys[j], w)
    ...     for i, j, w in zip(authors.first, authors.second, authors.weights.tolist())
    ... ]
    [('Ann', 'Bo', 1.5), ('Ann', 'Cy', 0.5), ('Bo', 'Cy', 0.5)]
    >>> dict(zip(authors.keys, authors.total_strength.tolist()))
    {'Ann': 2.0, 'Bo': 2.0, 'Cy': 1.0}
    """
    return _together(works, measure=measure, least=least, least_works=least_works, hub=hub)


def keyword_cooccurrence(
    works: Iterable[tuple[str, Iterable[str]]],
    *,
    measure: Measure = "count",
    least: int = 1,
    least_works: int = 1,
    hub: int | None = None,
) -> Network:
    """Link keywords that stand on works together.

    `works` are pairs of a work's key and its keywords. Keywords are one when they are equal in lower case,
    with runs of white space as one space and letters with accents composed, and that form is the key of the
    node; words are not stemmed. Blank ones are passed over. The rest is as at `coauthorship`, with n_k the
    number of keywords of the work.

    >>> papers = [("p1", ["Peer support", "recovery"]), ("p2", ["peer  support", "Recovery", "stigma"])]
    >>> terms = keyword_cooccurrence(papers, least=2)
    >>> terms.keys, terms.counts.tolist()
    (('peer support', 'recovery', 'stigma'), [2])
    """
    folded = ((key, _folded(terms)) for key, terms in works)
    return _together(folded, measure=measure, least=least, least_works=least_works, hub=hub)


def _folded(terms: Iterable[str]) -> list[str]:
    """The keywords of a work in the form in which they are compared."""
    if isinstance(terms, str):
        raise TypeError(f"the keywords of a work are a list of them, not one string: {terms!r}")
    folded = (" ".join(normalize("NFC", term).lower().split()) for term in terms)
    return [term for term in folded if term]


def _together(
    works: Iterable[tuple[str, Iterable[str | None]]],
    *,
    measure: Measure,
    least: int,
    least_works: int,
    hub: int | None,
) -> Network:
    """Link the names that stand on works together."""
    check_measure(measure, fractional=True)
    check_at_least(least=least, least_works=least_works, hub=hub)
    keys, sizes, names, rows, columns = _incidence(works)
    left_out = np.zeros(len(keys), np.bool_) if hub is None else sizes > hub
    kept = ~left_out[columns]
    occurrences = np.bincount(rows[kept], minlength=len(names))
    nodes = occurrences >= least_works
    kept &= nodes[rows]
    links, fractions = overlaps(
        np.concatenate(([0], np.cumsum(occurrences[nodes]))),
        columns[kept].astype(np.int32),
        columns=len(keys),
        least=least,
        # A work of one author is in no pair, and its share in no sum.
        shares=1 / np.maximum(sizes - 1, 1) if measure == "fractional" else None,
    )
    return weigh(
        tuple(name for name, chosen in zip(names, nodes.tolist(), strict=True) if chosen),
        occurrences[nodes],
        links,
        measure=measure,
        least=least,
        hub=hub,
        left_out=tuple(keys[column] for column in np.flatnonzero(left_out).tolist()),
        fractions=fractions,
    )


def _incidence(
    works: Iterable[tuple[str, Iterable[str | None]]],
) -> tuple[list[str], NDArray[np.int64], list[str], NDArray[np.int64], NDArray[np.int64]]:
    """Who stands on what: the works by key, how many names each has, the names, and where they meet.

    The last two are a row, the place of a name, and a column, that of a work, for each name on each work,
    ordered by row and column: works that arrive in another order give the same.
    """
    number: dict[str, int] = {}
    arrived: list[str] = []
    sizes, lengths, named = array("q"), array("q"), array("q")
    for key, given in works:
        if isinstance(given, str):
            raise TypeError(f"the names on the work {key!r} are a list of them, not one string: {given!r}")
        names = [None if name is None or not name.strip() else name for name in given]
        known = dict.fromkeys(name for name in names if name is not None)
        arrived.append(key)
        sizes.append(len(known) + names.count(None))
        lengths.append(len(known))
        named.extend([number.setdefault(name, len(number)) for name in known])

    order = sorted(range(len(arrived)), key=arrived.__getitem__)
    keys = [arrived[work] for work in order]
    for one, other in pairwise(keys):
        if one == other:
            raise ValueError(f"two works have the key {one!r}")
    labels = sorted(number)
    place, rank = np.empty(len(keys), np.int64), np.empty(len(labels), np.int64)
    place[order] = np.arange(len(keys))
    rank[[number[label] for label in labels]] = np.arange(len(labels))
    # One number for a name and a work sorts by both.
    meetings = rank[np.asarray(named, np.int64)] * len(keys)
    meetings += np.repeat(place, np.asarray(lengths, np.int64))
    meetings.sort()
    rows, columns = np.divmod(meetings, max(len(keys), 1))
    return keys, np.asarray(sizes, np.int64)[order], labels, rows, columns
