"""Searches written for other databases: each sign of one is recognised and translated, or what it asks for is named.

A search copied from PubMed, Ovid, EBSCO, Web of Science, Scopus, ProQuest, Embase or Cochrane is a search in another
language that shares most of its letters with ours. Read as ours it would mostly be understood - as something else.
So every sign that is not of ours is a mistake with a translation, which is exact where the same can be said.
"""

import re
from collections.abc import Callable, Container

from harvester import identifiers
from harvester.errors import NotAnIdentifier
from harvester.expression.fieldcodes import EBSCO, Code, combined, meant_by
from harvester.expression.mistakes import Edit, Mistake, shown
from harvester.expression.operands import Operand, after, before, with_phrases
from harvester.expression.proximity import near_elsewhere
from harvester.expression.signs import fuzzy_sign, logic_sign, single_quotes, truncation_sign
from harvester.expression.tokens import VALUED, Kind, Scan
from harvester.expression.tree import TEXTS
from harvester.expression.values import LANGUAGES, beyond
from harvester.identifiers import Identifier

__all__ = ["foreign", "named_work"]

_WORK = re.compile(
    r"(?:doi[:\s]{0,3})?10\.[0-9]{4,9}(?:\.[0-9]{1,9})*/\S|(?:pmid|pmc|arxiv|openalex|https?)[:\s]{0,3}\S|w[0-9]{5,}$",
    re.IGNORECASE,
)
_LONGEST_WORK = 300

_EQUALS = re.compile(r"([A-Za-z][A-Za-z_-]{0,24})=")
_YEAR_COMPARED = re.compile(
    r"(?P<field>py|pubyear|year|yr)\s{0,3}(?P<sign>[<>]=?|=|aft\b|bef\b|is\b)\s{0,3}(?P<year>[0-9]{4})(?![^\s()])",
    re.IGNORECASE,
)
_OVID_SUFFIX = re.compile(r"\.([a-z]{2}(?:,[a-z]{2}){0,20})(\.?),?$", re.IGNORECASE)
_SURE_WITHOUT_DOT = frozenset({"ti", "ab", "tw", "mp", "kw", "kf", "af", "tx"})
_COLON_SUFFIX = re.compile(r"'?:([a-z]{2,3}(?:,[a-z]{2,3}){0,20}),?$", re.IGNORECASE)
_HEADING = re.compile(r"[\w'*,-]*/(?:exp|de|mj|[a-z]{2}(?:,[a-z]{2})*)?,?", re.IGNORECASE)
_LIMIT_TO = re.compile(
    r'(?P<sense>LIMIT-TO|EXCLUDE)\s{0,3}\(\s{0,3}(?P<field>\w{2,20})\s{0,3},\s{0,3}"?(?P<value>[^")]{1,60}?)"?\s{0,3}\)'
)
_SCOPUS_TYPES = {"ar": "article", "re": "review", "ch": "book-chapter", "bk": "book", "ed": "editorial", "le": "letter"}
_OVID_LIMIT = re.compile(r"limit\s{1,3}#?([0-9]{1,4})\s{1,3}to\s(.*)", re.IGNORECASE | re.DOTALL)
_OVID_DUPLICATES = re.compile(r"(?:remove duplicates from|dedup(?:licate)?) #?([0-9]{1,4})$", re.IGNORECASE)
_OVID_YEARS = re.compile(r'(?:yr\s?=\s?)?"?([0-9]{4})\s?-\s?([0-9]{4}|current)"?', re.IGNORECASE)
_PUBMED_DATES = re.compile(
    r'"?([0-9]{4})[0-9/]{0,6}"?\s?(?:\[[^\]]{2,30}\])?\s?:\s?"?([0-9]{4})[0-9/]{0,6}"?\s?\[(?:dp|pdat|[^\]]*date[^\]]*)\]',
    re.IGNORECASE,
)
_COCHRANE_HEADING = re.compile(
    r"MeSH descriptor:?\s{0,3}\[([^\]]{1,200})\](?:\s{0,3}(?:this term only|explode (?:all|[0-9]) trees?))?",
    re.IGNORECASE,
)
_NEAR_IN_PUBMED = re.compile(r"(?P<field>[a-z/]{2,20}):~(?P<number>[0-9]{1,3})")


