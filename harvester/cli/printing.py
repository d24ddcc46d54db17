"""What may reach a terminal, and how a table is laid out on one or in a pipe."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Table", "counted", "plain", "pointed"]

# What a terminal obeys rather than shows: C0 and C1, and the marks that turn the direction of the text after them
# (Unicode Standard Annex 9, explicit directional formatting characters).
_OBEYED = dict.fromkeys([*range(32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_OBEYED |= dict.fromkeys([9, 10, 11, 12, 13, 0x85, 0x2028, 0x2029], " ")


def plain(text: str) -> str:
    """Take out of text from strangers what a terminal would obey; what is left is one line.

    >>> plain("A \\x1b[31mred\\x1b[0m title\\nin two lines")
    'A [31mred[0m title in two lines'
    """
    return text.translate(_OBEYED)


def counted(number: int, noun: str) -> str:
    """Put a number before its noun.

    >>> counted(1, "request"), counted(4_000, "work")
    ('1 request', '4,000 works')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def pointed(text: str, span: tuple[int, int], *, width: int = 76) -> list[str]:
    """Show the place in a text: as much of its line as fits, and under it marks where the place is.

    >>> print("\\n".join(pointed("peer AND AND support", (9, 12))))
    peer AND AND support
             ^^^
    """
    from rich.cells import cell_len

    first, last = span
    if first == last == 0 and text:
        return []
    begin = max(text.rfind("\n", 0, first) + 1, first - width // 2)
    line_end = text.find("\n", first)
    end = min(len(text) if line_end < 0 else line_end, begin + width)
    before, there = plain(text[begin:first]), plain(text[first : min(last, end)])
    after = plain(text[min(last, end) : end])
    return [f"{before}{there}{after}", " " * cell_len(before) + "^" * max(cell_len(there), 1)]


@dataclass(frozen=True)
class Table:
    """Rows under headings; columns named in `numbers` are set right.

    On a terminal a long cell is folded. Into a file or a pipe a row is one line, whatever its length.
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[object]]
    numbers: Sequence[str] = ()

    def show(self) -> None:
        """Print it on stdout."""
        cells = [["" if cell is None else plain(str(cell)).strip() for cell in row] for row in self.rows]
        if sys.stdout.isatty():
            self._lay_out(cells)
            return
        if any(self.headings):
            cells.insert(0, list(self.headings))
        from rich.cells import cell_len

        widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
        for row in cells:
            padded = (
                " " * (width - cell_len(cell)) + cell
                if heading in self.numbers
                else cell + " " * (width - cell_len(cell))
                for cell, width, heading in zip(row, widths, self.headings, strict=True)
            )
            print("  ".join(padded).rstrip())

    def _lay_out(self, cells: Sequence[Sequence[str]]) -> None:
        from rich.console import Console
        from rich.table import Table as Grid
        from rich.text import Text

        grid = Grid(box=None, pad_edge=False, header_style="bold", show_header=any(self.headings))
        for heading in self.headings:
            grid.add_column(heading, justify="right" if heading in self.numbers else "left", overflow="fold")
        for row in cells:
            grid.add_row(*map(Text, row))  # text, never markup
        Console(highlight=False).print(grid)
