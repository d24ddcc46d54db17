"""A dump holds all of the library, is what its schema says, and is written whole or not at all."""

import copy
import io
import json
import lzma
import os
import types
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import jsonschema  # type: ignore[import-untyped] # it ships no types, and they are not worth a dependency
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester import formats
from harvester.errors import InputError, OutputError
from harvester.formats import Content
from harvester.formats.dump import VERSION, read, schema, write_json, write_jsonl
from harvester.model import (
    Abstract,
    Authorship,
    Bibliography,
    Citation,
    Claim,
    Identifier,
    Keyword,
    Provenance,
    Record,
    Reference,
    Subject,
    Update,
    Work,
)

SHARED = Path(os.environ.get("HARVESTER_SHARED", Path(__file__).parents[1].parent / "shared"))
VALIDATOR = jsonschema.Draft202012Validator(schema())

HOSTILE = [
    "",
    " ",
    '"',
    "\\",
    "\\u0000",
    "\x00\x01\x1f\x7f",
    "line\nfeed\r\nand\ttab",
    "\x85\u2028\u2029\ufeff\u200b\u202e",
    "</script><!-- ]]>",
    "=cmd|' /C calc'!A0",
    "精神障害者のピアサポート",
    "😀\U0010ffff",
    "e\u0301",
    "NaN",
    "null",
    "x" * 2_000,
]

RUN: dict[str, Any] = {
    "run": 1,
    "command": "doi",
    "arguments": {"from": "seeds.txt", "budget": 0.1},
    "version": "0.1.0",
    "replica": None,
    "started": "2026-01-02T03:04:05Z",
    "finished": None,
    "outcome": None,
    "reason": None,
    "sessions": ["2026-01-02T03:04:05Z"],
    "inputs": [
        {"origin": "argument", "text": "10.1000/a", "scheme": "doi", "value": "10.1000/a", "reason": None},
        {"origin": "argument", "text": "peer", "scheme": None, "value": None, "reason": "'peer' is not a DOI."},
    ],
    "requests": [
        {
            "source": "crossref",
            "kind": "single",
            "url": "https://api.crossref.org/v1/works/10.1000%2Fa",
            "state": "done",
            "status": 200,
            "reported": 1,
            "received": 1,
            "answered": "2026-01-02T03:04:06Z",
            "detail": None,
        }
    ],
}

SMALL = Content(
    works=[
        Work(
            key="doi:10.1000/a",
            doi="10.1000/a",
            openalex="W1",
            title="Peer support",
            year=2020,
            authors=(),
            is_retracted=False,
            keywords=(Keyword(term="peers", kind="assigned", score=0.1 + 0.2),),
            sources=("crossref", "openalex"),
            provenance={
                "year": Provenance(sources=("crossref",), others=(Claim(source="openalex", value="2019"),)),
                "title": Provenance(sources=("crossref", "openalex")),
            },
        ),
        Work(key="openalex:W2", openalex="W2"),
    ],
    citations=[Citation("doi:10.1000/a", "openalex:W2", ("crossref", "openalex"))],
    runs=[RUN],
)


def values(hint: Any, text: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Values of a type from the model, down to its last field; texts are of the given kind."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in {typing.Union, types.UnionType}:
        return st.one_of(*(values(each, text) for each in arguments))
    if origin is tuple:
        return st.lists(values(arguments[0], text), max_size=2).map(tuple)
    if origin is dict:
        return st.dictionaries(text, values(arguments[1], text), max_size=2)
    plain: dict[Any, st.SearchStrategy[Any]] = {
        type(None): st.none(),
        str: text,
        bool: st.booleans(),
        int: st.integers(),
        float: st.floats(),
    }
    if hint in plain:
        return plain[hint]
    fields = {name: values(each, text) for name, each in typing.get_type_hints(hint).items() if name != "model_config"}
    return st.builds(hint, **fields)


TEXTS = st.one_of(st.text(max_size=8), st.sampled_from(HOSTILE))
WORKS = values(Work, TEXTS)
CITATIONS = st.builds(Citation, TEXTS, TEXTS, st.lists(TEXTS, min_size=1, max_size=3).map(tuple))
JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | TEXTS, lambda x: st.lists(x, max_size=2))
RUNS = st.builds(
    lambda arguments, text: RUN | {"arguments": arguments, "reason": text}, st.dictionaries(TEXTS, JSON), TEXTS
)
CONTENTS = st.builds(Content, st.lists(WORKS, max_size=3), st.lists(CITATIONS, max_size=3), st.lists(RUNS, max_size=2))


