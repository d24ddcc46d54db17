"""The text of a search, cut into brackets, quoted phrases, operators, fields and what stands between them.

Positions are kept: the signs that typesetters and other keyboards put in the place of plain ones are replaced one
for one, so that every token can be pointed at in the text as it was given.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto
from unicodedata import normalize

from harvester.expression.mistakes import Edit, Mistake, shown
from harvester.expression.tree import FACTS, Span

__all__ = ["DEEPEST", "FARTHEST", "OPERATORS", "VALUED", "Kind", "Scan", "Token", "folded", "scan", "words"]

DEEPEST = 50
"""Brackets within brackets. No search written by a person comes near it, and a tree so deep is still safe to walk."""

FARTHEST = 999
"""The most words that may stand between two others."""

VALUED = frozenset({"year", *FACTS})
"""Fields that are followed by a value, not by words."""

_PLAIN = dict.fromkeys(map(ord, "“”„‟″‶«»「」『』《》❝❞〝〞"), '"')
_PLAIN |= dict.fromkeys(map(ord, "‘’‚‛′ʼ‹›`´"), "'")
_PLAIN |= dict.fromkeys([*range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63], "-")
_PLAIN |= {0xFEE0 + code: chr(code) for code in range(0x21, 0x7F)}  # full-width forms of East Asian keyboards
_PLAIN |= {ord("【"): "[", ord("】"): "]"}

_INVISIBLE = dict.fromkeys([0xAD, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF])

_LETTER = r"(?:[^\W_]|[*?])"
_WORD = re.compile(rf"{_LETTER}+(?:'{_LETTER}+)*")
_FIELD = re.compile(r"([^\W\d_][\w-]*):")
_NEAR = re.compile(r"near/([0-9]{1,6})")
_TOKEN = re.compile(
    r"""
      (?P<blank>[\s\\]+)
    | (?P<open>\() | (?P<close>\))
    | "(?P<phrase>[^"]*)" (?P<loose>\s*+~\s*+(?P<slop>[0-9]{0,6}))?
    | (?P<quote>")
    | (?P<tag> \[[^\[\]]{0,200}\] | \{[^{}]{0,200}\} )
    | (?P<stray>[\[\]{}])
    | (?P<chunk>[^\s"()\[\]{}\\]+)
    """,
    re.VERBOSE,
)


class Kind(Enum):
    """What a token is; a `TAG` is anything in square or curly brackets, which are of other databases."""

    OPEN = auto()
    CLOSE = auto()
    PHRASE = auto()
    CHUNK = auto()
    FIELD = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    NEAR = auto()
    TAG = auto()


OPERATORS = (Kind.AND, Kind.OR, Kind.NOT, Kind.NEAR)


@dataclass(frozen=True, slots=True)
class Token:
    """One token, and where it stands.

    The text of a phrase is what its quotes hold, that of a field its name; `number` is the slop of a phrase, or how
    many words may stand between those that a NEAR joins.
    """

    kind: Kind
    text: str
    start: int
    end: int
    number: int = 0

    @property
    def name(self) -> str:
        """The text as a line of a strategy goes by it, in one spelling."""
        return " ".join(self.text.lower().split())

    @property
    def span(self) -> Span:
        return self.start, self.end


@dataclass(frozen=True)
class Scan:
    """A text and its tokens; `partner` leads from each bracket to the one that closes or opens it."""

    text: str
    tokens: tuple[Token, ...]
    partner: dict[int, int]

    def kind(self, place: int) -> Kind | None:
        """Give what stands at a place; None before the first token and after the last."""
        return self.tokens[place].kind if 0 <= place < len(self.tokens) else None

    def touching(self, place: int) -> bool:
        """Tell whether a token follows the one before it without a blank."""
        return 0 < place < len(self.tokens) and self.tokens[place - 1].end == self.tokens[place].start


def folded(text: str) -> str:
    """Replace typographic quotes, apostrophes and dashes, and full-width signs, by plain ones, one for one.

    >>> folded("“peer support” – children’s")
    '"peer support" - children\\'s'
    """
    return text if text.isascii() else text.translate(_PLAIN)


def words(text: str) -> tuple[str, ...]:
    """Give the words of a chunk or a phrase, in lower case; whatever is no letter, digit or wildcard parts them.

    An apostrophe inside a word belongs to it; a question mark alone is the end of a question.

    >>> words("Self-help for children's wom?n*")
    ('self', 'help', 'for', "children's", 'wom?n*')
    """
    # Letters with accents may be typed as two characters, of which the second alone would part the word.
    plain = normalize("NFC", text.translate(_INVISIBLE).lower())
    return tuple(re.sub(r"\*{2,}", "*", word) for word in _WORD.findall(plain) if word.strip("?"))


def scan(text: str) -> Scan:
    """Cut a folded text into tokens and pair its brackets.

    Raises `Mistake` for a quote or a bracket without its partner, and for brackets too deep.
    """
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        kind = match.lastgroup
        if kind == "chunk":
            tokens += _parted(match[0], start)
        elif kind == "open":
            tokens.append(Token(Kind.OPEN, "(", start, end))
        elif kind == "close":
            tokens.append(Token(Kind.CLOSE, ")", start, end))
        elif kind == "tag":
            tokens.append(Token(Kind.TAG, match[0], start, end))
        elif kind in ("phrase", "loose"):
            tokens.append(_phrase(match))
        elif kind == "quote":
            raise _open_quote(text)
        elif kind == "stray":
            raise Mistake(
                f"{match[0]} has no partner, and only round brackets are used here.",
                (start, end),
                Edit(start, end, " "),
            )
    return Scan(text, tuple(tokens), _partners(tokens, text))


def _phrase(match: re.Match[str]) -> Token:
    start, end = match.span()
    slop = 0
    if match["loose"] is not None:
        if not match["slop"]:
            raise Mistake(
                "After ~ comes the number of places that words in the quotes may be moved by.",
                match.span("loose"),
                "~3",
                exact=False,
            )
        slop = _counted(match["slop"], match.span("slop"))
    return Token(Kind.PHRASE, match["phrase"], start, end, slop)


def _counted(digits: str, span: Span) -> int:
    if int(digits) > FARTHEST:
        raise Mistake(f"Words may be at most {FARTHEST} places apart.", span, str(FARTHEST), exact=False)
    return int(digits)


def _parted(chunk: str, start: int) -> list[Token]:
    """Cut what stands between blanks into the fields named at its beginning and the rest."""
    end = start + len(chunk)
    plain = chunk.translate(_INVISIBLE)
    if plain.upper() in ("AND", "OR", "NOT"):
        return [Token(Kind[plain.upper()], plain, start, end)]
    if near := _NEAR.fullmatch(plain.lower()):
        return [Token(Kind.NEAR, plain, start, end, _counted(near[1], (start + chunk.rindex("/") + 1, end)))]
    tokens: list[Token] = []
    while field := _FIELD.match(chunk, (tokens[-1].end if tokens else start) - start):
        name = field[1].translate(_INVISIBLE).lower().replace("-", "_")
        tokens.append(Token(Kind.FIELD, name, start + field.start(), start + field.end()))
        if name in VALUED:
            break
    rest = tokens[-1].end if tokens else start
    if text := chunk[rest - start :].translate(_INVISIBLE):
        kind = Kind[text.upper()] if text.upper() in ("AND", "OR", "NOT") else Kind.CHUNK
        tokens.append(Token(kind, text, rest, end))
    return tokens


def _partners(tokens: list[Token], text: str) -> dict[int, int]:
    partner: dict[int, int] = {}
    opened: list[int] = []
    for place, token in enumerate(tokens):
        if token.kind is Kind.OPEN:
            opened.append(place)
            if len(opened) > DEEPEST:
                raise Mistake(f"Brackets may stand within each other {DEEPEST} deep; this one is deeper.", token.span)
        elif token.kind is Kind.CLOSE:
            if not opened:
                last = place == len(tokens) - 1
                raise Mistake(
                    "This bracket closes, and none was opened before it.",
                    token.span,
                    Edit(*token.span, "") if last else Edit(0, 0, "("),
                )
            partner[place] = opened.pop()
            partner[partner[place]] = place
    if opened:
        raise Mistake(
            "This bracket is opened and never closed.", tokens[opened[-1]].span, Edit(len(text), len(text), ")")
        )
    return partner


_OPENING = re.compile(r'(?<![^\s(:=\\+!|-])"(?=[^\s")])')
_CLOSING = re.compile(r'(?<=[^\s("])"(?![^\s)~.:;,\[\]/\\|])')
_BORDER = re.compile(r'[()\[\]"]|(?<!\S)(?:AND|OR|NOT|NEAR/\d{1,6})(?!\S)|(?<!\S)[^\W\d_]\w*+:')


def _open_quote(text: str) -> Mistake:
    """Say which quote has no partner: by what stands beside it, each can be told to open or to close."""
    begun: int | None = None
    ends = -1
    for quote in re.finditer('"', text):
        place = quote.start()
        if _OPENING.match(text, place):
            if begun is not None:
                break
            begun = place
        elif _CLOSING.match(text, place):
            if begun is None:
                return _never_opened(text, place, ends + 1)
            begun, ends = None, place
    if begun is None:
        begun = text.rindex('"')
    border = _BORDER.search(text, begun + 1)
    phrase = text[begun + 1 : border.start() if border else len(text)].rstrip()
    if not phrase:
        return Mistake("This quote is opened and never closed.", (begun, begun + 1), "")
    end = begun + 1 + len(phrase)
    return Mistake(
        f"This quote is opened and never closed; it may end after {shown(phrase)}.",
        (begun, begun + 1),
        Edit(end, end, '"'),
    )


def _never_opened(text: str, place: int, after: int) -> Mistake:
    borders = [match.end() for match in _BORDER.finditer(text, after, place)]
    start = max([after, *borders])
    start += len(text[start:place]) - len(text[start:place].lstrip())
    if start == place:
        return Mistake("This quote closes, and none was opened before it.", (place, place + 1), " ")
    return Mistake(
        f"This quote closes, and none was opened before it; it may begin before {shown(text[start:place])}.",
        (place, place + 1),
        Edit(start, start, '"'),
    )
