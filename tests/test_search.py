"""A search is asked, received whole, judged where its source does not, and accounted for."""

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import KEY, requests_of
from test_faults import content, settings

from harvester import harvest
from harvester.expression import parse
from harvester.expression.tree import Fact, Years, all_of
from harvester.harvest import Outcome, Plan, Scope, Settings
from harvester.library import Library, ledger, reading, searches
from harvester.replica import Corpus, Replica, Request, Response, Site, sites
from harvester.replica.faults import parse as faults
from harvester.transport import Patience

pytestmark = pytest.mark.usefixtures("hurried")

UNTIL = "2003-12-31"
"""Two slices at Crossref, whose pace is that of the real one."""
PATIENT = Patience(attempts=30, first_wait=0.001, longest_wait=0.002)


def work(number: int, title: str, abstract: str | None = None, **fields: Any) -> dict[str, Any]:
    """An OpenAlex work; few have a DOI, since each of those is asked of Crossref at Crossref's pace."""
    words = (abstract or "").split()
    index: dict[str, list[int]] = {}
    for place, word in enumerate(words):
        index.setdefault(word, []).append(place)
    return {
        "id": f"https://openalex.org/W{number}",
        "doi": f"https://doi.org/10.1000/w{number}" if number % 40 == 1 else None,
        "title": title,
        "display_name": title,
        "publication_year": 2000 + number % 20,
        "publication_date": f"{2000 + number % 20}-05-17",
        "ids": {"openalex": f"https://openalex.org/W{number}"},
        "type": "article",
        "language": "en",
        "authorships": [],
        "is_xpac": False,
        "cited_by_count": 0,
        "referenced_works": [],
        "updated_date": "2026-01-01T00:00:00",
        "abstract_inverted_index": index or None,
        **fields,
    }


def message(doi: str, title: str, abstract: str | None = None, *, created: str, **fields: Any) -> dict[str, Any]:
    """A Crossref message, registered on a day."""
    year, month, day = map(int, created.split("-"))
    moment = {"date-parts": [[year, month, day]], "date-time": f"{created}T00:00:00Z", "timestamp": 0}
    given = {"abstract": f"<jats:p>{abstract}</jats:p>"} if abstract else {}
    return {
        "DOI": doi,
        "title": [title],
        "type": "journal-article",
        "issued": {"date-parts": [[year, month, day]]},
        "published": {"date-parts": [[year, month, day]]},
        "created": moment,
        "deposited": moment,
        "indexed": moment,
        "reference-count": 0,
        "is-referenced-by-count": 0,
        **given,
        **fields,
    }


MANY = tuple(
    work(100 + number, f"Peer support number {number}" if number % 3 else f"Recovery {number} of peers")
    for number in range(430)
)


def planned(text: str, **scope: Any) -> Plan:
    return harvest.plan(parse.parse(text), text=text, scope=Scope(**{"until": UNTIL, **scope}))


def searched(library: Library, plan: Plan, how: Settings) -> tuple[ledger.Run, Outcome]:
    run = harvest.search(library, plan, settings=how)
    return run, harvest.carry_out(library, run, settings=how)


def found(library: Library) -> set[str]:
    return {key for (key,) in library.db.execute("select native from hits where state = 'kept'")}


def serving(*openalex: dict[str, Any], crossref: tuple[dict[str, Any], ...] = (), **options: Any) -> Replica:
    corpus = Corpus(openalex=tuple(openalex), crossref=crossref)
    return Replica(sites(corpus, unlimited=True), **options)


def pages_asked(server: Replica) -> int:
    """How many pages of a search OpenAlex was asked for."""
    return sum("cursor=" in request["url"] for request in requests_of(server))


# -- OpenAlex ------------------------------------------------------------------------------------------


