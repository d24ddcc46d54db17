"""The replica's OpenAlex: what a search asks for and finds, claim by claim, with the server's function for each.

The functions are those of GitHub ourresearch/openalex-elastic-api core/ where no other place is named.
"""

from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openalex_site import ask, found, message, work

from harvester.replica.corpus import Corpus
from harvester.replica.openalex import OpenAlexSite
from harvester.replica.openalex_query import NOTHING, Everything, analysed
from harvester.replica.openalex_refusals import Refused
from harvester.replica.openalex_search import SCOPES, Texts, parse
from harvester.replica.openalex_stem import stem


def titled(titles: Iterable[str]) -> Texts:
    return Texts([{"title": title} for title in titles])


def hits(texts: Texts, asked: str, scope: str = "title.search") -> set[int]:
    return set(texts.search(parse(asked, scope), scope))


def abstract(text: str) -> dict[str, list[int]]:
    words = text.split()
    return {word: [place for place, other in enumerate(words) if other == word] for word in words}


SITE = OpenAlexSite(
    Corpus(
        openalex=(
            work(21, title="Peer support", abstract_inverted_index=abstract("Working towards recovery in the band")),
            work(22, title="Peer workers", abstract_inverted_index=abstract("Support of recovery")),
            work(23, title="Carers", abstract_inverted_index=abstract("Peer and family support and recovery")),
            work(24, title="A brand new smartphone", abstract_inverted_index=abstract("smart phones and phone users")),
        )
    ),
    unlimited=True,
)


def seen(**asked: Any) -> set[int]:
    return set(found(site=SITE, per_page=200, **asked))


# -- Boolean operators: QueryParserBase.java of Lucene ----------------------------------------------

SUBSETS = [" ".join(f"{letter}x" for letter in chosen) for chosen in ("", *"bcde", "bc", "bd", "cd", "bcd", "ce")]


@pytest.mark.parametrize(
    ("asked", "fits"),
    [
        ("bx OR cx AND dx", lambda words: {"cx", "dx"} <= words),
        ("bx AND cx OR dx", lambda words: "bx" in words),
        ("bx cx OR dx", lambda words: "bx" in words),
        ("bx OR cx dx", lambda words: "dx" in words),
        ("bx OR NOT cx", lambda words: "bx" in words and "cx" not in words),
        ("bx AND the OR cx", lambda words: "bx" in words or "cx" in words),
        ("bx AND +cx OR dx", lambda words: "bx" in words),
        (" NOT bx AND cx", lambda words: "cx" in words and "bx" not in words),
        ("bx AND (cx OR dx)", lambda words: "bx" in words and bool(words & {"cx", "dx"})),
    ],
)
def test_operators_do_not_nest_as_one_expects(asked: str, fits: Callable[[set[str]], bool]) -> None:
    """`addClause`: AND makes both its neighbours required, OR makes both optional, and the later of them counts."""
    expected = {number for number, text in enumerate(SUBSETS) if fits(set(text.split()))}
    assert hits(titled(SUBSETS), asked) == expected


def clauses(depth: int) -> st.SearchStrategy[list[Any]]:
    item = st.sampled_from(["bx", "cx", "dx", "ex", "the", "of"])
    below = st.one_of(item, clauses(depth - 1)) if depth else item
    first = st.tuples(st.just(""), st.sampled_from(["", "NOT ", "+"]), below)
    later = st.tuples(st.sampled_from(["AND ", "OR ", "&& ", ""]), st.sampled_from(["", "NOT ", "-", "+"]), below)
    return st.tuples(first, st.lists(later, max_size=4)).map(lambda parts: [parts[0], *parts[1]])


def written(parts: list[Any]) -> str:
    return " ".join(
        operator + sign + (item if isinstance(item, str) else f"({written(item)})") for operator, sign, item in parts
    )


