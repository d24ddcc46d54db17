"""Text without its dress: one spelling for what HTML, JSON, LaTeX, URLs and typesetters write in many.

Decoding goes on until nothing changes, so that a decoded text is its own decoded form; a text that does not
settle within a few layers is refused, which keeps the work linear.
"""

import html
import re
from urllib.parse import unquote

from harvester.errors import NotAnIdentifier

__all__ = ["LONGEST", "checked", "decoded", "plain_form", "quoted", "unwrapped"]

LONGEST = 2048  # a DOI has no limit (ISO 26324), URLs in practice do, and every DOI must fit into one
DEEPEST = 6  # layers of encoding; more is an attack or a loop in somebody's software

# Registered DOIs with Unicode dashes are vanishingly rare; DOIs whose hyphens a typesetter has replaced are common.
_SAME = dict.fromkeys([*range(0x2010, 0x2016), 0x2043, 0x2212, 0xFE58, 0xFE63, 0xFF0D], "-")
_SAME |= dict.fromkeys([0x2044, 0x2215], "/")
_SAME |= dict.fromkeys(
    [0xAD, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF], ""
)
# Full-width letters and signs of Chinese pages; full-width , ; ! ? " ' stay as they are, since they end a DOI there.
_SAME |= {0xFEE0 + ord(sign): sign for sign in map(chr, range(0x21, 0x7F)) if sign not in "-,;!?\"'"}

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_ESCAPE = re.compile(
    r"\{\\?([_%&#$<>])\}"  # BibTeX {\_}
    r"|\\text(less|greater|underscore)(?:\{\}|(?![a-zA-Z]))"
    r"|\$([<>])\$"
    r"|\\{1,8}u([0-9a-fA-F]{4})"  # JSON \u003c
    r"|\\{1,8}([!-/:-@\[\]^_`{-~])"  # JSON \/, LaTeX \_, Markdown \<
)
_TEX = {"less": "<", "greater": ">", "underscore": "_"}
_PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2})+")


def _unescaped(match: re.Match[str]) -> str:
    brace, tex, dollar, code, sign = match.groups()
    return brace or dollar or sign or (_TEX[tex] if tex else chr(int(code, 16)))


def _unpercented(match: re.Match[str]) -> str:
    # Bytes that are no UTF-8 are not an encoding but a percent sign that is meant: they stay.
    decoded = unquote(match[0], errors="surrogateescape")
    return "".join(f"%{ord(sign) - 0xDC00:02x}" if "\udc80" <= sign <= "\udcff" else sign for sign in decoded)


def unwrapped(text: str) -> str:
    """Undo one layer of HTML, JSON, LaTeX and Markdown escapes and of typographic signs."""
    if not text.isascii():
        text = text.translate(_SAME)
    if "&" in text:
        text = _ENTITY.sub(lambda match: html.unescape(match[0]) or "\ufffd", text)
    if "\\" in text or "$" in text or "{" in text:
        text = _ESCAPE.sub(_unescaped, text)
    return text


def decoded(text: str, *, percent: bool) -> str:
    """Undo every layer, so that decoding the result changes nothing."""
    for _ in range(DEEPEST):
        before = text
        text = unwrapped(text)
        if percent and "%" in text:
            text = _PERCENT.sub(_unpercented, text)
        text = text.lower()
        if text == before:
            return text
    raise NotAnIdentifier(f"{quoted(text)} is encoded too many times over; paste the plain form.")


def quoted(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def checked(text: str, what: str) -> str:
    """Give the text without surrounding space, refusing what no identifier can be."""
    if not text.strip():
        raise NotAnIdentifier(f"The text is empty; {what} was expected.")
    if len(text) > LONGEST:
        raise NotAnIdentifier(f"{quoted(text)} is longer than {LONGEST} characters, so it is not {what}.")
    if not text.isprintable() and not all(map(_is_readable, text)):
        raise NotAnIdentifier(f"{quoted(text)} holds a control or unreadable character; type it again.")
    return text.strip()


def _is_readable(sign: str) -> bool:
    white = sign in "\t\n\r\v\f" or (sign.isspace() and not sign.isascii())
    return white or sign.isprintable() or _SAME.get(ord(sign)) == ""


def plain_form(text: str, what: str) -> str:
    return decoded(checked(text, what), percent=True).strip().strip(" \t\"'<>()[]{}“”‘’«».,;")