def test_every_page_is_read_and_every_hit_completed_at_crossref(tmp_path: Path) -> None:
    """287 works in three pages; those with a record at Crossref have it."""
    with_doi = [each["doi"].removeprefix("https://doi.org/") for each in MANY if each["doi"]]
    known = tuple(message(doi, "Peer support", created="2003-01-01") for doi in with_doi[::2])
    titled = [each["doi"].removeprefix("https://doi.org/") for each in MANY if each["doi"] and "Peer" in each["title"]]
    with serving(*MANY, crossref=known) as server, Library(tmp_path / "l.sqlite", write="test") as library:
        run, outcome = searched(library, planned('"peer support"'), settings(server, tmp_path))
        assert outcome.state == "done", outcome.sentences
        (account,) = searches.searched(library, run)
        expected = {f"W{100 + number}" for number in range(430) if number % 3}
        assert found(library) == expected
        assert (account.kept, account.outside, account.unjudged) == (len(expected), 0, 0)
        (part,) = account.parts
        assert (part.reported, part.received, part.short, part.state) == (286, 286, 0, "done")
        assert part.requests == 3
        held = reading.status(library)
        assert held.works == 286
        assert {each.source: each.works for each in held.sources if each.works} == {
            "openalex": 286,
            "crossref": len(set(titled) & set(with_doi[::2])),
        }
        assert reading.found(library, run=run.id) == 286


class PartialFirst:
    """An OpenAlex that answers in time, the first time with a part of each page, and then calls it the last one."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.asked: set[str] = set()

    def answer(self, request: Request) -> Response:
        answer = self.site.answer(request)
        body = json.loads(answer.body)
        if request.query in self.asked or not body.get("results"):
            return answer
        self.asked.add(request.query)
        body["results"] = body["results"][: len(body["results"]) // 3]
        body["meta"]["next_cursor"] = None
        return Response(answer.status, answer.headers, json.dumps(body).encode())


def test_pages_that_fall_short_are_asked_for_again_past_the_cache(tmp_path: Path) -> None:
    """A page cut short by a time-out of OpenAlex's own looks like the last one; the count says that it is not."""
    served = sites(Corpus(openalex=MANY), unlimited=True)
    served["openalex"] = PartialFirst(served["openalex"])
    with Replica(served) as server, Library(tmp_path / "l.sqlite", write="test") as library:
        run, outcome = searched(library, planned('"peer support"'), settings(server, tmp_path))
        assert outcome.state == "done"
        (account,) = searches.searched(library, run)
        assert (account.kept, account.parts[0].short) == (286, 0)
        assert pages_asked(server) == 6


class ShortByOne:
    """An OpenAlex that never delivers one work it counts."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def answer(self, request: Request) -> Response:
        answer = self.site.answer(request)
        body = json.loads(answer.body)
        if body.get("results"):
            body["results"] = [each for each in body["results"] if not each["id"].endswith("W101")]
        return Response(answer.status, answer.headers, json.dumps(body).encode())


def test_what_a_source_counts_and_never_delivers_is_on_record(tmp_path: Path) -> None:
    """Asked three times for the last page, then both numbers are kept and the run is done."""
    served = sites(Corpus(openalex=MANY[:50]), unlimited=True)
    served["openalex"] = ShortByOne(served["openalex"])
    with Replica(served) as server, Library(tmp_path / "l.sqlite", write="test") as library:
        run, outcome = searched(library, planned('"peer support"'), settings(server, tmp_path))
        assert outcome.state == "done"
        (part,) = searches.searched(library, run)[0].parts
        assert (part.reported, part.received, part.short) == (33, 32, 1)
        assert pages_asked(server) == 3


def test_a_strategy_too_long_for_one_question_is_asked_in_parts_and_united(tmp_path: Path) -> None:
    """The parts overlap; a work that answers several is one hit."""
    terms = [f'"peer support number {number}"' for number in range(430) if number % 3]
    strategy = "(" + " OR ".join(terms) + ') AND ("peer support" OR recovery)'
    with serving(*MANY) as server, Library(tmp_path / "l.sqlite", write="test") as library:
        plan = planned(strategy)
        assert len(plan.queries["openalex"]) > 5
        assert any("parts" in sentence for sentence in plan.changes["openalex"])
        run, outcome = searched(library, plan, settings(server, tmp_path))
        assert outcome.state == "done", outcome.sentences
        (account,) = searches.searched(library, run)
        assert len(account.parts) == len(plan.queries["openalex"])
        assert account.kept == len(terms)
        assert sum(part.received for part in account.parts) >= account.kept


@pytest.mark.parametrize("limit", [1, 100, 150, 286, 500])
def test_a_limit_keeps_the_best_ranked(tmp_path: Path, limit: int) -> None:
    """So many works and no more, the first of the source's own order, whatever the page size."""
    cited = [work(number=500 + n, title="Peer support", cited_by_count=n * n) for n in range(300)]
    with serving(*cited) as server, Library(tmp_path / "l.sqlite", write="test") as library:
        _, outcome = searched(library, planned('"peer support"', limit=limit), settings(server, tmp_path))
        assert outcome.state == "done", outcome.sentences
        assert found(library) == {f"W{500 + n}" for n in range(300)[-limit:]}
        assert reading.status(library).works == min(limit, 300)


