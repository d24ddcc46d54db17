"""What one state of a library has that another has not, and a library as it was."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from library_evidence import crossref, keep, new, openalex

from harvester.errors import InputError, OutputError
from harvester.library import Library, checksum, derive, ledger, news, past, verify
from harvester.library.ledger import Run
from harvester.library.news import News
from harvester.library.past import as_of, end_of


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with new(tmp_path) as opened:
        yield opened


def asked(library: Library, *given: dict[str, object], again: bool = True) -> Run:
    """A run that is answered with these records and comes to its end."""
    run = ledger.begin(library, command="test", arguments={"refresh": again})
    keep(library, given, run=run)
    derive(library)
    ledger.finish(library, run, outcome="done")
    return run


def since(library: Library, run: Run) -> News:
    return news.since(library, end_of(library, run.id))


def test_the_past_is_what_the_library_was(library: Library) -> None:
    """Whatever arrived later is left out of a copy, which is then the library of that day to the byte."""
    first = asked(library, openalex(1, doi="10.5555/1", cites=[2, 3]), crossref("10.5555/1", cites=["10.5555/2"]))
    before = checksum(library)
    second = asked(library, openalex(1, doi="10.5555/1", cites=[2], title="Another"), openalex(2, doi="10.5555/2"))
    now = checksum(library)
    with as_of(library, end_of(library, first.id)) as then:
        assert checksum(then) == before != now
    with as_of(library, end_of(library, second.id)) as then:
        assert checksum(then) == now == checksum(library)


def test_what_is_asked_again_counts_though_the_date_of_the_record_stands_still(library: Library) -> None:
    """An index that changes a record under its old date is heard, in whichever order the texts happen to sort."""
    titles = ("Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta", "Alpha once more")
    run = asked(library, openalex(1, title="The first"), again=False)
    for title in titles:
        before, run = run, asked(library, openalex(1, title=title))
        ((change,),) = [each.changes for each in since(library, before).changed]
        assert change.after == title
    assert verify(library) == []


def test_news_are_works_changes_and_citations_between_works_of_both(library: Library) -> None:
    first = asked(
        library,
        openalex(1, doi="10.5555/1", cites=[2, 9]),
        openalex(2, doi="10.5555/2", cites=[3]),
        openalex(3, cites=[1]),
        openalex(4, title="It stays"),
    )
    asked(
        library,
        openalex(1, doi="10.5555/1", cites=[2, 3], cited_by_count=99, is_retracted=True),
        openalex(2, doi="10.5555/2", publication_year=2001),
        openalex(3, doi="10.5555/3", cites=[1, 5]),
        openalex(4, title="IT STAYS", updated_date="2026-05-05"),
        openalex(5, cites=[4], is_retracted=True),
    )
    found = since(library, first)
    assert [work.key for work in found.works] == ["openalex:W5"]
    assert found.new_retracted == {"openalex:W5"}
    assert [each.key for each in found.retracted] == ["doi:10.5555/1"]
    assert {each.work.key: [change.field for change in each.changes] for each in found.changed} == {
        "doi:10.5555/1": ["retracted"],
        "doi:10.5555/2": ["year", "references"],
        "doi:10.5555/3": ["doi", "references"],
    }
    given = next(each for each in found.changed if each.work.key == "doi:10.5555/3")
    assert given.before == "openalex:W3"
    assert found.citations == (("doi:10.5555/1", "doi:10.5555/3"),)
    assert found.citations_gone == (("doi:10.5555/2", "doi:10.5555/3"),)
    assert not found.gone
    assert not found.joined
    assert news.new_since(library, first.id) == {"openalex:W5"}


def test_two_works_that_became_one_are_told_as_that(library: Library) -> None:
    """A record without a DOI that is given that of another work joins it: nothing is new, and nothing is gone."""
    first = asked(library, openalex(1), crossref("10.5555/1"))
    asked(library, openalex(1, doi="10.5555/1"))
    found = since(library, first)
    (joined,) = found.joined
    assert (joined.work.key, joined.before) == ("doi:10.5555/1", ("doi:10.5555/1", "openalex:W1"))
    assert not found.works
    assert not found.gone
    assert news.new_since(library, first.id) == frozenset()


def test_what_works_had_before_they_became_one_is_no_news_of_it(library: Library) -> None:
    """What either of them cited, and that either was retracted, holds for the one work, and is neither new nor gone."""
    retracted = openalex(1, cites=[3], is_retracted=True)
    first = asked(library, retracted, crossref("10.5555/1", cites=["10.5555/4"]), openalex(3), crossref("10.5555/4"))
    asked(library, {**retracted, "doi": "https://doi.org/10.5555/1"}, openalex(5, cites=[1]))
    found = since(library, first)
    (joined,) = found.joined
    assert joined.before == ("doi:10.5555/1", "openalex:W1")
    assert not found.retracted
    assert not found.citations
    assert not found.citations_gone
    assert [work.key for work in found.works] == ["openalex:W5"]
    asked(library, {**retracted, "doi": "https://doi.org/10.5555/1", "referenced_works": ["https://openalex.org/W5"]})
    assert since(library, first).citations_gone == (("doi:10.5555/1", "openalex:W3"),)


def test_where_there_is_no_room_for_the_past_the_folder_is_named(
    library: Library, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whatever refuses the copy, its folder or its growing, one sentence says where room is to be made."""
    run = asked(library, openalex(1))
    asked(library, openalex(2))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(OutputError, match=r"cannot be laid out in .*nowhere .*set TMPDIR"):
        since(library, run)
    (tmp_path / "small").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "small"))

    def full(past: Library) -> None:
        with past.transaction() as db:
            (pages,) = db.execute("pragma page_count").fetchone()
            db.execute(f"pragma max_page_count = {pages}")
            db.execute("insert into raws values (999, zeroblob(1000000))")

    with monkeypatch.context() as patched:
        patched.setattr(past, "rebuild", full)
        with pytest.raises(OutputError, match=r"laid out in .*small \(database or disk is full\); make room there"):
            since(library, run)
    assert not list((tmp_path / "small").iterdir())
    assert [work.key for work in since(library, run).works] == ["openalex:W2"]


