"""How other databases name the fields of a record, and which field of ours is meant.

PubMed writes `[tiab]`, Ovid `.ti,ab.`, Web of Science `TS=`, EBSCO `TI`, Scopus `TITLE-ABS-KEY()`, Embase and
Cochrane `:ti,ab`. The codes hardly clash, so there is one table for all (pubmed.ncbi.nlm.nih.gov/help,
webofscience.help.clarivate.com field tags, connect.ebsco.com "Searching with Field Codes",
dev.elsevier.com/sc_search_tips.html).
"""

import re
from typing import NamedTuple

__all__ = ["EBSCO", "Code", "combined", "meant_by"]

HEADING = "heading"
MORE = "more"
KIND = "kind"

_ROWS = (
    ("title", "", "ti; title"),
    ("abstract", "", "ab; abs; abstract"),
    ("text", "", "tiab; title/abstract"),
    (
        "text",
        MORE,
        "ts; tw; text word; text words; tx; mp; all; all fields; af; any field; noft; tp; topic; ot; id; tiabkw",
    ),
    ("text", MORE, "kw; kf; ky; ak; kp; key; keyword; keywords; author keywords; other term; su; subject; oa; nm"),
    ("text", HEADING, "mh; mm; mj; majr; mesh; mesh terms; mesh major topic; mesh subheading; de; sh; hw; subheading"),
    ("text", HEADING, "mainsubject; mjmainsubject; mjsub; descriptor; exp"),
    ("author", "", "au; auth; author; authors; fau; 1au; author - first; author - last"),
    ("venue", "", "so; ta; jn; jw; jo; jour; journal; srctitle; pub; publication title; source title"),
    ("year", "", "py; yr; dp; pdat; edat; pubyear; date - publication; publication date; date of publication"),
    ("type", KIND, "pt; dt; doctype; publication type"),
    ("language", "", "la; lg; lang; language"),
)
_CODES = {code.strip(): (field, lost) for field, lost, codes in _ROWS for code in codes.split(";")}

EBSCO = frozenset({"TI", "AB", "SU", "TX", "AU", "SO", "MH", "MM", "DE", "KW", "JN", "PT", "LA", "DT", "TP"})
"""Codes that stand before their words as words of their own."""


class Code(NamedTuple):
    """The field of ours that is meant, and what is not the same.

    That is nothing, or `more` is searched there, or a `heading` is, or a `kind` of publication by another name.
    """

    field: str
    lost: str

    @property
    def exact(self) -> bool:
        return not self.lost

    @property
    def meaning(self) -> str:
        """Say in a clause how the same, or the nearest, is written here."""
        if self.lost == HEADING:
            return (
                "asks for a heading of a thesaurus (such as MeSH), which is not searched here;"
                " the nearest thing is its words"
            )
        if self.lost == MORE:
            return "also looks in keywords or elsewhere; here words are looked for in title and abstract"
        if self.lost == KIND:
            return (
                "asks for a kind of publication; here that is type: and a type such as article, review or book-chapter"
            )
        if self.field == "text":
            return "is not needed here: words are looked for in title and abstract anyway"
        return f"is written {self.field}: here, before what is looked for"

    def before(self, operand: str) -> str:
        """Write the field in front of an operand; title and abstract go without saying."""
        return operand if self.field == "text" else f"{self.field}:{operand}"


def combined(codes: list[str]) -> Code | None:
    """Give the field that several codes mean together; None as soon as one is unknown.

    >>> combined(["ti", "ab"])
    Code(field='text', lost='')
    """
    found = [_CODES.get(" ".join(code.lower().split())) for code in codes]
    known = [code for code in found if code]
    if not known or len(known) < len(found):
        return None
    fields = {field for field, _ in known}
    lost = next((lost for lost in (HEADING, MORE, KIND) if any(code[1] == lost for code in known)), "")
    if lost == HEADING and len(known) > 1:
        lost = MORE
    return Code(fields.pop() if len(fields) == 1 else "text", lost)


def meant_by(name: str) -> Code | None:
    """Give the field meant by a code, or by several that are joined by a comma, a hyphen, a slash or a blank.

    >>> meant_by("TITLE-ABS-KEY")
    Code(field='text', lost='more')
    """
    plain = name.strip().lower().removesuffix(":noexp")
    return combined([plain]) or combined([code for code in re.split(r"[,/-]", plain) if code])
