"""Under faults everything is harvested, nothing twice, and the account adds up."""

import json
import socket
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from conftest import BOTH, DEMO, KEY, MAILTO, Run, requests_of

from harvester import harvest, inputs
from harvester.harvest import Outcome, Settings
from harvester.inputs import Input
from harvester.library import Library, ledger, reading
from harvester.replica import Corpus, OpenAlexSite, Replica, Request, Response, sites
from harvester.replica.faults import parse
from harvester.transport import Credentials, Patience

pytestmark = pytest.mark.usefixtures("hurried")

PUBLIC_FAULTS = "429=0.03,503=0.03,504html=0.03,cut=0.04,drop=0.03,dead-cursor=0.02,empty-page=0.02,seed=11"
HURRIED = Patience(first_wait=0.001, longest_wait=0.01)


def settings(replica: Replica | str, folder: Path, *, patience: Patience = HURRIED) -> Settings:
    url = replica if isinstance(replica, str) else replica.url
    credentials = Credentials(openalex_key=KEY, crossref_mailto=MAILTO)
    return Settings(cache=folder / "cache", credentials=credentials, replica=url, patience=patience)


def harvested(library: Library, given: Sequence[Input], how: Settings) -> tuple[ledger.Run, Outcome]:
    run = harvest.look_up(library, given, settings=how)
    return run, harvest.carry_out(library, run, settings=how)


def assert_adds_up(library: Library, run: ledger.Run, outcome: Outcome) -> None:
    """Asked = found + missing + failed + waiting, and what arrived is what is held."""
    account = ledger.results(library, run)
    assert account.asked == account.found + len(account.missing) + len(account.failed) + account.waiting
    ledger_entry = list(reading.runs(library))[-1]
    received = sum(request["received"] or 0 for request in ledger_entry["requests"])
    skipped = sum(source.skipped for source in reading.status(library).sources)
    assert received == sum(outcome.records.values()) + skipped
    doubled = library.db.execute("select source, native from items group by 1, 2 having count(*) > 1").fetchall()
    assert doubled == [], "an item came twice and differed"


def content(library: Library) -> tuple[list[str], list[object]]:
    works = [work.model_dump_json() for work in reading.works(library)]
    return works, list(reading.citations(library))


def test_the_whole_demo_corpus_arrives_through_faults_as_without(
    corpus: Corpus, replica: Replica, tmp_path: Path
) -> None:
    """A fifth of all requests fail in one of seven ways; works and citations are the same."""
    given = inputs.from_file(DEMO / "dois.txt").inputs
    with Library(tmp_path / "calm.sqlite", write="test") as calm:
        run, outcome = harvested(calm, given, settings(replica, tmp_path / "calm"))
        assert outcome.state == "done"
        expected = content(calm)
        found = ledger.results(calm, run).found
    faulty = Replica(sites(corpus, unlimited=True), faults=parse(PUBLIC_FAULTS))
    with faulty, Library(tmp_path / "storm.sqlite", write="test") as storm:
        run, outcome = harvested(storm, given, settings(faulty, tmp_path / "storm"))
        assert outcome.state == "done", outcome.sentences
        assert content(storm) == expected
        assert ledger.results(storm, run).found == found
        assert_adds_up(storm, run, outcome)


@pytest.mark.parametrize("fault", ["429", "503", "504html", "cut", "drop", "empty-page"])
def test_each_fault_alone_loses_nothing(corpus: Corpus, tmp_path: Path, fault: str) -> None:
    """Every second request fails in this one way."""
    given = inputs.from_file(DEMO / "dois.txt").inputs[3:20]
    faulty = Replica(sites(corpus, unlimited=True), faults=parse(f"{fault}=0.5,seed=3"))
    patience = Patience(attempts=30, first_wait=0.001, longest_wait=0.002)
    with faulty, Library(tmp_path / "library.sqlite", write="test") as library:
        run, outcome = harvested(library, given, settings(faulty, tmp_path, patience=patience))
        assert outcome.state == "done", outcome.sentences
        assert ledger.results(library, run).found == len(given)
        assert_adds_up(library, run, outcome)


def test_the_command_line_stands_the_same_faults(corpus: Corpus, run: Run, tmp_path: Path) -> None:
    """The real program with its real waits: exit 0, and the account in its JSON adds up."""
    with Replica(sites(corpus, unlimited=True), faults=parse("503=0.1,cut=0.1,seed=2")) as faulty:
        ended = run("--json", "doi", *BOTH, env={"HARVESTER_REPLICA": faulty.url})
        struck = [request for request in requests_of(faulty) if request["fault"]]
    assert ended.status == 0, ended.err
    account = ended.document["runs"][0]
    assert account["asked"] == account["found"] == 3
    assert sum(source["failed_attempts"] for source in account["sources"].values()) == len(struck)


