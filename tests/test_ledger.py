"""The ledger: what was asked ends answered, an answer is kept whole or not at all, nothing is asked twice."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from library_evidence import FailingConnection, begin, crossref, item, keep, new, openalex

from harvester.identifiers import Identifier
from harvester.inputs import Input, from_arguments
from harvester.library import Library, derive, derive_answered, ledger, reading, verify
from harvester.library.ledger import Run, Waiting
from harvester.model import Page, Query, Skip
from harvester.sources import source

A, B, C = (Identifier("doi", f"10.5555/{letter}") for letter in "abc")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with new(tmp_path) as opened:
        yield opened


def ask(library: Library, run: Run, name: str = "crossref") -> list[Waiting]:
    """Put what this run wants into the queue as a harvest does, and give the queue."""
    ledger.enqueue(library, run, source(name).lookup(ledger.unasked(library, run, name)))
    return ledger.waiting(library, run, name)


def answer(library: Library, run: Run, request: Waiting, page: Page, **wanted: list[Identifier]) -> None:
    ledger.settle(library, run, request, page, status=200, from_cache=False, wanted=wanted)


def listed(query: Query, *items: dict[str, Any]) -> Page:
    message = {"total-results": len(items), "items": list(items)}
    body = json.dumps({"status": "ok", "message-type": "work-list", "message": message})
    return source("crossref").read(query, 200, body.encode())


def single(query: Query, given: dict[str, Any] | None) -> Page:
    if given is None:
        return source("crossref").read(query, 404, b"Resource not found.")
    body = json.dumps({"status": "ok", "message-type": "work", "message": given})
    return source("crossref").read(query, 200, body.encode())


def states(library: Library) -> dict[str, str]:
    return dict(library.db.execute("select source || ' ' || value, state from lookups"))


def test_what_a_list_leaves_out_is_asked_singly_and_then_found_or_missing(library: Library) -> None:
    """Found in the list, found under an alias, not there: three ends, and nothing waits."""
    run = begin(library, crossref=[A, B, C])
    (request,) = ask(library, run)
    answer(library, run, request, listed(request.query, crossref(A.value)))
    assert states(library) == {
        f"crossref {A.value}": "found",
        f"crossref {B.value}": "waiting",
        f"crossref {C.value}": "waiting",
    }
    assert ledger.unasked(library, run, "crossref") == []
    second, third = ledger.waiting(library, run, "crossref", after=request.id)
    answer(library, run, second, single(second.query, crossref("10.5555/y")))
    answer(library, run, third, single(third.query, None))
    assert states(library) == {
        f"crossref {A.value}": "found",
        f"crossref {B.value}": "found",
        f"crossref {C.value}": "missing",
    }
    assert ledger.waiting(library, run, "crossref") == []
    found = ledger.results(library, run)
    assert (found.asked, found.found, found.waiting, found.failed) == (3, 2, 0, ())
    assert found.missing == ((C, "not at crossref"),)


def test_an_answer_that_holds_no_record_ends_in_failed(library: Library) -> None:
    """Skipped for a named ground, the work is neither found nor missing, and is not asked for ever."""
    run = begin(library, crossref=[A])
    (request,) = ask(library, run)
    answer(library, run, request, Page(skips=(Skip(source="crossref", reason="no DOI", detail="an item"),)))
    assert states(library) == {f"crossref {A.value}": "failed"}
    assert ask(library, run) == []
    (failed,) = ledger.results(library, run).failed
    assert failed == (A, "crossref: answered with what is no record of it")


def test_a_question_given_up_ends_in_failed_with_the_reason(library: Library) -> None:
    """`fail` names why; `results` hands it on."""
    run = begin(library, crossref=[A], openalex=[A])
    (request,) = ask(library, run)
    ledger.fail(library, request, detail="it is malformed")
    assert ledger.results(library, run).waiting == 1
    (other,) = ask(library, run, "openalex")
    ledger.fail(library, other, detail="it is too long")
    assert ledger.results(library, run).failed == ((A, "crossref: it is malformed; openalex: it is too long"),)


def test_a_list_that_cannot_be_had_is_replaced_by_single_questions(library: Library) -> None:
    """The list is done with, each work has a question of its own."""
    run = begin(library, crossref=[A, B])
    (request,) = ask(library, run)
    ledger.replace(library, run, request, source("crossref").split(request.query), detail="refused")
    assert [waiting.query.asked for waiting in ledger.waiting(library, run, "crossref")] == [(A,), (B,)]
    assert ledger.unasked(library, run, "crossref") == []


def test_nothing_waits_when_a_run_is_done(library: Library) -> None:
    """What no question could be put for has failed, and says so."""
    run = begin(library, openalex=[Identifier("doi", f"10.5555/{'x' * 5000}"), A])
    (request,) = ask(library, run, "openalex")
    answer(library, run, request, Page(items=(item("openalex", openalex(1, doi=A.value)),)))
    ledger.finish(library, run, outcome="done")
    results = ledger.results(library, run)
    assert (results.found, results.waiting) == (1, 0)
    assert [reason for _, reason in results.failed] == ["openalex: there is no question that asks for it"]


def test_a_stopped_run_goes_on_waiting_and_is_resumed(library: Library) -> None:
    """What waited still waits in another session; the run is unfinished until it is done."""
    run = begin(library, crossref=[A])
    asked = ask(library, run)
    ledger.finish(library, run, outcome="stopped", reason="the budget is spent")
    assert ledger.unfinished(library) == [run]
    ledger.resume(library, run)
    assert ledger.waiting(library, run, "crossref") == asked
    assert library.db.execute("select count(*) from sessions").fetchone() == (2,)
    ledger.finish(library, run, outcome="done")
    assert ledger.unfinished(library) == []


def test_a_second_run_asks_nothing_again(library: Library) -> None:
    """Found and missing are known; what failed is asked again; `again` asks for all."""
    run = begin(library, crossref=[A, B, C])
    (request,) = ask(library, run)
    answer(library, run, request, listed(request.query, crossref(A.value)))
    missing, failing = ledger.waiting(library, run, "crossref")
    answer(library, run, missing, single(missing.query, None))
    ledger.fail(library, failing, detail="down")
    assert ledger.answered(library, "crossref") == {A, B}
    second = begin(library, crossref=[A, B, C])
    assert ledger.unasked(library, second, "crossref") == [C]
    third = ledger.begin(library, command="doi", arguments={}, wanted={"crossref": [A, B, C]}, again=True)
    assert ledger.unasked(library, third, "crossref") == [A, B, C]
    assert ledger.unasked(library, second, "crossref") == []


def test_what_another_run_left_waiting_becomes_this_runs_to_ask(library: Library) -> None:
    """A run cut off before does not hide its works from the next one."""
    first = begin(library, crossref=[A])
    second = begin(library, crossref=[A])
    assert ledger.unasked(library, first, "crossref") == []
    assert ledger.unasked(library, second, "crossref") == [A]


def test_a_work_found_by_one_source_is_wanted_of_the_others(library: Library) -> None:
    """`wanted` of an answer enters lookups once; one that was answered before stays answered."""
    run = begin(library, openalex=[Identifier("openalex", "W1")])
    (request,) = ask(library, run, "openalex")
    page = Page(items=(item("openalex", openalex(1, doi=A.value)),))
    answer(library, run, request, page, crossref=[A])
    assert ledger.unasked(library, run, "crossref") == [A]
    (following,) = ask(library, run)
    answer(library, run, following, single(following.query, crossref(A.value)))
    answer(library, run, request, page, crossref=[A])
    assert ledger.unasked(library, run, "crossref") == []


def test_one_question_is_asked_once_in_a_run(library: Library) -> None:
    """The same URL enters the queue once, even after it was answered; another run may ask it."""
    run = begin(library, crossref=[A])
    (request,) = ask(library, run)
    ledger.enqueue(library, run, [request.query, request.query])
    assert ledger.waiting(library, run, "crossref") == [request]
    answer(library, run, request, single(request.query, None))
    ledger.enqueue(library, run, [request.query])
    assert ledger.waiting(library, run, "crossref") == []
    other = begin(library)
    ledger.enqueue(library, other, [request.query])
    assert len(ledger.waiting(library, other, "crossref")) == 1


def test_results_are_of_what_the_user_gave(library: Library) -> None:
    """Known already, not understood, and given twice: each is counted as what it is."""
    keep(library, [crossref(A.value)], run=begin(library, crossref=[A]), asked=A.value)
    inputs = from_arguments([A.value, A.value, B.value, "no identifier at all"])
    wanted = {"crossref": [one.identifier for one in inputs if one.identifier]}
    run = ledger.begin(library, command="doi", arguments={}, inputs=inputs, wanted=wanted)
    results = ledger.results(library, run)
    assert (results.asked, results.found, results.waiting) == (2, 1, 1)
    assert [text for text, _ in results.not_understood] == ["no identifier at all"]


def dump(db: sqlite3.Connection) -> list[str]:
    """Everything in the file but the text index's own tables, whose blobs say nothing to compare."""
    return [line for line in db.iterdump() if "works_text" not in line]


