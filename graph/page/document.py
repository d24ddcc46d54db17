"""One document out of script, style and data, which trusts nothing that records say."""

import base64
import hashlib
import html
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from graph.export.text import clean
from graph.page.columns import columns
from graph.page.details import CHUNK, byline, chunks, detail, packed
from graph.page.literature import Literature
from harvester.model import CitationSearch

__all__ = ["NotBundled", "Served", "page", "served"]

BUNDLE = Path(__file__).with_name("bundle")

DOCUMENT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="citation-harvester">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<noscript>This page shows works and their citations with a script of its own; please allow scripts for it.</noscript>
<script type="application/json" id="literature">{literature}</script>
<script type="text/plain" id="licences">{licences}</script>
<script>{script}</script>
</body>
</html>
"""


class NotBundled(Exception):
    """This installation has no page: npm's registry was out of reach when it was built."""


class Served(NamedTuple):
    """A page in pieces, for a server: the document, and what it asks for beside its own address."""

    document: str
    policy: str
    """The Content-Security-Policy, also for the header: there it holds before anything is read."""
    columns: bytes
    details: tuple[bytes, ...]


def page(literature: Literature) -> str:
    """Write a literature as one page that needs nothing but a browser.

    It may be opened from disk: its Content-Security-Policy lets nothing run but its own script, by hash, lets nothing
    load from anywhere, and sets every text as text (Trusted Types). What records say stands compressed in a block of
    JSON in which `<` is escaped: no text can end it (html.spec.whatwg.org, 4.12.1.3).

    Raises `NotBundled` when the package was built without the page, ValueError for a drawing that is not of works
    with places and communities.
    """
    shown, details = _packed(literature)
    held = {"columns": _inline(shown), "chunk": CHUNK, "details": list(map(_inline, details))}
    document, _ = _document(literature.title, held)
    return document


def served(literature: Literature) -> Served:
    """Make the same page for a server: it asks for `columns`, and for `details/0`, `details/1`... as it needs them.

    Both are to be had beside the address of the document, as bytes that are compressed already; decisions are sent to
    `decisions` there. Raises what `page` raises.
    """
    shown, details = _packed(literature)
    document, policy = _document(literature.title, {"chunk": CHUNK}, connect="'self'")
    return Served(document, policy, shown, tuple(details))


def _packed(literature: Literature) -> tuple[bytes, Iterable[bytes]]:
    keys = literature.drawing.keys
    drawn = frozenset(keys)
    details: dict[str, dict[str, Any]] = {}
    lines: dict[str, str | None] = {}
    searched: dict[str, CitationSearch] = {}
    for work in literature.works:
        if work.key in drawn:
            details[work.key] = detail(work)
            lines[work.key] = byline(work)
            if work.citation_search:
                searched[work.key] = work.citation_search
    shown = columns(literature, authors=[lines.get(key) for key in keys], searched=searched)
    return packed(shown), chunks(details, keys)


def _document(title: str, held: dict[str, Any], *, connect: str = "'none'") -> tuple[str, str]:
    script, style, licences = _bundled("page.js"), _bundled("page.css"), _bundled("licences.txt")
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            f"connect-src {connect}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )
    name = clean(title) or ""
    document = DOCUMENT.format(
        policy=html.escape(policy, quote=False),
        title=html.escape(name),
        style=style,
        literature=json.dumps({"title": name, **held}, separators=(",", ":")).replace("<", "\\u003c"),
        licences=licences.replace("<", "&lt;"),
        script=script,
    )
    return document, policy


def _inline(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _bundled(name: str) -> str:
    try:
        return (BUNDLE / name).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise NotBundled(
            "this installation has no page: npm's registry was out of reach when it was installed;"
            " install citation-harvester again where it can be reached"
        ) from error


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}"