def written(content: Content, write: Callable[[typing.TextIO, Content], None] = write_json) -> str:
    stream = io.StringIO(newline="")
    write(stream, content)
    return stream.getvalue()


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def rounded(value: Any) -> Any:
    """The value with each float as a dump gives it."""
    if isinstance(value, float):
        return float(f"{value:.9g}") if abs(value) < float("inf") else None
    if isinstance(value, dict):
        return {name: rounded(each) for name, each in value.items() if each is None or rounded(each) is not None}
    return [rounded(each) for each in value] if isinstance(value, list | tuple) else value


def hostile_works() -> list[Work]:
    """A work for each hostile text, which stands wherever one fits."""
    return [
        Work.model_validate(
            {
                **{name: text for name, field in Bibliography.model_fields.items() if field.annotation == str | None},
                "key": text,
                "sources": [text],
                "authors": [Authorship(name=text, given=text, family=text)],
                "other_abstracts": [Abstract(text=text, source=text)],
                "other_identifiers": [Identifier(text, text)],
                "subjects": [Subject(scheme=text, code=text, path=(text,), score=float("nan"))],
                "references": [Reference(source=text, position=1, text=text, targets=(Identifier(text, text),))] * 2,
                "provenance": {text: Provenance(sources=(text,), others=(Claim(source=text, value=text),))},
            }
        )
        for text in HOSTILE
    ]


# -- the document ----------------------------------------------------------------


def test_the_document_is_laid_out_a_work_and_a_citation_to_a_line() -> None:
    """The bytes of a small dump, so that no change of them goes unnoticed."""
    run = json.dumps(RUN, separators=(",", ":"))
    assert written(SMALL) == (
        "{\n"
        '"schema": "citation-harvester/dump/1",\n'
        '"works": [\n'
        '{"key":"doi:10.1000/a","doi":"10.1000/a","openalex":"W1","title":"Peer support","year":2020,"authors":[],'
        '"keywords":[{"term":"peers","kind":"assigned","score":0.3}],"is_retracted":false,'
        '"sources":["crossref","openalex"],"provenance":{"title":{"sources":["crossref","openalex"],"others":[]},'
        '"year":{"sources":["crossref"],"others":[{"source":"openalex","value":"2019"}]}}},\n'
        '{"key":"openalex:W2","doi":null,"openalex":"W2","title":null,"year":null,"authors":null,'
        '"only_cited":true,"provenance":{}}\n'
        "],\n"
        '"citations": [\n'
        '{"citing":"doi:10.1000/a","cited":"openalex:W2","sources":["crossref","openalex"]}\n'
        "],\n"
        '"runs": [\n'
        f"{run}\n"
        "]\n"
        "}\n"
    )


def test_an_empty_library_is_a_document_too() -> None:
    assert json.loads(written(Content([], [], []))) == {"schema": VERSION, "works": [], "citations": [], "runs": []}


@given(CONTENTS)
@settings(max_examples=50)
def test_every_dump_is_what_the_schema_says(content: Content) -> None:
    """Whatever the works hold, the document validates, and keeps to a line for each of its values."""
    text = written(content)
    VALIDATOR.validate(json.loads(text))
    assert len(text.splitlines()) == 9 + sum(
        len(list(part)) for part in (content.works, content.citations, content.runs)
    )


