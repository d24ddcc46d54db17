"""The DOI: its canonical form, and where it ends in the text that holds it."""

import re
from urllib.parse import unquote

from harvester.errors import NotAnIdentifier
from harvester.identifiers.plaintext import LONGEST, checked, decoded, quoted

__all__ = ["OPENER", "PREFIX", "START", "TAG", "canonical_part", "doi", "is_dress", "is_title"]


# "10." and the registrant's digits, possibly sub-divided (10.1000.10/123); DOI Handbook, Numbering.
PREFIX = r"(?<!\d)10\.\d{4,9}(?:\.\d{1,9}){0,5}"
START = re.compile(rf"(?:{PREFIX}|(?<=%[0-9a-fA-F]\d)10\.\d{{4,9}})(?:/|%(?:25){{0,4}}2[fF])")
_MARKS = re.compile(r"do|doi|dx|hdl|https?|info|urn|www|org|url|uri|digital|object|identifier")
_RESOLVER = re.compile(r"(?:[a-z]{1,9}[.-])?doi[.-]org(?![a-z0-9])|hdl[.-]handle[.-]net(?![a-z0-9])")
_VIEW = re.compile(
    r"(?:/(?:full|full-?text|abs|abstract|summary|e?pdf|pdf-?plus|pdfdirect|reader|html|xml|epub|meta|references|"
    r"citations?|citedby|figures|tables|supp(?:info|l|lementary-material)?|metrics|agency|download|issuetoc)"
    r"|\.(?:pdf(?:\+html)?|html?|xml|epub|full|abstract|full-text)|/transform(?:/[^/]{1,40}){0,2}|;jsessionid=[^/]*)/?$"
)
TAG = re.compile(r"<(?:/|!|[a-z][a-z0-9]{0,15}/?(?:>|$))")
_UNDRESSED = re.compile(r"10\.\d{4,9}/[a-z0-9._/-]{0,250}[a-z0-9]")
_PLAIN_HEAD = re.compile(r"(?:https?://(?:dx\.)?doi\.org/)?")
OPENER = {")": "(", "]": "[", "}": "{", ">": "<"}
_TRAILING = ".,;:!?'\"*`…“”‘’‚„«»‹›，；：！？。、」』】》〉）"
_FORBIDDEN = {'"': "a quotation mark", "\\": "a backslash", "|": "a vertical bar", "`": "a back-quote"}


def doi(text: str) -> str:
    """Give the canonical form of a DOI: lower case, without any dress.

    Takes what people paste: a resolver or publisher URL, `doi:`, percent-encoded, with HTML or LaTeX escapes,
    with typeset dashes, with the full stop of its sentence. What follows the DOI in the address of a landing page
    (`/full`, `.pdf`, `?af=R`, `#abstract`) is dropped; in a bare DOI or after doi.org the same letters are kept,
    since DOIs may end so. DOIs are case-insensitive (DOI Handbook, Case sensitivity).

    Raises `NotAnIdentifier` with the reason.

    >>> doi("https://onlinelibrary.wiley.com/doi/full/10.1111/INM.13349?af=R")
    '10.1111/inm.13349'
    >>> doi("10.1016/S0140-6736(97)11096-0).")
    '10.1016/s0140-6736(97)11096-0'
    """
    plain = checked(text, "a DOI")
    plain = decoded(plain, percent="://" not in plain and "%3a" in plain.lower()).strip()
    start = START.search(plain)
    if start is None:
        raise NotAnIdentifier(_why_no_doi(plain))
    head, body = plain[: start.start()], plain[start.start() :]
    if not is_dress(head):
        raise NotAnIdentifier(f"{quoted(plain)} holds other text before the DOI; give the DOI alone.")
    first, *others = body.split()
    if any(sign.isalnum() for piece in others for sign in piece):
        return _repeated(body, plain)
    return canonical_part(head, first)


def _why_no_doi(text: str) -> str:
    shown = quoted(text)
    if re.fullmatch(r"\W*(?:doi\W*)?10\.\d{4,9}(?:\.\d{1,9}){0,5}", text):
        return f"{shown} is only the prefix of a DOI; the slash and the part after it are missing."
    if re.fullmatch(r"[\d\s]+", text):
        return f"{shown} is a bare number, not a DOI; a DOI looks like 10.1234/abcd."
    if re.search(r"(?<!\d)10\.\d{1,3}/", text):
        return f"{shown} is not a DOI: after '10.' come 4 to 9 digits, then a slash."
    if "://" in text:
        return f"{shown} is a web address without a DOI in it; open the page and copy the DOI it shows."
    if is_title(text) and not re.match(r"\W*10\.", text):
        return f"{shown} looks like a title, not a DOI; search for it by its words instead."
    return f"{shown} holds no DOI; a DOI looks like 10.1234/abcd."


