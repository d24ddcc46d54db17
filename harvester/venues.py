"""Journals are known again however their names are written, and what several sources say of one is united.

A name is compared by its words. Case, punctuation, accents, articles, "and", the place that a catalogue puts in
brackets ("Journal of mental health (Abingdon, England)") and a subtitle that only describes ("Brain: a journal of
neurology") are formatting. An abbreviation stands for a full title when, prepositions apart, both have as many
words, at least two, and each word is the other's or its beginning with more than the s of a plural cut off; one letter
stands for the few words that ISO 4 cuts so far. So a title of one word is never an abbreviation ("Cancer", "Cancers"),
nor is an acronym ("JAMA"). ISO 4 itself goes by a list of words of the ISSN centre, which is not used here: two titles
that it would tell apart by the length of a word ("J Med Psychol" for Medical, not for Media) are both possible, and
the ISSNs decide.

An ISSN that two sources share makes their venues one, whatever they are called. ISSNs that exclude each other make
them two: different linking ISSNs, or lists without a common one of which either is longer than the one ISSN that
print or online has.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from harvester.folding import fold, vocabulary
from harvester.markup import clean
from harvester.model import Venue

__all__ = ["abbreviates", "same_name", "same_venue", "unite"]

_LONGEST = 1_000
_CACHED = 65_536

# Dropped wherever they stand; of the single letters only where they cannot be the letter of a section.
_ARTICLES = vocabulary("the and le la les el los las il lo gli der die das und et het een os")
_JOINING_LETTERS = vocabulary("e y i")
_PREPOSITIONS = vocabulary(
    """
    of in for on to at by with from de des du del della delle dello di da do dos das sur par per para por pour en von
    vom van voor fur fuer zur zum im auf aus
    """
)
_SECTIONS = vocabulary("section sect series ser part")
_CONTRACTIONS = {
    "assn": "association",
    "dept": "department",
    "dtsch": "deutsche deutscher deutsches deutschen",
    "engn": "engineering",
    "hlth": "health",
    "intl": "international",
    "jpn": "japan japanese",
    "mgmt": "management",
    "natl": "national",
    "rdsch": "rundschau",
    "ztschr": "zeitschrift",
    "j": "journal jurnal",
    "z": "zeitschrift zealand",
    "q": "quarterly",
    "n": "new north",
    "s": "south states",
    "u": "united",
    "a": "america",
    "r": "royal",
}
"""What ISO 4 and the databases write for words otherwise than by cutting off their ends, or cut to one letter."""
_SHORT_FOR = {short: vocabulary(words) for short, words in _CONTRACTIONS.items()}

_WORD = re.compile(r"[^\W_]+")
_ELISION = re.compile(r"\b[dDlL]['’](?=\w)")
_BRACKETED = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
_SEPARATOR = re.compile(r"\s*(?:([:=/;])|\s-\s|\.\s)\s*")
_DESCRIBING = re.compile(
    r"(?:journal|bulletin|revue|revista|rivista|zeitschrift|official|offizielles|organ)\b|(?:the|an?|la|das|der|die|el)\s.*?"
    r"\b(?:journal|publication|organ|magazine|bulletin|review|forum|zeitschrift|revue|revista|rivista)\b"
)
_COUNTRY = {
    ("u", "s", "a"): "usa",
    ("usa",): "usa",
    ("united", "states", "of", "america"): "usa",
    ("u", "k"): "uk",
    ("uk",): "uk",
}
_MOST_PARTS = 8
_HYPHEN = re.compile(r"(?<=\w)-(?=\w)")


class _Title(NamedTuple):
    """A name taken apart: its telling words, the prepositions between them, and the place in brackets behind it."""

    words: tuple[str, ...]
    prepositions: frozenset[str]
    place: frozenset[str]


def same_name(one: str, other: str) -> bool:
    """Say whether two names are one journal's: they differ in formatting alone, or one abbreviates the other.

    >>> same_name("J. Ment. Health", "JOURNAL OF MENTAL HEALTH (Abingdon, England)")
    True
    >>> same_name("Circulation", "Circulation: Heart Failure"), same_name("Cancer", "Cancers")
    (False, False)
    """
    return _same_words(one, other) or abbreviates(one, other) or abbreviates(other, one)


@lru_cache(maxsize=_CACHED)
def abbreviates(short: str, full: str) -> bool:
    """Say whether the first name is the second one cut word by word.

    >>> abbreviates("Aust N Z J Psychiatry", "Australian and New Zealand Journal of Psychiatry")
    True
    >>> abbreviates("Journal of Mental Health", "J Ment Health")
    False
    """
    return any(_cuts(mine, theirs) for mine in _readings(short)[:1] for theirs in _readings(full))


def same_venue(one: Venue, other: Venue) -> bool:
    """Say whether two venues are one: by OpenAlex id, by ISSN, and by name unless their ISSNs exclude each other."""
    if one.openalex and one.openalex == other.openalex:
        return True
    if one.issn_l and other.issn_l and one.issn_l != other.issn_l:
        return False
    mine, theirs = _serials(one), _serials(other)
    if not mine.isdisjoint(theirs):
        return True
    if mine and theirs and max(len(mine), len(theirs)) > 1:
        return False
    my_name, their_name = one.name or one.short_name, other.name or other.short_name
    return bool(my_name and their_name) and same_name(my_name or "", their_name or "")


def unite(venues: Sequence[Venue]) -> tuple[Venue, frozenset[int]]:
    """Complete the first venue from those that are the same; the places of these, its own among them, come with it.

    Of one name in several forms the full title stands, in upper and lower case where it is given so and without the
    place of a catalogue, and the abbreviation beside it. The ISSNs of all are listed, the first venue's first. A book
    or a meeting takes no name from a series that has the same ISSN.

    >>> united, _ = unite(
    ...     [
    ...         Venue(name="J Ment Health", issns=("0963-8237",)),
    ...         Venue(name="JOURNAL OF MENTAL HEALTH", issns=("1360-0567",)),
    ...     ]
    ... )
    >>> united.name, united.short_name, united.issns
    ('JOURNAL OF MENTAL HEALTH', 'J Ment Health', ('0963-8237', '1360-0567'))
    """
    united, joined = venues[0], {0}
    waiting = list(range(1, len(venues)))
    # One that was not known again may be once another has brought its ISSNs.
    while found := next((place for place in waiting if same_venue(united, venues[place])), None):
        united = _completed(united, venues[found])
        joined.add(found)
        waiting.remove(found)
    return united, frozenset(joined)


# -- venues ----------------------------------------------------------------------------------------------------


def _serials(venue: Venue) -> frozenset[str]:
    return frozenset((*venue.issns, venue.issn_l) if venue.issn_l else venue.issns)


def _completed(venue: Venue, other: Venue) -> Venue:
    if other == venue:
        return venue
    gained: dict[str, Any] = {
        "issns": tuple(dict.fromkeys((*venue.issns, *other.issns))),
        "issn_l": venue.issn_l or other.issn_l,
    }
    is_serial = venue.type not in {"book", "conference"} and not venue.isbns and not venue.series
    mine, theirs = venue.name or venue.short_name, other.name or other.short_name
    is_namesake = same_name(mine, theirs) if mine and theirs else is_serial
    if is_namesake:
        gained["name"], gained["short_name"] = _named(venue, other)
        gained["series"] = venue.series or other.series
        gained["isbns"] = tuple(dict.fromkeys((*venue.isbns, *other.isbns)))
    if is_namesake or is_serial:
        gained["type"] = venue.type or other.type
        gained["openalex"] = venue.openalex or other.openalex
    return venue.model_copy(update=gained)


def _named(venue: Venue, other: Venue) -> tuple[str | None, str | None]:
    """Give the full title and its abbreviation, from all four that two records of one venue hold."""
    titles = [title for title in (venue.name, other.name, venue.short_name, other.short_name) if title]
    full = venue.name or other.name
    if full is None:
        return None, venue.short_name or other.short_name
    for title in titles:
        if abbreviates(full, title) or (_same_words(full, title) and _oddity(title) < _oddity(full)):
            full = title
    declared = [title for title in (venue.short_name, other.short_name) if title]
    shortened = [title for title in (*declared, *titles) if abbreviates(title, full)]
    return full, min(shortened, key=_shouts, default=next(iter(declared), None))


def _oddity(name: str) -> tuple[bool, bool]:
    return _shouts(name) or name.islower(), bool(_readings(name)[0].place)


def _shouts(name: str) -> bool:
    """Tell capitals that say nothing from an acronym, which has few letters: PLOS ONE, BMJ."""
    return name.isupper() and max(map(len, _WORD.findall(name)), default=0) > 4


# -- names -----------------------------------------------------------------------------------------------------


def _same_words(one: str, other: str) -> bool:
    if one == other:
        return True
    mine, theirs = _readings(one), _readings(other)
    # A description may be missing on one side: of two titles that differ in it alone nothing is known.
    pairs = [(mine[0], theirs[0]), *((mine[0], each) for each in theirs[1:]), *((each, theirs[0]) for each in mine[1:])]
    return any(_equal(first, second) for first, second in pairs)


def _equal(one: _Title, other: _Title) -> bool:
    if not one.words or "".join(one.words) != "".join(other.words) or not _same_place(one, other):
        return False
    if len(one.words) == 1:
        return one.prepositions == other.prepositions
    return one.prepositions <= other.prepositions or other.prepositions <= one.prepositions


def _cuts(short: _Title, full: _Title) -> bool:
    return (
        len(short.words) == len(full.words) > 1
        and short.words != full.words
        and short.prepositions <= full.prepositions
        and _same_place(short, full)
        and all(_is_short_for(mine, theirs) for mine, theirs in zip(short.words, full.words, strict=True))
    )


def _is_short_for(short: str, full: str) -> bool:
    if short == full or full in _SHORT_FOR.get(short, ()):
        return True
    # One letter less is an old form ("psychiatr"), but for the s of a plural, which makes another title.
    return len(short) > 1 and full.startswith(short) and full[len(short) :] != "s"


def _same_place(one: _Title, other: _Title) -> bool:
    """Tell whether the places in brackets, by which catalogues part namesakes, can be one."""
    return one.place <= other.place or other.place <= one.place


@lru_cache(maxsize=_CACHED)
def _readings(name: str) -> tuple[_Title, ...]:
    """Read a name: as a whole, without a subtitle that only describes, and with compounds in one word."""
    text = " ".join(name[:_LONGEST].split())
    if "<" in text or "&" in text:
        text = clean(text)
    folded = fold(_ELISION.sub("", text)).strip()
    place: set[str] = set()

    def bracket(found: re.Match[str]) -> str:
        inside = _WORD.findall(found[1] or found[2] or "")
        if not _SECTIONS.isdisjoint(inside) or "supplement" in inside:
            return f" {' '.join(inside)} "
        place.update(inside)
        return " "

    # Twice, for brackets within brackets.
    without = _BRACKETED.sub(bracket, _BRACKETED.sub(bracket, folded))
    if not _WORD.search(without):
        without, place = folded, set()
    forms = [without, *_without_subtitle(without)]
    forms += [_HYPHEN.sub("", form) for form in forms if "-" in form]
    # A year behind a title parts it from what it was before, not from a namesake.
    places = frozenset(word for word in place if not word.isdecimal())
    found = tuple(dict.fromkeys(_title(form, places) for form in forms if _WORD.search(form)))
    return found or (_Title((), frozenset(), frozenset()),)


def _without_subtitle(name: str) -> list[str]:
    """The title before a subtitle that describes it or is its acronym; each of two titles that are parallel."""
    for found in islice(_SEPARATOR.finditer(name), _MOST_PARTS):
        before, after = name[: found.start()], name[found.end() :]
        if found[1] == "=":
            return [before, after]
        initials = "".join(word[0] for word in _WORD.findall(before) if word not in _ARTICLES | _PREPOSITIONS)
        acronym = "".join(word for word in _WORD.findall(after[:40]) if word not in _ARTICLES)
        if _DESCRIBING.match(after) or acronym == initials:
            return [before]
    return []


def _title(folded: str, place: frozenset[str]) -> _Title:
    listed = _WORD.findall(folded)
    for country, short in _COUNTRY.items():
        if len(listed) > len(country) + 1 and tuple(listed[-len(country) :]) == country:
            listed, place = listed[: -len(country)], place | {short}
            break
    told: list[str] = []
    prepositions: set[str] = set()
    for number, word in enumerate(listed):
        is_joining = word in _JOINING_LETTERS and 0 < number < len(listed) - 1
        if word in _ARTICLES or is_joining or (word == "a" and number == 0):
            continue
        if word in _SECTIONS and number and [len(each) for each in listed[number + 1 : number + 2]] == [1]:
            continue
        if word in _PREPOSITIONS:
            prepositions.add(word)
        else:
            told.append(word)
    if not told:
        return _Title(tuple(listed), frozenset(), place)
    return _Title(tuple(told), frozenset(prepositions), place)
