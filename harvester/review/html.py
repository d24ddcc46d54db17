"""The account as one page of HTML: no script, nothing to be loaded, the pictures inside."""

from collections.abc import Iterator
from html import escape

from harvester.review.blocks import Block, Code, Flow, Grid, Listing, Picture, Text
from harvester.review.facts import Account
from harvester.review.figures import clean
from harvester.review.pages import sections

__all__ = ["html"]

# All pairs of colours here have a contrast of 7 or more (w3.org/TR/WCAG22, 1.4.6).
_STYLE = """
:root { color-scheme: light; }
body { margin: 2rem auto; max-width: 74rem; padding: 0 1rem; color: #111111; background: #ffffff;
  font: 1rem/1.5 system-ui, "Helvetica Neue", Arial, sans-serif; }
h1, h2 { line-height: 1.2; }
h2 { margin-top: 2.5rem; border-bottom: 2px solid #1b3a57; padding-bottom: .2rem; }
nav ul { columns: 18rem; padding-left: 1.2rem; }
a { color: #0b3d75; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 1rem 0; font-size: .9rem; }
caption { text-align: left; font-weight: 600; padding-bottom: .3rem; }
th, td { border: 1px solid #707070; padding: .25rem .5rem; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; min-width: 3rem; }
th { background: #dce8f3; overflow-wrap: normal; }
td.short { white-space: nowrap; }
td.long { min-width: 14rem; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td.number { white-space: nowrap; }
pre { background: #f3f3f3; padding: .75rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.note { border-left: .4rem solid #8a1500; background: #fff3ee; padding: .5rem .75rem; }
figure { margin: 1rem 0; }
figure svg { display: block; max-width: 100%; min-width: 34rem; height: auto; }
summary { cursor: pointer; }
figcaption { max-width: 60rem; }
@media print { nav, details:not([open]) { display: none; } .wide { overflow: visible; } td.long { min-width: 3rem; }
  figure, tr { break-inside: avoid; } h2, caption { break-after: avoid; } figure svg { min-width: 0; } }
""".strip()

SHORT = 24
"""Text up to this length stays on one line of a table."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def html(account: Account) -> str:
    """Write the account as a page that stands by itself.

    Text that came from strangers is shown as it is and is never markup; nothing on the page is loaded or run, and its
    own policy forbids both.
    """
    found = sections(account)
    titles = (escape(section.title) for section in found)
    contents = "".join(f'<li><a href="#part-{number}">{title}</a></li>' for number, title in enumerate(titles, start=1))
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<title>The account of the search</title>",
        f"<style>\n{_STYLE}\n</style>",
        "</head>",
        "<body>",
        "<header><h1>The account of the search</h1></header>",
        f'<nav aria-label="Contents"><ul>{contents}</ul></nav>',
        "<main>",
    ]
    for number, section in enumerate(found, start=1):
        parts.append(f'<section aria-labelledby="part-{number}">')
        parts.append(f'<h2 id="part-{number}">{escape(section.title)}</h2>')
        parts += [line for block in section.blocks for line in _laid_out(block)]
        parts.append("</section>")
    return "\n".join([*parts, "</main>", "</body>", "</html>", ""])


def _laid_out(block: Block) -> Iterator[str]:
    match block:
        case Text(text, warns):
            yield f'<p class="note"><strong>Note.</strong> {_shown(text)}</p>' if warns else f"<p>{_shown(text)}</p>"
        case Listing(lines):
            yield f"<ul>{''.join(f'<li>{_shown(line)}</li>' for line in lines)}</ul>"
        case Code(lines):
            told = "\n".join(escape(clean(line)) for line in lines)
            yield f"<pre><code>{told}</code></pre>"
        case Picture():
            yield from _figure(block)
        case Grid():
            yield from _table(block)


def _figure(picture: Picture) -> Iterator[str]:
    """Show a picture with what it says; the flow diagram is words already, and says them again only when asked."""
    from harvester.review.plotting import svg

    title = _shown(picture.title)
    told = f"<p>{_shown(picture.text)}</p>"
    yield f'<figure><div class="wide" role="region" aria-label="{escape(clean(picture.title))}" tabindex="0">'
    if isinstance(picture.drawing, Flow):
        yield picture.drawing.svg
        yield f"</div><figcaption><strong>{title}</strong><details><summary>In words</summary>{told}</details>"
    else:
        yield svg(picture, picture.drawing)
        yield f"</div><figcaption><strong>{title}</strong>{told}"
    yield "</figcaption></figure>"
    if picture.tables:
        yield "<details><summary>The numbers of this picture</summary>"
        for grid in picture.tables:
            yield from _table(grid)
        yield "</details>"


def _table(grid: Grid) -> Iterator[str]:
    if not grid.rows:
        yield f"<p>{_shown(grid.caption)}: none.</p>"
        return
    kinds = [' class="number"' if place in grid.numbers else "" for place in range(len(grid.headings))]
    heads = "".join(
        f'<th scope="col"{kind}>{_shown(name)}</th>' for name, kind in zip(grid.headings, kinds, strict=True)
    )
    # What scrolls must be reachable by keys (w3.org/TR/WCAG22, 2.1.1).
    yield f'<div class="wide" role="region" aria-label="{escape(clean(grid.caption))}" tabindex="0">'
    yield f"<table><caption>{_shown(grid.caption)}</caption><thead><tr>{heads}</tr></thead><tbody>"
    for row in grid.rows:
        cells = (f"<td{kind or _kind(cell)}>{_cell(cell)}</td>" for cell, kind in zip(row, kinds, strict=True))
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"


def _kind(cell: str | int | None) -> str:
    """Keep a date or a name on one line, and longer text on few, which a narrow column would cut."""
    return "" if not isinstance(cell, str) else ' class="short"' if len(cell) <= SHORT else ' class="long"'


def _cell(cell: str | int | None) -> str:
    return "" if cell is None else f"{cell:,}" if isinstance(cell, int) else _shown(cell)


def _shown(text: str) -> str:
    """Escape text and keep its direction to itself: a title in Hebrew turns nothing around it."""
    line = escape(clean(text))
    return line if line.isascii() else f"<bdi>{line}</bdi>"
