"""What every match of a search must hold, as a condition on titles and inverted abstracts as they are stored.

To put an abstract together, clean it and compare its stems takes far longer than to look for letters in its index. A
word can only be found where the letters are that all its forms begin with, so most works are passed over by these
alone; what is left is judged exactly. The condition is therefore never stricter than the judgement: where cleaning
may join what is apart (markup, entities, soft hyphens), or letters may be composed otherwise, nothing is asked of
a text.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from harvester.expression.tree import And, Expression, Near, Not, Or, Term, Years, is_pattern
from harvester.expression.words import STOP, is_stemmed, pieces, root, stem
from harvester.sources.value import EARLIEST_YEAR, LATEST_YEAR

__all__ = ["IRREGULAR", "Condition", "condition"]

_FORMS = (
    r"\x{1100}-\x{11FF}"
    r"\x{340}-\x{344}\x{374}\x{37E}\x{387}\x{958}-\x{95F}\x{9DC}-\x{9DF}\x{A33}\x{A36}\x{A59}-\x{A5B}\x{A5E}"
    r"\x{B5C}-\x{B5D}\x{F43}\x{F4D}\x{F52}\x{F57}\x{F5C}\x{F69}\x{F73}-\x{F78}\x{F81}\x{F93}\x{F9D}\x{FA2}"
    r"\x{FA7}\x{FAC}\x{FB9}\x{1F71}-\x{1F7D}\x{1FBB}\x{1FBE}\x{1FC9}-\x{1FCB}\x{1FD3}\x{1FDB}\x{1FE3}\x{1FEB}"
    r"\x{1FEE}-\x{1FEF}\x{1FF9}-\x{1FFD}\x{2000}-\x{2001}\x{2126}\x{212A}-\x{212B}\x{2329}-\x{232A}\x{2ADC}"
    r"\x{F900}-\x{FA0D}\x{FA10}-\x{FA12}\x{FA15}-\x{FA22}\x{FA25}-\x{FA26}\x{FA2A}-\x{FA6D}\x{FA70}-\x{FAD9}"
    r"\x{FB1D}-\x{FB1F}\x{FB2A}-\x{FB4E}\x{1D15E}-\x{1D164}\x{1D1BB}-\x{1D1C0}\x{2F800}-\x{2FA1D}"
)
"""Letters that stand for others, which normal form C makes them: parts of Hangul, and what Unicode has twice."""

IRREGULAR = (
    r"<[A-Za-z/!?]|\]\]>|&[#A-Za-z]|\\[ub]"
    r"|[\x00-\x08\x0E-\x1F\x7F-\x84\x86-\x9F\x{AD}\x{200B}\x{202A}-\x{202E}\x{2060}\x{2066}-\x{2069}\x{FEFF}\x{FDD0}-\x{FDEF}"
    + "".join(rf"\x{{{plane:X}FFFE}}\x{{{plane:X}FFFF}}" for plane in range(1, 17))
    + rf"\x{{FFFE}}\x{{FFFF}}{_FORMS}]"
)
"""What `harvester.markup` may take out of the middle of a word, or make another letter, and letters that JSON has as
codes."""

# Small letters that capitals are written with in two ways, or that a text may hold in two parts.
_FICKLE = frozenset("σςßıŉǰΐΰ")


@dataclass(frozen=True)
class Condition:
    """A condition in SQL on `t`, `a` (lower case), `odd` and `publication_year`; its words are `$w0`, `$w1`, ..."""

    text: str
    words: tuple[str, ...]


@dataclass
class _Words:
    held: dict[str, int] = field(default_factory=dict)

    def place(self, word: str) -> str:
        return f"$w{self.held.setdefault(word, len(self.held))}"


def condition(expression: Expression, *, exact: bool) -> Condition:
    """Give what a work must satisfy to be worth a judgement.

    >>> found = condition(Term("title", ("peer", "supporting")), exact=False)
    >>> found.text, found.words
    ('(odd or contains(t, $w0) and contains(t, $w1))', ('peer', 'support'))
    """
    words = _Words()
    text = _condition(expression, words, exact=exact)
    return Condition(text or "false", tuple(words.held))


def _condition(expression: Expression, words: _Words, *, exact: bool) -> str | None:
    """None stands for what says nothing, and is left out of what surrounds it, as where works are judged."""
    if isinstance(expression, And | Or):
        parts = [text for part in expression.parts if (text := _condition(part, words, exact=exact))]
        joint = " and " if isinstance(expression, And) else " or "
        return f"({joint.join(parts)})" if parts else None
    if isinstance(expression, Not):
        return "true" if _condition(expression.part, _Words(), exact=exact) else None
    if isinstance(expression, Years):
        return _in_years(expression)
    if isinstance(expression, Term | Near):
        return _in_texts(expression, words, exact=exact)
    return "true"


def _in_years(asked: Years) -> str:
    """A year that is none is judged by the date, and passes here."""
    first, last = asked.first or EARLIEST_YEAR, asked.last or LATEST_YEAR
    return (
        "(coalesce(not regexp_full_match(publication_year, '1[0-9]{3}|20[0-9]{2}|2100'), true)"
        f" or publication_year between '{first:04}' and '{last:04}')"
    )


def _in_texts(leaf: Term | Near, words: _Words, *, exact: bool) -> str | None:
    stemmed = is_stemmed(leaf.field, exact=exact)
    given = leaf.words if isinstance(leaf, Term) else (*leaf.left, *leaf.right)
    asked = [piece for word in given for piece in pieces(word) if not (stemmed and piece in STOP)]
    if not asked:
        return None
    runs = list(dict.fromkeys(run for piece in asked for run in _certain(_letters(piece, stemmed=stemmed))))
    if leaf.field in ("author", "venue") or not runs:
        return "true"
    columns = {"title": "t", "abstract": "a"}.get(leaf.field, "ta")
    held = (" and ".join(f"contains({column}, {words.place(run)})" for run in runs) for column in columns)
    return f"(odd or {' or '.join(held)})"


def _letters(piece: str, *, stemmed: bool) -> str:
    if is_pattern(piece):
        return re.split(r"[*?]", piece, maxsplit=1)[0]
    return root(stem(piece)) if stemmed else piece


def _certain(letters: str) -> Iterator[str]:
    """The stretches that stand in a text as they are asked for, whatever its Unicode form and its capitals.

    >>> list(_certain("café")), list(_certain("心理")), list(_certain("психология"))
    (['caf'], ['心理'], ['психология'])
    """
    stretch = ""
    for letter in letters:
        if _is_certain(letter):
            stretch += letter
        elif stretch:
            yield stretch
            stretch = ""
    if stretch:
        yield stretch


def _is_certain(letter: str) -> bool:
    if letter.isascii():
        return True
    plain = not unicodedata.decomposition(letter) and unicodedata.normalize("NFC", letter) == letter
    return plain and letter not in _FICKLE and letter.lower() == letter and len(letter.upper()) == 1
