"""What a person should know of how their search was read, where it could have meant something else.

None of it is an error: words side by side, operators in small letters and compounds with a hyphen are all usual, and
all mean something else elsewhere.
"""

import re

from harvester.expression.mistakes import printable, shown
from harvester.expression.tokens import VALUED, Kind, Scan, Token

__all__ = ["Remarks"]

_LONGEST = 300
_MOST_NAMED = 5
_MANY = 6


class Remarks:
    """Sentences, each once, in the order in which what they are about was read."""

    def __init__(self, scan: Scan) -> None:
        self._scan = scan
        self._single: dict[str, None] = {}
        self._compounds: dict[str, str] = {}

    def mixed(self, written: str) -> None:
        """AND and OR stand in the same brackets."""
        text = written if len(written) <= _LONGEST else written[:_LONGEST] + "…"
        self._single.setdefault(f"Without brackets AND goes before OR; read as: {text}")

    def term(self, token: Token, words: tuple[str, ...], place: int) -> None:
        """A chunk or a phrase became a term."""
        if token.kind is Kind.PHRASE:
            if operator := re.search(r"(?<!\S)(?:AND|OR|NOT|NEAR/\d+)(?!\S)", token.text):
                self._single.setdefault(
                    f"{operator[0]} stands in quotes, in {shown(token.text)}, and is read as a word; if it is meant to"
                    " join, end the quotes before it."
                )
            if token.number and len(words) == 1:
                self._single.setdefault(f"~{token.number} says nothing of a single word ({words[0]}) and is left out.")
            return
        if len(words) > 1:
            self._compounds.setdefault(shown(token.text.strip(",;.")), " ".join(words))
        if token.text[-1] in ",;" and self._scan.kind(place + 1) is Kind.CHUNK:
            sign = {",": "comma", ";": "semicolon"}[token.text[-1]]
            self._single.setdefault(f"A {sign} joins nothing: words beside it must all be there; OR would let one do.")
        if token.text[-1] == "?" and place == len(self._scan.tokens) - 1:
            self._single.setdefault(
                f"? stands for exactly one letter, so {shown(token.text)} needs one more; leave it out if it only ends"
                " a question."
            )

    def fielded(self, field: Token, token: Token, place: int) -> None:
        """A field stood before a single word; `place` is what comes after that."""
        following = self._scan.tokens[place] if self._scan.kind(place) is Kind.CHUNK else None
        if following is None or token.kind is not Kind.CHUNK:
            return
        both = f"{token.text} {following.text}"
        text = both if field.text in VALUED else f"({both})"
        text = f'"{both}"' if field.text in VALUED else text
        self._single.setdefault(
            f"{field.text}: holds for {shown(token.text)} alone, not for {shown(following.text)}; for both write"
            f" {field.text}:{text}"
        )

    def near(self, first: int, after: int, joined: str) -> None:
        """Two words are near each other; further words stand beside them without an operator."""
        left = self._scan.kind(first) is Kind.CHUNK and self._scan.kind(first - 1) is Kind.CHUNK
        right = self._scan.kind(after - 1) is Kind.CHUNK and self._scan.kind(after) is Kind.CHUNK
        if left or right:
            self._single.setdefault(f"NEAR joins the word on each side of it, here {joined}; a phrase needs quotes.")

    def sentences(self) -> tuple[str, ...]:
        """Give what was noted, and what can be said of the text as a whole."""
        tokens = self._scan.tokens
        small = dict.fromkeys(
            token.text for token in tokens if token.kind in (Kind.AND, Kind.OR, Kind.NOT) and not token.text.isupper()
        )
        if small:
            verb, are = ("is", "it is a word") if len(small) == 1 else ("are", "they are words")
            kind = "an operator" if len(small) == 1 else "operators"
            self._single.setdefault(f"{_listed(small)} {verb} read as {kind}; in quotes {are}.")
        if self._compounds:
            pairs = [f'{chunk} as the phrase "{phrase}"' for chunk, phrase in self._compounds.items()]
            more = f" and {len(pairs) - _MOST_NAMED} more alike" if len(pairs) > _MOST_NAMED else ""
            self._single.setdefault(f"Read {', '.join(pairs[:_MOST_NAMED])}{more}.")
        if len(tokens) >= _MANY and all(token.kind is Kind.CHUNK for token in tokens):
            self._single.setdefault(
                f"All {len(tokens)} words must be there, in any order; for the words as they stand, put them in quotes."
            )
        return tuple(map(printable, self._single))


def _listed(names: dict[str, None]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
