"""What a copy that is passed on does not tell: where the files of its owner lie."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from library_evidence import begin, new

from harvester.inputs import Input
from harvester.library import Library, ledger
from harvester.library.conflicts import Conflict, Voice, on_record, record
from harvester.library.redaction import Wanted, as_passed_on

OWNER = "Zoë O'Hara (home), [2026]"
"""A folder that is in every path here; nothing of its name may be left."""

ROOTS = (
    *("/", "/home/", "//", "~/", "~ana/", "./", "../", "../../", "file:/", "file:///", "sqlite:////"),
    *("C:\\", "C:/Users/", "file:///C:/", "\\\\server\\share\\", "\\\\?\\C:\\", "..\\"),
)
FOLDERS = st.lists(st.text("aé ,()[]'&+=-_.%#@!~", min_size=1).map(str.lstrip).filter(bool), max_size=2)
"""None begins with a space: in a sentence that cannot be told from `and / or`."""
PATHS = st.builds(
    lambda root, before, after, slash: root + slash.join([*before, OWNER, *after, "a.sqlite"]),
    st.sampled_from(ROOTS),
    FOLDERS,
    FOLDERS,
    st.sampled_from(["/", "//", "\\"]),
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with new(tmp_path_factory.mktemp("library")) as opened:
        yield opened


def passed_on(library: Library, *, reason: str, origin: str, arguments: object) -> tuple[str, str, str]:
    """Give what a copy says where the ledger has this, as ledgers of earlier releases may."""
    with library.transaction() as db:
        run = ledger.enter(db, command="test", arguments={"given": arguments})
        db.execute("update runs set reason = ? where id = ?", (reason, run.id))
        db.execute("insert into inputs values (?, 1, ?, '10.5555/a', 'doi', '10.5555/a', null)", (run.id, origin))
    with as_passed_on(library, wanted=Wanted()):
        query = "select r.reason, i.origin, r.arguments from runs r join inputs i on i.run = r.id where r.id = ?"
        told: tuple[str, str, str] = library.db.execute(query, (run.id,)).fetchone()
    return told


@settings(deadline=None)
@given(PATHS)
@example(f"/home//{OWNER}/a.sqlite")
@example(f"/home/{OWNER}//a.sqlite")
def test_no_folder_is_told_wherever_a_path_stands(library: Library, path: str) -> None:
    """In a sentence, after a colon, in quotes, as an origin with its line, as an argument: the file's name stays."""
    for sentence in ("cannot open {}: no such file", "cannot open:{}", "'{}' is no file; see https://example.org/a"):
        if sentence.endswith(":{}") and path[0] not in "/\\":
            continue
        told = passed_on(library, reason=sentence.format(path), origin=f"{path}:12", arguments=[path, {"keep": path}])
        for text in told:
            assert OWNER not in text
            assert "O'Hara" not in text
            assert "a.sqlite" in text
        assert told[1] == "a.sqlite:12"


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_our_own_sentence_and_the_names_of_files_lose_any_folder(library: Library, folder: str) -> None:
    """Relative ones too, and whatever signs are in them: where a path stands is known."""
    path = f"{folder} {OWNER}/library.sqlite"
    sentence = "the library {} cannot grow (disk is full); what was received before is kept"
    found = passed_on(library, reason=sentence.format(path), origin=path, arguments={"file": path, "library": path})
    assert found[0] == sentence.format("library.sqlite")
    assert found[1] == "library.sqlite"
    assert json.loads(found[2])["given"] == {"file": "library.sqlite", "library": "library.sqlite"}


@pytest.mark.parametrize(
    "sentence",
    [
        "crossref gave no answer (HTTP 504) for https://api.crossref.org/works/10.1/a/b?rows=2; resume later",
        "answered as 10.1002/(sici)1097-4679(199901)55:1/2<1::aid-jclp1>3.0.co;2-a/b",
        "Peer support / recovery and/or mutual help (n/a) at 5 km/h",
        "s3://openalex/data/parquet/works",
        "s3://openalex/data/parquet/works cannot be read; see s3://openalex/RELEASE_NOTES.txt",
        "asked for on 2026/11/22, HTTP/1.1, see http://127.0.0.1:8000/openalex/works",
    ],
)
def test_what_is_no_path_stays_as_it_is(library: Library, sentence: str) -> None:
    """Addresses, DOIs and either/or."""
    assert passed_on(library, reason=sentence, origin="argument", arguments=sentence) == (
        *(sentence, "argument"),
        json.dumps({"given": sentence}),
    )


def test_conflicts_name_libraries_without_their_folders(library: Library) -> None:
    """The team is told which of two is whose; whoever gets a pack is not, and can read the conflict."""
    one, other = (Voice(f"{OWNER}/library.sqlite", verdict, "Ana", "2026") for verdict in ("include", "exclude"))
    with library.transaction() as db:
        record(db, [Conflict("screening", ("doi:10.5555/a",), one, other, "exclude")], name="library.sqlite")
    with as_passed_on(library, wanted=Wanted()):
        ((_, conflict),) = on_record(library.db)
    assert {conflict.one.library, conflict.other.library} == {"library.sqlite"}
    assert (conflict.one.verdict, conflict.other.verdict) == ("include", "exclude")


def test_an_argument_that_is_a_path_is_no_identifier_and_no_folder(library: Library) -> None:
    """What was given by mistake is kept as evidence; a copy has the name of the file."""
    given = Input("argument", "/home/ana/refs.ris", None, "'/home/ana/refs.ris' is no identifier")
    broken = Input("argument", "10.5555//a/b", None, "'10.5555//a/b' is no identifier")
    run = ledger.begin(library, command="doi", arguments={}, inputs=[given, broken])
    with as_passed_on(library, wanted=Wanted()):
        rows = library.db.execute("select text, reason from inputs where run = ? order by position", (run.id,))
        assert rows.fetchall() == [("refs.ris", "(left out)"), broken[1::2]]


def test_the_ledger_keeps_where_the_library_lies_in_no_reason(tmp_path: Path) -> None:
    """The person at the terminal is told the whole path; a name that is no text does not keep a run from ending."""
    with new(tmp_path) as library:
        run = begin(library)
        reason = f"the library {library.path} cannot grow (disk is full); make room \udcff"
        ledger.finish(library, run, outcome="stopped", reason=reason)
        kept = library.db.execute("select reason from runs where id = ?", (run.id,)).fetchone()
    assert kept == ("the library library.sqlite cannot grow (disk is full); make room ?",)