def holds(parts: list[Any], words: list[str]) -> bool | None:
    """Whether a text fits, clause by clause; None if nothing is left to fit."""
    kept: list[list[Any]] = []
    for operator, sign, item in parts:
        if operator and kept and kept[-1][0] != "must not":
            kept[-1][0] = "should" if operator == "OR " else "must"
        value = (None if item in ("the", "of") else item in words) if isinstance(item, str) else holds(item, words)
        if value is not None:
            must = "should" if operator == "OR " else "must"
            kept.append(["must not" if sign in ("NOT ", "-") else must, value])
    if not kept:
        return None
    by = {name: [value for occur, value in kept if occur == name] for name in ("must", "should", "must not")}
    wanted = all(by["must"]) if by["must"] else any(by["should"]) if by["should"] else True
    return wanted and not any(by["must not"])


@settings(deadline=None, max_examples=300)
@given(clauses(2))
def test_any_boolean_search_finds_what_clause_by_clause_evaluation_finds(parts: list[Any]) -> None:
    """`addClause` and Elasticsearch's `fixNegativeQueryIfNeeded`, over every set of four words."""
    texts = [
        " ".join(word for word, there in zip(("bx", "cx", "dx", "ex"), mask, strict=True) if there)
        for mask in product([0, 1], repeat=4)
    ]
    expected = {number for number, text in enumerate(texts) if holds(parts, text.split())}
    assert hits(titled(texts), f'{written(parts)} ""') == expected  # the quotes make it syntax, and say nothing


def test_a_search_of_exclusions_alone_finds_all_other_works() -> None:
    """Elasticsearch's Queries.java, `fixNegativeQueryIfNeeded`: at the top and in every bracket."""
    texts = titled(["bx", "cx", "bx cx", ""])
    assert hits(texts, " NOT bx") == {1, 3}
    assert hits(texts, "cx AND (NOT bx)") == {1}
    assert hits(texts, "cx OR (NOT bx)") == {1, 2, 3}


def test_bare_words_side_by_side_are_wanted_in_one_field() -> None:
    """Lucene's QueryParser.jj, `MultiTerm`: except for a word before an operator, and for plain searches."""
    assert seen(search="peer support recovery") == {21, 22, 23}
    assert seen(search="peer AND support AND recovery") == {21, 22, 23}
    assert seen(search="peer support AND recovery") == {21, 22, 23}
    assert seen(search="recovery AND peer support") == {21, 22, 23}
    assert seen(search="(peer support) AND recovery") == {21, 23}
    assert seen(search="recovery AND workers peer support") == set()
    assert seen(search="recovery AND workers AND peer AND support") == {22}
    assert seen(search="carers peer-support") == {23}
    assert seen(search="recovery AND peer-support") == {21, 23}


@pytest.mark.parametrize("asked", ["the", '"of the" AND (to OR be)', " NOT the", 'the AND ""', "‽", " AND ", "  "])
def test_a_search_that_analysis_leaves_nothing_of_finds_nothing(asked: str) -> None:
    """QueryParserBase.java, `getBooleanQuery`: no clauses, no query; a plain search of stop words likewise."""
    assert parse(asked, "search") == NOTHING


def test_no_search_at_all_finds_everything() -> None:
    """search.py, `build_query`: an empty part of a filter; shared_view.py, `add_search_query`: empty quotes."""
    assert parse("", "title.search") == Everything()
    assert seen(filter="title.search:carers|") == {21, 22, 23, 24}
    assert seen(search='""') == {21, 22, 23, 24}
    assert seen(search="") == {21, 22, 23, 24}
    assert seen(search=" ") == set()