def test_the_corpus_is_chosen_and_recorded(tmp_path: Path) -> None:
    """Works of the expansion corpus come only when all are asked for."""
    works = (work(1001, "Peer support"), work(1002, "Peer support data", is_xpac=True))
    for corpus, expected in (("core", {"W1001"}), ("all", {"W1001", "W1002"})):
        with serving(*works) as server, Library(tmp_path / f"{corpus}.sqlite", write="test") as library:
            run, _ = searched(library, planned("peer", corpus=corpus), settings(server, tmp_path / corpus))
            assert found(library) == expected
            (arguments,) = library.db.execute("select arguments from runs where id = ?", (run.id,)).fetchone()
            assert json.loads(arguments)["corpus"] == corpus


def test_a_search_that_its_source_refuses_is_a_failed_part(tmp_path: Path) -> None:
    """Nothing is silently left out: the part is failed, with the source's own words."""

    class Refusing:
        def answer(self, _: Request) -> Response:
            body = {"error": "Invalid query parameters error.", "message": "this is not to be had"}
            return Response(400, {"content-type": "application/json"}, json.dumps(body).encode())

    served = sites(Corpus(openalex=MANY[:3]), unlimited=True)
    served["openalex"] = Refusing()
    with Replica(served) as server, Library(tmp_path / "l.sqlite", write="test") as library:
        run, _ = searched(library, planned("peer"), settings(server, tmp_path))
        (part,) = searches.searched(library, run)[0].parts
        assert part.state == "failed"
        assert "this is not to be had" in (part.detail or "")


def test_a_search_that_the_budget_stops_goes_on(tmp_path: Path) -> None:
    """A page costs $0.001: two pages, then the third on another day."""
    with serving(*MANY) as server, Library(tmp_path / "l.sqlite", write="test") as library:
        how = settings(server, tmp_path)
        run, outcome = searched(library, planned('"peer support"'), replace(how, budget=Decimal("0.002")))
        assert outcome.state == "stopped"
        assert len(found(library)) == 200
        (resumed,) = harvest.resume(library)
        assert resumed.id == run.id
        assert harvest.carry_out(library, resumed, settings=how).state == "done"
        assert len(found(library)) == 286


# -- Crossref ------------------------------------------------------------------------------------------

DAYS = [(date(2003, 1, 1) + timedelta(days=number)).isoformat() for number in range(230)]
JUDGED = (
    *(message(f"10.2000/t{n}", "Peer support and recovery", created=day) for n, day in enumerate(DAYS[:20])),
    *(message(f"10.2000/o{n}", "Peer review", "of peer reviewed papers", created=day) for n, day in enumerate(DAYS)),
    *(message(f"10.2000/u{n}", "Support for peers", created=day) for n, day in enumerate(DAYS[:60])),
    *(message(f"10.2000/a{n}", "Recovery", "With peer support", created=day) for n, day in enumerate(DAYS[:10])),
    *(message(f"10.2000/z{n}", "Nothing of the kind", created=day) for n, day in enumerate(DAYS)),
)