def test_an_answer_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    """Whichever statement of `settle` fails, the file is as before; without a fault all of it is there."""
    with new(tmp_path) as library:
        run = begin(library, crossref=[A, B, C])
        (request,) = ask(library, run)
        read = listed(request.query, crossref(A.value, cites=["10.5555/z"]), crossref(B.value), {"title": ["no DOI"]})
        page = read.model_copy(update={"missing": (C,)})
        before = dump(library.db)
        for fault in range(1000):
            whole, library.db = library.db, FailingConnection(library.db, after=fault)  # type: ignore[assignment] # stands in
            try:
                answer(library, run, request, page, openalex=[A, B])
                break
            except sqlite3.InterfaceError:
                assert dump(whole) == before
            finally:
                library.db = whole
        assert fault > 15
        derive(library)
        assert reading.status(library).works == 2
        assert states(library)[f"openalex {B.value}"] == "waiting"


def test_settling_twice_is_settling_once(library: Library) -> None:
    """An answer kept before a crash and asked again after it changes no evidence."""
    run = begin(library, crossref=[A])
    (request,) = ask(library, run)
    for _ in range(2):
        answer(library, run, request, single(request.query, crossref(A.value)))
    assert library.db.execute("select count(*) from items").fetchone() == (1,)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_every_lookup_ends(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Whatever Crossref answers (part of a list, aliases, nothing, a refusal), the queue ends with nothing waiting."""
    wanted = [A, B, C]
    with new(tmp_path_factory.mktemp("library")) as library:
        run = begin(library, crossref=wanted)
        steps = 0
        while queue := ask(library, run):
            steps += 1
            assert steps < 20
            for request in queue:
                fate = data.draw(st.sampled_from(["answer", "split", "fail"]))
                singles = source("crossref").split(request.query)
                if fate == "fail":
                    ledger.fail(library, request, detail="refused")
                elif fate == "split" and singles:
                    ledger.replace(library, run, request, singles, detail="refused")
                elif request.query.kind == "list":
                    held = data.draw(st.lists(st.sampled_from(wanted), unique=True))
                    answer(library, run, request, listed(request.query, *(crossref(one.value) for one in held)))
                else:
                    given_ = data.draw(st.sampled_from([None, *wanted]))
                    answer(library, run, request, single(request.query, given_ and crossref(given_.value)))
        assert "waiting" not in states(library).values()
        results = ledger.results(library, run)
        assert results.found + len(results.missing) + len(results.failed) == results.asked == 3


def test_a_hundred_thousand_inputs_are_entered(library: Library) -> None:
    """With both sources' lookups; anything quadratic would not end."""
    inputs = [Input("list", f"10.5555/{n}", Identifier("doi", f"10.5555/{n}")) for n in range(100_000)]
    wanted = [one.identifier for one in inputs if one.identifier]
    run = ledger.begin(
        library, command="doi", arguments={}, inputs=inputs, wanted={"crossref": wanted, "openalex": wanted}
    )
    assert len(ledger.unasked(library, run, "crossref")) == 100_000
    assert ledger.results(library, run).waiting == 100_000


def test_text_that_no_one_should_send_is_kept(library: Library) -> None:
    """Lone surrogates, NUL and quotes in items, inputs and reasons neither fail nor change anything."""
    run = ledger.begin(
        library, command="doi", arguments={"odd": "\x00'"}, inputs=[Input("a", "x\x00'", None, "'")], wanted={}
    )
    odd = crossref("10.5555/odd", title=["\ud800 Peer\x00 'support'"], cites=["\udfff printed"])
    keep(library, [odd], run=run)
    derive(library)
    assert "Peer" in (reading.work(library, "doi:10.5555/odd").title or "")
    assert next(reading.runs(library))["inputs"][0]["text"] == "x\x00'"


def test_what_no_source_is_still_asked_for_is_merged_at_once_and_the_rest_later(library: Library) -> None:
    """Between two answers a work is shown when both sources have spoken, and nothing comes out otherwise than whole."""
    one, other = Identifier("doi", "10.5555/a"), Identifier("doi", "10.5555/b")
    run = begin(library, crossref=[one, other], openalex=[one])
    records = [item("crossref", crossref(each.value, cites=["10.5555/z"])).record for each in (one, other)]
    [request] = ask(library, run)
    answer(library, run, request, listed(request.query, *(crossref(r.native_id, cites=["10.5555/z"]) for r in records)))
    derive_answered(library, records)
    assert [work.key for work in reading.works(library) if work.sources] == ["doi:10.5555/b"]
    [request] = ask(library, run, "openalex")
    given_ = openalex(1, doi=one.value, cites=[7])
    answer(library, run, request, source("openalex").read(request.query, 200, json.dumps(given_).encode()))
    derive_answered(library, [item("openalex", given_).record])
    assert reading.work(library, "doi:10.5555/a").sources == ("crossref", "openalex")
    assert verify(library) == []
