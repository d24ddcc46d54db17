"""OpenAlex: questions that ask for exactly what is wanted, and answers read whole, in every shape on record."""

import gzip
import json
import lzma
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.errors import Unreadable
from harvester.identifiers import Identifier
from harvester.model import Affiliation, Page, Query, Record, Relation, Skip
from harvester.sources.openalex import LONGEST_URL, lookup, read, record, split

SHARED = Path(os.environ.get("HARVESTER_SHARED") or Path(__file__).parents[1].parent / "shared")
DATA = SHARED / "data"

# No claim here is about speed, and the first abstract imports pyalex.
unhurried = settings(deadline=None)


def mapped(**fields: Any) -> Record:
    """The record of an item with these fields and an id."""
    found = record({"id": "https://openalex.org/W100", **fields})
    assert isinstance(found, Record)
    return found


def dois(*values: str) -> list[Identifier]:
    return [Identifier("doi", value) for value in values]


def many(count: int, scheme: str = "doi", form: str = "10.1111/x{}") -> list[Identifier]:
    return [Identifier(scheme, form.format(number)) for number in range(10, count + 10)]


# -- the server's side of a URL, written from its own description ----------------------------------------

FIELDS = ("doi", "openalex", "pmid", "type", "title.search", "has_doi", "locations.source.id")


def filtered(url: str) -> dict[str, list[str]]:
    """Read the filter of a URL as core/utils.py of the server does; fails where the server answers 400."""
    pieces, piece, quoted = [], "", False
    for sign in parse_qs(urlsplit(url).query, strict_parsing=True)["filter"][-1]:
        if sign == '"':
            quoted = not quoted
        if sign == "," and not quoted:
            pieces.append(piece)
            piece = ""
        else:
            piece += sign
    pieces.append(piece)
    found = {}
    for piece in filter(None, pieces):
        key, colon, value = piece.partition(":")
        assert colon, f"no colon in {piece}"
        key = key.replace("-", "_")
        assert value.lower() not in {"", "none", "undefined"}
        verbatim = value.startswith('"') and value.endswith('"')
        value = value[1:-1] if verbatim else value
        if "|" in value:
            parts = value.split("|")
            assert len(parts) <= 100
            assert not any(part.startswith("!") for part in parts)
            assert not any(f"{name}:" in part for part in parts for name in FIELDS)
        else:
            parts = [value] if verbatim else value.split(" ")
            assert not value.startswith("!")
        found[key] = parts
    return found


def single(url: str) -> Identifier:
    """Read the path of a URL as the server's route for single works does."""
    path = unquote(urlsplit(url).path).removeprefix("/works/")
    if match := re.fullmatch(r"W\d{2,}", path):
        return Identifier("openalex", match[0])
    if match := re.match(r"(pmid|pmcid):\D*(\d+)", path):
        return Identifier(match[1], f"PMC{match[2]}" if match[1] == "pmcid" else match[2])
    match = re.search(r"10\.\d+/\S+", path.lower())
    assert "doi" in path.lower()
    assert match is not None, f"no DOI in {path}"
    return Identifier("doi", match[0])


def is_free(url: str) -> bool:
    """Price a URL as the edge does, on the path as it is written."""
    parts = urlsplit(url).path.lower().strip("/").split("/")
    prefixes = ("doi:", "pmid:", "pmcid:", "openalex:")
    return (
        parts[0] == "works"
        and len(parts) > 1
        and bool(re.match(r"[a-z]?\d+$", parts[1]) or parts[1].startswith(prefixes))
    )


def heard(query: Query) -> list[Identifier]:
    """What the server understands of a question."""
    if query.kind == "single":
        return [single(query.url)]
    return [Identifier(scheme, value) for scheme, values in filtered(query.url).items() for value in values]


# -- asking -------------------------------------------------------------------------------------------


def test_fifty_dois_go_into_one_list_of_both_corpora() -> None:
    """One call, with room for works that share a DOI, and with the works that lists hide by default."""
    (query,) = lookup(many(50))
    assert query.kind == "list"
    assert query.url.startswith("https://api.openalex.org/works?filter=doi:10.1111%2Fx10%7C10.1111%2Fx11%7C")
    assert query.url.endswith("&per-page=100&include_xpac=true")
    assert filtered(query.url) == {"doi": [identifier.value for identifier in query.asked]}


def test_no_url_ever_holds_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """URLs are cache keys and log lines, whatever the library that builds them has been told elsewhere."""
    pyalex = pytest.importorskip("pyalex")
    monkeypatch.setitem(pyalex.config, "api_key", "SECRET")
    monkeypatch.setitem(pyalex.config, "email", "SECRET@example.org")
    assert all("SECRET" not in query.url for query in lookup([*many(3), *many(1, "openalex", "W{}")]))


def test_a_list_holds_100_work_ids_or_pubmed_ids_but_50_dois() -> None:
    """One DOI may match several works, a W id or a PubMed id rarely does, and a page holds 100."""
    queries = lookup([*many(120), *many(120, "openalex", "W{}"), *many(120, "pmid", "{}")])
    assert [len(query.asked) for query in queries] == [50, 50, 20, 100, 20, 100, 20]


def test_a_lone_identifier_is_asked_for_singly_because_that_is_free() -> None:
    """A batch of one, also the last of many, costs nothing."""
    assert [(query.kind, query.url) for query in lookup(dois("10.7717/peerj.4375"))] == [
        ("single", "https://api.openalex.org/works/doi:10.7717/peerj.4375")
    ]
    assert [query.kind for query in lookup(many(51))] == ["list", "single"]


def test_the_forms_of_single_calls_are_the_free_ones() -> None:
    """A literal colon after the scheme, whatever the identifier."""
    wanted = [
        Identifier("doi", "10.1002/(sici)1097-0258(19980815/30)17:15/16<1661::aid-sim968>3.0.co;2-2"),
        Identifier("openalex", "W2741809807"),
        Identifier("pmid", "29456894"),
        Identifier("pmcid", "PMC5815332"),
    ]
    queries = lookup(wanted, free=True)
    assert [query.url.removeprefix("https://api.openalex.org/works/") for query in queries] == [
        "doi:10.1002/(sici)1097-0258(19980815/30)17:15/16%3C1661::aid-sim968%3E3.0.co;2-2",
        "W2741809807",
        "pmid:29456894",
        "pmcid:PMC5815332",
    ]
    assert all(is_free(query.url) for query in queries)