def test_crossref_is_read_in_slices_and_judged_here(tmp_path: Path) -> None:
    """Kept by title or abstract, outside by both, unjudged without an abstract; each record counted once."""
    with serving(crossref=JUDGED) as server, Library(tmp_path / "l.sqlite", write="test") as library:
        plan = planned('"peer support" AND recovery', sources=("openalex", "crossref"))
        run, outcome = searched(library, plan, settings(server, tmp_path))
        assert outcome.state == "done", outcome.sentences
        account = {each.source: each for each in searches.searched(library, run)}["crossref"]
        assert (account.kept, account.outside, account.unjudged) == (30, 230, 60)
        assert found(library) == {f"10.2000/t{n}" for n in range(20)} | {f"10.2000/a{n}" for n in range(10)}
        assert not any(part.short for part in account.parts)
        assert sum(part.reported or 0 for part in account.parts) == 320
        # What was kept was then asked for by its DOI, and only that.
        assert reading.status(library).works == 30
        assert reading.found(library, run=run.id) == 30


SCROLLED = tuple(
    message(f"10.3000/s{n}", "Peer support" if n % 100 == 7 else "Support of a peer", created="2003-03-04")
    for n in range(2_300)
)


@pytest.mark.parametrize(
    "spec", ["", "dead-cursor=0.4,seed=1", "cut=0.3,seed=2", "drop=0.3,seed=3", "empty-page=0.3,seed=4"]
)
def test_a_slice_that_breaks_off_is_read_again_from_its_start(tmp_path: Path, spec: str) -> None:
    """A scroll of three pages: nothing is skipped, nothing doubled, and as many as total-results says."""
    with (
        serving(crossref=SCROLLED, faults=faults(spec)) as server,
        Library(tmp_path / "l.sqlite", write="test") as library,
    ):
        plan = planned('"peer support"', sources=("crossref",), depth=10_000)
        how = settings(server, tmp_path, patience=PATIENT)
        run, outcome = searched(library, plan, how)
        for _ in range(30):
            if outcome.state == "done":
                break
            outcome = harvest.carry_out(library, next(harvest.resume(library)), settings=how)
        assert outcome.state == "done", outcome.sentences
        (account,) = searches.searched(library, run)
        assert (account.kept, account.outside, account.unjudged) == (23, 0, 2_277)
        assert sum(part.received for part in account.parts) == 2_300
        assert not any(part.short for part in account.parts)


def test_a_slice_is_read_to_its_depth(tmp_path: Path) -> None:
    """The depth is stated, and the account says how many there would have been."""
    with serving(crossref=SCROLLED) as server, Library(tmp_path / "l.sqlite", write="test") as library:
        plan = planned('"peer support"', sources=("crossref",), depth=120)
        run, _ = searched(library, plan, settings(server, tmp_path))
        (account,) = searches.searched(library, run)
        assert account.kept + account.outside + account.unjudged == 120
        assert sum(part.reported or 0 for part in account.parts) == 2_300
        assert not any(part.short for part in account.parts)


def test_the_same_search_twice_asks_crossref_nothing_again(tmp_path: Path) -> None:
    """Slices of one page come from the cache; the hits are the same."""
    with serving(crossref=JUDGED) as server:
        for name in ("one", "two"):
            with Library(tmp_path / f"{name}.sqlite", write="test") as library:
                before = len(requests_of(server))
                plan = planned('"peer support" AND recovery', sources=("crossref",))
                searched(library, plan, settings(server, tmp_path))
                asked = [request for request in requests_of(server)[before:] if request["url"].startswith("/crossref/")]
                assert bool(asked) == (name == "one")
                assert len(found(library)) == 30