@pytest.mark.parametrize(
    "asked",
    [
        "peer OR ",
        " OR peer",
        " AND peer",
        "peer AND OR support",
        "peer AND NOT NOT support",
        "(peer OR support",
        "peer OR support)",
        "peer AND ()",
        'peer AND "support',
        '"peer" AND "support" OR "',
        "peer AND (really!)",
        "peer AND really!",
        "peer AND support^",
        "peer AND 10^-3",
        "peer AND {2}",
        "peer AND } ",
        "peer AND \\",
        "peer AND a\\u00g0",
        "peer AND ~2",
        "peer~3",
        "peer~0.5",
        '"peer support"~-1 AND recovery',
        '"peer"~3~"support" AND recovery',
        '"peer"~99999999999~"support"',
    ],
)
def test_what_lucene_cannot_parse_brings_the_server_down(asked: str) -> None:
    """shared_view.py, `execute_search`: the error of Elasticsearch is raised again, and app.py handles only its own."""
    answer = ask(site=SITE, search=asked)
    assert (answer.status, answer.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert ask(site=SITE, filter=f"title_and_abstract.search:{asked}").status == 500


def test_brackets_may_nest_a_hundred_deep() -> None:
    """The replica's own limit, so that no search exhausts its stack; the server's is not known."""

    def nested(depth: int) -> str:
        return f"peer AND (carers OR {nested(depth - 1)})" if depth else "peer"

    assert seen(filter=f"title_and_abstract.search:{nested(99)}") == {21, 22, 23}
    assert ask(site=SITE, filter=f"title_and_abstract.search:{nested(100)}").status == 500


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("peer ((", {21, 22, 23}),
        ('peer "', {21, 22, 23}),
        ("peer) [recovery] {~ ^", {21, 22, 23}),
        ("peer or recovery", {21, 22, 23}),
        ("peer -recovery", {21, 22, 23}),
        ("peer AND -recovery", set()),
        ("peer AND - recovery", {21, 22, 23}),
        ("peer AND recovery! -smart", {21, 22, 23}),
        ("peer! recovery", {21, 22, 23}),
        ("carers AND peer^2", {23}),
        ('"peer support"^2~2 AND recovery^0.5', {21, 23}),
        ("peer:support AND recovery:", {21, 22, 23}),
        ("peer/support AND recovery", {21, 22, 23}),
        ("recovery AND x peer/support", set()),
        ("pe\\er && carers AND recovery", {23}),
        ("p\\u0065er AND carers AND recovery", {23}),
        ("peer && carers", {23}),
        ("peer\u3000AND recovery", {21, 22, 23}),
        ("{pear TO peerless} AND recovery", set()),
    ],
)
def test_signs_mean_something_only_in_a_boolean_search(asked: str, numbers: set[int]) -> None:
    """`is_boolean_search`, `has_phrase` and `has_wildcard` decide; then QueryParser.jj says what a sign is."""
    assert seen(search=asked) == numbers


def test_a_boolean_search_loses_the_and_of_its_last_word() -> None:
    """`clean_search_terms`: whatever ends in "and" or "not", in any case, loses three letters; plain ones do not."""
    assert seen(search="recovery band") == {21}
    assert seen(search="recovery AND band") == set()
    assert seen(search="smartphone AND (brand)") == {24}
    assert seen(search="smartphone AND brand") == set()
    assert seen(search="peer AND recovery NOT") == {21, 22, 23}
    assert seen(search="peer AND <recovery> [in]") == {21, 22, 23}


def test_typographic_quotes_and_blanks_are_folded_and_invisible_letters_dropped() -> None:
    """`normalize_search_input`: not all quotes are, guillemets are letters like any other."""
    assert seen(search="“peer support”") == seen(search="‟peer\u2009support„") == {21}
    assert seen(search="pe\u00ader\u200b\u00a0AND recovery") == {21, 22, 23}
    assert seen(search="«peer support»") == {21, 22, 23}


# -- phrases ----------------------------------------------------------------------------------------

PHRASED = ["bx", "cx", "dx", "of"]


def places(asked: list[str], text: list[str]) -> list[tuple[int, list[int]]]:
    """The words of a phrase that count, with their offset and everywhere they stand."""
    return [
        (offset, [place for place, word in enumerate(text) if word == wanted])
        for offset, wanted in enumerate(asked)
        if wanted != "of"
    ]


