"""One document out of script, style and data, which trusts nothing that records say."""

import base64
import hashlib
import html
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from graph.export import Drawing
from graph.export.text import clean
from graph.page.columns import columns
from graph.page.details import CHUNK, byline, chunks, detail, packed
from harvester.model import Work

__all__ = ["NotBundled", "page"]

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


def page(drawing: Drawing, works: Iterable[Work], *, title: str, seed: int = 0) -> str:
    """Write the works and citations of a drawing as one page that needs nothing but a browser.

    `works` are the records behind the drawing's keys, in any order; one that is missing has no details, one that is
    not drawn is passed over. The page may be opened from disk: its Content-Security-Policy lets nothing run but its own
    script, by hash, lets nothing load from anywhere, and sets every text as text (Trusted Types). What records say
    stands compressed in a block of JSON in which `<` is escaped: no text can end it (html.spec.whatwg.org, 4.12.1.3).

    Raises `NotBundled` when the package was built without the page, ValueError for a drawing that is not of works
    with places and communities.
    """
    script, style, licences = _bundled("page.js"), _bundled("page.css"), _bundled("licences.txt")
    drawn = frozenset(drawing.keys)
    details: dict[str, dict[str, Any]] = {}
    lines: dict[str, str | None] = {}
    for work in works:
        if work.key in drawn:
            details[work.key] = detail(work)
            lines[work.key] = byline(work)
    literature = {
        "title": clean(title) or "",
        "columns": packed(columns(drawing, authors=[lines.get(key) for key in drawing.keys], seed=seed)),
        "chunk": CHUNK,
        "details": list(chunks(details, drawing.keys)),
    }
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )
    return DOCUMENT.format(
        policy=html.escape(policy, quote=False),
        title=html.escape(clean(title) or ""),
        style=style,
        literature=json.dumps(literature, separators=(",", ":")).replace("<", "\\u003c"),
        licences=licences.replace("<", "&lt;"),
        script=script,
    )


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
