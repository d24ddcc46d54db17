"""What scanners and typists do to words, told from what makes another word of them."""

from collections.abc import Iterator

from rapidfuzz.distance.Levenshtein import distance, opcodes

from harvester.folding import vocabulary

__all__ = ["differ", "is_misread", "mended"]

_TO_DIGITS = str.maketrans("loisbz", "101582")
_TO_LETTERS = str.maketrans("01582", "olsbz")
_SLIP = 2
_SILENT = vocabulary("the and for der die das und les des los las del una a an of in on to la le el de")
_MISREAD = ({"m", "rn"}, {"d", "cl"}, {"u", "ii"}, {"w", "vv"}, {"h", "li"}, {"n", "ri"})
_LONG_WORD = 9
_SHORTEST_NAME = 5


def differ(own: tuple[str, ...], there: tuple[str, ...]) -> bool:
    """Say whether two titles, folded and in words, differ by more than slips and small words left out.

    >>> differ(("depression", "among", "women"), ("depression", "arnong", "women"))
    False
    >>> differ(("depression", "among", "women"), ("depression", "among", "men"))
    True
    """
    first, second = "".join(own), "".join(there)
    starts, others = set(_starts(own)), set(_starts(there))
    edits = [edit for edit in opcodes(first, second) if edit.tag != "equal"]
    begin = 0
    for number, edit in enumerate(edits):
        if number + 1 < len(edits) and edits[number + 1].src_start == edit.src_end:
            continue
        start, end, new_start, new_end = edits[begin].src_start, edit.src_end, edits[begin].dest_start, edit.dest_end
        begin = number + 1
        gone, new = first[start:end], second[new_start:new_end]
        if not gone or not new:
            is_word = {start, end} <= starts if gone else {new_start, new_end} <= others
            if is_word and gone + new in _SILENT:
                continue
        # "Women" and "men", "increase" and "decrease" differ by two letters, at the beginning.
        is_prefix = start in starts and len(gone) != 1 and {gone, new} not in _MISREAD
        if max(len(gone), len(new)) > (1 if is_prefix else _SLIP):
            return True
    return False


def _starts(words: tuple[str, ...]) -> Iterator[int]:
    length = 0
    for word in words:
        yield length
        length += len(word)
    yield length


def is_misread(word: str, full: str) -> bool:
    """Say whether a long word may be another one with a letter or two misread.

    >>> is_misread("sustainabi1ity", "sustainability"), is_misread("brain", "train")
    (True, False)
    """
    slips = 2 if len(full) >= _LONG_WORD else 1
    return min(len(word), len(full)) > _SHORTEST_NAME and distance(word, full, score_cutoff=slips) <= slips


def mended(word: str) -> str:
    """Return a word with the digits and letters that scanners confuse set right, by what most of it is.

    >>> mended("20l6"), mended("tw0"), mended("e12")
    ('2016', 'two', 'e12')
    """
    if word.isalpha() or word.isdigit() or not word.isascii():
        return word
    digits = sum(map(str.isdigit, word))
    if digits * 2 >= len(word):
        number = word.translate(_TO_DIGITS)
        return number if number.isdigit() else word
    return word.translate(_TO_LETTERS)
