"""Signs in the place of words: for AND, OR and NOT, for truncation, for phrases, as search engines have them."""

import re

from harvester.expression.mistakes import Edit, Mistake, shown
from harvester.expression.operands import after, before
from harvester.expression.tokens import Kind, Scan

__all__ = ["fuzzy_sign", "logic_sign", "single_quotes", "truncation_sign"]

_MEANT = {"&&": "AND", "&": "AND", "+": "AND", "||": "OR", "|": "OR", "/": "OR", "and/or": "OR", "!": "NOT"}
_BETWEEN = re.compile(r"&&|\|\|?")
_TRUNCATED = re.compile(r"(?<=[^\W\d_]{2})(?:([$#])\d{0,3}|[*]\d{1,2}(?!\w))")
_SINGLE = re.compile(r"""'[^\W_][^'"()\[\]{}]{0,99}(?:'[^\W_][^'"()\[\]{}]{0,99}){0,3}'(?![^\s,.;)])""")
_FUZZY = re.compile(r"([^~]*)~([0-9.]*)")


def logic_sign(scan: Scan, place: int) -> Mistake | None:
    """Give the mistake of `&&`, `||`, `!`, `+word`, `-word` and the like; None for any other chunk."""
    token = scan.tokens[place]
    text = token.text
    begins = scan.touching(place + 1) and scan.kind(place + 1) in (Kind.PHRASE, Kind.OPEN)
    if text in ("-", "!") and begins:
        return Mistake(f"What is not wanted has NOT before it here, not {text}.", token.span, "NOT ")
    if text == "+" and begins:
        return Mistake("Everything must be there that OR does not join, so + is not needed.", token.span, "")
    if meant := _MEANT.get(text.lower()):
        return Mistake(f"{text} is no operator here; write {meant}.", token.span, f" {meant} ")
    if text[0] in "-!" and text[1:2].isalnum():
        sign = (token.start, token.start + 1)
        return Mistake(f"What is not wanted has NOT before it here, not {text[0]}.", sign, "NOT ")
    if text[0] == "+" and text[1:2].isalnum():
        sign = (token.start, token.start + 1)
        return Mistake("Everything must be there that OR does not join, so + is not needed.", sign, "")
    return _between(text, token.start)


def _between(text: str, start: int) -> Mistake | None:
    match = _BETWEEN.search(text)
    if match is None:
        return None
    span = (start + match.start(), start + match.end())
    meant = _MEANT[match[0]]
    said = f"{match[0]} is no operator here; write {meant}."
    parts = _BETWEEN.split(text)
    signs = {_MEANT[sign] for sign in _BETWEEN.findall(text)}
    if all(parts) and len(signs) == 1:
        return Mistake(said, span, Edit(start, start + len(text), f"({f' {meant} '.join(parts)})"))
    return Mistake(said, span, f" {meant} ")


def truncation_sign(scan: Scan, place: int) -> Mistake | None:
    """Give the mistake of `$`, `#` or a number in the place of `*` and `?`; None where there is none."""
    token = scan.tokens[place]
    match = _TRUNCATED.search(scan.text, token.start, token.end)
    if match is None:
        return None
    if match[1] == "#":
        said = f"{match[0]} is no wildcard here; ? stands for exactly one letter."
        return Mistake(said, match.span(), "?", exact=match[0] == "#")
    if match[1] == "$":
        said = f"{match[0]} is no wildcard here; * stands for any letters, as many as there are."
        ends = match.end() == token.end or not scan.text[match.end()].isalpha()
        return Mistake(said, match.span(), "*", exact=ends and match[0] == "$")
    said = f"{match[0]} limits how many letters may follow, which cannot be asked for here; * stands for any."
    return Mistake(said, match.span(), "*", exact=False)


def single_quotes(scan: Scan, place: int) -> Mistake | None:
    """Give the mistake of a phrase in single quotes, which are apostrophes here; None where there is none."""
    token = scan.tokens[place]
    match = _SINGLE.match(scan.text, token.start)
    if match is None or re.search(r"\s(?:AND|OR|NOT)\s", match[0]):
        return None
    return Mistake(
        "Single quotes make no phrase here, they are apostrophes; write double quotes.",
        match.span(),
        f'"{match[0][1:-1]}"',
    )


def fuzzy_sign(scan: Scan, place: int) -> Mistake | None:
    """Give the mistake of `word~1`, which is Lucene's for similar spellings, and of `"a"~3~"b"`; None elsewhere."""
    token = scan.tokens[place]
    match = _FUZZY.match(token.text)
    if match is None:
        return None
    left, right = before(scan, place), after(scan, place)
    phrase = scan.tokens[place - 1] if scan.kind(place - 1) is Kind.PHRASE else None
    if token.text == "~" and left and right and phrase and phrase.number:
        return Mistake(
            "Two phrases near each other are joined by NEAR here.",
            (left.start, right.end),
            f'"{phrase.text}" NEAR/{phrase.number} {right.text}',
        )
    span = (token.start + match.start(2) - 1, token.start + match.end())
    return Mistake(
        f"Similar spellings are not looked for, so ~ cannot follow a word{_whose(match[1])}; write the spellings,"
        " joined by OR.",
        span,
        " ",
        exact=False,
    )


def _whose(word: str) -> str:
    return f" ({shown(word)})" if word else ""