@given(CONTENTS)
@settings(max_examples=50)
def test_reading_a_dump_gives_back_what_was_written(content: Content) -> None:
    """Works, citations and runs are equal but for the digits of floats, and are written to the same bytes again."""
    text = written(content)
    back = read(text)
    assert [work.model_dump() for work in back.works] == [rounded_work(work) for work in content.works]
    assert list(back.citations) == content.citations
    assert list(back.runs) == [rounded(run) for run in content.runs]
    assert written(back) == text


def rounded_work(work: Work) -> dict[str, Any]:
    return Work.model_validate(rounded(work.model_dump())).model_dump()


def test_a_big_dump_of_hostile_texts_is_valid_and_comes_back() -> None:
    """Each hostile text in every field of 50 works, and in citations from and to every other."""
    works = hostile_works() * 50
    citations = [Citation(one, other, (one,)) for one in HOSTILE for other in HOSTILE]
    text = written(Content(works, citations, [RUN]))
    back = read(text)
    assert written(back) == text
    assert list(back.citations) == citations
    document = json.loads(text)
    assert len(document["works"]) == 50 * len(HOSTILE)
    VALIDATOR.validate(document | {"works": document["works"][: len(HOSTILE)]})


def test_halves_of_surrogate_pairs_do_not_stop_a_dump(tmp_path: Path) -> None:
    """Arguments that are no UTF-8 reach the ledger as half surrogates; the file is UTF-8 and JSON all the same."""
    content = Content(
        works=[Work.model_construct(key="doi:\ud800", sources=("crossref",), title="\udfff")],
        citations=[Citation("\ud800", "b", ("crossref",))],
        runs=[RUN | {"arguments": {"query": "\udcff"}}],
    )
    for name in ("dump.json", "dump.jsonl", "dump.csv"):
        formats.write(content, tmp_path / name)
        (tmp_path / name).read_text(encoding="utf-8")
    assert json.loads((tmp_path / "dump.json").read_bytes())["works"][0]["title"] == "?"


def test_equal_works_give_equal_bytes() -> None:
    """The order in which provenance was entered does not show."""
    accounts = {"title": Provenance(sources=("crossref",)), "year": Provenance(sources=("openalex",))}
    one = Work(key="a", sources=("crossref",), provenance=accounts)
    other = one.model_copy(update={"provenance": dict(reversed(accounts.items()))})
    assert one == other
    assert written(Content([one], [], [])) == written(Content([other], [], []))


def test_authors_not_given_are_null_and_none_are_an_empty_list() -> None:
    works = [Work(key="a", sources=("x",)), Work(key="b", sources=("x",), authors=())]
    document = json.loads(written(Content(works, [], [])))
    assert [work["authors"] for work in document["works"]] == [None, []]


def test_the_dump_of_real_records_is_valid_and_comes_back() -> None:
    """1,000 records of Crossref, mapped and merged by this program, round-trip; every tenth validates."""
    path = SHARED / "data" / "crossref" / "gap_D1000000.jsonl.xz"
    if not path.exists():
        pytest.skip("recorded Crossref data is not in the folder HARVESTER_SHARED")
    from harvester.merge import merge
    from harvester.sources import crossref

    with lzma.open(path, "rt", encoding="utf-8") as lines:
        found = [crossref.record(json.loads(line)) for line in lines]
    works = tuple(merge([record]) for record in found if isinstance(record, Record))
    assert len(works) > 900
    text = written(Content(works, [], []))
    assert read(text).works == works
    document = json.loads(text)
    VALIDATOR.validate(document | {"works": document["works"][::10]})


# -- JSON Lines ------------------------------------------------------------------