@settings(deadline=None, max_examples=300)
@given(
    st.lists(st.sampled_from(PHRASED), min_size=2, max_size=4),
    st.lists(st.sampled_from([*PHRASED, "yx"]), max_size=8),
    st.integers(0, 8),
)
def test_a_phrase_stands_where_its_words_are_out_of_place_by_its_slop_at_most(
    asked: list[str], text: list[str], slop: int
) -> None:
    """Lucene's SloppyPhraseMatcher: of places less offsets, the greatest less the least; no place is used twice."""
    words = places(asked, text)
    expected = any(
        max(shifted := [place - offset for (offset, _), place in zip(words, chosen, strict=True)]) - min(shifted)
        <= slop
        and len(set(chosen)) == len(chosen)
        for chosen in product(*(where for _, where in words))
        if words
    )
    assert hits(titled([" ".join(text)]), f'"{" ".join(asked)}"~{slop}') == ({0} if expected else set())


def test_a_slop_that_is_no_number_is_none() -> None:
    """QueryParserBase.java, `handleQuotedTerm`."""
    texts = titled(["peer group support", "peer support"])
    assert hits(texts, '"peer support"~1.9') == {0, 1}
    assert hits(texts, '"peer support"~') == hits(texts, '"peer support"~x') == {1}
    assert hits(texts, '"peer support"~' + "9" * 99) == {0, 1}


def test_a_phrase_stays_in_one_field_and_in_one_value() -> None:
    """`primary_secondary_match_query`: a disjunction over the fields; values of a list stand 100 places apart."""
    authors = [{"raw_author_name": name} for name in ("Jane M Smith", "John Doe", "Alice Smith")]
    texts = Texts([{"title": "peer", "abstract_inverted_index": {"support": [0]}, "authorships": authors}])
    assert hits(texts, '"peer support"', "title_and_abstract.search") == set()
    assert hits(texts, "john smith", "raw_author_name.search") == {0}
    assert hits(texts, '"john smith"', "raw_author_name.search") == set()
    assert hits(texts, '"jane smith"~1', "raw_author_name.search") == {0}
    assert hits(texts, '"doe alice"~98', "raw_author_name.search") == set()
    assert hits(texts, '"doe alice"~100', "raw_author_name.search") == {0}
    assert hits(texts, '"jane smith" OR "doe john"', "raw_author_name.search") == set()
    assert hits(texts, '"jane smith" OR "john doe"', "raw_author_name.search") == {0}


# -- proximity and wildcards within phrases ---------------------------------------------------------

RUNS = st.lists(st.sampled_from(["bx", "cx", "dx"]), min_size=1, max_size=2)


def standing(run: list[str], text: list[str]) -> list[tuple[int, int]]:
    return [(place, place + len(run)) for place in range(len(text)) if text[place : place + len(run)] == run]


@settings(deadline=None, max_examples=300)
@given(
    st.lists(RUNS, min_size=2, max_size=3, unique_by=tuple),
    st.lists(st.sampled_from(["bx", "cx", "dx", "yx"]), max_size=9),
    st.integers(0, 5),
)
def test_phrases_are_near_when_few_enough_words_are_among_them(
    runs: list[list[str]], text: list[str], most: int
) -> None:
    """`binary_proximity_query` and `list_proximity_query`: unordered, `max_gaps`; they may share words."""
    expected = any(
        max(end for _, end in chosen) - min(start for start, _ in chosen) - sum(end - start for start, end in chosen)
        <= most
        for chosen in product(*(standing(run, text) for run in runs))
    )
    first, *others = (f'"{" ".join(run)}"' for run in runs)
    assert hits(titled([" ".join(text)]), "~".join([f"{first}~{most}", *others])) == ({0} if expected else set())


def test_what_is_wanted_twice_near_itself_must_be_there_twice() -> None:
    """Lucene's UnorderedIntervalsSource.java, `deduplicate`."""
    texts = titled(["peer yx", "peer yx peers", "peer yx yx peer"])
    assert hits(texts, '"peer"~1~"peers"') == {1}
    assert hits(texts, '"peer"~2~"peer"') == {1, 2}


def test_a_stop_word_among_phrases_near_each_other_finds_nothing() -> None:
    """Elasticsearch's IntervalBuilder.java: it leaves an interval that matches nowhere; exact search has none."""
    texts = titled(["carers and quality of life"])
    assert hits(texts, '"quality of life"~3~"carers"') == set()
    assert hits(texts, '"quality of life"~3~"carers"', "title.search.exact") == {0}
    assert hits(texts, '"quality of life"~3') == {0}
    assert hits(texts, '""~3~"carers"') == set()


