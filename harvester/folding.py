"""Texts are brought to one form, so that what people type differently compares as equal.

Folding loses on purpose what cataloguers disagree on: case, accents, punctuation, the form of Greek letters and
of quotation marks. It keeps every letter and digit that is left, in order, so two different titles stay different.
"""

import re
import unicodedata

__all__ = ["fold", "romanise", "vocabulary"]

_GREEK = {
    "α": " alpha ",
    "β": " beta ",
    "ϐ": " beta ",
    "γ": " gamma ",
    "δ": " delta ",
    "ε": " epsilon ",
    "ϵ": " epsilon ",
    "ζ": " zeta ",
    "η": " eta ",
    "θ": " theta ",
    "ϑ": " theta ",
    "ι": " iota ",
    "κ": " kappa ",
    "λ": " lambda ",
    "μ": " mu ",
    "ν": " nu ",
    "ξ": " xi ",
    "π": " pi ",
    "ρ": " rho ",
    "σ": " sigma ",
    "ς": " sigma ",
    "τ": " tau ",
    "υ": " upsilon ",
    "φ": " phi ",
    "ϕ": " phi ",
    "χ": " chi ",
    "ψ": " psi ",
    "ω": " omega ",
}
# Letters that Unicode does not decompose into a base letter and an accent.
_LETTERS = {
    "ß": "ss",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "æ": "ae",
    "œ": "oe",
    "ı": "i",
    "ħ": "h",
    "ŋ": "n",
    "ŧ": "t",
    "ə": "a",
}
_APOSTROPHES = dict.fromkeys("'’‘`´ʼʻ′", "")
_DASHES = dict.fromkeys("‐‑‒–—―−", "-")
_FOLDED = str.maketrans(_GREEK | _LETTERS | _APOSTROPHES | _DASHES | {"&": " and ", "＆": " and "})
_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)

# ISO 9 and the passport spellings differ in a few letters; these are the ones most databases print.
_ISO = "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch . y . e iu ia i i e g dj j lj nj c dz"
_CYRILLIC = dict(zip("абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґђјљњћџ", _ISO.split(), strict=True))
_ROMAN = str.maketrans({letter: latin.replace(".", "") for letter, latin in _CYRILLIC.items()})
# Umlauts are written with and without an e (Müller, Mueller, Muller); å is written aa.
_VOWELS = re.compile(r"(?<=[aou])e|(?<=a)a")


def fold(text: str) -> str:
    """Return `text` in lower case, without accents and apostrophes, Greek letters by name.

    >>> fold("The β-Blocker’s Rôle")
    'the  beta -blockers role'
    """
    if text.isascii():
        # Most text is plain, and str.translate is slow where one letter becomes several.
        return text.lower().replace("'", "").replace("`", "").replace("&", " and ")
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return _MARKS.sub("", decomposed.translate(_FOLDED))


def romanise(name: str) -> str:
    """Return a personal name folded and in Latin letters, umlauts and their spellings made one.

    >>> romanise("Müller"), romanise("Mueller"), romanise("Щукин")
    ('muller', 'muller', 'shchukin')
    """
    folded = fold(name)
    return _VOWELS.sub("", folded if folded.isascii() else folded.translate(_ROMAN))


def vocabulary(listed: str) -> frozenset[str]:
    """Return the words of a text as a set: how the word lists of this package are written."""
    return frozenset(listed.split())