@given(CONTENTS)
@settings(max_examples=50)
def test_json_lines_hold_what_the_document_holds(content: Content) -> None:
    """Each line is an object with its kind, otherwise equal to its counterpart in the document, in the same order."""
    lines = [json.loads(line) for line in written(content, write_jsonl).splitlines()]
    assert lines[0] == {"kind": "schema", "schema": VERSION}
    kinds = [line.pop("kind") for line in lines]
    assert kinds == sorted(kinds, key=["schema", "work", "citation", "run"].index)
    document = json.loads(written(content))
    assert lines[1:] == [*document["works"], *document["citations"], *document["runs"]]


@pytest.mark.parametrize("write", [write_json, write_jsonl])
def test_works_are_written_while_they_are_read(write: Callable[[typing.TextIO, Content], None]) -> None:
    """Each work has left for the stream before the next one is asked for: nothing is gathered first."""
    stream = io.StringIO()

    def works() -> Iterator[Work]:
        for number in range(5):
            yield Work(key=f"import:{number}")
            assert f"import:{number}" in stream.getvalue()

    write(stream, Content(works(), iter([]), iter([])))
    assert stream.getvalue().count("import:") == 5


# -- schema ----------------------------------------------------------------------


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    assert schema()["$schema"] == jsonschema.Draft202012Validator.META_SCHEMA["$id"]
    assert schema()["properties"]["schema"]["const"] == VERSION


def test_the_schema_closes_and_describes_every_object_of_a_work() -> None:
    """Nothing may be added to a work or a value in it unseen, and each kind says what it is."""
    found = schema()["$defs"]
    assert len(found) > 15
    for name, definition in found.items():
        assert definition["description"], name
        if definition["type"] == "object":
            assert definition["additionalProperties"] is False, name
    assert set(found["Work"]["properties"]) == {*Work.model_fields, "only_cited"}
    assert found["Work"]["properties"]["authors"]["description"].startswith("None: not given.")


def without(*path: str | int) -> Callable[[Any], None]:
    def spoil(document: Any) -> None:
        *way, last = path
        for step in way:
            document = document[step]
        del document[last]

    return spoil


def changed(value: Any, *path: str | int) -> Callable[[Any], None]:
    def spoil(document: Any) -> None:
        *way, last = path
        for step in way:
            document = document[step]
        document[last] = value

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        *(without(name) for name in ("schema", "works", "citations", "runs")),
        *(without("works", 0, name) for name in ("key", "doi", "openalex", "title", "year", "authors", "provenance")),
        *(without("citations", 0, name) for name in ("citing", "cited", "sources")),
        *(without("runs", 0, name) for name in RUN),
        without("works", 0, "provenance", "title", "others"),
        without("works", 0, "keywords", 0, "kind"),
        without("works", 1, "only_cited"),
        without("runs", 0, "requests", 0, "url"),
        changed("citation-harvester/dump/2", "schema"),
        changed(None, "works"),
        changed({}, "works"),
        changed(1, "extra"),
        changed(1, "works", 0, "extra"),
        changed(None, "works", 0, "key"),
        changed("2020", "works", 0, "year"),
        changed(20.5, "works", 0, "year"),
        changed("Jane Doe", "works", 0, "authors"),
        changed([{"name": "Jane Doe", "age": 40}], "works", 0, "authors"),
        changed([["doi"]], "works", 0, "other_identifiers"),
        changed("mine", "works", 0, "keywords", 0, "kind"),
        changed(True, "works", 0, "only_cited"),
        changed(False, "works", 1, "only_cited"),
        changed([], "works", 0, "provenance", "title"),
        changed([1], "works", 0, "provenance", "title", "sources"),
        changed("crossref", "citations", 0, "sources"),
        changed([], "citations", 0, "sources"),
        changed(1, "citations", 0, "weight"),
        changed("1", "runs", 0, "run"),
        changed("200", "runs", 0, "requests", 0, "status"),
        changed(["x"], "runs", 0, "inputs"),
    ],
)
def test_a_broken_dump_is_refused_by_the_schema(spoil: Callable[[Any], None]) -> None:
    """One change to a valid dump is enough, so the schema is not empty words."""
    document = json.loads(written(SMALL))
    VALIDATOR.validate(document)
    broken = copy.deepcopy(document)
    spoil(broken)
    assert not VALIDATOR.is_valid(broken)


