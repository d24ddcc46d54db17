r"""Plain text out of the TeX that stands in BibTeX: accents, symbols, commands, mathematics.

Fields come from TeX users and from programs that know none: `100% of $5` stands beside `G\"odel`. So nothing is parsed
as TeX would (where a percent sign hides the rest of its line); what is known is replaced, and of what is not the
command goes and its text stays. The replacements follow one another, each linear in the length of the text.
"""

import re
import unicodedata
from typing import Final

__all__ = ["plain", "verbatim"]

_ACCENTS: Final = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", '"': "\u0308", "=": "\u0304", ".": "\u0307",
    "H": "\u030b", "b": "\u0331", "c": "\u0327", "d": "\u0323", "h": "\u0309", "k": "\u0328", "r": "\u030a",
    "u": "\u0306", "v": "\u030c", "G": "\u030f", "U": "\u030e", "f": "\u0311",
}  # fmt: skip
_ACCENTED: Final = re.compile(
    r"""
    \\(?:(?P<sign>["'`^~=.])\s* | (?P<letter>[HbcdhkruvGUf])(?:\s+(?=[^\W\d_]|\\[ij](?![A-Za-z]))|\s*(?={)))
    (?: \{\s*(?:\\(?P<ij>[ij])(?:\{\})?|(?P<in_group>[^\W\d_]\S{0,3}?))\s*\}
      | \\(?P<bare_ij>[ij])(?![A-Za-z])\s?(?:\{\})?
      | \{\\(?P<deep_ij>[ij])\s*\}
      | (?P<bare>[^\W\d_])
    )
    """,
    re.VERBOSE,
)

_SYMBOLS: Final = {
    # letters
    "AA": "Å", "AE": "Æ", "DH": "Ð", "DJ": "Đ", "L": "Ł", "NG": "Ŋ", "O": "Ø", "OE": "Œ", "SS": "ẞ", "TH": "Þ",
    "aa": "å", "ae": "æ", "dh": "ð", "dj": "đ", "i": "ı", "j": "ȷ", "l": "ł", "ng": "ŋ", "o": "ø", "oe": "œ",
    "ss": "ß", "th": "þ", "textbaht": "฿",
    # signs of text
    "P": "¶", "S": "§", "copyright": "©", "dag": "†", "ddag": "‡", "dots": "…", "euro": "€", "ldots": "…",
    "pounds": "£", "guillemotleft": "«", "guillemotright": "»", "guilsinglleft": "‹", "guilsinglright": "›",
    "textasciicircum": "\ue005", "textasciitilde": "\ue003", "textasteriskcentered": "*", "textbackslash": "\ue006",
    "textbar": "|", "textbraceleft": "\ue000", "textbraceright": "\ue001", "textbullet": "•", "textcopyright": "©",
    "textdaggerdbl": "‡", "textdagger": "†", "textdegree": "°", "textdollar": "\ue002", "textellipsis": "…",
    "textemdash": "—", "textendash": "–", "texteuro": "€", "textexclamdown": "¡", "textgreater": ">",
    "textless": "<", "textmu": "µ", "textonehalf": "½", "textonequarter": "¼", "textonesuperior": "¹",
    "textordfeminine": "ª", "textordmasculine": "º", "textparagraph": "¶", "textperiodcentered": "·",
    "textperthousand": "‰", "textpm": "±", "textquestiondown": "¿", "textquotedbl": '"', "textquotedblleft": "“",
    "textquotedblright": "”", "textquoteleft": "‘", "textquoteright": "’", "textquotesingle": "'",
    "textregistered": "®", "textsection": "§", "textsterling": "£", "textthreequarters": "¾",
    "textthreesuperior": "³", "texttimes": "×", "texttrademark": "™", "texttwosuperior": "²",
    "textunderscore": "_", "textyen": "¥", "textvisiblespace": " ", "quotedblbase": "„", "quotesinglbase": "‚",
    "glqq": "„", "grqq": "“", "flqq": "«", "frqq": "»", "lq": "‘", "rq": "’", "degree": "°", "degreeCelsius": "°C",
    "celsius": "°C", "newline": " ", "quad": " ", "qquad": " ", "space": " ", "thinspace": " ", "par": "\n",
    "cprime": "ʹ", "Dbar": "Đ", "dbar": "đ",
    "LaTeX": "LaTeX", "TeX": "TeX", "BibTeX": "BibTeX", "slash": "/", "micro": "µ", "ohm": "Ω",
    # mathematics
    "Delta": "Δ", "Gamma": "Γ", "Lambda": "Λ", "Omega": "Ω", "Phi": "Φ", "Pi": "Π", "Psi": "Ψ", "Sigma": "Σ",
    "Theta": "Θ", "Upsilon": "Υ", "Xi": "Ξ", "alpha": "α", "beta": "β", "chi": "χ", "delta": "δ", "epsilon": "ε",
    "eta": "η", "gamma": "γ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "omega": "ω",
    "phi": "φ", "pi": "π", "psi": "ψ", "rho": "ρ", "sigma": "σ", "tau": "τ", "theta": "θ", "upsilon": "υ",
    "varepsilon": "ε", "varphi": "φ", "varrho": "ϱ", "varsigma": "ς", "vartheta": "ϑ", "xi": "ξ", "zeta": "ζ",
    "approx": "≈", "ast": "*", "bullet": "•", "cap": "∩", "cdot": "·", "cdots": "⋯", "circ": "°", "cong": "≅",
    "cup": "∪", "dagger": "†", "div": "÷", "downarrow": "↓", "ell": "ℓ", "emptyset": "∅", "equiv": "≡",
    "exists": "∃", "forall": "∀", "ge": "≥", "geq": "≥", "geqslant": "≥", "gg": "≫", "gt": ">", "hbar": "ħ",
    "in": "∈", "infty": "∞", "int": "∫", "langle": "⟨", "le": "≤", "leftarrow": "←", "leftrightarrow": "↔",
    "leq": "≤", "leqslant": "≤", "lesssim": "≲", "gtrsim": "≳", "ll": "≪", "lt": "<", "mid": "|", "mp": "∓",
    "nabla": "∇", "ne": "≠", "neq": "≠", "notin": "∉", "oplus": "⊕", "otimes": "⊗", "parallel": "∥",
    "partial": "∂", "perp": "⊥", "pm": "±", "prime": "′", "prod": "∏", "propto": "∝", "rangle": "⟩",
    "rightarrow": "→", "setminus": "∖", "sim": "∼", "simeq": "≃", "sqrt": "√", "star": "⋆", "subset": "⊂",
    "subseteq": "⊆", "sum": "∑", "times": "×", "to": "→", "uparrow": "↑", "vee": "∨", "wedge": "∧",
    "vert": "|", "mathsterling": "£", "Re": "ℜ", "Im": "ℑ", "aleph": "ℵ", "angle": "∠", "backslash": "\ue006",
}  # fmt: skip
"""Commands that stand for one sign; a writer may turn the table round."""