def test_a_wildcard_in_a_phrase_works_as_the_whole_search() -> None:
    """`adjacent_wildcard_query` (in order, side by side) and `proximity_wildcard_query` (any order, `max_gaps`)."""
    texts = titled(["smart phones", "smarter phone", "phones are smart", "smart new mobile phone"])
    exact = "title.search.exact"
    assert hits(texts, '"smart phone*"', exact) == {0}
    assert hits(texts, '"smart* phone"', exact) == {1}
    assert hits(texts, '"sma?t phone*"~1', exact) == {0, 2}
    assert hits(texts, '"smart* phone*"~2', exact) == {0, 1, 2, 3}
    assert hits(texts, '"smart*"~1~"new mobile"', exact) == {3}
    assert hits(texts, "“smart phone*”", exact) == {0}
    # Nothing refuses it of stemmed words either (`_has_unquoted_wildcard`); it is then one of stems.
    assert hits(texts, '"smart phone*"') == {0}
    assert hits(texts, '"smart phones*"') == set()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (
            '"smart phone*" OR x',
            'Wildcards (* or ?) do not work inside this quoted phrase: "smart phone*". For a multi',
        ),
        ('x "smart phone?"', 'Wildcards (* or ?) do not work inside this quoted phrase: "smart phone?".'),
        ('"*smart phone"', 'Leading wildcards are not supported (too expensive): "*smart". Anchor the wildcard with'),
        (
            '"sm* phone"',
            'A * wildcard needs at least 3 leading characters: "sm*". Add characters before the *, e.g. abc*.',
        ),
        (
            '"smart* new* phone*"',
            "At most 2 wildcards (* or ?) are allowed in one phrase or proximity search; this has 3.",
        ),
        ('"sma* phone*"~3', "With two wildcards in one phrase or proximity search, each * needs at least 4 leading"),
        ('"sma*"~3~"phone*"', "With two wildcards in one phrase or proximity search, each * needs at least 4 leading"),
        ("?ycle", 'Leading wildcards are not supported (too expensive): "?ycle".'),
        ("(sm*)", 'A * wildcard needs at least 3 leading characters: "(sm*)".'),
        ('("sm*" OR x)', 'A * wildcard needs at least 3 leading characters: "(sm*".'),
    ],
)
def test_wildcards_are_refused_in_these_words(asked: str, words: str) -> None:
    """`validate_wildcards`, `_validate_wildcard_budget`, `_validate_wildcard_token`; alike for a filter."""
    assert message(site=SITE, search__exact=asked).startswith(words)
    assert message(site=SITE, filter=f"title.search.exact:{asked}").startswith(words)


def test_a_wildcard_needs_an_exact_search_and_each_kind_says_so_in_its_own_words() -> None:
    """`validate_top_level_search_wildcard` and `validate_wildcard_requires_exact`."""
    assert message(site=SITE, search="phone*") == (
        "Wildcards (* or ?) require exact (no-stem) search. The default search is stemmed, so the literal text before "
        "the wildcard is removed when the work is indexed and the search returns wrong results. Use the search.exact= "
        "parameter instead (or the default.search.exact filter), e.g. search.exact=phone*."
    )
    assert message(site=SITE, filter='title.search:"phone*"') == (
        'Wildcards (* or ?) require the exact (no-stem) field. "title.search" is stemmed, so the literal text before '
        "the wildcard is removed when the work is indexed and the search returns wrong results. Use "
        '"title.search.exact" instead, e.g. title.search.exact:phone*.'
    )
    assert message(site=SITE, search__title="What is peer support?").startswith("Wildcards (* or ?) require exact")
    assert seen(search__exact="What is peer support ?") == set()
    assert ask(site=SITE, filter="keyword.search:phone*").status == 200


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("smart*", {0, 1, 2}),
        ('"smart*"', {0, 1, 2}),
        ("SMART* AND phone", {0}),
        ("smart?", {1}),
        ("sm?rt", {0}),
        ("sm??ts", {1}),
        ("sma*t*ne", {2}),
        ("smart*s phone?", set()),
        ("(smart* OR phon*)", {0, 1, 2, 3}),
        ("NOT smart* AND phone*", {3}),
        ("smart-pho*", set()),
        ("phone*,", set()),
        ("phone AND *", {0}),
        ("a AND * NOT smart*", {3}),
    ],
)
def test_a_wildcard_stands_for_letters_of_one_word(asked: str, numbers: set[int]) -> None:
    """`strip_singleton_wildcard_quotes`, then Lucene's prefix and wildcard queries, which know no punctuation."""
    assert hits(titled(["smart phone", "smarts", "smartphone", "a phones"]), asked, "title.search.exact") == numbers


