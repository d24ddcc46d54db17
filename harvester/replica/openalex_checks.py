"""What OpenAlex refuses in a search before it is run, and its words for it.

The checks are those of GitHub ourresearch/openalex-elastic-api core/search.py (`validate_wildcards`,
`validate_wildcard_requires_exact`, `validate_top_level_search_wildcard`, `validate_search_terms`), core/fields.py
(`SearchField.validate`) and core/validate.py (`validate_search_param`). They see the value as it was sent, before
typographic quotes are folded. A search parameter and a search filter are not checked alike: only a parameter is
refused for its many long phrases or for a `|`, and the two word the need for an unstemmed search differently.
"""

import re
from collections.abc import Iterable, Mapping

from harvester.replica.openalex_refusals import bad_parameter

__all__ = ["BETWEEN", "WITHIN", "check_filter", "check_parameter", "check_parameters", "lone_wildcards_bared"]

WITHIN = re.compile(r'"([^"]*)"(?:~(\d+))?')
"""A phrase as the whole of a search, with or without the places its words may be apart."""

BETWEEN = re.compile(r'"[^"]*"~(\d+)(?:~"[^"]*")+')
"""Phrases near each other as the whole of a search: the distance stands once, after the first."""

_QUOTED = re.compile(r'"([^"]*)"')
_LONE = re.compile(r'(?<!~)"([^"\s]+)"(?!~)')
_BEFORE_STAR = re.compile(r"(\w*)\*")
_LONG_PHRASE, _LONG_PHRASES = 80, 3
_MOST_WILDCARDS = 2
# The stemmed filters that name the index they search (works/fields.py); no other checks for wildcards of its own.
_STEMMED = ("abstract", "default", "display_name", "fulltext", "title", "title_and_abstract")


def lone_wildcards_bared(text: str) -> str:
    """The search without the quotes around single words that hold a wildcard.

    >>> lone_wildcards_bared('"machin*" "machin* learning" "a*"~2 "machine"')
    'machin* "machin* learning" "a*"~2 "machine"'
    """
    return _LONE.sub(lambda match: match[1] if _wild(match[1]) else match[0], text)


def check_parameters(searches: Mapping[str, str]) -> None:
    """Refuse, with `Refused` (400), search parameters that do not go together, or hold `!` or `|`."""
    if "search.semantic" in searches and len(searches) > 1:
        raise bad_parameter(
            "search.semantic cannot be combined with other search parameters. Use search.semantic alone."
        )
    seen: dict[str, str] = {}
    for name in sorted(searches, key=lambda name: name != "search"):
        scope = name.removesuffix(".exact")
        if scope in seen:
            raise bad_parameter(
                f"Cannot use both stemmed and exact search on the same scope: '{seen[scope]}' and '{name}'."
            )
        seen[scope] = name
    for text in searches.values():
        for mark, present in (("!", _any_negated(text)), ("|", "|" in text)):
            if present:
                raise bad_parameter(f"The search parameter does not support the {mark} operator. Problem value: {text}")


def check_parameter(text: str, *, exact: bool) -> None:
    """Refuse the value of a search parameter that is not run: `Refused` (400)."""
    _check_wildcards(text)
    if sum(len(phrase) > _LONG_PHRASE for phrase in _QUOTED.findall(text)) > _LONG_PHRASES:
        raise bad_parameter(
            f"This search combines more than {_LONG_PHRASES} long quoted phrases (>{_LONG_PHRASE} chars each) with OR. "
            "Lots of long-phrase OR searches are not supported. Try sending each phrase as a separate request."
        )
    if not exact and _any_bare_wildcard(text):
        raise bad_parameter(
            "Wildcards (* or ?) require exact (no-stem) search. The default search is stemmed, so the literal text "
            "before the wildcard is removed when the work is indexed and the search returns wrong results. Use the "
            f"search.exact= parameter instead (or the default.search.exact filter), e.g. search.exact={text}."
        )


def check_filter(text: str, name: str) -> None:
    """Refuse the value of the search filter `name` that is not run: `Refused` (400)."""
    if _any_negated(text):
        raise bad_parameter(f"Search filters do not support the ! operator. Problem value: {text}")
    _check_wildcards(text)
    if name.removesuffix(".search") in _STEMMED and _any_bare_wildcard(text):
        raise bad_parameter(
            f'Wildcards (* or ?) require the exact (no-stem) field. "{name}" is stemmed, so the literal text before '
            "the wildcard is removed when the work is indexed and the search returns wrong results. Use "
            f'"{name}.exact" instead, e.g. {name}.exact:{text}.'
        )


def _wild(text: str) -> bool:
    return "*" in text or "?" in text


def _any_negated(text: str) -> bool:
    return any(word.startswith("!") for word in text.split())


def _any_bare_wildcard(text: str) -> bool:
    return _wild(_QUOTED.sub(" ", text))


def _check_wildcards(text: str) -> None:
    whole = text.strip()
    if BETWEEN.fullmatch(whole):
        _check_together(_QUOTED.findall(whole))
        return
    for phrase in _QUOTED.findall(text):
        if not _wild(phrase):
            continue
        words = phrase.split()
        if re.search(re.escape(f'"{phrase}"') + r"~\d", text) or (whole == f'"{phrase}"' and len(words) > 1):
            _check_together([phrase])
        elif len(words) == 1:
            _check_word(phrase)
        else:
            raise bad_parameter(
                f'Wildcards (* or ?) do not work inside this quoted phrase: "{phrase}". For a multi-word phrase use an '
                'adjacency phrase ("smart* phone") or proximity ("smart phone*"~3) as the whole search.'
            )
    for word in _QUOTED.sub(" ", text).split():
        _check_word(word)


def _check_together(phrases: Iterable[str]) -> None:
    words = [word for phrase in phrases for word in phrase.split()]
    for word in words:
        _check_word(word)
    wild = list(filter(_wild, words))
    if len(wild) > _MOST_WILDCARDS:
        raise bad_parameter(
            f"At most {_MOST_WILDCARDS} wildcards (* or ?) are allowed in one phrase or proximity search; this has "
            f"{len(wild)}. Remove a wildcard or split it into separate searches (it gets too expensive otherwise)."
        )
    for word in wild if len(wild) > 1 else ():
        if word.endswith("*") and word.count("*") == 1 and "?" not in word and len(word) < 5:
            raise bad_parameter(
                "With two wildcards in one phrase or proximity search, each * needs at least 4 leading characters "
                f'(for performance): "{word}". Use a longer prefix (e.g. abcd*), drop a wildcard, or split into '
                "separate searches."
            )


def _check_word(word: str) -> None:
    if not _wild(word):
        return
    if len(word) > 1 and word[0] in "*?":
        raise bad_parameter(
            f'Leading wildcards are not supported (too expensive): "{word}". Anchor the wildcard with at least 3 '
            "leading characters, e.g. cycle*."
        )
    before = _BEFORE_STAR.search(word)
    if before is not None and word[0] != "*" and len(before[1]) < 3:
        raise bad_parameter(
            f'A * wildcard needs at least 3 leading characters: "{word}". Add characters before the *, e.g. abc*.'
        )