class Poisoned:
    """A Crossref that cannot deliver one record: every answer that holds it is cut."""

    def __init__(self, site: object, doi: str) -> None:
        self.site, self.doi = site, doi

    def answer(self, request: Request) -> Response:
        answer: Response = self.site.answer(request)  # type: ignore[attr-defined]  # a Site
        if self.doi.encode() in answer.body.replace(b"\\/", b"/").lower():
            return Response(200, answer.headers, answer.body[: len(answer.body) // 2])
        return answer


def test_one_record_that_cannot_be_delivered_stops_no_other(corpus: Corpus, tmp_path: Path) -> None:
    """Its list is asked for singly, the one waits, the others are there, and the run says so."""
    public = sites(corpus, unlimited=True)
    poisoned = {**public, "crossref": Poisoned(public["crossref"], BOTH[1])}
    given = inputs.from_file(DEMO / "dois.txt").inputs[3:20]
    patience = Patience(attempts=2, first_wait=0.001, longest_wait=0.002)
    with Replica(poisoned) as replica, Library(tmp_path / "library.sqlite", write="test") as library:
        run, outcome = harvested(library, given, settings(replica, tmp_path, patience=patience))
        assert outcome.state == "stopped"
        assert "crossref" in outcome.sentences[0]
        states = dict(library.db.execute("select state, count(*) from lookups where source = 'crossref' group by 1"))
        assert states["waiting"] == 1
        assert states["found"] + states["missing"] == len(given) - 1
        assert ledger.unfinished(library) == [run]
    with Replica(public) as mended, Library(tmp_path / "library.sqlite", write="test") as library:
        (run,) = harvest.resume(library)
        assert harvest.carry_out(library, run, settings=settings(mended, tmp_path)).state == "done"
        assert ledger.results(library, run).waiting == 0


class Refusing:
    """A site that refuses everything but counts."""

    def __init__(self, answer: Response) -> None:
        self.asked = 0
        self.refusal = answer

    def answer(self, request: Request) -> Response:
        self.asked += 1
        return self.refusal


def test_a_source_that_answers_nothing_is_given_up_after_a_few_questions(corpus: Corpus, tmp_path: Path) -> None:
    """A captive portal, or an outage: the source is not asked for the hundred other works too."""
    portal = Refusing(Response(200, {"content-type": "text/html"}, b"<html>Sign in to the library network</html>"))
    public = sites(corpus, unlimited=True)
    given = inputs.from_file(DEMO / "dois.txt").inputs
    patience = Patience(attempts=1, first_wait=0.001)
    with Replica({**public, "openalex": portal}) as replica, Library(tmp_path / "a.sqlite", write="test") as library:
        run, outcome = harvested(library, given, settings(replica, tmp_path, patience=patience))
        assert outcome.state == "stopped"
        assert portal.asked < 20
        assert ledger.results(library, run).found == 119, "Crossref has gone on"


def test_a_network_that_is_down_stops_the_run_and_keeps_the_questions(tmp_path: Path) -> None:
    """Nobody listens: stopped, one sentence for each source, all works waiting."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
        patience = Patience(attempts=2, first_wait=0.001, longest_wait=0.002)
        with Library(tmp_path / "library.sqlite", write="test") as library:
            given = inputs.from_arguments(BOTH)
            run, outcome = harvested(library, given, settings(address, tmp_path, patience=patience))
            assert outcome.state == "stopped"
            assert len(outcome.sentences) == 2
            assert ledger.results(library, run).waiting == 3


def test_a_spent_day_at_openalex_falls_back_to_free_single_calls(corpus: Corpus, tmp_path: Path) -> None:
    """Lists are refused once, nothing that costs is asked again, and every work arrives all the same."""
    spent = Counter[str]()

    class Spent(OpenAlexSite):
        def answer(self, request: Request) -> Response:
            if request.raw_path == "/works":
                spent["lists"] += 1
                body = {"error": "Rate limit exceeded", "message": "Insufficient budget. This request costs $0.0001"}
                return Response(429, {"content-type": "application/json"}, json.dumps(body).encode())
            spent["single"] += 1
            return super().answer(request)

    given = inputs.from_file(DEMO / "dois.txt").inputs
    public = sites(corpus, unlimited=True)
    with (
        Replica({**public, "openalex": Spent(corpus, unlimited=True)}) as replica,
        Library(tmp_path / "library.sqlite", write="test") as library,
    ):
        run, outcome = harvested(library, given, settings(replica, tmp_path))
        assert outcome.state == "done", outcome.sentences
        assert ledger.results(library, run).found == 120
    assert spent["lists"] <= 8, "no more than were in the air at once"
    assert spent["single"] == 120


def test_a_list_that_nobody_may_ask_singly_waits_for_money(corpus: Corpus, tmp_path: Path) -> None:
    """A DOI with a sub-divided prefix has no free form: it waits, the free questions go on, the run can be resumed."""
    given = inputs.from_arguments([*BOTH, "10.1000.10/123"])
    how = settings("http://127.0.0.1:1", tmp_path)
    with Replica(sites(corpus, unlimited=True)) as replica, Library(tmp_path / "a.sqlite", write="test") as library:
        poor = Settings(cache=how.cache, credentials=how.credentials, replica=replica.url, budget=Decimal(0))
        run, outcome = harvested(library, given, poor)
        account = ledger.results(library, run)
        assert outcome.state == "stopped"
        assert (account.found, account.waiting) == (3, 1)
        rich = settings(replica, tmp_path)
        (run,) = harvest.resume(library)
        assert harvest.carry_out(library, run, settings=rich).state == "done"
        assert ledger.results(library, run).waiting == 0
