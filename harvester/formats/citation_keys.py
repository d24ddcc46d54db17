"""A key for each work, by which a manuscript cites it: stable, in ASCII, and given once."""

import re
import unicodedata
from collections.abc import Callable
from hashlib import sha256

import harvester.formats.written as written
from harvester.model import Authorship, Work

__all__ = ["citation_keys"]

_SHORTEST_WORD = 4
_LONGEST_PART = 24
_NAMELESS = 5


def citation_keys() -> Callable[[Work], str]:
    """Give a function that names each work of a file: family name, year, first long word of the title, a letter.

    The letter is made from the key of the work, not from its place in the file: a citation in a manuscript still means
    the same work when the file is written again with a thousand more. Where two works agree in everything the later
    one gets a further letter. Keys are of ASCII letters and figures, which every version of BibTeX takes; a work whose
    names have none of these gets five letters.

    >>> key = citation_keys()
    >>> silva = Authorship(name="Ana Müller-Silva", given="Ana", family="Müller-Silva")
    >>> key(Work(key="doi:10.1000/a", authors=(silva,), year=2014, title="The peer support of others"))
    'mullersilva2014peerq'
    >>> key(Work(key="doi:10.1000/b", authors=(Authorship(name="Østergård"),), year=2020, title="Đặng's Łódź"))[:19]
    'ostergard2020dangsy'
    """
    given: set[str] = set()

    def key(work: Work) -> str:
        named = _plain(next(iter(work.authors or work.editors), None))
        word = next((each for each in map(_ascii, written.title(work).split()) if len(each) >= _SHORTEST_WORD), "")
        stem = f"{named or 'work'}{written.when(work)[:4]}{word[:_LONGEST_PART]}"
        letters = _letters(work.key)
        length = 1 if named and word else _NAMELESS
        while (found := stem + letters[:length]) in given and length < len(letters):
            length += 1
        number = 2
        while found in given:
            found, number = f"{stem}{letters}{number}", number + 1
        given.add(found)
        return found

    return key


def _plain(author: Authorship | None) -> str:
    if author is None:
        return ""
    return _ascii(author.family or author.name)[:_LONGEST_PART]


def _ascii(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.lower().translate(_UNDIVIDED))
    return re.sub(r"[^a-z0-9]", "", bare)


_UNDIVIDED = str.maketrans(
    {"ß": "ss", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i"}
)
"""Letters that Unicode does not take apart into one of ASCII and a mark."""


def _letters(key: str) -> str:
    number = int.from_bytes(sha256(key.encode("utf-8", "surrogatepass")).digest()[:12], "big")
    found = ""
    while len(found) < 2 * _NAMELESS:
        number, place_in_alphabet = divmod(number, 26)
        found += chr(ord("a") + place_in_alphabet)
    return found