# Stand for signs that are text, while the same signs of TeX are taken out; of the private use area, so that no text
# has them.
_KEPT: Final = {
    "\ue000": "{",
    "\ue001": "}",
    "\ue002": "$",
    "\ue003": "~",
    "\ue004": "_",
    "\ue005": "^",
    "\ue006": "\\",
}
_ESCAPED: Final = {
    "{": "\ue000", "}": "\ue001", "$": "\ue002", "_": "\ue004", "&": "&", "%": "%", "#": "#", "@": "@",
    ",": " ", ";": " ", ":": " ", " ": " ", "\n": " ", "\t": " ", "!": "", "/": "", "-": "", "\\": " ",
    "(": "", ")": "", "[": "", "]": "", "*": "", "|": "|", ">": " ", "<": "", "+": "",
}  # fmt: skip

# Mathematical Reviews has its own names for accents, and formulas have other ones than text.
_RENAMED: Final = {
    "ocirc": "\\r", "mathring": "\\r", "polhk": "\\k", "hat": "\\^", "widehat": "\\^", "tilde": "\\~",
    "widetilde": "\\~", "bar": "\\=", "overline": "\\=", "dot": "\\.", "ddot": '\\"', "acute": "\\'",
    "grave": "\\`", "check": "\\v", "breve": "\\u", "textcommabelow": "\\d", "capitalcedilla": "\\c",
}  # fmt: skip
_OTHER_ACCENTS = re.compile(rf"\\({'|'.join(_RENAMED)})(?=\s*\{{)")
_TELLING = re.compile(r"[\\{}$~]|--|``|''|\?`|!`")
_ADDRESS = re.compile(r"\\(?:url|path|nolinkurl)\s*\{([^{}]*)\}")
_LINKED = re.compile(r"\\href\s*\{[^{}]*\}\s*(?=\{)")
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_MATH = re.compile(r"\\\(|\\\)|\\\[|\\\]|\$\$|(?<!\\)\$(?P<body>[^$]{1,400})(?<!\\)\$")
_MATH_SIGNS = re.compile(r"[\\^_{}<>=+*/|]")
_COMMAND = re.compile(r"\\([A-Za-z]+)\*?(?:\s*\{\}|[ \t]+|\n[ \t]*)?")
_CONTROL = re.compile(r"\\(.)", re.DOTALL)
_TYPESET = re.compile(r"---|--|``|''|\?`|!`|~|[{}]")
_TYPED: Final = {"---": "—", "--": "–", "``": "“", "''": "”", "?`": "¿", "!`": "¡", "~": " ", "{": "", "}": ""}


