"""What indexes can be asked for in the place of an expression, and what that changes.

OpenAlex compares words by their stems unless a word is truncated, passes over stop words when it does, and takes
no truncation inside a phrase of a Boolean search. A search is settled before anything is sent, so that whoever
asks reads first what will be asked, and in the same words for every index.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice, product
from math import prod

from harvester.errors import QueryError
from harvester.expression.forms import MOST, forms, likeliest
from harvester.expression.tree import (
    And,
    Expression,
    Leaf,
    Near,
    Not,
    Or,
    Term,
    all_of,
    any_of,
    is_pattern,
    leaves,
    replace_leaves,
)
from harvester.expression.words import STOP, is_stemmed, pieces, says_nothing, stem
from harvester.expression.write import write

__all__ = ["Settled", "is_exact", "settle"]

_EXAMPLES = 4


@dataclass(frozen=True)
class Settled:
    """An expression in which only single words are truncated, and every word says something."""

    expression: Expression
    exact: bool
    """Words are searched as they are written, not by their stems."""
    changes: tuple[str, ...]
    """What is asked otherwise than it was written, in sentences."""


def is_exact(expression: Expression) -> bool:
    """Tell whether words are compared as they are written: as soon as a word outside phrases is truncated.

    Names of people and journals are never stemmed, so that a truncated one changes nothing for other words.

    >>> is_exact(Term("text", ("recover*",))), is_exact(Term("text", ("peer", "work*")))
    (True, False)
    """
    return next(_truncated(expression), None) is not None


def _truncated(expression: Expression) -> Iterator[str]:
    for leaf in leaves(expression):
        if isinstance(leaf, Term) and is_stemmed(leaf.field, exact=False) and _is_truncated_word(leaf.words):
            yield leaf.words[0]


def _is_truncated_word(words: tuple[str, ...]) -> bool:
    return len(words) == 1 and is_pattern(words[0]) and len(pieces(words[0])) == 1


def settle(expression: Expression, *, text: str) -> Settled:
    """Make of an expression what indexes can be asked for; `text` is what it was parsed from.

    Raises `QueryError` for a phrase whose truncated word stands for too many words or for none that is known, and
    for a search of which nothing is left.

    >>> settled = settle(Term("text", ("peer", "worker*")), text='"peer worker*"')
    >>> settled.expression.words, settled.exact
    (('peer', 'worker'), False)
    >>> settled.changes
    ('"peer worker*": worker* is asked as worker, which also finds workers (OpenAlex takes no truncation in phrases).',)
    """
    truncated = tuple(dict.fromkeys(_truncated(expression)))
    exact = bool(truncated)
    changes = [_unstemmed(truncated)] if exact else []

    def asked(leaf: Leaf) -> Expression:
        if not isinstance(leaf, Term | Near) or not _has_truncation_inside(leaf):
            return leaf
        spelt_out, sentences = _spelt_out(leaf, exact=exact, text=text)
        changes.extend(sentences)
        return spelt_out

    silent: dict[str, None] = {}
    kept = _without_silence(replace_leaves(expression, asked), exact=exact, silent=silent)
    named = tuple(silent)
    if kept is None:
        reason = f"{_joined(named)} {_be(named)} too common for OpenAlex to look for"
        raise QueryError(f"Nothing is left to search for: {reason}.", text=text, span=(0, len(text)))
    if named:
        changes.append(f"{_joined(named)} {_be(named)} left out: OpenAlex does not look for words so common.")
    return Settled(kept, exact, tuple(dict.fromkeys(changes)))


def _unstemmed(truncated: tuple[str, ...]) -> str:
    return (
        f"{_joined(truncated)} {_be(truncated)} truncated, which OpenAlex allows only without stemming: every word is"
        " searched as it is written, and finds other forms of itself only where it is truncated too."
    )


def _joined(words: tuple[str, ...]) -> str:
    """The words as a sentence lists them.

    >>> _joined(("a", "b", "c"))
    'a, b and c'
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _be(words: tuple[str, ...]) -> str:
    return "is" if len(words) == 1 else "are"


# -- truncation inside phrases ---------------------------------------------------------------------------------


def _has_truncation_inside(leaf: Term | Near) -> bool:
    if isinstance(leaf, Near):
        return any(map(is_pattern, (*leaf.left, *leaf.right)))
    return any(map(is_pattern, leaf.words)) and not _is_truncated_word(leaf.words)


def _spelt_out(leaf: Term | Near, *, exact: bool, text: str) -> tuple[Expression, list[str]]:
    """The leaf with every form of its truncated words, and a sentence for each of these."""
    groups = {
        pattern: _grouped(_known(leaf, pattern, text=text), stemmed=is_stemmed(leaf.field, exact=exact))
        for pattern in _patterns(leaf)
    }
    count = prod(len(groups[pattern]) for pattern in _patterns(leaf))
    if not 0 < count <= MOST:
        raise _refusal(leaf, f"spelt out it would be {count or 'no'} phrases, of {MOST} at most", text=text)
    options = {pattern: tuple(found) for pattern, found in groups.items()}
    sentences = [
        f"{write(leaf)}: {pattern} is asked as {_joined(options[pattern])}{_also(found)}"
        " (OpenAlex takes no truncation in phrases)."
        for pattern, found in groups.items()
    ]
    return any_of(*_filled(leaf, options)), sentences