# -- beforehand ----------------------------------------------------------------------------------------


def test_a_count_costs_a_tenth_and_reads_nothing(tmp_path: Path) -> None:
    with serving(*MANY) as server:
        plan = planned('"peer support"')
        assert harvest.count(plan, settings=settings(server, tmp_path)) == {"openalex": [286]}
        (request,) = requests_of(server)
        assert "group_by" in request["url"]


def test_the_forecast_is_what_the_search_then_costs(tmp_path: Path) -> None:
    """Requests and dollars of the search itself; 3 pages at $0.001."""
    with serving(*MANY) as server, Library(tmp_path / "l.sqlite", write="test") as library:
        how, plan = settings(server, tmp_path), planned('"peer support"')
        counts = harvest.count(plan, settings=how)
        (told,) = harvest.forecast_search(plan, counts, settings=how)
        run, outcome = searched(library, plan, how)
        assert told.requests == sum(part.requests for part in searches.searched(library, run)[0].parts) == 3
        assert told.dollars == outcome.tallies["openalex"].spent == Decimal("0.003")
        assert told.works == 286


def test_limits_are_part_of_the_question(tmp_path: Path) -> None:
    """Year, type and language narrow the search at the source."""
    works = (
        *MANY[:40],
        work(900, "Peer support review", type="review", publication_year=2012),
        work(901, "Apoyo mutuo peer support", language="es", publication_year=2012),
    )
    with serving(*works) as server:
        for limit, expected in (
            (Years(2012, 2012), {"W900", "W901", *(f"W{100 + n}" for n in range(40) if n % 3 and n % 20 == 12)}),
            (Fact("type", "review"), {"W900"}),
            (Fact("language", "es"), {"W901"}),
        ):
            path = tmp_path / re.sub(r"\W", "", str(limit))
            path.mkdir()
            with Library(path / "l.sqlite", write="test") as library:
                text = '"peer support"'
                plan = harvest.plan(all_of(parse.parse(text), limit), text=text, scope=Scope(until=UNTIL))
                searched(library, plan, settings(server, path))
                assert found(library) == expected


def test_the_ledger_says_what_was_asked_and_why_it_differs(tmp_path: Path) -> None:
    """Everything that the account of a search needs, and neither key nor address."""
    with serving(*MANY[:9]) as server, Library(tmp_path / "l.sqlite", write="test") as library:
        text = '("peer support" OR "peer worker*") AND recover*'
        searched(library, planned(text), settings(server, tmp_path))
        (entry,) = reading.runs(library)
        arguments = entry["arguments"]
        assert arguments["query"] == text
        assert arguments["unstemmed"] is True
        assert '"peer workers"' in arguments["searched"]
        assert any("unstemmed" in sentence or "stemming" in sentence for sentence in arguments["changes"][""])
        assert entry["searched"][0]["parts"][0]["reported"] == 0
        assert KEY not in json.dumps(entry)


def test_interrupted_anywhere_it_ends_in_the_same_library(tmp_path: Path) -> None:
    """Stopped by its budget after each page, resumed each time: the same works as in one go."""
    with serving(*MANY, crossref=JUDGED) as server:
        how = settings(server, tmp_path)
        plan = planned('"peer support" OR recovery', sources=("openalex", "crossref"))
        with Library(tmp_path / "one.sqlite", write="test") as library:
            searched(library, plan, how)
            expected = content(library)
        how = replace(how, cache=tmp_path / "other")
        with Library(tmp_path / "many.sqlite", write="test") as library:
            _, outcome = searched(library, plan, replace(how, budget=Decimal("0.001")))
            stops = 0
            while outcome.state != "done":
                stops += 1
                assert stops < 20
                outcome = harvest.carry_out(
                    library, next(harvest.resume(library)), settings=replace(how, budget=Decimal("0.001"))
                )
            assert stops >= 3
            assert content(library) == expected