@pytest.mark.parametrize(
    "value",
    ['10.1/a"b', "10.1/a,b", "10.1/a|b", "10.1/type:b", "10.1/has_doi:b", "10.1/title.search:x", "10.1/xdoi:10.1/y"],
)
def test_a_doi_that_no_filter_can_express_goes_alone(value: str) -> None:
    """Commas, operators and what looks like another filter would fail or falsify the whole list."""
    alone, rest = sorted(lookup([*dois(value), *many(3)]), key=lambda query: len(query.asked))
    assert (alone.kind, alone.asked) == ("single", (Identifier("doi", value),))
    assert len(rest.asked) == 3


def test_a_sub_divided_prefix_is_only_ever_asked_for_in_a_list() -> None:
    """The server's route for single works cannot see such a DOI, not even when calls must be free."""
    (query,) = lookup(dois("10.1000.10/123"), free=True)
    assert (query.kind, filtered(query.url)) == ("list", {"doi": ["10.1000.10/123"]})
    assert split(query) == [query]


def test_a_doi_with_empty_or_dotted_segments_survives_clients_and_proxies() -> None:
    """`a//b` and `/../` are resolved away on the path, so such a DOI is one encoded segment."""
    for value in ("10.1111/a//b", "10.1111/a/../b", "10.1111/a/"):
        (query,) = lookup(dois(value))
        assert "//" not in urlsplit(query.url).path
        assert ".." not in urlsplit(query.url).path.split("/")
        assert is_free(query.url)
        assert single(query.url).value == value


def test_what_openalex_cannot_be_asked_is_left_out() -> None:
    """Other schemes, and a DOI longer than any URL."""
    assert lookup([Identifier("isbn", "9780306406157"), *dois("10.1234/" + "x" * 4000)]) == []


def test_split_asks_for_the_same_works_free_of_charge() -> None:
    """The list that a spent budget cannot pay becomes single calls."""
    wanted = [*many(50), *dois("10.1000.10/123")]
    queries = [part for query in lookup(wanted) for part in split(query)]
    assert [identifier for query in queries for identifier in query.asked] != []
    assert {identifier for query in queries for identifier in query.asked} == set(wanted)
    assert all(is_free(query.url) for query in queries if query.kind == "single")
    assert [query.asked for query in queries if query.kind == "list"] == [tuple(dois("10.1000.10/123"))]


suffixes = st.text(st.sampled_from("abcdoityp0129.-_:;()<>[]#%+&=?/,|\"! ~*'é/"), min_size=1, max_size=60).filter(
    str.strip
)
strange_dois = st.builds("10.{}/{}".format, st.sampled_from(["1000", "1111", "1000.10", "1234.56.7"]), suffixes).map(
    str.strip
)
identifiers = st.one_of(
    st.builds(Identifier, st.just("doi"), strange_dois),
    st.builds(Identifier, st.just("openalex"), st.integers(10, 10**11).map("W{}".format)),
    st.builds(Identifier, st.just("pmid"), st.integers(1, 10**8).map(str)),
    st.builds(Identifier, st.just("pmcid"), st.integers(1, 10**8).map("PMC{}".format)),
)


@unhurried
@given(st.lists(identifiers, max_size=130), st.booleans())
def test_each_identifier_is_asked_for_exactly_once_and_heard_as_it_is(wanted: list[Identifier], free: bool) -> None:
    """The server's own grammar reads back from each URL what the question says it asks for."""
    queries = lookup(wanted, free=free)
    asked = [identifier for query in queries for identifier in query.asked]
    assert len(asked) == len(set(asked))
    assert set(asked) == set(wanted)
    for query in queries:
        assert len(query.url) <= LONGEST_URL
        assert query.url.isascii()
        assert is_free(query.url) == (query.kind == "single")
        # No URL at all can express a DOI with blanks, or a sub-divided one with signs that no filter takes.
        plain = [i for i in query.asked if " " not in i.value and not re.search(r"10\.\d+\.\d.*[|\",:]", i.value)]
        if len(plain) == len(query.asked):
            assert heard(query) == list(query.asked)


@unhurried
@given(st.lists(st.integers(1, 900).map(lambda size: Identifier("doi", f"10.1234/{size}" + "é" * size)), max_size=80))
def test_no_list_is_longer_than_a_url_may_be(wanted: list[Identifier]) -> None:
    """Long DOIs make more lists, and what fits no URL is left out."""
    queries = lookup(wanted)
    assert all(len(query.url) <= LONGEST_URL for query in queries)
    asked = {identifier for query in queries for identifier in query.asked}
    assert {i for i in wanted if len(i.value) < 600} <= asked


# -- reading answers ------------------------------------------------------------------------------------


