"""References written out in eight styles, from the metadata of works: material for measuring the matching.

Plain writers, faithful in what matters to a matcher: which names are given and in what form, where lists of authors
are cut, what is abbreviated, in what order things stand and what punctuation parts them. Titles keep their case.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from harvester.folding import vocabulary
from harvester.model import Authorship, Bibliography

__all__ = ["STYLES", "Entry", "abbreviated", "entry"]

Name = tuple[str, str | None]
"""Family and given name; an organisation has no given name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a style is given of a work; `kind` is `article`, `chapter`, `paper`, `book` or `other`."""

    kind: str
    title: str | None
    authors: tuple[Name, ...] = ()
    editors: tuple[Name, ...] = ()
    year: int | None = None
    venue: str | None = None
    volume: str | None = None
    issue: str | None = None
    first_page: str | None = None
    last_page: str | None = None
    publisher: str | None = None
    place: str | None = None


_KINDS = {
    "article": "article",
    "review": "article",
    "letter": "article",
    "editorial": "article",
    "book-chapter": "chapter",
    "chapter": "chapter",
    "proceedings-article": "paper",
    "book": "book",
    "monograph": "book",
    "edited-book": "book",
    "report": "book",
    "dissertation": "book",
}
_PARTICLES = vocabulary("van von der den de del della di du da dos la le ter ten al el bin ibn")
_SUFFIXES = vocabulary("jr sr ii iii iv phd md")


def entry(work: Bibliography) -> Entry:
    """Give what a citing author would type of a work."""
    title = work.title
    if title and work.subtitle and work.subtitle not in title:
        title = f"{title}: {work.subtitle}"
    venue = work.venue
    kind = _KINDS.get(work.type or "", "article" if work.volume else "other")
    return Entry(
        kind=kind,
        title=title,
        authors=tuple(map(_name, work.authors or ())),
        editors=tuple(map(_name, work.editors)),
        year=work.year,
        venue=(venue.name or venue.series) if venue else None,
        volume=work.volume,
        issue=work.issue,
        first_page=work.first_page or work.article_number,
        last_page=work.last_page,
        publisher=work.publisher,
        place=work.publisher_location,
    )


def _name(author: Authorship) -> Name:
    if author.is_organisation:
        return author.name, None
    if author.family:
        return author.family, author.given
    words = [word for word in author.name.split() if word.strip(".,").lower() not in _SUFFIXES]
    if len(words) < 2:
        return author.name, None
    start = len(words) - 1
    while start > 1 and words[start - 1].lower() in _PARTICLES:
        start -= 1
    return " ".join(words[start:]), " ".join(words[:start])


# -- parts -----------------------------------------------------------------------------------------------------

_SILENT = vocabulary("a an and at by de des del der die du en et for from in la le les of on or the to und y &")
_SHORT = {
    "academy": "Acad", "accounting": "Account", "advances": "Adv", "african": "Afr", "american": "Am",
    "analysis": "Anal", "annals": "Ann", "annual": "Annu", "applied": "Appl", "archives": "Arch", "asian": "Asian",
    "association": "Assoc", "australian": "Aust", "behavior": "Behav", "behaviour": "Behav", "behavioral": "Behav",
    "biological": "Biol", "biology": "Biol", "biomedical": "Biomed", "british": "Br", "bulletin": "Bull",
    "canadian": "Can", "cancer": "Cancer", "chemical": "Chem", "chemistry": "Chem", "chinese": "Chin",
    "clinical": "Clin", "clinics": "Clin", "cognitive": "Cogn", "communication": "Commun", "communications": "Commun",
    "community": "Community", "comprehensive": "Compr", "computer": "Comput", "computing": "Comput",
    "conference": "Conf", "consulting": "Consult", "contemporary": "Contemp", "critical": "Crit", "current": "Curr",
    "design": "Des", "development": "Dev", "disease": "Dis", "diseases": "Dis", "disorders": "Disord",
    "ecological": "Ecol", "ecology": "Ecol", "economic": "Econ", "economics": "Econ", "education": "Educ",
    "educational": "Educ", "electronic": "Electron", "electronics": "Electron", "endocrinology": "Endocrinol",
    "energy": "Energy", "engineering": "Eng", "engineers": "Eng", "environment": "Environ",
    "environmental": "Environ", "epidemiology": "Epidemiol", "european": "Eur", "evaluation": "Eval",
    "experimental": "Exp", "family": "Fam", "general": "Gen", "geographical": "Geogr", "geriatrics": "Geriatr",
    "global": "Glob", "gynecology": "Gynecol", "health": "Health", "history": "Hist", "human": "Hum",
    "immunology": "Immunol", "industrial": "Ind", "information": "Inf", "institute": "Inst", "intelligence": "Intell",
    "internal": "Intern", "international": "Int", "japanese": "Jpn", "journal": "J", "language": "Lang",
    "laboratory": "Lab", "letters": "Lett", "management": "Manag", "marketing": "Mark", "materials": "Mater",
    "mathematical": "Math", "mathematics": "Math", "mechanical": "Mech", "medical": "Med", "medicine": "Med",
    "mental": "Ment", "methods": "Methods", "microbiology": "Microbiol", "molecular": "Mol", "national": "Natl",
    "natural": "Nat", "nature": "Nat", "nervous": "Nerv", "neurology": "Neurol", "neuroscience": "Neurosci",
    "nursing": "Nurs", "nutrition": "Nutr", "obstetrics": "Obstet", "organizational": "Organ",
    "pediatrics": "Pediatr", "personality": "Pers", "perspectives": "Perspect", "pharmacology": "Pharmacol",
    "philosophical": "Philos", "philosophy": "Philos", "physical": "Phys", "physics": "Phys", "physiology": "Physiol",
    "policy": "Policy", "political": "Polit", "practice": "Pract", "primary": "Prim", "proceedings": "Proc",
    "processing": "Process", "psychiatric": "Psychiatr", "psychiatry": "Psychiatry", "psychological": "Psychol",
    "psychology": "Psychol", "psychotherapy": "Psychother", "public": "Public", "quarterly": "Q", "research": "Res",
    "review": "Rev", "reviews": "Rev", "royal": "R", "rural": "Rural", "science": "Sci", "sciences": "Sci",
    "scientific": "Sci", "services": "Serv", "social": "Soc", "society": "Soc", "sociological": "Sociol",
    "sociology": "Sociol", "strategic": "Strateg", "strategy": "Strateg", "studies": "Stud", "surgery": "Surg",
    "surgical": "Surg", "sustainability": "Sustain", "sustainable": "Sustain", "symposium": "Symp",
    "systematic": "Syst", "systems": "Syst", "technology": "Technol", "theoretical": "Theor", "theory": "Theory",
    "therapeutics": "Ther", "therapy": "Ther", "transactions": "Trans", "translational": "Transl",
    "treatment": "Treat", "university": "Univ", "women": "Women", "world": "World",
}  # fmt: skip


def abbreviated(venue: str, *, dot: str = "") -> str:
    """Abbreviate the name of a journal after ISO 4, as far as a short list of words goes.

    >>> abbreviated("The American Journal of Psychiatry", dot=".")
    'Am. J. Psychiatry'
    """
    words = [word for word in re.split(r"[\s:,]+", venue) if word and word.lower() not in _SILENT]
    if len(words) < 2:
        return venue
    short = (_SHORT.get(word.lower(), word) for word in words)
    return " ".join(
        one + (dot if one != word and len(one) < len(word) else "") for one, word in zip(short, words, strict=True)
    )


def _initials(given: str | None, *, dot: str = "", gap: str = "") -> str:
    parts = re.split(r"[\s.\-]+", given or "")
    letters: list[str] = []
    for part in filter(None, parts):
        letters += list(part) if part.isupper() and part.isascii() and len(part) < 4 else [part[0].upper()]
    return gap.join(letter + dot for letter in letters)


def _reversed(name: Name, *, dot: str = "", gap: str = "", comma: str = "") -> str:
    """Family name first, then initials."""
    initials = _initials(name[1], dot=dot, gap=gap)
    return f"{name[0]}{comma} {initials}" if initials else name[0]


def _in_full(name: Name) -> str:
    return f"{name[0]}, {name[1]}" if name[1] else name[0]


def _straight(name: Name, *, dot: str = ".") -> str:
    initials = _initials(name[1], dot=dot, gap=" ")
    return f"{initials} {name[0]}" if initials else name[0]


def _spoken(name: Name) -> str:
    return f"{name[1]} {name[0]}" if name[1] else name[0]


def _pages(work: Entry, *, dash: str = "–", short: bool = False) -> str:
    if not work.first_page:
        return ""
    first, last = work.first_page, work.last_page
    if not last or last == first:
        return first
    if short and first.isdigit() and last.isdigit() and len(first) == len(last):
        same = next((place for place, (one, other) in enumerate(zip(first, last, strict=True)) if one != other), 0)
        last = last[same:]
    return f"{first}{dash}{last}"


def _stopped(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _joined(*parts: str | None, by: str = " ") -> str:
    return re.sub(r"\s+", " ", by.join(part for part in parts if part)).strip()


# -- styles ----------------------------------------------------------------------------------------------------


def apa(work: Entry) -> str:
    """APA, 7th edition: up to 20 authors, full names of journals."""

    def listed(people: tuple[Name, ...]) -> str:
        names = [_reversed(name, dot=".", gap=" ", comma=",") for name in people]
        if len(names) > 20:
            return ", ".join(names[:19]) + f", . . . {names[-1]}"
        return ", & ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)

    year = f"({work.year or 'n.d.'})."
    title = _stopped(work.title) if work.title else None
    issue = f"({work.issue})" if work.issue else ""
    if work.kind in ("chapter", "paper"):
        editors = [_straight(name) for name in work.editors]
        by = f"{' & '.join(editors)} (Eds.), " if editors else ""
        pages = f" (pp. {_pages(work)})" if work.first_page else ""
        where = f"In {by}{work.venue}{pages}. {work.publisher or ''}" if work.venue else work.publisher
    elif work.kind == "book":
        where = work.publisher and _stopped(work.publisher)
    else:
        volume = f"{work.volume or ''}{issue}"
        where = _stopped(", ".join(part for part in (work.venue, volume, _pages(work)) if part))
    if not work.authors:
        return _joined(title, year, where)
    return _joined(_stopped(listed(work.authors)), year, title, where)


def _numbered(work: Entry, *, names: list[str], short_pages: bool) -> str:
    """What Vancouver and AMA share."""
    who = f"{', '.join(names)}." if names else None
    title = _stopped(work.title) if work.title else None
    pages = _pages(work, dash="-", short=short_pages)
    if work.kind in ("chapter", "paper"):
        editors = ", ".join(_reversed(name) for name in work.editors)
        return _joined(
            who,
            title,
            f"In: {editors + ', editors. ' if editors else ''}{work.venue}." if work.venue else None,
            f"{work.publisher}; {work.year}." if work.publisher else f"{work.year}.",
            f"p. {pages}." if pages else None,
        )
    if work.kind == "book":
        return _joined(who, title, f"{work.publisher}; {work.year}." if work.publisher else f"{work.year}.")
    where = f"{work.volume or ''}{f'({work.issue})' if work.issue else ''}{f':{pages}' if pages else ''}"
    return _joined(
        who, title, work.venue and f"{abbreviated(work.venue)}.", f"{work.year or ''}{f';{where}' if where else ''}."
    )


def vancouver(work: Entry) -> str:
    """Vancouver: six authors, then et al.; journals abbreviated, last pages cut."""
    names = [_reversed(name) for name in work.authors]
    return _numbered(work, names=[*names[:6], "et al"] if len(names) > 6 else names, short_pages=True)


def ama(work: Entry) -> str:
    """AMA, 11th edition: of more than six authors the first three; journals abbreviated."""
    names = [_reversed(name) for name in work.authors]
    return _numbered(work, names=[*names[:3], "et al"] if len(names) > 6 else names, short_pages=False)


def mla(work: Entry) -> str:
    """MLA, 9th edition: two authors or the first with et al., names in full, "vol." and "no."."""
    names = [_in_full(work.authors[0])] if work.authors else []
    if len(work.authors) == 2:
        names = [f"{names[0]}, and {_spoken(work.authors[1])}"]
    elif len(work.authors) > 2:
        names = [f"{names[0]}, et al"]
    title = work.title and (_stopped(work.title) if work.kind == "book" else f"“{_stopped(work.title)}”")
    pages = f"pp. {_pages(work, short=True)}" if work.first_page else None
    where = (
        work.venue if work.kind != "book" else None,
        f"edited by {' and '.join(map(_spoken, work.editors))}" if work.editors else None,
        work.volume and f"vol. {work.volume}",
        work.issue and f"no. {work.issue}",
        work.publisher if work.kind in ("book", "chapter", "paper") else None,
        str(work.year) if work.year else None,
        pages,
    )
    return _joined(_stopped(names[0]) if names else None, title, _stopped(", ".join(part for part in where if part)))


def chicago(work: Entry) -> str:
    """Chicago author-date, 17th edition: of more than ten authors the first seven."""
    shown = work.authors if len(work.authors) <= 10 else work.authors[:7]
    names = [_in_full(shown[0]), *map(_spoken, shown[1:])] if shown else []
    if len(work.authors) > 10:
        who = f"{', '.join(names)}, et al."
    else:
        who = ", and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
    year = f"{work.year or 'n.d.'}."
    title = work.title and (_stopped(work.title) if work.kind == "book" else f"“{_stopped(work.title)}”")
    pages = _pages(work, short=True)
    if work.kind in ("chapter", "paper"):
        by = f", edited by {' and '.join(map(_spoken, work.editors))}" if work.editors else ""
        where = _joined(
            f"In {work.venue}{by}{f', {pages}' if pages else ''}." if work.venue else None,
            _joined(work.place, work.publisher, by=": ") + "." if work.publisher else None,
        )
    elif work.kind == "book":
        where = _joined(work.place, work.publisher, by=": ") + "." if work.publisher else ""
    else:
        number = f"{work.volume or ''}{f' ({work.issue})' if work.issue else ''}"
        where = _stopped(_joined(work.venue, f"{number}{f': {pages}' if pages else ''}"))
    if not who:
        return _joined(title, year, where)
    return _joined(_stopped(who), year, title, where)


def harvard(work: Entry) -> str:
    """Harvard as in Cite Them Right: up to three authors, single quotation marks."""
    names = [_reversed(name, dot=".", comma=",") for name in work.authors]
    if len(names) > 3:
        who = f"{names[0]} et al."
    else:
        who = " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
    year = f"({work.year or 'no date'})"
    title = work.title and (_stopped(work.title) if work.kind == "book" else f"‘{work.title}’,")
    pages = f"pp. {_pages(work)}" if work.first_page else None
    if work.kind in ("chapter", "paper"):
        editors = [_reversed(name, dot=".", comma=",") for name in work.editors]
        by = f"{' and '.join(editors)} (eds) " if editors else ""
        parts = (f"in {by}{work.venue}." if work.venue else None, _joined(work.place, work.publisher, by=": "), pages)
        where = _stopped(_joined(parts[0], ", ".join(part for part in parts[1:] if part)))
    elif work.kind == "book":
        where = _joined(work.place, work.publisher, by=": ") + "." if work.publisher else ""
    else:
        number = f"{work.volume or ''}{f'({work.issue})' if work.issue else ''}"
        where = _stopped(", ".join(part for part in (work.venue, number, pages) if part))
    return _joined(who or None, year, title, where) if who else _joined(title, year, where)


def ieee(work: Entry) -> str:
    """IEEE: initials in front, of more than six authors the first; journals abbreviated, the year last."""
    names = [_straight(name) for name in work.authors]
    if len(names) > 6:
        who = f"{names[0]} et al."
    elif len(names) > 2:
        who = f"{', '.join(names[:-1])}, and {names[-1]}"
    else:
        who = " and ".join(names)
    pages = f"pp. {_pages(work)}" if work.first_page else None
    year = str(work.year) if work.year else None
    if work.kind == "book":
        return _joined(
            f"{who}," if who else None,
            work.title and _stopped(work.title),
            ", ".join(part for part in (_joined(work.place, work.publisher, by=": "), year) if part) + ".",
        )
    venue = work.venue and abbreviated(work.venue, dot=".")
    if work.kind in ("chapter", "paper"):
        venue = venue and f"in {venue}"
    parts = (venue, work.volume and f"vol. {work.volume}", work.issue and f"no. {work.issue}", pages, year)
    return _joined(
        f"{who}," if who else None,
        work.title and f"“{work.title},”",
        ", ".join(part for part in parts if part) + ".",
    )


_MARKS = {"article": "[J]", "chapter": "[M]", "paper": "[C]", "book": "[M]", "other": "[Z]"}


def gbt(work: Entry) -> str:
    """GB/T 7714-2015, numeric: three authors in capitals, then et al.; the kind of document in brackets."""
    names = [_reversed((name[0].upper(), name[1]), gap=" ") for name in work.authors]
    who = ", ".join([*names[:3], "et al"] if len(names) > 3 else names)
    pages = _pages(work, dash="-")
    title = f"{work.title}{_MARKS[work.kind]}" if work.title else None
    if work.kind in ("chapter", "paper"):
        editors = ", ".join(_reversed((name[0].upper(), name[1]), gap=" ") for name in work.editors[:3])
        inside = _joined(editors and f"{editors}.", work.venue and f"{work.venue}.")
        made = _joined(work.place, work.publisher, by=": ")
        rest = f"{f'{made}, ' if made else ''}{work.year or ''}{f': {pages}' if pages else ''}."
        return _joined(f"{who}." if who else None, f"{title or ''}//{inside}", rest)
    if work.kind == "book":
        made = _joined(work.place, work.publisher, by=": ")
        return _joined(f"{who}." if who else None, title and f"{title}.", f"{f'{made}, ' if made else ''}{work.year}.")
    number = f"{work.volume or ''}{f'({work.issue})' if work.issue else ''}"
    where = ", ".join(part for part in (work.venue, str(work.year or ""), number) if part)
    return _joined(f"{who}." if who else None, title and f"{title}.", f"{where}{f': {pages}' if pages else ''}.")


STYLES: dict[str, Callable[[Entry], str]] = {
    "APA": apa,
    "Vancouver": vancouver,
    "MLA": mla,
    "Chicago": chicago,
    "Harvard": harvard,
    "AMA": ama,
    "IEEE": ieee,
    "GB/T 7714": gbt,
}