def test_a_pattern_of_many_stars_is_not_slow() -> None:
    """A word that does not fit is known to in no more steps than its letters times the stars."""
    texts = titled(["a" * 5_000 + "b"])
    assert hits(texts, "aaa" + "*a" * 400 + "*c", "title.search.exact") == set()
    assert hits(texts, "aaa" + "*a" * 400 + "*b", "title.search.exact") == {0}


def test_a_fuzzy_word_is_compared_with_stems_and_letters_may_swap() -> None:
    """QueryStringQueryParser.java, `getFuzzyQuerySingle`; without a number the length decides (Fuzziness, AUTO)."""
    texts = titled(["recovery", "peer"])
    assert hits(texts, "recovari~1") == hits(texts, "recvoeri~1") == hits(texts, "recoverx~") == {0}
    assert hits(texts, "recovary~1") == set()
    assert hits(texts, "recovary~1", "title.search.exact") == {0}
    assert hits(texts, "pere~") == {1}
    assert hits(texts, "pxyr~") == hits(texts, "recoveri~0 peer") == set()


# -- stems ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [("possible", "possibly"), ("psychology", "psychological"), ("theology", "theologies"), ("probable", "probably")],
)
def test_lucenes_two_departures_from_porters_paper_bring_these_together(one: str, other: str) -> None:
    """Lucene's PorterStemmer.java, step3: `bli` to `ble`, `logi` to `log`."""
    assert stem(one) == stem(other)
    assert hits(titled([one, other]), one) == {0, 1}


@given(
    st.text("aeioubcdlstyzхя9", min_size=1, max_size=7),
    st.sampled_from(["s", "ed", "ing", "ly", "bli", "logi", "ational", "iveness", "e"]),
)
def test_a_stem_differs_from_its_word_in_no_letter_but_the_last(start: str, ending: str) -> None:
    """What the index relies on when it looks for the words of a stem."""
    word = start + ending
    root = stem(word)
    assert word.startswith(root[:-1] if root[-1] in "eil" else root)
    assert hits(titled([word]), word) == ({0} if analysed(word, exact=False) else set())


# -- parameters and filters -------------------------------------------------------------------------


def test_several_searches_are_anded() -> None:
    """shared_view.py, `add_search_query`, and filter.py, `filter_records`."""
    assert seen(search="recovery", search__title="peer") == {21, 22}
    assert seen(search__title="peer", search__title_and_abstract__exact="working") == {21}
    assert seen(search="recovery", filter="title.search:peer,abstract.search:support") == {22}
    assert seen(search="recovery", search__title='""') == {21, 22, 23}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (
            {"search__title__exact": "a", "search__title": "b|"},
            "Cannot use both stemmed and exact search on the same scope: 'search.title.exact' and 'search.title'.",
        ),
        (
            {"search__exact": "a", "search": ""},
            "Cannot use both stemmed and exact search on the same scope: 'search' and 'search.exact'.",
        ),
        (
            {"search__semantic": "a|b", "search": "b"},
            "search.semantic cannot be combined with other search parameters.",
        ),
        (
            {"search__semantic": "a", "filter": "abstract.search:b"},
            "Cannot combine search.semantic with filter=abstract.search. Use only one search method per request.",
        ),
        (
            {"search": " ".join(f'"{letter * 81}"' for letter in "abcd")},
            "This search combines more than 3 long quoted phrases (>80 chars each) with OR. Lots of long-phrase OR",
        ),
    ],
)
def test_searches_that_do_not_go_together_or_are_too_long_are_refused(asked: dict[str, str], words: str) -> None:
    """validate.py, `validate_search_param`; shared_view.py, `_reject_search_filters`; `validate_search_terms`."""
    assert message(site=SITE, **asked).startswith(words)