# -- reading ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "nor JSON"),
        ("{", "nor JSON"),
        ("[" * 100_000, "nor JSON"),
        ("1" * 5000, "nor JSON"),
        ("null", "the whole"),
        ("[]", "the whole"),
        ('{"works": []}', "schema"),
        ('{"schema": "citation-harvester/dump/2", "works": [], "citations": [], "runs": []}', "schema"),
        (f'{{"schema": "{VERSION}", "works": [1], "citations": [], "runs": []}}', "works.0"),
        (f'{{"schema": "{VERSION}", "works": [], "citations": [{{"citing": "a"}}], "runs": []}}', "citations.0"),
        (f'{{"schema": "{VERSION}", "works": [], "citations": [], "runs": [], "more": []}}', "more"),
    ],
)
def test_what_is_no_dump_is_refused_with_the_place_that_is_wrong(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        read(text)
    assert "\n" not in str(caught.value)


@given(st.text() | JSON.map(json.dumps))
def test_no_text_makes_reading_fail_in_another_way(text: str) -> None:
    with pytest.raises(InputError):
        read(text)


# -- choosing a format and writing a file ----------------------------------------


@pytest.mark.parametrize(
    ("given_", "name"),
    [
        ("json", "json"),
        ("JSONL", "jsonl"),
        ("csv", "csv"),
        (".csv", "csv"),
        ("a/b.c/Works.JSON", "json"),
        (Path("x.ndjson"), "jsonl"),
        ("x.csv.json", "json"),
    ],
)
def test_a_format_is_chosen_by_name_or_by_ending(given_: str | Path, name: str) -> None:
    assert formats.of(given_).name == name


@pytest.mark.parametrize("given_", ["", "xml", "works", "works.json.gz", "json/works", "jsonx", "myjson"])
def test_an_unknown_format_is_an_error_that_names_the_known_ones(given_: str) -> None:
    with pytest.raises(InputError, match=r"csv.*json.*jsonl.*\.csv.*\.json"):
        formats.of(given_)


def test_every_registered_format_can_be_chosen_and_says_what_it_is() -> None:
    """Names, endings and descriptions are what the command line can print and choose by."""
    for each in formats.known():
        assert each.name == each.name.lower()
        assert formats.of(each.name) == each
        assert all(suffix.startswith(".") and formats.of(f"x{suffix}") == each for suffix in each.suffixes)
        assert each.description
        assert "\n" not in each.description


@pytest.mark.parametrize(("name", "suffix"), [("json", ".other"), ("other", ".json")])
def test_a_name_or_an_ending_belongs_to_one_format(name: str, suffix: str) -> None:
    formats.known()
    with pytest.raises(ValueError, match="defined twice"):
        formats.record_format(name, suffix, description="another")(write_json)


@pytest.mark.parametrize("each", formats.known(), ids=lambda each: each.name)
def test_every_format_writes_the_same_utf8_bytes_again(each: formats.Format, tmp_path: Path) -> None:
    """No format uses the line ends or the encoding of the platform, or marks the time."""
    hostile = Content(hostile_works(), SMALL.citations, SMALL.runs)
    for name in ("one", "two"):
        formats.write(hostile, tmp_path / name, format=each.name)
    one = (tmp_path / "one").read_bytes()
    assert one == (tmp_path / "two").read_bytes()
    stream = io.BytesIO() if each.is_binary else io.StringIO(newline="")
    each.write(stream, hostile)
    whole = stream.getvalue()
    assert one == (whole if isinstance(whole, bytes) else whole.encode())


def test_a_file_is_replaced_when_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "dump.json"
    path.write_text("old", encoding="utf-8")
    formats.write(SMALL, path)
    assert path.read_bytes().decode() == written(SMALL)
    assert names_in(tmp_path) == ["dump.json"]


def test_a_failure_midway_leaves_the_old_file_whole_and_nothing_else(tmp_path: Path) -> None:
    """Whatever the failure, also one that is not ours, also Ctrl-C."""

    def works(failure: BaseException) -> Iterator[Work]:
        yield from SMALL.works
        raise failure

    path = tmp_path / "dump.json"
    path.write_text("old", encoding="utf-8")
    for failure in (ValueError("x"), KeyboardInterrupt(), MemoryError()):
        with pytest.raises(type(failure)):
            formats.write(Content(works(failure), [], []), path)
        assert names_in(tmp_path) == ["dump.json"]
        assert path.read_text(encoding="utf-8") == "old"


def test_a_disk_that_takes_no_more_is_an_error_and_the_old_file_stays(tmp_path: Path) -> None:
    """A limit on the size of files stands in for the full disk: the system refuses a write midway."""
    resource = pytest.importorskip("resource", reason="the system has no limit on the size of files")
    path = tmp_path / "dump.json"
    path.write_text("old", encoding="utf-8")
    big = Content([Work(key="import:a", title="x" * 1_000_000)], [], [])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(OutputError, match=r"dump\.json cannot be written \(File too large\)"):
            formats.write(big, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert names_in(tmp_path) == ["dump.json"]
    assert path.read_text(encoding="utf-8") == "old"


def test_a_place_that_cannot_be_written_is_an_error_with_the_reason(tmp_path: Path) -> None:
    """No such folder, a file for a folder, a folder for a file, a link to itself, a name too long, a device."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "loop.json").symlink_to("loop.json")
    for name, reason in {
        "none/dump.json": "there is no folder",
        "file/dump.json": "there is no folder",
        "folder.json": "is a folder or a device",
        "loop.json": "symbolic links",
        "x" * 300 + ".json": "too long",
    }.items():
        with pytest.raises(OutputError, match=reason):
            formats.write(SMALL, tmp_path / name)
    with pytest.raises(OutputError, match="is a folder or a device"):
        formats.write(SMALL, os.devnull, format="json")
    assert names_in(tmp_path) == ["file", "folder.json", "loop.json"]


def test_a_link_is_followed_and_stays(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link = tmp_path / "dump.json"
    link.symlink_to(tmp_path / "there" / "real.json")
    formats.write(SMALL, link)
    assert link.is_symlink()
    assert (tmp_path / "there" / "real.json").read_bytes().decode() == written(SMALL)


def test_both_forms_carry_what_is_known_of_a_retraction() -> None:
    """The flag, the notice with its day and who asserts it, and the source that says otherwise."""
    notice = Update(
        direction="updated_by", type="retraction", doi="10.1000/n", date="2020-05-01", asserted_by="retraction-watch"
    )
    denied = Provenance(sources=("crossref",), others=(Claim(source="openalex", value="False"),))
    work = Work(
        key="doi:10.1000/a",
        sources=("crossref", "openalex"),
        is_retracted=True,
        updates=(notice,),
        provenance={"is_retracted": denied},
    )
    written = []
    for write in (write_json, write_jsonl):
        stream = io.StringIO()
        write(stream, Content(iter([work]), iter([]), iter([])))
        written.append(stream.getvalue())
    (in_document,) = json.loads(written[0])["works"]
    in_lines = json.loads(written[1].splitlines()[1])
    for carried in (in_document, in_lines):
        assert carried["is_retracted"] is True
        assert carried["updates"] == [notice.model_dump(exclude_defaults=True)]
        assert carried["provenance"]["is_retracted"]["others"] == [{"source": "openalex", "value": "False"}]