def plain(text: str) -> str:
    r"""Return the text that TeX would set; sub- and superscripts stand on the line, as they do everywhere here.

    >>> plain(r"{\'E}tudes sur l'\oe uvre de G{\"o}del"), plain(r"100% of {H$_2$O} \& $\alpha$-rays cost $5 to $9")
    ("Études sur l'œuvre de Gödel", '100% of H2O & α-rays cost $5 to $9')
    >>> plain(r"{{NASA}}'s \emph{first} \unknown{mission}~-- ``quoted''")
    "NASA's first mission – “quoted”"
    """
    if not _TELLING.search(text):
        return text
    for kept in _KEPT:
        text = text.replace(kept, "")
    text = _ADDRESS.sub(lambda found: _guarded(found[1]), text)
    text = _LINKED.sub("", text)
    if "$" in text or "\\(" in text:
        text = _MATH.sub(_without_mathematics, text)
    if "\\" in text:
        text = _OTHER_ACCENTS.sub(lambda found: _RENAMED[found[1]], text)
        for _ in range(3):  # Vietnamese letters have two accents
            accented = _ACCENTED.sub(_accented, text)
            if accented == text:
                break
            text = accented
        text = _FRACTION.sub(r"\1/\2", text)
        text = _COMMAND.sub(_named, text)
        text = _CONTROL.sub(lambda found: _ESCAPED.get(found[1], found[1]), text)
    text = _TYPESET.sub(lambda found: _TYPED[found[0]], text)
    return _unguarded(unicodedata.normalize("NFC", text))


def verbatim(text: str) -> str:
    r"""Return an address or an identifier out of TeX: only what is escaped in it is undone.

    >>> verbatim(r"{10.1002/(SICI)1099\_1}"), verbatim(r"\url{https://example.org/~ana/a\%20b}")
    ('10.1002/(SICI)1099_1', 'https://example.org/~ana/a%20b')
    """
    if "\\" not in text and "{" not in text and "}" not in text:
        return text
    text = _ADDRESS.sub(r"\1", text)
    text = re.sub(r"\\(?:textasciitilde|~|sim)\s*(?:\{\s*\})?", "~", text)
    text = re.sub(r"\\textless\s*(?:\{\})?", "<", re.sub(r"\\textgreater\s*(?:\{\})?", ">", text))
    text = re.sub(r"\\(?:textunderscore|_)\s*(?:\{\})?", "_", text)
    return re.sub(r"\\([&%#$-])", r"\1", text).replace("{", "").replace("}", "").strip()


def _guarded(text: str) -> str:
    """An address among words: its underscores and tildes are no mathematics."""
    return verbatim(text).replace("~", "\ue003").replace("_", "\ue004").replace("^", "\ue005")


def _unguarded(text: str) -> str:
    return re.sub("[\ue000-\ue006]", lambda found: _KEPT[found[0]], text)


def _without_mathematics(found: re.Match[str]) -> str:
    """The body of a formula; two dollars that only frame words are sums of money."""
    body = found["body"]
    if body is None:
        return ""
    if body != body.strip() or not (_MATH_SIGNS.search(body) or len(body) <= 3):
        # The second dollar may be the first of a formula, but then nobody can tell.
        return f"\ue002{body}\ue002"
    # An empty group keeps the command at the end from taking the space behind the formula.
    return re.sub(r"(?<!\\)[_^]", "", body) + ("{}" if "\\" in body else "")


def _accented(found: re.Match[str]) -> str:
    mark = found["sign"] or found["letter"]
    letter = found["ij"] or found["bare_ij"] or found["deep_ij"] or found["in_group"] or found["bare"]
    return unicodedata.normalize("NFC", letter[0] + _ACCENTS[mark] + letter[1:])


def _named(found: re.Match[str]) -> str:
    sign = _SYMBOLS.get(found[1])
    return "" if sign is None else sign