def test_long_phrases_are_counted_in_parameters_only() -> None:
    """fields.py, `SearchField.validate` does not call `validate_search_terms`."""
    asked = " OR ".join(f'"{letter * 81}"' for letter in "abcd")
    assert ask(site=SITE, search=asked).status == 400
    assert ask(site=SITE, filter=f"title.search:{asked}").status == 200


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ('title.search:"peer support"|carers', {21, 23}),
        ('title.search:"peer|workers"', {21, 22}),
        ('title_and_abstract.search:"peer, family"~1', {23}),
        ("title.search:!peer|carers", {24}),
        ("title.search:!peer|!carers", {24}),
        ("title.search:peer OR carers,abstract.search:support OR users", {22, 23}),
    ],
)
def test_in_a_search_filter_a_bar_is_or_and_a_leading_mark_negates_them_all(asked: str, numbers: set[int]) -> None:
    """filter.py, `handle_or_query`: a bar cuts through quotes; only an OR may be negated, see the next test."""
    assert seen(filter=asked) == numbers


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("title.search:!peer", "Search filters do not support the ! operator. Problem value: !peer"),
        ("title.search:peer !support", "Search filters do not support the ! operator. Problem value: peer !support"),
        ("title.search:peer|!support", "The ! operator can only be used at the beginning of an OR query,"),
        ("title.search:genotype: a|b", "It looks like you're trying to do an OR query between filters"),
        ("semantic.search:!peer", "Search filters do not support the ! operator. Problem value: !peer"),
    ],
)
def test_a_search_filter_with_a_mark_elsewhere_is_refused(asked: str, words: str) -> None:
    """fields.py, `SearchField.validate`, and filter.py, `handle_or_query`."""
    assert message(site=SITE, filter=asked).startswith(words)


def test_affiliations_are_read_as_syntax_whatever_is_in_them() -> None:
    """`query_string_query`: not cleaned, and of three letters or fewer not syntax; fields by name do not exist."""
    strings = ["Dept. of Chemistry, UCLA", "University (Boston)"]
    texts = Texts([{"authorships": [{"raw_affiliation_strings": [string]}]} for string in strings])
    scope = "raw_affiliation_strings.search"
    assert hits(texts, "chemistry ucla", scope) == {0}
    assert hits(texts, "chemistry OR boston", scope) == {0, 1}
    assert hits(texts, "dept:chemistry", scope) == set()
    assert hits(texts, "-ucla boston", scope) == {1}
    assert hits(texts, "(of", scope) == set()
    for broken in ("ucla (", "chemistry/ucla", '"ucla'):
        with pytest.raises(Refused) as refused:
            parse(broken, scope)
        assert refused.value.response.status == 500


@settings(deadline=None, max_examples=300)
@given(
    st.lists(
        st.sampled_from([*' ()"*?~!+-^:/\\[]{}&|<>', " AND ", " OR ", " NOT ", "peer", "the", "3", "u0041", "”", "é"]),
        max_size=14,
    ).map("".join),
    st.sampled_from(sorted(SCOPES)),
)
def test_whatever_is_searched_for_is_found_or_refused(asked: str, scope: str) -> None:
    texts = Texts([{"title": "peer", "abstract_inverted_index": {"the": [0]}}])
    try:
        query = parse(asked, scope)
    except Refused as refused:
        status = refused.response.status
    else:
        status = 200
        assert set(texts.search(query, scope)) <= {0}
    assert status in (200, 400, 500)