def work(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": f"https://openalex.org/W{number}", **fields}


def answer(*results: Any, count: int | None = None, **meta: Any) -> bytes:
    total = len(results) if count is None else count
    return json.dumps({"meta": {"count": total, **meta}, "results": results, "group_by": []}).encode()


def one(identifier: Identifier) -> Query:
    (query,) = lookup([identifier])
    return query


def test_a_single_work_is_the_bare_object_kept_byte_for_byte_in_meaning() -> None:
    """The raw item is compact ASCII JSON of everything received, and maps to the same record again."""
    given = work(11, title="Étude", unknown={"x": [1, 2.5, None]})
    page = read(one(Identifier("openalex", "W11")), 200, json.dumps(given).encode())
    (item,) = page.items
    assert item.raw == json.dumps(given, separators=(",", ":")).encode("ascii")
    assert json.loads(item.raw) == given
    assert record(json.loads(item.raw)) == item.record
    assert (page.missing, page.next, page.skips) == ((), (), ())


def test_an_html_404_means_that_the_work_is_not_there() -> None:
    """No JSON is looked for in it."""
    query = one(Identifier("openalex", "W11"))
    assert read(query, 404, b"<!doctype html><title>404 Not Found</title>") == Page(missing=query.asked)


def test_what_a_list_lacks_is_asked_for_singly_once() -> None:
    """A merged work answers only singly; what even that does not find is missing."""
    wanted = dois("10.1/a", "10.1/b", "10.1000.10/c")
    (query,) = lookup(wanted)
    page = read(query, 200, answer(work(11, doi="https://doi.org/10.1/b".replace("10.1/", "10.1234/"))))
    assert [follow.url.rpartition("/works/")[2] for follow in page.next] == ["doi:10.1/a", "doi:10.1/b"]
    assert page.missing == (Identifier("doi", "10.1000.10/c"),)
    after = read(page.next[0], 200, json.dumps(work(12, doi="https://doi.org/10.1234/other")).encode())
    assert ([item.record.openalex for item in after.items], after.next) == (["W12"], ())


def test_a_list_is_matched_by_every_kind_of_identifier() -> None:
    """DOIs, W ids and PubMed ids that arrived are not asked for again."""
    wanted = [*many(2, "pmid", "9{}"), *many(2, "openalex", "W{}"), *dois("10.1234/a", "10.1234/b")]
    works = [
        work(10, ids={"pmid": "https://pubmed.ncbi.nlm.nih.gov/910"}),
        work(11, ids={"pmid": "911"}, doi="https://doi.org/10.1234/a"),
        work(12, ids={"doi": "https://doi.org/10.1234/b"}),
    ]
    pages = [read(query, 200, answer(*works)) for query in lookup(wanted)]
    assert [(page.missing, page.next, len(page.items), page.total) for page in pages] == [((), (), 3, 3)] * 3


def test_two_works_of_one_doi_are_both_returned() -> None:
    """Choosing between them is not reading."""
    (query,) = lookup(dois("10.1234/a", "10.1234/b"))
    page = read(query, 200, answer(*(work(n, doi="https://doi.org/10.1234/a") for n in (11, 12))))
    assert [item.record.native_id for item in page.items] == ["W11", "W12"]
    assert page.next == (one(Identifier("doi", "10.1234/b")),)


def test_a_list_longer_than_its_page_is_followed_before_anything_is_called_absent() -> None:
    """The next page asks for what has not come; only the last one turns to single calls."""
    (query,) = lookup(many(50))
    first = read(query, 200, answer(*(work(n, doi="https://doi.org/10.1111/x10") for n in range(10, 110)), count=130))
    (follow,) = first.next
    assert follow.url == f"{query.url}&page=2"
    assert follow.asked == query.asked[1:]
    last = read(follow, 200, answer(work(200, doi="https://doi.org/10.1111/x11"), count=130))
    assert {part.kind for part in last.next} == {"single"}
    assert [part.asked[0] for part in last.next] == list(query.asked[2:])


def test_an_empty_page_ends_a_list() -> None:
    """A server that counts more than it gives cannot make the reader go round."""
    (query,) = lookup(many(2))
    page = read(query, 200, answer(count=1000))
    assert [part.kind for part in page.next] == ["single", "single"]


def test_a_list_ends_at_ten_thousand() -> None:
    """Beyond that a page number is an error, so it is never asked for."""
    query = Query(
        source="openalex", url="https://api.openalex.org/works?filter=cites:W1&per-page=100&page=100", kind="list"
    )
    assert read(query, 200, answer(work(11), count=20_000)).next == ()


def test_a_cursor_is_followed_until_it_is_null_or_stands_still() -> None:
    """Cursors need quoting, take no page number, and their last page has none."""
    query = Query(
        source="openalex", url="https://api.openalex.org/works?filter=cites:W1&per-page=1&cursor=%2A", kind="search"
    )
    (follow,) = read(query, 200, answer(work(11), count=9, next_cursor="Ils=")).next
    assert (follow.url, follow.kind) == (query.url.replace("%2A", "Ils%3D"), "search")
    assert read(follow, 200, answer(work(11), count=9, next_cursor="Ils=")).next == ()
    assert read(query, 200, answer(work(11), count=9, next_cursor=None)).next == ()
    assert read(query, 200, answer(count=9, next_cursor="Ils=")).next == ()


@pytest.mark.parametrize(("marked", "authors"), [(True, 100), (False, 100), (True, 3)])
def test_a_cut_author_list_is_completed_by_a_free_single_call(marked: bool, authors: int) -> None:
    """By the mark, or by a full hundred where an old answer might lack it."""
    given = work(11, authorships=[{"raw_author_name": f"A {n}"} for n in range(authors)])
    given |= {"is_authors_truncated": True} if marked else {}
    (query,) = lookup(many(2, "openalex", "W{}"))
    page = read(query, 200, answer(given, work(10)))
    assert [(part.kind, part.url.rpartition("/")[2], part.asked) for part in page.next] == [
        ("single", "W11", (Identifier("openalex", "W11"),))
    ]
    assert page.items[0].record.authors_complete is not marked
    whole = work(11, authorships=[{"raw_author_name": f"A {n}"} for n in range(140)])
    (item,) = read(page.next[0], 200, json.dumps(whole).encode()).items
    assert item.record.authors_complete
    assert len(item.record.authors or ()) == 140


def test_an_answer_in_groups_is_a_count_without_works() -> None:
    """`results` is absent today and was empty before."""
    query = Query(source="openalex", url="https://api.openalex.org/works?group_by=type", kind="search")
    groups = {"meta": {"count": 7}, "group_by": [{"key": "article", "count": 7}]}
    for answered in (groups, {**groups, "results": []}):
        body = json.dumps(answered).encode()
        assert read(query, 200, body) == Page(total=7)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, b"", "empty answer"),
        (200, b"  \n", "empty answer"),
        (200, answer(work(11))[:-9], "cut or not JSON"),
        (200, b"<html>busy</html>", "cut or not JSON: <html>busy</html>"),
        (200, b"\xff\xfe{", "cut or not JSON"),
        (200, b'{"meta": {"count": NaN}, "results": []}', "cut or not JSON"),
        (200, b"[" * 100_000, "cut or not JSON"),
        (200, b"[]", "not a list of works"),
        (200, b'{"results": []}', "not a list of works"),
        (200, b'{"meta": {}, "results": {}}', "without results"),
        (200, b'{"meta": {}}', "without results"),
        (200, b'{"error": "x"}', "not a list of works"),
        (404, b"{}", "status 404"),
        (500, b"<html>", "status 500"),
        (400, b'{"error":"Invalid query parameters error."}', "status 400"),
    ],
)
def test_an_answer_that_is_none_is_refused_with_a_sentence(status: int, body: bytes, reason: str) -> None:
    """What was received is quoted, never guessed at."""
    (query,) = lookup(many(2))
    with pytest.raises(Unreadable, match=re.escape(reason)):
        read(query, status, body)