def test_a_notice_that_arrives_retracts_the_work_that_it_names(library: Library) -> None:
    """The record of the work may say nothing of it: it is told all the same, and once."""
    first = asked(library, crossref("10.5555/1"))
    update = {"DOI": "10.5555/1", "type": "retraction", "label": "Retraction", "source": "publisher"}
    told: dict[str, Any] = {"title": ["Retraction: The work"], "update-to": [update]}
    second = asked(library, crossref("10.5555/n", **told))
    assert [each.key for each in since(library, first).retracted] == ["doi:10.5555/1"]
    assert since(library, second) == News()


def test_where_nothing_has_arrived_nothing_is_new_and_no_copy_is_made(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = asked(library, openalex(1))
    asked(library, openalex(1))  # letter by letter what was here
    monkeypatch.setattr(news, "as_of", lambda *_: pytest.fail("a copy was made for nothing"))
    assert not since(library, run)


def test_a_run_that_went_on_later_is_no_past_of_what_came_between(library: Library) -> None:
    """What a stopped run brought after another one had ended was not there when that ended."""
    early = ledger.begin(library, command="test", arguments={})
    keep(library, [openalex(1)], run=early)
    late = asked(library, openalex(2))
    keep(library, [openalex(3)], run=early)
    derive(library)
    library.db.execute(
        "update requests set answered = '2999-01-01T00:00:00Z' where id = (select max(id) from requests)"
    )
    assert news.new_since(library, late.id) == {"openalex:W3"}
    assert [work.key for work in since(library, late).works] == ["openalex:W3"]


def test_a_run_that_is_not_there_is_refused_in_a_sentence(library: Library) -> None:
    with pytest.raises(InputError, match="nothing has been run"):
        news.new_since(library, 1)
    asked(library, openalex(1))
    with pytest.raises(InputError, match=r"there is no run 7 in .*; its runs are 1 to 1"):
        news.new_since(library, 7)


WORKS = st.dictionaries(
    st.integers(1, 6),
    st.fixed_dictionaries(
        {
            "doi": st.booleans(),
            "title": st.sampled_from(["One title", "Another title"]),
            "publication_year": st.sampled_from([2019, 2020]),
            "cites": st.sets(st.integers(1, 6)),
        }
    ),
)


@settings(max_examples=15, deadline=None)
@given(then=WORKS, now=WORKS)
def test_a_difference_read_backwards_is_the_same_difference(
    then: dict[int, dict[str, Any]], now: dict[int, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """New here is gone there; a state differs from itself in nothing; what is said is what was put in."""
    folder = tmp_path_factory.mktemp("two")
    libraries = []
    for name, state in (("then", then), ("now", now)):
        (folder / name).mkdir()
        library = new(folder / name)
        libraries.append(library)
        given = [openalex(n, **{**each, "doi": f"10.5555/{n}" if each["doi"] else None}) for n, each in state.items()]
        if given:
            asked(library, *given)
    with libraries[0] as older, libraries[1] as newer:
        forward, backward = news.between(older, newer), news.between(newer, older)
        assert not news.between(newer, newer)
        assert forward.works == backward.gone
        assert forward.gone == backward.works
        assert len(forward.citations) == len(backward.citations_gone)
        assert {key.partition(":")[2] for key, *_ in forward.works} <= {
            name for n in now.keys() - then.keys() for name in (f"W{n}", f"10.5555/{n}")
        }
        fields = [change.field for each in forward.changed for change in each.changes]
        both = then.keys() & now.keys()
        for field, name in (("title", "title"), ("year", "publication_year"), ("doi", "doi")):
            assert fields.count(field) == sum(then[n][name] != now[n][name] for n in both)
