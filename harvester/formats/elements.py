"""XML files of many records: cut at the element of each, and each parsed alone.

Cutting is done on bytes, before any parsing, so that one ill-formed record costs no other, and a file of any size takes
the memory of its largest record. A record that is parsed alone has no document type, hence no entities but the five of
XML and no address to load: entity bombs and files from elsewhere are not refused, they cannot be expressed. Namespaces
are not resolved either, since a cut element may use a prefix that the root declared.
"""

import codecs
import html
import io
import re
from collections.abc import Iterator
from typing import BinaryIO
from xml.etree.ElementTree import Element, TreeBuilder, tostring
from xml.parsers import expat

from harvester.errors import InputError
from harvester.formats.reading import Fragment, text_of

__all__ = ["XMLError", "cut", "inner", "opens_with", "parsed", "words"]

CHUNK = 1 << 20
LONGEST_TOKEN = 64
DEEPEST = 200
"""Elements within elements; PubMed has 12."""

_CLOSED = re.compile(rb"<[^<>]{1,1000}/>")
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
# "Char" of XML 1.0 (w3.org/TR/xml, production 2); EndNote writes what was pasted into it, form feeds and all.
_NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"&(?:#([0-9]{1,7});|#[xX]([0-9A-Fa-f]{1,6});|([A-Za-z][A-Za-z0-9]{0,31});)?")
_OPENING = re.compile(r"<(?![A-Za-z_/!?])")
_OWN_ENTITIES = frozenset(("amp", "lt", "gt", "quot", "apos"))


class XMLError(ValueError):
    """An element that is not well formed, with the reason."""


def opens_with(head: bytes, *roots: str) -> bool:
    """Tell whether the first element of a file is one of these; declarations, comments and marks come before it.

    >>> opens_with(b'<?xml version="1.0"?>\\n<!DOCTYPE a [ ]><!-- <b> --><a x="1">', "a")
    True
    """
    text = _head_text(head)
    text = re.sub(r"<!--.*?-->|<\?.*?\?>", "", text[:8_000], flags=re.DOTALL)
    text = re.sub(r"<!DOCTYPE[^\[>]{0,1000}(?:\[[^\]]{0,10000}\]\s*)?>", "", text, flags=re.IGNORECASE)
    return re.match(rf"\s*<(?:{'|'.join(roots)})(?=[\s/>])", text) is not None


def cut(file: BinaryIO, *names: str) -> Iterator[Fragment]:
    """Cut out the elements of these names, which do not hold each other, as they stand in the file.

    One that has no end, because the file was cut off or the next one begins, comes as far as it goes, for the
    parser to report. What looks like an element within a comment or a CDATA section is none, unless that never ends.
    Raises `InputError` when the file holds no such element.
    """
    token = re.compile(rb"<!--|<!\[CDATA\[|<(/?)(?:%s)(?=[\s/>])" % "|".join(names).encode())
    head = file.read(CHUNK)
    if b"\0" in head:  # UTF-16, in which no byte pattern can be looked for
        file = io.BytesIO(_without_zeros(head + file.read()))
        head = file.read(CHUNK)
    declared = _declared(head)
    buffer, at, awaited, found_any = head, 0, b"", False
    begin, begin_line = -1, 1  # where the open element begins
    line, counted = 1, 0  # of the file, and up to where in the buffer it is counted
    hidden, hides = 0, True  # where the comment begins that is being read, and whether comments hide anything
    while True:
        if awaited:  # inside a comment or a CDATA section
            found = buffer.find(awaited, at)
            span = None if found < 0 else (found, found + len(awaited), b"")
        else:
            match = token.search(buffer, at)
            span = None if match is None else (match.start(), match.end(), match[0])
        if span is None:
            more = file.read(max(CHUNK, len(buffer)))
            if not more and not awaited:
                break
            if not more:  # a comment that never ends is text in which somebody wrote an arrow
                at, awaited, hides = hidden + 1, b"", False
                continue
            at = max(at, len(buffer) - LONGEST_TOKEN)
            kept = begin if begin >= 0 else hidden if awaited else at
            line, counted = line + buffer.count(b"\n", counted, kept), 0
            buffer, at, begin, hidden = buffer[kept:] + more, at - kept, min(begin, 0), hidden - kept
            continue
        start, at, sign = span
        if awaited:
            awaited = b""
        elif sign in (b"<!--", b"<![CDATA["):
            awaited, hidden = (b"-->" if sign == b"<!--" else b"]]>") if hides else b"", start
        elif sign.startswith(b"</"):
            if begin >= 0:
                end = buffer.find(b">", at) + 1 or at
                yield Fragment(begin_line, _decoded(buffer[begin:end], declared))
                begin = -1
        else:
            if begin >= 0:
                yield Fragment(begin_line, _decoded(buffer[begin:start], declared).rstrip())
            line, counted = line + buffer.count(b"\n", counted, start), start
            begin, begin_line, found_any = start, line, True
            closed = _CLOSED.match(buffer, start)
            if closed:
                yield Fragment(begin_line, _decoded(closed[0], declared))
                begin = -1
    if begin >= 0:
        yield Fragment(begin_line, _decoded(buffer[begin:], declared).rstrip())
    if not found_any:
        raise InputError(f"the file holds no <{names[0]}> element; it is empty, or in another format")


