"""A pasted page as lines, and cut where another page of the same kind begins."""

import io
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from harvester.errors import InputError
from harvester.formats.reading import Fragment, text_of

__all__ = ["cut", "is_chinese", "lines_of", "opening"]

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


def is_chinese(text: str) -> bool:
    """Whether a text is written in Chinese characters, names and numbers in it aside.

    >>> is_chinese("本研究探讨了 17 名 PSWs 的看法"), is_chinese("A study (研究) of peers"), is_chinese("2020")
    (True, False, False)
    """
    ideographs = len(re.findall("[\u3400-\u4dbf\u4e00-\u9fff]", text))
    return ideographs > 0 and ideographs * 2 >= len(re.findall(r"[^\W\d_]", text))