@pytest.mark.parametrize("body", [b"[]", b'{"meta": {}, "results": []}', b"3", b'{"error": "x"}'])
def test_a_single_answer_must_be_a_work(body: bytes) -> None:
    """A list or an error message with status 200 is no work."""
    with pytest.raises(Unreadable, match="not a work"):
        read(one(Identifier("openalex", "W11")), 200, body)


def test_an_item_that_is_no_work_is_skipped_and_counted() -> None:
    """The rest of the page is kept."""
    (query,) = lookup(many(2, "openalex", "W{}"))
    body = answer(work(10), None, {"id": None}, work(11)).replace(
        b'"id": "https://openalex.org/W11"', b'"id": "W11", "n": 1e999'
    )
    page = read(query, 200, body)
    assert [item.record.native_id for item in page.items] == ["W10"]
    assert [skip.reason for skip in page.skips] == ["not-an-object", "no-id", "not-storable"]
    assert [part.asked[0].value for part in page.next] == ["W11"]


# -- mapping one item -----------------------------------------------------------------------------------


def test_an_item_without_a_work_id_is_a_skip_that_says_so() -> None:
    """An author's id is not a work's."""
    for value in (None, "", 5, "https://openalex.org/A5", "W", "https://example.org/W5"):
        skip = record({"id": value})
        assert isinstance(skip, Skip)
        assert (skip.source, skip.reason) == ("openalex", "no-id")


def test_an_item_with_nothing_but_an_id_claims_nothing() -> None:
    """Absent is not empty: no author list was given."""
    assert mapped() == Record(source="openalex", native_id="W100", openalex="W100")


def test_identifiers_are_canonical_in_old_and_new_forms() -> None:
    """Numbers were numbers in old snapshots; PMC ids had no letters in 2023."""
    found = mapped(
        doi="https://doi.org/10.1111/INM.13349",
        ids={"mag": 2090107195, "pmid": "https://pubmed.ncbi.nlm.nih.gov/17706375",
             "pmcid": "https://www.ncbi.nlm.nih.gov/pmc/articles/2246381"},
    )  # fmt: skip
    assert (found.doi, found.pmid, found.pmcid) == ("10.1111/inm.13349", "17706375", "PMC2246381")
    assert found.other_identifiers == (Identifier("mag", "2090107195"),)
    assert mapped(doi=None, ids={"doi": "https://doi.org/10.1111/a"}).doi == "10.1111/a"
    assert mapped(doi="not a doi").doi is None


def test_titles_are_plain_and_keep_what_was_given() -> None:
    """Markup, entities and line breaks go; an empty title is none."""
    found = mapped(title="Repair <i>In\n Vitro</i> &amp; more")
    assert (found.title, found.title_as_given) == ("Repair In Vitro & more", "Repair <i>In\n Vitro</i> &amp; more")
    assert mapped(title="", display_name="").title is None
    assert (mapped(title=None, display_name="B").title, mapped(title="A").title_as_given) == ("B", None)


@pytest.mark.parametrize("given", ["Bones&lt;subtitle&gt;A trial&lt;/subtitle&gt;", "Bones <subtitle>A <i>trial</i>"])
def test_a_subtitle_inside_the_title_is_taken_out(given: str) -> None:
    """Some publishers deposit it there in a tag, and the tag arrives escaped."""
    found = mapped(title=given)
    assert (found.title, found.subtitle, found.title_as_given) == ("Bones", "A trial", given)


@pytest.mark.parametrize(
    "index",
    [
        {"Peer": [0, 7], "support": [1], "works": [4]},
        {"IndexLength": 9, "InvertedIndex": {"works": [4], "Peer": [0, 7], "support": [1]}},
        '{"IndexLength": 9, "InvertedIndex": {"works": [4], "Peer": [0, 7], "support": [1]}}',
        {"Peer": [0, 7, "x", None, True], "support": [1], "works": [4], "odd": None, "none": []},
    ],
)
def test_an_abstract_is_rebuilt_from_any_form_of_its_index(index: object) -> None:
    """Gaps close, the snapshot's wrapper and its JSON text come off, and what is no place is left out."""
    found = mapped(abstract_inverted_index=index)
    assert (found.abstract, found.abstract_as_given) == ("Peer support works Peer", None)


def test_two_words_in_one_place_of_an_abstract_are_both_kept() -> None:
    """Duplicate positions occur."""
    assert mapped(abstract_inverted_index={"a": [0], "b": [1], "c": [1]}).abstract == "a b c"


def test_an_abstract_with_markup_keeps_what_was_given_and_its_sections() -> None:
    """Sections come from the same reading as everywhere else."""
    given = "<title>Objective</title> <p>To <b>ask.</b></p> <title>Results</title> <p>None.</p>"
    found = mapped(abstract_inverted_index={f"{word}": [n] for n, word in enumerate(given.split())})
    assert found.abstract_as_given == given
    assert [(section.label, section.text) for section in found.abstract_sections] == [
        ("Objective", "To ask."),
        ("Results", "None."),
    ]


@pytest.mark.parametrize("index", [None, {}, "", "{", 5, [], {"a": None}, {"InvertedIndex": {}}, {"": [0]}])
def test_no_abstract_is_none_and_not_empty(index: object) -> None:
    """Withdrawn abstracts are null; broken ones say nothing."""
    assert mapped(abstract_inverted_index=index).abstract is None


