"""Acknowledgements of funding as the Web of Science prints them."""

import re
from collections.abc import Iterator

from harvester.formats.values import line
from harvester.model import Funder

__all__ = ["funders"]

_BETWEEN = re.compile(r";\s*(?![^\[]{0,4000}\])")


def funders(text: str) -> Iterator[Funder]:
    """Read the funders of a text, each with its awards in square brackets behind it.

    >>> [(one.name, one.awards) for one in funders("NIH [GM1; GM2; GM3]; Council of Peers")]
    [('NIH', ('GM1', 'GM2', 'GM3')), ('Council of Peers', ())]
    """
    for piece in _BETWEEN.split(text):
        name, _, numbers = piece.partition("[")
        if funder := line(name.rstrip("; ")):
            awards = (one.strip() for one in re.split(r"[,;]", numbers.rstrip("]. ")))
            yield Funder(name=funder, awards=tuple(one for one in awards if one))