def is_title(text: str) -> bool:
    words = re.findall(r"[^\W\d_]{2,}", text)
    return len(words) > 1 or any(len(word) > 3 and not word.isascii() for word in words)


def is_dress(head: str) -> bool:
    """Tell whether the text before a DOI only introduces it: marks, brackets, the address of a page."""
    return all(
        _address(piece) is not None or all(_MARKS.fullmatch(word) for word in re.findall(r"[^\W_]+", unquote(piece)))
        for piece in head.split()
    )


def _repeated(body: str, whole: str) -> str:
    """Read one DOI that is written more than once, as citation indexes print `[DOI 10.1037/H1, 10.1037/h1]`."""
    pieces = [piece for piece in re.split(r"[\s,;\[\]]+", body) if re.search(r"\w", piece) and piece != "doi"]
    values = {canonical_part("", piece) for piece in pieces if START.match(piece)}
    if len(values) != 1 or not all(START.match(piece) for piece in pieces):
        raise NotAnIdentifier(f"{quoted(whole)} has white space or other text after the DOI; give one DOI alone.")
    return values.pop()


def _address(head: str) -> tuple[str, str] | None:
    """Split the web address that leads up to a DOI into host and rest; None where there is no address."""
    outer, scheme, inner = head.rpartition("://")
    host, slash, rest = inner.partition("/")
    labels = host.partition(":")[0].split(".")
    if not scheme and not (slash and len(labels) > 1 and labels[-1].isalpha()):
        return None
    return host, f"?{rest}" if "?" in outer else rest


def canonical_part(head: str, body: str) -> str:
    """Give the canonical form of the DOI that `body` begins with; `head` is what stood before it."""
    if _UNDRESSED.fullmatch(body) and _PLAIN_HEAD.fullmatch(head):
        return body  # nothing to decode or to cut, as in most DOIs: half the time
    pieces = head.split()
    address = _address(pieces[-1]) if pieces else None
    if len(pieces) > 1 and address is None:
        address = _address(pieces[-2])
    if address is not None:
        if address[1].endswith(("%2f", "%3d", "%3a")):  # one address inside another: proxies, sign-in pages
            body = body.partition("&")[0].partition("#")[0]
            head, body = _split(decoded(pieces[-1] + body, percent=True))
            address = _address(head) or address
        body = _without_address_parts(body, *address)
    value = _trimmed(decoded(body, percent=True))
    _validate(value)
    return value


def _split(text: str) -> tuple[str, str]:
    start = START.search(text)
    if start is None:
        raise NotAnIdentifier(f"{quoted(text)} holds no DOI; a DOI looks like 10.1234/abcd.")
    return text[: start.start()], text[start.start() :]


def _without_address_parts(body: str, host: str, rest: str) -> str:
    body = re.sub(r"#(?!$).*|(?<!;2-)#$", "", body, flags=re.DOTALL)  # '#' is also a check character of SICI DOIs
    if "?" in rest:
        body = body.partition("&")[0]
    body = _trimmed(body.partition("?")[0]).rstrip("/")
    if _RESOLVER.match(host) or host.startswith("api.openalex"):
        return body
    while (shorter := _VIEW.sub("", body)) != body and shorter.count("/") + shorter.count("%2f"):
        body = shorter
    if "rxiv" in host:  # the address of a preprint ends in its version, its DOI does not
        body = re.sub(r"v\d{1,2}$", "", body)
    elif host.startswith("academic"):  # academic.oup.com puts the number of the page behind the DOI
        body = re.sub(r"(?<=[^/]/)([^/]+)/\d{6,9}$", r"\1", body)
    return body


def _trimmed(value: str) -> str:
    """Drop what is behind a DOI and not part of it, until there is nothing left to drop."""
    before = ""
    while value != before:
        before = value
        if tag := TAG.search(value):
            value = value[: tag.start()]
        value = value.strip().rstrip(_TRAILING).rstrip("([{<")
        while value and value[-1] in OPENER and value.count(value[-1]) > value.count(OPENER[value[-1]]):
            value = value[:-1]
    return value


def _validate(value: str) -> None:
    match = START.match(value)
    if match is None or not any(sign.isalnum() for sign in value[match.end() :]):
        raise NotAnIdentifier(f"{quoted(value)} is only the prefix of a DOI; the part after the slash is missing.")
    if len(value) > LONGEST:
        raise NotAnIdentifier(f"{quoted(value)} is longer than {LONGEST} characters, so it is not a DOI.")
    for sign in value:
        if sign.isspace():
            raise NotAnIdentifier(f"{quoted(value)} has white space inside; a DOI has none.")
        if not sign.isprintable() or sign == "\ufffd":
            raise NotAnIdentifier(f"{quoted(value)} holds a control or unreadable character; type it again.")
        if sign in _FORBIDDEN:
            raise NotAnIdentifier(f"{quoted(value)} holds {_FORBIDDEN[sign]}, which is in no DOI.")