def named_work(text: str) -> Mistake | None:
    """Give the mistake of a DOI, a PMID or another identifier of one work in the place of a search."""
    plain = text.strip()
    if len(plain) > _LONGEST_WORK or not _WORK.match(plain):
        return None
    try:
        identifier = identifiers.parse(plain)
    except NotAnIdentifier:
        return None
    start = text.index(plain)
    return Mistake(
        f"This names one work, and a search looks for words in many. To fetch it: harvester doi {_shell(identifier)}",
        (start, start + len(plain)),
    )


def _shell(identifier: Identifier) -> str:
    return identifier.value if identifier.scheme == "doi" else str(identifier)


def foreign(scan: Scan, lines: Container[str]) -> Mistake | None:
    """Give the first sign of another database, None where all is ours; `lines` are names of lines, which are."""
    if mistake := _command(scan):
        return mistake
    valued = _valued(scan)
    for place, token in enumerate(scan.tokens):
        if place in valued or token.name in lines:
            continue
        for rule in _RULES.get(token.kind, ()):
            if mistake := rule(scan, place):
                return mistake
    # What truncates comes last, as what ? means depends on the signs of another database around it.
    truncated = (
        truncation_sign(scan, place)
        for place, token in enumerate(scan.tokens)
        if token.kind in (Kind.CHUNK, Kind.PHRASE) and place not in valued and token.name not in lines
    )
    return next((mistake for mistake in truncated if mistake), None)


def _valued(scan: Scan) -> set[int]:
    """Give the places of values, in which signs mean something else."""
    places: set[int] = set()
    for place, token in enumerate(scan.tokens):
        if token.kind is Kind.FIELD and token.text in VALUED:
            last = scan.partner[place + 1] if scan.kind(place + 1) is Kind.OPEN else place + 1
            places.update(range(place + 1, last + 1))
    return places


# -- commands of Ovid, which take a whole line ---


def _command(scan: Scan) -> Mistake | None:
    text = scan.text.strip()
    start = scan.text.index(text)
    span = (start, start + len(text))
    if match := _OVID_DUPLICATES.fullmatch(text):
        return Mistake("What is found twice is recognised anyway; name the line alone.", span, f"#{match[1]}")
    if match := _OVID_LIMIT.fullmatch(text):
        return _limited(match[1], match[2], span)
    return None


def _limited(line: str, limits: str, span: tuple[int, int]) -> Mistake:
    parts = [f"#{line}"]
    if years := _OVID_YEARS.search(limits):
        last = "" if years[2].lower() == "current" else years[2]
        parts.append(f"year:{years[1]}-{last}")
    spoken = [LANGUAGES[name] for name in re.findall(r"[a-z]+", limits.lower()) if name in LANGUAGES]
    if spoken:
        values = " OR ".join(dict.fromkeys(spoken))
        parts.append(f"language:({values})" if " OR " in values else f"language:{values}")
    rest = _OVID_YEARS.sub("", limits.lower())
    lost = [name for name in re.findall(r"[a-z]{3,}", rest) if name not in LANGUAGES | {"and": 0, "language": 0}]
    return Mistake(
        "limit is a command of Ovid; here the limits are fields, joined to the line by AND."
        + (" Not all of these limits can be said here." if set(lost) - {"or"} else ""),
        span,
        " AND ".join(parts),
        exact=not set(lost) - {"or"},
    )


# -- fields before their words: TS=, TI "...", TITLE-ABS-KEY() ---


