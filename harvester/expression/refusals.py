"""What a search in our own language can have wrong, and what to write instead.

Signs of other languages are in `dialects`; what is missing between two tokens is said where they are read.
"""

import difflib
import re
from itertools import product

from harvester.expression.fieldcodes import meant_by
from harvester.expression.mistakes import Edit, Mistake, shown
from harvester.expression.tokens import OPERATORS, VALUED, Kind, Scan, Token
from harvester.expression.tree import FACTS, TEXTS, Span, Term
from harvester.expression.write import write

__all__ = ["MOST_PAIRS", "check_wildcards", "divided", "not_a_list", "nothing_after", "unknown_field"]

MOST_PAIRS = 100
"""Pairs that a NEAR between alternatives may stand for."""


def check_wildcards(word: str, piece: str, start: int) -> None:
    """Refuse what OpenAlex refuses (GitHub ourresearch/openalex-elastic-api core/search.py, wildcard tokens)."""
    span = (start, start + len(piece))
    if word[0] in "*?":
        if not word.strip("*?'"):
            raise Mistake(f"{word} stands for letters of a word, and here is no word.", span, " ", exact=False)
        raise Mistake(
            f"A word cannot begin with {word[0]}: no index is able to look it up. Write the words that are meant,"
            " joined by OR.",
            span,
            re.sub(r"(?<![^\W_])[*?]+", "", piece, count=1),
            exact=False,
        )
    if "*" in word:
        stem = re.split(r"[?']", word[: word.index("*")])[-1]
        if len(stem) < 3:
            raise Mistake(
                f"Right before * stand at least 3 letters or digits, and {shown(word)} has {len(stem)}. Write the words"
                " that are meant, joined by OR.",
                span,
            )


def nothing_after(field: Token, following: Token | None) -> Mistake:
    """Say what belongs after a field, where something else follows, or the end."""
    if following and following.kind is Kind.NOT:
        span = (field.start, following.end)
        return Mistake(f"NOT stands before the field: NOT {field.text}:", span, f"NOT {field.text}:")
    if following and following.kind is Kind.FIELD:
        said = f"{field.text}: is followed by another field, {following.text}:, and a word is looked for in one."
        return Mistake(said, (field.start, following.end), Edit(*field.span, ""), exact=False)
    if following and following.kind in OPERATORS:
        return Mistake(
            f"{field.text}: has nothing after it; if the word {following.text} is meant, put it in quotes.",
            (field.start, following.end),
            Edit(*following.span, f'"{following.text.lower()}"'),
            exact=False,
        )
    what = "a value" if field.text in VALUED else "a word, a phrase in quotes, or brackets"
    return Mistake(f"{field.text}: has nothing after it; {what} belongs there.", field.span, " ", exact=False)


def unknown_field(scan: Scan, place: int) -> Mistake:
    """Say which field is meant, or that a title holds the colon, or which fields there are."""
    token = scan.tokens[place]
    written = scan.text[token.start : token.end - 1]
    known = ["year", *TEXTS, *FACTS]
    others = f"The fields are {', '.join(f'{name}:' for name in known)}."
    if not scan.touching(place + 1) and _is_title(scan):
        title = " ".join(scan.text.replace('"', " ").split())
        return Mistake(
            f"{shown(written)} is no field. If this is a title, put it in quotes. {others}",
            token.span,
            Edit(0, len(scan.text), f'title:"{title}"'),
        )
    near = difflib.get_close_matches(token.text[:30], known, n=1, cutoff=0.7)
    code = meant_by(token.text.replace("_", " "))
    if near or code:
        name = near[0] if near else code.field if code else ""
        said = f"{shown(written)} is no field; {name}: is one."
        return Mistake(said, token.span, f"{name}:" if near or name != "text" else "", exact=bool(near))
    following = scan.tokens[place + 1] if scan.kind(place + 1) is Kind.CHUNK and scan.touching(place + 1) else None
    edit = Edit(token.start, following.end, f'"{written} {following.text}"') if following else f"{written} "
    return Mistake(f"{shown(written)} is no field. {others}", token.span, edit, exact=False)


def _is_title(scan: Scan) -> bool:
    """Tell whether the text is words as they stand in a title: several, and no sign that only a search has."""
    spoken = sum(token.kind is Kind.CHUNK for token in scan.tokens)
    return spoken >= 3 and not any(
        token.kind is Kind.NEAR or (token.kind in OPERATORS and token.text.isupper()) for token in scan.tokens
    )


def divided(left: list[Term], right: list[Term], near: Token, span: Span) -> Edit | None:
    """Write a NEAR of many pairs as several, each with a part of the longer of its sides."""
    shorter = min(len(left), len(right))
    if shorter > MOST_PAIRS:
        return None

    def parts(terms: list[Term]) -> list[str]:
        size = shorter if len(terms) == shorter else MOST_PAIRS // shorter
        pieces = (terms[start : start + size] for start in range(0, len(terms), size))
        return [f"({' OR '.join(map(write, piece))})" for piece in pieces]

    pairs = product(parts(left), parts(right))
    return Edit(*span, f"({' OR '.join(f'{one} {near.text} {two}' for one, two in pairs)})")


def not_a_list(scan: Scan, field: Token, opened: int, wrong: Token) -> Mistake:
    """Say how values in brackets are joined, and write out what may have been meant with the field at each value."""
    closed = scan.partner[opened]
    written: list[str] = []
    run: list[str] = []
    for token in scan.tokens[opened + 1 : closed + 1]:
        if token.kind is Kind.CHUNK:
            run.append(token.text)
            continue
        if run:
            value = " ".join(run)
            written.append(f'{field.text}:"{value}"' if len(run) > 1 else f"{field.text}:{value}")
            run = []
        written.append(f'{field.text}:"{token.text}"' if token.kind is Kind.PHRASE else token.text)
    text = ""
    for piece in written[:-1]:
        text += piece if not text or text.endswith("(") or piece == ")" else f" {piece}"
    return Mistake(
        f"In the brackets after {field.text}: stand values, joined by OR, and each of more than one word in quotes.",
        wrong.span,
        Edit(field.start, scan.tokens[closed].end, f"({text})"),
    )