def _known(leaf: Term | Near, pattern: str, *, text: str) -> tuple[str, ...]:
    if leaf.field == "author":
        raise _refusal(leaf, f"no list says which names {pattern} stands for", text=text)
    found = forms(pattern)
    if found is not None:
        return found
    if likeliest(pattern, count=1):
        raise _refusal(leaf, f"{pattern} stands for more than {MOST} words", text=text)
    raise _refusal(leaf, f"no English word is known to fit {pattern}", text=text)


def _sides(leaf: Term | Near) -> tuple[tuple[str, ...], ...]:
    return (leaf.left, leaf.right) if isinstance(leaf, Near) else (leaf.words,)


def _cut(words: tuple[str, ...]) -> list[str]:
    """The words, those with a wildcard cut into pieces, since each piece has its own forms."""
    return [piece for word in words for piece in (pieces(word) if is_pattern(word) else (word,))]


def _patterns(leaf: Term | Near) -> list[str]:
    return [piece for side in _sides(leaf) for piece in _cut(side) if is_pattern(piece)]


def _grouped(words: tuple[str, ...], *, stemmed: bool) -> dict[str, list[str]]:
    """Each word to ask for, with the others that it also finds."""
    groups: dict[str, list[str]] = {}
    for word in sorted(words, key=lambda word: (len(word), word)):
        if not stemmed:
            groups[word] = []
        elif word not in STOP:
            same = next((asked for asked in groups if stem(asked) == stem(word)), None)
            groups.setdefault(same or word, []).extend([word] if same else [])
    return groups


def _also(groups: dict[str, list[str]]) -> str:
    others = tuple(sorted(word for same in groups.values() for word in same))
    return f", which also find{'s' if len(groups) == 1 else ''} {_joined(others)}" if others else ""


def _filled(leaf: Term | Near, options: dict[str, tuple[str, ...]]) -> Iterator[Expression]:
    """The leaf once for every combination of words in the places of its patterns."""
    left, *right = (_cut(side) for side in _sides(leaf))
    for words in product(*(options.get(piece, (piece,)) for piece in (*left, *(right[0] if right else ())))):
        if isinstance(leaf, Near):
            yield replace(leaf, left=words[: len(left)], right=words[len(left) :])
        else:
            yield replace(leaf, words=words)


def _refusal(leaf: Term | Near, reason: str, *, text: str) -> QueryError:
    start, end = leaf.span
    # A field named further out, before a bracket, is not repeated inside it.
    in_place = leaf if text[start:end].startswith(f"{leaf.field}:") else replace(leaf, field="text")
    example = write(_example(in_place, is_name=leaf.field == "author"))
    return QueryError(
        f"{write(leaf)}: OpenAlex takes no truncation in phrases, and {reason}."
        " Write out the phrases that are meant, or join the words with AND.",
        text=text,
        span=leaf.span,
        suggestion=f"{text[:start]}({example}){text[end:]}" if start < end else example,
    )


def _example(leaf: Term | Near, *, is_name: bool) -> Expression:
    """A few phrases that may have been meant, or where nobody can say, the words alone."""
    patterns = _patterns(leaf)
    each = _EXAMPLES if len(patterns) == 1 else 2
    options = {pattern: () if is_name else likeliest(pattern, count=each) for pattern in patterns}
    if all(options.values()):
        return any_of(*islice(_filled(leaf, options), _EXAMPLES))
    words = [word for side in _sides(leaf) for word in side if word not in STOP]
    return all_of(*(Term(leaf.field, (word,)) for word in dict.fromkeys(words)))


# -- words that say nothing ------------------------------------------------------------------------------------


def _without_silence(expression: Expression, *, exact: bool, silent: dict[str, None]) -> Expression | None:
    """The expression without terms that say nothing, which are named in `silent`; None if nothing is left."""
    if isinstance(expression, And | Or):
        parts = [_without_silence(part, exact=exact, silent=silent) for part in expression.parts]
        kept = [part for part in parts if part is not None]
        return (all_of if isinstance(expression, And) else any_of)(*kept) if kept else None
    if isinstance(expression, Not):
        part = _without_silence(expression.part, exact=exact, silent=silent)
        if part is None:
            return None
        return part.part if isinstance(part, Not) else Not(part)
    if not isinstance(expression, Term | Near):
        return expression
    stemmed = is_stemmed(expression.field, exact=exact)
    sides = _sides(expression)
    speaking = [side for side in sides if not says_nothing(side, stemmed=stemmed)]
    silent |= {f'"{" ".join(side)}"': None for side in sides if side not in speaking}
    if len(speaking) == len(sides):
        return expression
    return Term(expression.field, speaking[0], span=expression.span) if speaking else None