def _equals(scan: Scan, place: int) -> Mistake | None:
    token = scan.tokens[place]
    if match := _YEAR_COMPARED.match(scan.text, token.start):
        compares = {"aft": ">", "bef": "<", "is": "="}.get(match["sign"].lower(), match["sign"])
        return Mistake(
            "Years are a range here, such as year:2015-2024, year:2015- or year:-2020.",
            match.span(),
            f"year:{beyond(compares, int(match['year']))}",
        )
    match = _EQUALS.match(token.text)
    if match is None and scan.kind(place + 1) is Kind.CHUNK and scan.tokens[place + 1].text.startswith("="):
        match = _EQUALS.match(f"{token.text}=")
    if match is None:
        return None
    name = match[1].lower().replace("-", "_")
    is_ours = name in TEXTS or name in VALUED
    code = Code(name, "") if is_ours else meant_by(match[1])
    if code is None:
        return None
    sign = scan.text.index("=", token.start) + 1
    said = f"A field is followed by a colon here: {name}:" if is_ours else f"{match[1]}= {code.meaning}."
    return _moved_in_front(scan, (token.start, sign), sign, place, code, said)


def _moved_in_front(scan: Scan, span: tuple[int, int], rest: int, place: int, code: Code, said: str) -> Mistake:
    """Write our field before the words that follow, which begin at `rest` in the token at `place` or after it."""
    while place + 1 < len(scan.tokens) and scan.tokens[place].end <= rest:
        place += 1
    operand = after(scan, place - 1) if scan.tokens[place].end > rest else None
    if operand is None:
        return Mistake(said, span, "" if code.field == "text" else f"{code.field}:", exact=code.exact)
    start = max(operand.start, rest)
    words = scan.text[start : operand.end]
    several = operand.several and bool(re.search(r"\S\s+\S", words))
    operand = Operand(start, operand.end, words, several)
    text = code.before(operand.text if code.field == "text" else operand.as_one)
    return Mistake(said, span, Edit(span[0], operand.end, text), exact=code.exact)


def _code_word(scan: Scan, place: int) -> Mistake | None:
    token = scan.tokens[place]
    following = scan.kind(place + 1)
    is_code = token.text in EBSCO and (
        following in (Kind.PHRASE, Kind.OPEN) or (following is Kind.CHUNK and token.text in ("TI", "AB"))
    )
    if not is_code or scan.kind(place - 1) is Kind.CHUNK or scan.touching(place + 1):
        return None
    code = meant_by(token.text)
    if code is None:
        return None
    said = f'{token.text} {code.meaning}. If the word itself is meant, put it in quotes: "{token.text}".'
    return _moved_in_front(scan, token.span, token.end, place, code, said)


def _function(scan: Scan, place: int) -> Mistake | None:
    token = scan.tokens[place]
    if match := _LIMIT_TO.match(scan.text, token.start):
        code = meant_by(match["field"])
        value = match["value"].strip().lower()
        value = _SCOPUS_TYPES.get(value, LANGUAGES.get(value, value))
        sense = "NOT " if match["sense"] == "EXCLUDE" else ""
        said = f"{match['sense']} is a limit of Scopus; here it is a field with a value."
        if code is None or code.field not in VALUED or not value.replace("-", "").isalnum():
            return Mistake(f"{said} There is none for {match['field']}.", match.span())
        return Mistake(said, match.span(), f"{sense}{code.field}:{value}")
    if scan.kind(place + 1) is not Kind.OPEN:
        return None
    name = re.sub(r"\.(?:EXACT|EXPLODE)", "", token.text)
    is_sure = name.isupper() or (scan.touching(place + 1) and name in ("ti", "ab", "noft", "su", "au", "pub"))
    if not is_sure or not (scan.touching(place + 1) or "-" in name):
        return None
    code = meant_by(name)
    if code is None:
        return None
    return Mistake(
        f"{token.text}() {code.meaning}.",
        token.span,
        Edit(token.start, scan.tokens[place + 1].start, "" if code.field == "text" else f"{code.field}:"),
        exact=code.exact,
    )


# -- fields after their words: [tiab], .ti,ab., :ti,ab ---