def parsed(text: str) -> Element:
    """Parse one element; where it is not well formed, once more with its usual faults mended.

    The usual faults are control characters, `&` and `<` that stand for themselves, and the named entities of HTML.
    Raises `XMLError` for the rest, and for anything with a document type.

    >>> parsed("<a>R&D&nbsp;p < 0.05\\x0b</a>").text
    'R&D\\xa0p < 0.05'
    """
    try:
        return _tree(text)
    except expat.ExpatError:
        pass
    try:
        return _tree(_OPENING.sub("&lt;", _REFERENCE.sub(_reference, _NO_CHARACTER.sub("", text))))
    except expat.ExpatError as error:
        cut_off = error.code in (expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS], _UNCLOSED, _NO_CLOSE)
        reason = "the record is cut off" if cut_off else f"the XML is not well formed: {expat.ErrorString(error.code)}"
        raise XMLError(f"{reason} (line {error.lineno} of the record)") from error


_UNCLOSED = expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN]
_NO_CLOSE = 3  # what Expat calls "no element found": the text ends within an element


def inner(element: Element | None) -> str:
    """Give what is inside an element as it is written, tags and all; text without tags comes without escapes.

    >>> inner(parsed("<t>Growth of <i>E. coli</i> &amp; others</t>")), inner(parsed("<t>A &amp; B</t>"))
    ('Growth of <i>E. coli</i> &amp; others', 'A & B')
    """
    if element is None:
        return ""
    if not len(element):
        return element.text or ""
    whole = tostring(element, encoding="unicode", short_empty_elements=False)
    return whole[whole.index(">") + 1 : whole.rindex("</")]


def words(element: Element | None) -> str:
    """Give the text of an element, that of the elements within it included, on one line; empty where there is none.

    >>> words(parsed("<t><style>A </style><style>b</style></t>"))
    'A b'
    """
    return "" if element is None else " ".join("".join(element.itertext()).split())


def _tree(text: str) -> Element:
    builder = TreeBuilder()
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise XMLError(f"elements stand more than {DEEPEST} deep, which no record has")
        builder.start(name, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name)

    def refuse(*_: object) -> None:
        raise XMLError("a record with a document type of its own is not read")

    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(text.encode("utf-8", "replace"), True)
    return builder.close()


def _reference(match: re.Match[str]) -> str:
    """Keep a reference that XML knows, resolve one that only HTML knows, and escape what is none."""
    decimal, hexadecimal, name = match.groups()
    if name:
        if name in _OWN_ENTITIES:
            return match[0]
        known = html.unescape(match[0])
        return f"&amp;{match[0][1:]}" if known == match[0] else html.escape(known)
    if decimal or hexadecimal:
        code = int(decimal) if decimal else int(hexadecimal, 16)
        return match[0] if code <= 0x10FFFF and not _NO_CHARACTER.match(chr(code)) else ""
    return "&amp;"


def _head_text(head: bytes) -> str:
    try:
        return text_of(io.BytesIO(head))
    except InputError:
        return ""


def _declared(head: bytes) -> str | None:
    """Name the encoding that the file declares, where Python knows it and it has ASCII in it."""
    match = _DECLARED.search(head[:1_000])
    if match is None:
        return None
    try:
        name = codecs.lookup(match[1].decode()).name
        return name if b"<a>".decode(name) == "<a>" else None
    except (LookupError, UnicodeError):
        return None


def _decoded(data: bytes, declared: str | None) -> str:
    """Decode one record: as UTF-8 where it is, whatever is declared; else as declared, else as Windows-1252."""
    for encoding in ("utf-8", declared):
        try:
            if encoding:
                return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return text_of(io.BytesIO(data.replace(b"\0", b"")))


def _without_zeros(data: bytes) -> bytes:
    """The text in UTF-8, whether the zero bytes in it are those of UTF-16 or stray ones."""
    try:
        return text_of(io.BytesIO(data)).encode("utf-8", "replace")
    except InputError:
        return data.replace(b"\0", b"")
