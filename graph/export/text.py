"""Values as text that every graph file can hold, and nothing for what is not known."""

import math
import re

from graph.build import MISSING

__all__ = ["clean", "distinct", "integer", "one_line", "real", "truth"]

# What XML 1.0 has no way to write, even as a reference (w3.org/TR/xml, 2.2 Char). The other formats could
# hold some of it, and their readers show none of it: all files hold the same text.
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

NOT_ON_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def clean(text: str | None) -> str | None:
    """The text without what no XML file can hold; None when nothing readable is left.

    >>> clean("a\\x00b\\ud800"), clean(" \\x0b")
    ('ab', None)
    """
    if text is None:
        return None
    if text.isprintable() and not text.isspace() and text:
        return text  # What is printable is in XML's `Char`, and most texts are that.
    legal = NOT_XML.sub("", text)
    return legal if legal.strip() else None


def one_line(text: str) -> str:
    """The text with a space for each run of white space and control characters.

    >>> one_line(" Smith,\\tJ.\\r\\n")
    'Smith, J.'
    """
    return " ".join(NOT_ON_A_LINE.sub(" ", text).split())


def distinct(names: list[str]) -> list[str]:
    """The same names, with a number behind each that stands for something else further up in the list.

    >>> distinct(["a", "b", "a", "a (2)"])
    ['a', 'b', 'a (3)', 'a (2)']
    """
    if len(set(names)) == len(names):
        return names
    given, taken = set(names), dict[str, int]()
    found = []
    for name in names:
        other, number = name, taken.get(name, 0)
        while number and (other in given or other in taken):
            number += 1
            other = f"{name} ({number})"
        taken[name] = max(number, 1)
        taken.setdefault(other, 1)
        found.append(other)
    return found


def integer(value: int) -> str | None:
    """The digits of a number of 32 bits; None for `MISSING` and for every other number."""
    # `int` has 32 bits in Gephi, which reports an error for each value beyond (Java Integer.valueOf).
    return str(value) if MISSING < value < -MISSING else None


def real(value: float) -> str | None:
    """A number in nine significant digits; None when it is not finite."""
    return f"{value:.9g}" if math.isfinite(value) else None


def truth(value: int) -> str | None:
    """`true` or `false`; None for a negative number, which stands for not known."""
    return None if value < 0 else "true" if value else "false"