def _tag(scan: Scan, place: int) -> Mistake | None:
    token = scan.tokens[place]
    content = " ".join(token.text[1:-1].lower().split())
    if token.text[0] == "{":
        return Mistake("Curly brackets are not used here; a phrase stands in quotes.", token.span, _as_phrase(content))
    if scan.kind(place - 1) is Kind.FIELD:
        return None  # values of a field, which has its own say
    operand = before(scan, place)
    if (near := _NEAR_IN_PUBMED.fullmatch(content)) and operand:
        return _near_in_pubmed(token.span, operand, near)
    code = meant_by(content)
    if code is None and (heading := re.match(r"mh\s|mesh\s", content)):
        words = token.text[1:-1].strip()[heading.end() :]
        return _after_words(token.text, token.span, Edit(*token.span, _as_phrase(words)), combined(["mh"]))
    if code is None:
        said = (
            f"{shown(token.text)} is no field; here a field stands before its words, such as title:, without brackets."
        )
        if operand is None:
            said = "Square brackets are not used here; round ones keep words together."
        return Mistake(said, token.span, "" if operand or not content else f"({token.text[1:-1]})", exact=False)
    if operand is None:
        said = f"{shown(token.text)} {code.meaning}; nothing stands before it."
        return Mistake(said, token.span, "", exact=False)
    return _after_words(token.text, token.span, Edit(operand.start, token.end, code.before(_value(operand))), code)


def _as_phrase(words: str) -> str:
    return '"' + " ".join(words.replace('"', " ").split()) + '"'


def _value(operand: Operand) -> str:
    return operand.as_phrase if "(" not in operand.text else operand.text


def _after_words(written: str, span: tuple[int, int], edit: Edit, code: Code | None) -> Mistake:
    written = " ".join(written.split())
    if code is None:
        return Mistake(f"{written} is of another database.", span)
    return Mistake(f"{written} {code.meaning}.", span, edit, exact=code.exact, topic=code.meaning)


def _near_in_pubmed(span: tuple[int, int], operand: Operand, near: re.Match[str]) -> Mistake:
    code = meant_by(near["field"]) or Code("text", "")
    phrase = operand.text.strip('"')
    pair = phrase.split()
    if len(pair) == 2:
        text = f"{pair[0]} NEAR/{near['number']} {pair[1]}"
        text = text if code.field == "text" else f"{code.field}:({text})"
        said = f"[{near[0]}] is written with NEAR between the two words here."
        return Mistake(said, span, Edit(operand.start, span[1], text), exact=code.exact)
    said = (
        f"[{near[0]}] wants all the words near each other; the nearest here is ~ and a number after the quotes, which"
        " counts the places that they are moved by."
    )
    text = code.before(f'"{phrase}"~{near["number"]}')
    return Mistake(said, span, Edit(operand.start, span[1], text), exact=False)


def _pubmed_dates(scan: Scan, place: int) -> Mistake | None:
    match = _PUBMED_DATES.match(scan.text, scan.tokens[place].start)
    if match is None:
        return None
    last = "" if int(match[2]) > 2100 else match[2]
    return Mistake("Dates are a range of years here.", match.span(), f"year:{match[1]}-{last}")


def _suffix(scan: Scan, place: int) -> Mistake | None:
    token = scan.tokens[place]
    match = _OVID_SUFFIX.search(token.text)
    if match and not match[2] and not ("," in match[1] or match[1].lower() in _SURE_WITHOUT_DOT):
        match = None
    match = match or _COLON_SUFFIX.search(token.text)
    code = combined(match[1].split(",")) if match else None
    if match is None or code is None:
        return None
    own = match.start() + match[0].startswith("'")
    if own == 0 and not scan.touching(place):
        return None
    operand = before(scan, place, own=own)
    span = (token.start + own, token.end)
    if operand is None:
        return None
    written = token.text[own:].rstrip(",")
    of_ovid = written[0] == "."
    edit = Edit(operand.start, token.end, code.before(with_phrases(scan, operand) if of_ovid else _value(operand)))
    if of_ovid and "?" in operand.text:
        said = f"{written} {code.meaning}. At Ovid ? may also stand for no letter, here for exactly one."
        return Mistake(said, span, edit, exact=False)
    return _after_words(written, span, edit, code)


