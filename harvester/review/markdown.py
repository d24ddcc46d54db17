"""The account as Markdown, for GitHub, Pandoc and whoever reads it as it is."""

import re
from collections.abc import Iterator

from harvester.review.blocks import Block, Code, Grid, Listing, Picture, Text
from harvester.review.facts import Account
from harvester.review.figures import clean
from harvester.review.pages import sections

__all__ = ["markdown"]

# Every sign of ASCII punctuation may be escaped, and is then itself (spec.commonmark.org, "Backslash escapes"); those
# of HTML go as entities, which even a reader that knows no escapes will not run.
_SIGNS = re.compile(r"([\\`*_{}\[\]#|~^$!])")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_OPENING = re.compile(r"^(\d{1,9}(?=[.)](?:\s|$))|(?=[-+=:]))")


def markdown(account: Account) -> str:
    """Write the account as Markdown (CommonMark with tables); pictures stand there in words and as tables.

    Text that came from strangers is shown as it is and is never markup.
    """
    lines = ["# The account of the search", ""]
    for section in sections(account):
        lines += [f"## {_escaped(section.title)}", ""]
        for block in section.blocks:
            lines += [*_laid_out(block), ""]
    return "\n".join(lines)


def _laid_out(block: Block) -> Iterator[str]:
    match block:
        case Text(text, warns):
            yield f"> **Note.** {_escaped(text)}" if warns else _escaped(text)
        case Listing(lines):
            yield from (f"- {_escaped(line)}" for line in lines)
        case Code(lines):
            yield from _code([clean(line) for line in lines])
        case Picture():
            yield f"*{_escaped(block.title)}.* {_escaped(block.text)}"
            for grid in block.tables:
                yield ""
                yield from _table(grid)
        case Grid():
            yield from _table(block)


def _code(lines: list[str]) -> Iterator[str]:
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}text"
    yield from lines
    yield fence


def _table(grid: Grid) -> Iterator[str]:
    yield f"*{_escaped(grid.caption)}*"
    yield ""
    if not grid.rows:
        yield "None."
        return
    yield f"| {' | '.join(map(_escaped, grid.headings))} |"
    yield f"|{'|'.join('---:' if place in grid.numbers else '---' for place in range(len(grid.headings)))}|"
    for row in grid.rows:
        yield f"| {' | '.join('' if cell is None else _cell(cell) for cell in row)} |"


def _cell(cell: str | int) -> str:
    return f"{cell:,}" if isinstance(cell, int) else _escaped(cell)


def _escaped(text: str) -> str:
    """Write text so that it is no markup, wherever it stands on a line.

    >>> _escaped("# <b>A</b> | `title`\\n- with *marks*")
    '\\\\# &lt;b&gt;A&lt;/b&gt; \\\\| \\\\`title\\\\` - with \\\\*marks\\\\*'
    """
    line = " ".join(clean(text).split())
    written = _SIGNS.sub(r"\\\1", line).translate(_ENTITIES)
    # A number with a point, a dash or a plus begins a list where it stands first.
    return _OPENING.sub(r"\1\\", written, count=1) if _OPENING.match(written) else written
