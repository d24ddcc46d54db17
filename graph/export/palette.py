"""The colours of communities: a dozen that colour-blind people can tell apart, and grey for the rest."""

from typing import NamedTuple

__all__ = ["GREY", "PALETTE", "Colour", "colour"]


class Colour(NamedTuple):
    """Red, green and blue, each from 0 to 255."""

    red: int
    green: int
    blue: int

    def __str__(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"


CODES = "008df9 ee8866 f0e442 332288 882255 a40122 997700 ffb2fd ddaa33 8400cd aa4499 000000"
PALETTE = tuple(Colour(*bytes.fromhex(code)) for code in CODES.split())
"""For the communities 0 to 11: any two, and each and `GREY`, differ by at least 15 in CIELAB (CIE 1976), to normal
sight and to the three kinds of colour blindness as simulated by G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, A
physiologically-based model for simulation of color vision deficiency, IEEE TVCG 15 (6), 2009, 1291-1298."""

GREY = Colour(153, 153, 153)


def colour(community: int) -> Colour:
    """The colour of the community with this number, counted from 0; grey for none, which is negative.

    >>> str(colour(0)), str(colour(12)), str(colour(-1))
    ('#008df9', '#999999', '#999999')
    """
    return PALETTE[community] if 0 <= community < len(PALETTE) else GREY