def _field_suffix(scan: Scan, place: int) -> Mistake | None:
    """`support:ti,ab`: what looks like a field is the last word before a code."""
    token = scan.tokens[place]
    if token.text in TEXTS or token.text in VALUED or scan.kind(place + 1) is not Kind.CHUNK:
        return None
    codes = scan.tokens[place + 1]
    code = combined(codes.text.rstrip(",").split(",")) if scan.touching(place + 1) else None
    if code is None:
        return None
    operand = before(scan, place, own=token.end - token.start - 1)
    if operand is None:
        return None
    edit = Edit(operand.start, codes.end, code.before(_value(operand)))
    return _after_words(f":{codes.text}", (token.end - 1, codes.end), edit, code)


def _heading(scan: Scan, place: int) -> Mistake | None:
    token = scan.tokens[place]
    if _HEADING.fullmatch(token.text) is None:
        return None
    slash = token.text.rindex("/")
    qualifier = token.text[slash + 1 :].strip(",")
    operand = before(scan, place, own=slash) if slash or scan.touching(place) else None
    if operand is None:
        return None
    is_heading = operand.text.lstrip("*'")[:1].isupper() and qualifier.islower() and qualifier != "or"
    if qualifier not in ("", "exp", "de", "mj") and not is_heading:
        return None  # a slash between words, as in `and/or`
    start = _start_of_heading(scan, operand)
    words = operand.text.lstrip("*").strip("'\"")
    return _after_words(
        shown(scan.text[start : token.end].rstrip(","))[1:-1],
        (start, token.end),
        Edit(start, token.end, _as_phrase(words) if " " in words else words),
        combined(["mh"]),
    )


def _cochrane_heading(scan: Scan, place: int) -> Mistake | None:
    match = _COCHRANE_HEADING.match(scan.text, scan.tokens[place].start)
    if match is None:
        return None
    return _after_words("MeSH descriptor", match.span(), Edit(*match.span(), _as_phrase(match[1])), combined(["mh"]))


def _start_of_heading(scan: Scan, operand: Operand) -> int:
    """Give where `exp` before the heading begins, or the heading itself."""
    explode = re.compile(r"exp\s+\*?$", re.IGNORECASE).search(scan.text, max(0, operand.start - 8), operand.start)
    return explode.start() if explode else operand.start


# -- what else is no word ---


def _other_work(scan: Scan, place: int) -> Mistake | None:
    token = scan.tokens[place]
    if token.kind is Kind.FIELD:
        if token.text not in ("http", "https", "doi", "pmid", "pmcid", "openalex"):
            return None
        following = scan.tokens[place + 1] if scan.kind(place + 1) is Kind.CHUNK else token
        found = identifiers.find(scan.text[token.start : following.end])
        what = f" To fetch it: harvester doi {_shell(found[0])}" if found else ""
        return Mistake(
            f"{shown(scan.text[token.start : following.end])} is an address or an identifier, and a search looks for"
            f" words.{what}",
            (token.start, following.end),
        )
    if not re.search(r"10\.[0-9]{4,9}(?:\.[0-9]{1,9})*/\S", token.text):
        return None
    found = identifiers.find(token.text)
    if not found:
        return None
    return Mistake(
        f"{shown(token.text)} is a DOI, and a search looks for words. To fetch it: harvester doi {_shell(found[0])}",
        token.span,
    )


def _line(scan: Scan, place: int) -> Mistake | None:
    token = scan.tokens[place]
    if not re.fullmatch(r"#[0-9]{1,6}(?:-#?[0-9]{1,6})?", token.text):
        return None
    return Mistake(
        f"{token.text} names a line of a search strategy, and there is no such line here; write what it says instead,"
        " in brackets.",
        token.span,
    )


_RULES: dict[Kind, tuple[Callable[[Scan, int], Mistake | None], ...]] = {
    Kind.PHRASE: (_pubmed_dates,),
    Kind.TAG: (_tag,),
    Kind.FIELD: (_other_work, _field_suffix),
    Kind.CHUNK: (
        *(
            _other_work,
            _line,
            _cochrane_heading,
            _pubmed_dates,
            _equals,
            _code_word,
            _function,
            _suffix,
            near_elsewhere,
            _heading,
        ),
        *(logic_sign, single_quotes, fuzzy_sign),
    ),
}