def test_authors_of_2026_are_named_as_on_the_work_and_share_their_addresses() -> None:
    """The profile serves only where the work says nothing; one address with two institutions is printed once."""
    noaa = {
        "id": "https://openalex.org/I11",
        "display_name": "NOAA",
        "ror": "https://ror.org/02z5nhe81",
        "country_code": "US",
    }
    unit = {"id": "https://openalex.org/I12", "display_name": "NOAA Research", "ror": None, "country_code": "US"}
    found = mapped(
        authorships=[
            {
                "author": {"id": "https://openalex.org/A5090500153", "display_name": "H. Jones",
                           "orcid": "https://orcid.org/0000-0003-4588-3911"},
                "raw_author_name": "Hunter M. Jones", "raw_orcid": None, "is_corresponding": True,
                "institutions": [noaa, unit],
                "raw_affiliation_strings": ["NOAA Research, Silver Spring", "Home &amp; office"],
                "affiliations": [
                    {"raw_affiliation_string": "NOAA Research, Silver Spring",
                     "institution_ids": ["https://openalex.org/I11", "https://openalex.org/I12"]},
                    {"raw_affiliation_string": "Home &amp; office", "institution_ids": []},
                ],
            },
            {
                "author": {"id": None, "display_name": None, "orcid": None},
                "raw_author_name": "Li, Haiyan", "raw_orcid": "https://orcid.org/0000-0002-1825-0097",
                "institutions": [noaa], "raw_affiliation_strings": ["NOAA"],
                "affiliations": [{"raw_affiliation_string": "NOAA", "institution_ids": ["https://openalex.org/I11"]}],
            },
            {"author": {"id": "https://openalex.org/A9999999999", "display_name": "Profile Name"},
             "raw_author_name": "", "institutions": [noaa], "raw_affiliation_strings": ["NOAA"],
             "affiliations": [{"raw_affiliation_string": "NOAA", "institution_ids": ["https://openalex.org/I11"]}]},
            {"author": {"id": "https://openalex.org/A5317838346", "display_name": None}},
        ]
    )  # fmt: skip
    assert found.affiliations == (
        Affiliation(
            text="NOAA Research, Silver Spring", institution="NOAA", country="US", ror="02z5nhe81", openalex="I11"
        ),
        Affiliation(institution="NOAA Research", country="US", openalex="I12"),
        Affiliation(text="Home & office"),
        Affiliation(text="NOAA", institution="NOAA", country="US", ror="02z5nhe81", openalex="I11"),
    )
    assert found.authors is not None
    assert [(a.name, a.orcid, a.openalex, a.is_corresponding, a.affiliations) for a in found.authors] == [
        ("Hunter M. Jones", "0000-0003-4588-3911", "A5090500153", True, (0, 1, 2)),
        ("Haiyan Li", "0000-0002-1825-0097", None, None, (3,)),
        ("Profile Name", None, None, None, (3,)),
    ]
    assert [(a.family, a.given) for a in found.authors] == [(None, None), ("Li", "Haiyan"), (None, None)]


def test_authors_of_2023_have_one_line_of_address_and_unknown_institutions_repeat_it() -> None:
    """An institution without an id that only repeats the printed line is no institution."""
    found = mapped(
        authorships=[
            {"author": {"id": "https://openalex.org/A11", "display_name": "W. June Ruan", "orcid": None},
             "institutions": [{"id": "https://openalex.org/I11", "display_name": "NIAAA", "ror": "https://ror.org/02jzrsm59"}],
             "raw_affiliation_string": "NIAAA, Bethesda"},
            {"author": {"display_name": "Hyeun Lee"}, "raw_affiliation_strings": ["Business, Maryland"],
             "institutions": [{"id": None, "display_name": "Business, Maryland"}],
             "raw_affiliation_string": "Business, Maryland"},
            {"author": {"display_name": "No Address"}, "institutions": [], "raw_affiliation_string": ""},
        ]
    )  # fmt: skip
    assert found.affiliations == (
        Affiliation(text="NIAAA, Bethesda", institution="NIAAA", ror="02jzrsm59", openalex="I11"),
        Affiliation(text="Business, Maryland"),
    )
    assert [author.affiliations for author in found.authors or ()] == [(0,), (1,), ()]


@pytest.mark.parametrize("orcid", ["https://orcid.org/0000-0003-4588-3912", "x", 5, None, ""])
def test_a_wrong_orcid_is_none(orcid: object) -> None:
    """Its check digit is verified."""
    found = mapped(authorships=[{"raw_author_name": "A B", "author": {"orcid": orcid}, "raw_orcid": orcid}])
    assert [author.orcid for author in found.authors or ()] == [None]


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("Kling, Catherine L.", "Catherine L. Kling"),
        ("De La Harpe, Derek", "Derek De La Harpe"),
        ("Martin Luther King, Jr.", "Martin Luther King, Jr."),
        ("Mary Smith, PhD", "Mary Smith, PhD"),
        (",FEMTO-ST, 24 rue Savary", ",FEMTO-ST, 24 rue Savary"),
        ("World Health Organization", "World Health Organization"),
    ],
)
def test_an_inverted_name_is_turned_round_and_no_other(printed: str, name: str) -> None:
    """Degrees, suffixes and addresses also follow commas."""
    assert [author.name for author in mapped(authorships=[{"raw_author_name": printed}]).authors or ()] == [name]


def test_no_author_list_differs_from_an_empty_one() -> None:
    """None is not given, () is given and empty."""
    assert (mapped(authorships=None).authors, mapped(authorships=[]).authors) == (None, ())


@pytest.mark.parametrize(
    ("given", "date", "year"),
    [
        ("2020-01-01", "2020", 2020),
        ("2020-05-01", "2020-05", 2020),
        ("2020-05-17", "2020-05-17", 2020),
        ("2020-05-17T00:00:00", "2020-05-17", 2020),
        ("2020-02-30", None, None),
        ("May 2020", None, None),
        ("0000-05-05", None, None),
        ("9999-12-31", None, None),
        (20200517, None, None),
    ],
)
def test_a_date_is_as_long_as_it_can_be_trusted(given: object, date: str | None, year: int | None) -> None:
    """Unknown months and days arrive as 01."""
    found = mapped(publication_date=given)
    assert (found.date, found.year) == (date, year)
    assert [(event.kind, event.date) for event in found.events] == ([("issued", date)] if date else [])


