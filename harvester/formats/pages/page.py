"""A pasted page as lines, cut where another page of the same kind begins, and text that is no sign on such a page."""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, Final

from harvester.errors import InputError
from harvester.formats.reading import Fragment, text_of

__all__ = ["UNSEEN", "cut", "is_chinese", "lines_of", "neutral", "opening", "paragraphs"]

UNSEEN: Final = "\u2060"
"""The word joiner: a line that begins with it looks as it would without, and is no label; readers take it out."""

_SPACES = re.compile(r"[^\S\n]+")


def lines_of(text: str) -> list[str]:
    """The lines, each with single spaces and none at its ends; no-break spaces are spaces."""
    return [_SPACES.sub(" ", line).strip(" \ufeff\u200b") for line in re.split(r"\r\n|\n|\r", text)]


def opening(head: bytes) -> str:
    """The beginning of a file as text; empty where it is none, or where the end is cut within UTF-16."""
    for length in (len(head), len(head) - 1):
        try:
            return text_of(io.BytesIO(head[:length]))
        except InputError:
            continue
    return ""


def cut(file: BinaryIO, begins: Callable[[list[str]], list[int]], *, kind: str) -> Iterator[Fragment]:
    """Cut a file into pages, given the lines on which each begins; what stands before the first is of the first.

    Raises `InputError` where no page begins.
    """
    text = text_of(file)
    rough = re.split(r"\r\n|\n|\r", text)
    starts = begins(lines_of(text))
    if not starts:
        raise InputError(f"the text is no page of {kind}; import it with --format text to pick out its identifiers")
    starts[0] = 0
    for start, end in zip(starts, [*starts[1:], len(rough)], strict=True):
        page = rough[start:end]
        blank = next((number for number, line in enumerate(page) if line.strip(" \ufeff")), 0)
        yield Fragment(start + blank + 1, "\n".join(page[blank:]).removeprefix("\ufeff").rstrip())


def paragraphs(lines: Sequence[str]) -> str:
    r"""The text of an abstract of these lines, each a paragraph; where one has a `<`, white space would part none.

    >>> paragraphs(["One.", "Two."]), paragraphs(["p < 0.05", "Two."])
    ('One.\n\nTwo.', 'p < 0.05<p>Two.')
    """
    return ("<p>" if any("<" in line for line in lines) else "\n\n").join(lines)


def neutral(line: str, is_sign: Callable[[str], bool]) -> str:
    """Write a line of text so that no reader takes it for a label of the page, nor for a line that is not there.

    >>> neutral("Abstract", "Abstract".__eq__) == UNSEEN + "Abstract", neutral("Abstracts", "Abstract".__eq__)
    (True, 'Abstracts')
    """
    (seen,) = lines_of(line)
    return line if seen and not is_sign(seen) else UNSEEN + line


def is_chinese(text: str) -> bool:
    """Whether a text is written in Chinese characters, names and numbers in it aside.

    >>> is_chinese("本研究探讨了 17 名 PSWs 的看法"), is_chinese("A study (研究) of peers"), is_chinese("2020")
    (True, False, False)
    """
    ideographs = len(re.findall("[\u3400-\u4dbf\u4e00-\u9fff]", text))
    return ideographs > 0 and ideographs * 2 >= len(re.findall(r"[^\W\d_]", text))
