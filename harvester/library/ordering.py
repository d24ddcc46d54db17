"""The works of a library that satisfy an expression, those first that say most of what it asks for.

What satisfies the expression is for `selection` to judge, work by work; the text index of the library only puts in
order what it found. So no work is lost to what the index takes for a word, and the order is that of BM25.
"""

from collections.abc import Iterator

from harvester.expression.settle import is_exact
from harvester.expression.tree import And, Expression, Near, Or, Term, is_pattern
from harvester.expression.words import STOP, is_stemmed, pieces, root, stem
from harvester.library.relevance import ABSTRACT, TITLE
from harvester.library.selection import select
from harvester.library.store import Library

__all__ = ["ordered"]

_COLUMNS = {"text": "{title abstract}", "title": "{title}", "abstract": "{abstract}"}


def ordered(library: Library, expression: Expression, *, text: str) -> list[str]:
    """Give the keys of the works that satisfy an expression, the best first.

    Works are ordered by the words of the expression that are looked for in titles and abstracts, by the BM25 of the
    index (sqlite.org/fts5.html, "The bm25() function"), a word in a title counting twice; words after NOT, names and
    years say nothing of the order. Those that are alike, or have none of the words as the index cuts them, are in the
    order of their keys. Raises `QueryError` as `select` does.
    """
    found = select(library, expression, text=text)
    asked = " OR ".join(dict.fromkeys(_asked(expression, exact=is_exact(expression))))
    scores: dict[str, float] = {}
    if asked and found:
        rows = library.db.execute(_SCORED, (TITLE, ABSTRACT, asked))
        scores = {key: score for key, score in rows if key in found}
    # FTS5 gives the better of two the smaller number, and no number is above 0.
    return sorted(found, key=lambda key: (scores.get(key, 0.0), key))


_SCORED = (
    "select w.key, bm25(works_text, ?, ?) from works_text join works w on w.id = works_text.rowid"
    " where works_text match ?"
)


def _asked(expression: Expression, *, exact: bool) -> Iterator[str]:
    """Write the words that are to be there as the index is asked for them, by what they begin with."""
    if isinstance(expression, And | Or):
        for part in expression.parts:
            yield from _asked(part, exact=exact)
    elif isinstance(expression, Term | Near) and expression.field in _COLUMNS:
        stemmed = is_stemmed(expression.field, exact=exact)
        words = expression.words if isinstance(expression, Term) else (*expression.left, *expression.right)
        for piece in (piece for word in words for piece in pieces(word) if not (stemmed and piece in STOP)):
            if is_pattern(piece):
                letters, ending = piece.split("*")[0].split("?")[0], "*"
            elif stemmed:
                letters, ending = root(stem(piece)), "*"
            else:
                letters, ending = piece, ""
            if letters:
                yield f'{_COLUMNS[expression.field]} : "{letters}"{ending}'