def test_a_year_alone_is_a_date() -> None:
    """As much as is known."""
    assert (mapped(publication_year=1998).date, mapped(publication_year=True).year) == ("1998", None)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"type": "article"}, ("article", "article")),
        ({"type": "journal-article"}, ("article", "journal-article")),
        ({"type": "posted-content"}, ("preprint", "posted-content")),
        ({"type": "proceedings-article"}, ("conference-paper", "proceedings-article")),
        ({"type": "hologram"}, ("hologram", "hologram")),
        ({"type": None, "type_crossref": "edited-book"}, ("book", "edited-book")),
        ({"primary_location": {"raw_type": "dissertation"}}, ("dissertation", "dissertation")),
        ({"primary_location": {"raw_type": "artículo"}}, (None, "artículo")),
        ({"type": 5.5}, (None, None)),
    ],
)
def test_types_speak_the_vocabulary_of_2026(fields: dict[str, Any], expected: tuple[str | None, str | None]) -> None:
    """Crossref's words of 2023 are translated; a new word of OpenAlex's own is accepted."""
    found = mapped(**fields)
    assert (found.type, found.type_as_given) == expected


def test_the_venue_is_the_primary_source_with_sound_issns_and_its_publisher() -> None:
    """A wrong ISSN is dropped, a repository has no publisher."""
    source = {
        "id": "https://openalex.org/S109998069", "display_name": "Drug and Alcohol Dependence", "issn_l": "0376-8716",
        "issn": ["1879-0046", "0376-8717", None], "type": "journal", "host_organization_name": "Elsevier BV",
    }  # fmt: skip
    found = mapped(primary_location={"source": source})
    assert found.venue is not None
    assert (found.venue.name, found.venue.openalex) == ("Drug and Alcohol Dependence", "S109998069")
    assert (found.venue.issns, found.venue.issn_l, found.venue.type) == (("1879-0046",), "0376-8716", "journal")
    assert found.publisher == "Elsevier BV"
    assert mapped(primary_location={"source": source | {"type": "repository"}}).publisher is None


def test_before_2023_the_venue_was_a_host_venue_and_without_a_source_a_name() -> None:
    """Both older and poorer forms are read."""
    old = mapped(
        host_venue={"id": "https://openalex.org/S11", "display_name": "J", "publisher": "Wiley", "type": "journal"}
    )
    assert (old.venue and old.venue.openalex, old.publisher) == ("S11", "Wiley")
    bare = mapped(primary_location={"source": None, "raw_source_name": "Some Proceedings"})
    assert (bare.venue and bare.venue.name, mapped(primary_location={"source": {}}).venue) == ("Some Proceedings", None)


def test_locations_give_links_licences_and_the_dois_of_merged_versions() -> None:
    """Each once; the work's own DOI is no relation, and no link runs a script."""
    found = mapped(
        doi="https://doi.org/10.1234/final",
        locations=[
            {"id": "doi:10.1234/final", "landing_page_url": "https://doi.org/10.1234/final", "license": "cc-by",
             "version": "publishedVersion", "pdf_url": "https://example.org/a b.pdf"},
            {"id": "doi:10.48550/arXiv.1", "landing_page_url": "https://doi.org/10.48550/arxiv.1", "license": "cc-by",
             "version": "submittedVersion", "pdf_url": "javascript:alert(1)"},
            {"id": "pmh:oai:x", "landing_page_url": "https://example.org/x", "license": None},
        ],
        best_oa_location={"pdf_url": "https://example.org/oa.pdf"},
        open_access={"is_oa": True, "oa_status": "gold", "oa_url": "https://example.org/oa"},
    )  # fmt: skip
    assert [(link.kind, link.url) for link in found.links] == [
        ("landing", "https://doi.org/10.1234/final"),
        ("pdf", "https://example.org/a%20b.pdf"),
        ("landing", "https://doi.org/10.48550/arxiv.1"),
        ("landing", "https://example.org/x"),
    ]
    assert [(licence.name, licence.applies_to) for licence in found.licenses] == [
        ("cc-by", "vor"),
        ("cc-by", "submitted"),
    ]
    assert found.relations == (Relation(kind="has_version", target=Identifier("doi", "10.48550/arxiv.1")),)
    assert found.open_access is not None
    assert (found.open_access.status, found.open_access.pdf_url) == ("gold", "https://example.org/oa.pdf")


def test_funders_and_their_awards_are_one_thing_in_both_shapes() -> None:
    """Today they come in two lists, before November 2025 as grants."""
    new = mapped(
        funders=[{"id": "https://openalex.org/F11", "display_name": "NSF", "ror": "https://ror.org/021nxhr62"}],
        awards=[
            {"funder_id": "https://openalex.org/F11", "funder_award_id": "42", "funder_display_name": "N.S.F."},
            {"funder_id": "https://openalex.org/F12", "funder_award_id": None, "funder_display_name": "NIH"},
        ],
    )
    assert [(f.name, f.ror, f.openalex, f.awards) for f in new.funders] == [
        ("NSF", "021nxhr62", "F11", ("42",)),
        ("NIH", None, "F12", ()),
    ]
    old = mapped(
        grants=[{"funder": "https://openalex.org/F11", "funder_display_name": "NSF", "award_id": n} for n in "aab"]
    )
    assert [(f.name, f.awards) for f in old.funders] == [("NSF", ("a", "b"))]


def test_subjects_are_topics_and_mesh_and_concepts_only_for_want_of_topics() -> None:
    """Concepts are no longer maintained; their scores were texts."""
    level = {name: {"display_name": name.title()} for name in ("subfield", "field", "domain")}
    topic = {"id": "https://openalex.org/T11", "display_name": "Heat", "score": 0.5, **level}
    mesh = {
        "descriptor_ui": "D000437",
        "descriptor_name": "Alcoholism",
        "qualifier_ui": "Q000523",
        "qualifier_name": "psychology",
    }
    concept = {"id": "https://openalex.org/C11", "display_name": "Psychiatry", "score": "0.66827905"}
    new = mapped(topics=[topic], mesh=[mesh], concepts=[concept], keywords=[{"display_name": "Heat", "score": 1}])
    assert [(s.scheme, s.code, s.label, s.path, s.score) for s in new.subjects] == [
        ("openalex-topic", "T11", "Heat", ("Domain", "Field", "Subfield"), 0.5),
        ("mesh", "D000437/Q000523", "Alcoholism/psychology", (), None),
    ]
    assert [(k.term, k.kind, k.score) for k in new.keywords] == [("Heat", "assigned", 1.0)]
    assert [(s.code, s.score) for s in mapped(concepts=[concept]).subjects] == [("C11", 0.66827905)]
    assert [s.code for s in mapped(primary_topic=topic, concepts=[concept]).subjects] == ["T11"]
    assert [k.term for k in mapped(keywords=[{"keyword": "heat", "score": 0.5}]).keywords] == ["heat"]


def test_a_retraction_is_a_flag_and_a_notice_without_a_name() -> None:
    """False and unknown are different."""
    found = mapped(is_retracted=True)
    assert [(u.direction, u.type, u.asserted_by, u.doi) for u in found.updates] == [
        ("updated_by", "retraction", "openalex", None)
    ]
    assert (mapped(is_retracted=False).is_retracted, mapped(is_retracted=None).is_retracted) == (False, None)
    assert mapped(is_retracted=False).updates == ()


def test_counts_are_dated_by_the_record_and_references_fall_back_on_their_list() -> None:
    """Before `referenced_works_count` the list's own length said it."""
    found = mapped(
        cited_by_count=4, referenced_works_count=9, referenced_works=["W1"], updated_date="2026-07-22T07:51:19.3"
    )
    assert [(c.kind, c.value, c.source, c.as_of) for c in found.counts] == [
        ("cited_by", 4, "openalex", "2026-07-22"),
        ("references", 9, "openalex", "2026-07-22"),
    ]
    assert found.updated == "2026-07-22T07:51:19.3"
    assert [(c.kind, c.value) for c in mapped(referenced_works=["W1", "W2"]).counts] == [("references", 2)]
    assert mapped(cited_by_count="4", referenced_works_count=-1).counts == ()


def test_references_keep_their_order_and_place_and_what_is_no_id_is_kept_as_text() -> None:
    """OpenAlex gives them in no order; the place is the one in its list."""
    found = mapped(referenced_works=["https://openalex.org/W30", "W20", "gone", None, "https://openalex.org/W30"])
    assert [(r.position, r.targets[0].value if r.targets else r.text) for r in found.references] == [
        (1, "W30"), (2, "W20"), (3, "gone"), (5, "W30"),
    ]  # fmt: skip


def test_an_expansion_work_says_so() -> None:
    """Lists hide it unless asked."""
    assert (mapped(is_xpac=True).is_expansion, mapped(is_xpac="yes").is_expansion) == (True, False)


def test_half_a_character_harms_nothing() -> None:
    """JSON can hold lone surrogates, which no file and no database takes."""
    half = json.loads(r'"a\ud800b"')
    found = mapped(
        title=f"<i>{half}</i>",
        abstract_inverted_index={f"<p>{half}": [0]},
        authorships=[{"raw_author_name": half}],
        locations=[{"landing_page_url": f"https://example.org/{half}"}],
        doi=f"https://doi.org/10.1234/{half}",
        language=half,
        referenced_works=[half],
    )
    assert found.title == "ab"
    assert found.model_dump_json()


# fmt: off
KEYS = (
    "abstract_inverted_index", "alternate_host_venues", "authorships", "awards", "best_oa_location", "biblio",
    "cited_by_count", "concepts", "display_name", "doi", "funders", "grants", "host_venue", "ids",
    "is_authors_truncated", "is_retracted", "is_xpac", "keywords", "language", "locations", "mesh",
    "open_access", "primary_location", "primary_topic", "publication_date", "publication_year",
    "referenced_works", "referenced_works_count", "title", "topics", "type", "type_crossref", "updated_date",
)
# fmt: on
# fmt: off
INNER = (
    "InvertedIndex", "affiliations", "author", "award_id", "display_name", "domain", "descriptor_ui", "doi",
    "first_page", "funder", "id", "institution_ids", "institutions", "is_corresponding", "is_oa", "issn",
    "issn_l", "landing_page_url", "license", "mag", "oa_url", "orcid", "pdf_url", "pmcid", "pmid",
    "raw_affiliation_string", "raw_affiliation_strings", "raw_author_name", "raw_source_name", "raw_type",
    "score", "source", "type", "version", "volume",
)
# fmt: on
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters()),
    st.sampled_from(["W10", "\ud800", "1e999", "nan", "2020-05-17", "journal", "<i>x", "Li, H", "doi:10.1234/y"]),
    st.sampled_from(["work/W10", "A10", "I10", "S10"]).map("https://openalex.org/{}".format),
    st.sampled_from(["https://doi.org/10.1234/x", "https://ror.org/02jzrsm59", "javascript:x"]),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(INNER) | st.text(max_size=3), inner, max_size=5)
    ),
    max_leaves=12,
)


@unhurried
@given(st.dictionaries(st.sampled_from(KEYS), values, max_size=8))
def test_any_json_under_any_key_maps_without_an_error(fields: dict[str, Any]) -> None:
    """A stranger's record can be wrong in any way, and the result can still be written down."""
    found = mapped(**fields)
    assert Record.model_validate_json(found.model_dump_json()) == found
    listed = fields.get("referenced_works")
    assert len(found.references) <= (len(listed) if isinstance(listed, list) else 0)
    check(found)


@unhurried
@given(
    st.binary(max_size=60) | values.map(lambda value: json.dumps(value).encode()),
    st.sampled_from([200, 404, 500]),
    st.booleans(),
)
def test_any_body_is_read_or_refused(body: bytes, status: int, alone: bool) -> None:
    """There is no third way."""
    (query,) = lookup(many(1 if alone else 2))
    try:
        page = read(query, status, body)
    except Unreadable:
        return
    assert status == 200 or alone
    assert {*page.missing, *(i for part in page.next for i in part.asked)} <= {*query.asked}


# -- every real item at hand ------------------------------------------------------------------------------


def opened(name: str) -> bytes:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not in the shared data; set HARVESTER_SHARED to the folder that holds data/")
    raw = path.read_bytes()
    return lzma.decompress(raw) if path.suffix == ".xz" else gzip.decompress(raw) if path.suffix == ".gz" else raw


def lines(name: str) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in opened(name).splitlines() if line.strip())


def check(found: Record) -> None:
    """What holds of every record, whatever it was made from."""
    # Line breaks part the paragraphs of an abstract; no other text has any.
    texts = [
        found.title,
        (found.abstract or "").replace("\n", " ") or None,
        found.volume,
        found.publisher,
        found.language,
    ]
    texts += [author.name for author in found.authors or ()]
    texts += [text for place in found.affiliations for text in (place.text, place.institution)]
    given = [text for text in texts if text is not None]
    assert [text for text in given if text != text.strip() or not text or re.search(r"[\x00-\x1f\x7f]", text)] == []
    for day in (found.date, *(event.date for event in found.events)):
        assert day is None or re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2])(-([0-2]\d|3[01]))?)?", day)
    places = [place for author in found.authors or () for place in author.affiliations]
    assert set(places) == set(range(len(found.affiliations)))
    assert len(set(found.affiliations)) == len(found.affiliations)
    positions = [reference.position for reference in found.references]
    assert positions == sorted(set(positions))
    assert Identifier("doi", found.doi or "") not in {relation.target for relation in found.relations}


def check_item(item: dict[str, Any]) -> None:
    """What holds of a real item and its record."""
    found = record(item)
    assert isinstance(found, Record)
    check(found)
    assert found.native_id == found.openalex == item["id"].rpartition("/")[2]
    assert found.doi == (item["doi"].removeprefix("https://doi.org/").lower() if item.get("doi") else None)
    listed = item.get("referenced_works") or []
    assert [f"https://openalex.org/{r.targets[0].value}" for r in found.references] == listed
    assert found.title is None or not re.search(r"</?[a-z][a-z:]*( [^>]*)?>|&(amp|lt|gt|#\d+);", found.title)
    assert len(found.authors or ()) == len(item.get("authorships") or [])
    index = item.get("abstract_inverted_index") or {}
    index = json.loads(index) if isinstance(index, str) else index
    index = index["InvertedIndex"] if isinstance(index.get("InvertedIndex"), dict) else index
    places = sorted(place for word in index.values() for place in word)
    if places == list(range(len(places))) and found.abstract and found.abstract_as_given is None:
        assert len(found.abstract.split()) == sum(len(word.split()) * len(where) for word, where in index.items())
    assert (found.abstract is None) == (not "".join(index).strip())


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("openalex/Oud_2018_works.jsonl.xz", 952),
        ("openalex/Jeyaraman_2020_works.jsonl.xz", 1175),
        ("openalex/Donners_2021_works.jsonl.xz", 258),
        ("openalex/Nelson_2002_works.jsonl.xz", 366),
        ("openalex/snapshot_part_omid-openalex.jsonl.gz", 29),
        ("openalex/snowball/openalex_ipbes_bba.jsonl.xz", 668),
        ("peer_support/openalex_peer_related_works.jsonl.xz", 14),
    ],
)
def test_every_real_work_of_the_older_shapes_maps(name: str, count: int) -> None:
    """Reviews of 2023, a snapshot part of 2023 and a rebuilt snowball."""
    items = list(lines(name))
    assert len(items) == count
    for item in items:
        check_item(item)


def test_every_review_maps_and_every_list_of_2026_is_read_whole() -> None:
    """Four single works of 2023 and a list of March 2026."""
    for name in ("Donners_2021", "Jeyaraman_2020", "Nelson_2002", "Oud_2018"):
        check_item(json.loads(opened(f"openalex/{name}_review_work.json")))
    body = opened("openalex/pyopenalex_works_list.json")
    query = Query(source="openalex", url="https://api.openalex.org/works?per_page=3", kind="search")
    page = read(query, 200, body)
    assert len(page.items) == len(json.loads(body)["results"])


def kind(url: str) -> str:
    return "single" if urlsplit(url).path.startswith("/works/") else "search"


@pytest.mark.parametrize("name", ["singletons_2026", "http_exchanges_openalex_2026"])
def test_every_recorded_exchange_of_2026_is_read(name: str) -> None:
    """Works, lists, groups and cursors become pages; errors and the budget are refused."""
    read_items = 0
    for exchange in lines(f"openalex/{name}.jsonl.xz"):
        body = exchange["body"].encode()
        query = Query(
            source="openalex", url=exchange["uri"], kind="single" if kind(exchange["uri"]) == "single" else "search"
        )
        if exchange["status"] != 200 or "/rate-limit" in exchange["uri"]:
            with pytest.raises(Unreadable):
                read(query, exchange["status"], body)
            continue
        page = read(query, 200, body)
        given = json.loads(body)
        results = given.get("results", []) if "meta" in given else [given]
        assert page.skips == () or "select=ids" in exchange["uri"]
        assert len(page.items) + len(page.skips) == len(results)
        assert page.total == given.get("meta", {}).get("count")
        follows = [part for part in page.next if part.kind == "search"]
        meta = given.get("meta", {"count": 0, "per_page": 1})
        more = meta.get("next_cursor") or (meta.get("page") and meta["count"] > meta["per_page"])
        assert bool(follows) == bool(results and more)
        for item, result in zip(page.items, results, strict=False):
            assert json.loads(item.raw) == result
            if "select=" not in exchange["uri"]:
                check_item(result)
                read_items += 1
    assert read_items >= 8


def test_a_recorded_list_of_fifty_dois_lacks_only_what_it_lacks() -> None:
    """49 of 50 DOIs came back in 2026; the one that did not is asked for singly."""
    for exchange in lines("openalex/http_exchanges_openalex_2026.jsonl.xz"):
        values = parse_qs(urlsplit(exchange["uri"]).query).get("filter", [""])[0]
        if not values.startswith("doi:") or "cursor=%2A" not in exchange["uri"]:
            continue
        asked = dois(*(value.removeprefix("https://doi.org/").lower() for value in values[4:].split("|")))
        page = read(
            Query(source="openalex", url=exchange["uri"], kind="list", asked=tuple(asked)),
            200,
            exchange["body"].encode(),
        )
        found = {item.record.doi for item in page.items}
        assert {part.asked[0].value for part in page.next} == {identifier.value for identifier in asked} - found
        assert len(found) >= len(asked) - 1
