"""Citation searching: exactly the works that citations link to the seeds, and an account of all of them."""

import csv
import json
import lzma
import os
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import Run, forget_requests, requests_of
from library_evidence import crossref, openalex
from test_cli import one_sentence

from harvester import inputs
from harvester.harvest import Settings, carry_out
from harvester.harvest.chase import chase
from harvester.harvest.chase_forecast import forecast_chase
from harvester.identifiers import Identifier
from harvester.library import Library, chases, checksum, reading, verify
from harvester.library.chases import Scope
from harvester.library.coverage import Coverage, coverage
from harvester.replica import Replica, sites
from harvester.replica.corpus import Corpus
from harvester.replica.derive import derive_crossref, derive_opencitations
from harvester.replica.faults import parse
from harvester.transport import Credentials, Patience, pace

pytestmark = pytest.mark.usefixtures("hurried")

SHARED = Path(os.environ.get("HARVESTER_SHARED", Path(__file__).parents[1].parent / "shared")) / "data"
BOTH_WAYS = Scope()
SNOWBALL = SHARED / "openalex" / "snowball"


@pytest.fixture(autouse=True)
def at_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The manners of asking have tests of their own; the replica answers here as fast as it can."""
    monkeypatch.setattr(pace, "HEADROOM", 1e6)


def corpus_of(works: Sequence[dict[str, Any]]) -> Corpus:
    """Three indexes that know the same works, with gaps in the two that are derived."""
    return Corpus(
        openalex=tuple(works),
        crossref=tuple(derive_crossref(works)),
        opencitations=tuple(derive_opencitations(works)),
    )


def drawn(seed: int, *, size: int = 40, twins: bool = True) -> list[dict[str, Any]]:
    """Works that cite earlier ones at random; some have no DOI, and twins are one work under two ids."""
    draw = random.Random(seed)
    works = []
    for number in range(1, size + 1):
        cites = draw.sample(range(1, number), min(number - 1, draw.randrange(6)))
        doi = None if number % 7 == 3 else f"10.5555/w{number}"
        works.append(openalex(number, doi=doi, cites=cites, publication_year=1990 + number % 30))
    if twins:
        works[size // 2]["doi"] = works[size // 3]["doi"]
    return works


def settings(folder: Path, url: str) -> Settings:
    credentials = Credentials(openalex_key="k" * 20, crossref_mailto="somebody@example.org")
    patience = Patience(first_wait=0.001, longest_wait=0.002)
    return Settings(cache=folder / "cache", credentials=credentials, replica=url, patience=patience)


def searched(folder: Path, replica: Replica, seeds: Sequence[str], scope: Scope = BOTH_WAYS) -> Library:
    """Run a citation search to its end, and leave the library open."""
    library = Library(folder / "library.sqlite", write="chase")
    asking = settings(folder, replica.url)
    run = chase(library, inputs.from_arguments(seeds), scope=scope, settings=asking)
    assert carry_out(library, run, settings=asking).state == "done"
    return library


def found(library: Library) -> dict[str, chases.Yield]:
    return chases.yields(library, chases.newest(library))


def edges(library: Library) -> set[tuple[str, str]]:
    """The citations here by W ids, where both works have one."""
    ids = dict(
        library.db.execute(
            "select w.key, i.value from identifiers i join works w on w.id = i.work where i.scheme = 'openalex'"
        )
    )
    return {
        (ids[each.citing], ids[each.cited])
        for each in reading.citations(library)
        if "openalex" in each.sources and {each.citing, each.cited} <= ids.keys()
    }


def balanced(account: Coverage) -> None:
    """Every line adds up, nothing is unaccounted for, and no work is counted twice."""
    for line in account.lines:
        if line.listed is not None:
            told = line.matched + line.unmatched + line.duplicate + line.failed + line.capped + line.not_delivered
            assert told == line.listed, line
        assert line.unaccounted == 0, line
    assert account.mistakes == ()


# -- somebody else's snowball --------------------------------------------------------------------------


@pytest.mark.skipif(not SNOWBALL.is_dir(), reason="the recorded snowball of openalexR is not beside the checkout")
def test_the_snowball_of_another_tool_is_found_edge_by_edge(tmp_path: Path) -> None:
    """Nine seeds, 668 works, 935 citations of seeds: those and no others."""
    with lzma.open(SNOWBALL / "openalex_ipbes_bba.jsonl.xz") as lines:
        works = [json.loads(line) for line in lines]
    seeds = (SNOWBALL / "ipbes_bba_seeds.txt").read_text().split()
    with (SNOWBALL / "ipbes_bba_edges.csv").open() as rows:
        expected = {(row["from"], row["to"]) for row in csv.DictReader(rows)}
    with Replica(sites(corpus_of(works), unlimited=True)) as replica, searched(tmp_path, replica, seeds) as library:
        touching = {edge for edge in edges(library) if set(edge) & set(seeds)}
        assert touching == expected
        assert len(found(library)) + len(seeds) == len(works)
        balanced(coverage(library, chases.newest(library)))


# -- every direction, against brute force --------------------------------------------------------------


@pytest.fixture(scope="module")
def works() -> list[dict[str, Any]]:
    return drawn(1, twins=False)


@pytest.fixture(scope="module")
def site(works: list[dict[str, Any]]) -> Iterator[Replica]:
    with Replica(sites(corpus_of(works), unlimited=True)) as running:
        yield running


def lists(works: Sequence[dict[str, Any]]) -> tuple[dict[str, str], dict[str, set[str]]]:
    """The key of each work by its W id, and what each key cites, from the corpus itself."""
    names = {}
    for work in works:
        number = work["id"].rpartition("/")[2]
        names[number] = f"doi:{work['doi'].removeprefix('https://doi.org/')}" if work["doi"] else f"openalex:{number}"
    cites = {
        names[work["id"].rpartition("/")[2]]: {names[one.rpartition("/")[2]] for one in work["referenced_works"]}
        for work in works
    }
    return names, cites


@pytest.mark.parametrize("directions", [("backward",), ("forward",), ("cocited",), ("cociting",), chases.DIRECTIONS])
def test_each_direction_finds_what_its_definition_says(
    tmp_path: Path, works: list[dict[str, Any]], site: Replica, directions: tuple[chases.Direction, ...]
) -> None:
    """Cited by a seed; citing one; cited together with one; sharing two references with one."""
    names, cites = lists(works)
    seeds = ["W12", "W25"]
    keys = {names[seed] for seed in seeds}
    with searched(tmp_path, site, seeds, Scope(directions=directions, shared=2)) as library:
        expected: dict[str, set[tuple[str, str]]] = {
            "backward": {(seed, one) for seed in keys for one in cites[seed]},
            "forward": {(seed, one) for seed in keys for one, cited in cites.items() if seed in cited},
            "cocited": {
                (seed, one) for seed in keys for cited in cites.values() if seed in cited for one in cited - {seed}
            },
            "cociting": {
                (seed, one)
                for seed in keys
                for one, cited in cites.items()
                if one != seed and len(cited & cites[seed]) >= 2
            },
        }
        got = chases.newest(library)
        for direction in directions:
            links = chases.linked(library, got.rounds[0].seeds, direction, got.scope)
            pairs = {(seed, key) for key, by_seed in links.items() for seed in by_seed}
            assert pairs == expected[direction], direction
        described = {work.key for work in reading.works(library) if work.sources}
        assert {key for direction in directions for _, key in expected[direction]} <= described
        balanced(coverage(library, got))
        assert verify(library) == []


def test_hubs_make_nothing_co_cited_and_the_cap_is_on_record(
    tmp_path: Path, works: list[dict[str, Any]], site: Replica
) -> None:
    """A work with more references than the cap is passed over on the way."""
    names, cites = lists(works)
    seed = names["W12"]
    with searched(tmp_path, site, ["W12"], Scope(directions=("cocited",), hub=2)) as library:
        expected = {one for cited in cites.values() if seed in cited and len(cited) <= 2 for one in cited - {seed}}
        assert set(found(library)) == expected
        assert chases.newest(library).scope.hub == 2


def test_rounds_go_on_from_what_passed_the_filter_and_say_why_they_end(
    tmp_path: Path, works: list[dict[str, Any]], site: Replica
) -> None:
    """The seeds of the second round are the works of the first that satisfy the filter, no others."""
    names, cites = lists(works)
    with searched(tmp_path, site, ["W30"], Scope(directions=("backward",), rounds=2, keep="year:2000-")) as library:
        first, second = chases.newest(library).rounds
        years = {names[work["id"].rpartition("/")[2]]: work["publication_year"] for work in works}
        assert set(second.seeds) == {key for key in cites[names["W30"]] if years[key] >= 2000}
        assert (first.ended, second.ended) == (None, "no more rounds were asked for")
        later = {key for key, one in found(library).items() if one.round == 2}
        assert later == {one for key in second.seeds for one in cites[key]} - cites[names["W30"]] - {names["W30"]}


@pytest.mark.parametrize(
    ("scope", "reason"),
    [
        (Scope(directions=("backward",), rounds=50), "the round added nothing"),
        (Scope(directions=("backward",), rounds=50, keep="year:1066"), "passed the filter"),
        (Scope(rounds=50, most_works=5), "5 works were found"),
    ],
)
def test_a_search_that_ends_early_says_why(tmp_path: Path, site: Replica, scope: Scope, reason: str) -> None:
    """What it found is exhausted, nothing passes, or enough was found."""
    with searched(tmp_path, site, ["W30"], scope) as library:
        assert reason in (chases.newest(library).rounds[-1].ended or "")


def test_a_cap_on_citing_works_is_kept_to_and_accounted_for(tmp_path: Path, works: list[dict[str, Any]]) -> None:
    """One seed cited by 250 works: a hundred are taken, and the rest is listed as beyond the cap."""
    many = [openalex(11, doi="10.5555/w11"), *(openalex(n, doi=f"10.5555/w{n}", cites=[11]) for n in range(20, 270))]
    with Replica(sites(corpus_of(many), unlimited=True)) as replica:
        scope = Scope(directions=("forward",), most_citing=100)
        with searched(tmp_path, replica, ["W11"], scope) as library:
            account = coverage(library, chases.newest(library))
            (line,) = [line for line in account.lines if line.source == "openalex"]
            assert (line.listed, line.matched, line.capped) == (250, 100, 150)
            balanced(account)


# -- it goes on, and says the same again ----------------------------------------------------------------


def test_faults_change_nothing(tmp_path: Path, works: list[dict[str, Any]], site: Replica) -> None:
    """A fifth of the requests go wrong in every way, and the library is the same."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    scope = Scope(directions=chases.DIRECTIONS, rounds=2, shared=2)
    with searched(tmp_path / "a", site, ["W12", "W25"], scope) as library:
        expected, account = checksum(library), coverage(library, chases.newest(library))
    faults = parse("503=0.08,504html=0.04,cut=0.04,drop=0.04,seed=3")
    with (
        Replica(sites(corpus_of(works), unlimited=True), faults=faults) as replica,
        searched(tmp_path / "b", replica, ["W12", "W25"], scope) as library,
    ):
        assert checksum(library) == expected
        assert coverage(library, chases.newest(library)) == account


@pytest.mark.parametrize("after", [1, 4, 9, 15])
def test_a_search_that_was_cut_off_anywhere_goes_on(
    tmp_path: Path, works: list[dict[str, Any]], site: Replica, after: int
) -> None:
    """Stopped after so many answers and taken up again, it ends in the same library."""
    scope = Scope(directions=chases.DIRECTIONS, rounds=2, shared=2)
    for name in "ab":
        (tmp_path / name).mkdir()
    with searched(tmp_path / "a", site, ["W12", "W25"], scope) as library:
        expected = checksum(library)
    asking = settings(tmp_path / "b", site.url)
    answers = iter(range(10_000))

    def pull(_: object) -> None:
        if next(answers) == after:
            raise RuntimeError("the plug is pulled")

    with Library(tmp_path / "b" / "library.sqlite", write="chase") as library:
        run = chase(library, inputs.from_arguments(["W12", "W25"]), scope=scope, settings=asking)
        with pytest.raises(RuntimeError, match="plug"):
            carry_out(library, run, settings=asking, observe=pull)
    with Library(tmp_path / "b" / "library.sqlite", write="resume") as library:
        assert carry_out(library, run, settings=asking).state == "done"
        assert checksum(library) == expected
        assert verify(library) == []


def test_a_search_is_begun_with_its_seeds_or_not_at_all(tmp_path: Path, site: Replica, monkeypatch: Any) -> None:
    """Whatever breaks as it begins, no run is left that knows of no seeds; `resume` finds nothing half begun."""

    def broken(*_: object) -> None:
        raise RuntimeError("the plug is pulled")

    monkeypatch.setattr(chases, "begin_round", broken)
    with Library(tmp_path / "library.sqlite", write="chase") as library:
        with pytest.raises(RuntimeError, match="plug"):
            chase(library, inputs.from_arguments(["W12"]), scope=BOTH_WAYS, settings=settings(tmp_path, site.url))
        assert chases.chases(library) == []


def test_what_a_list_of_citing_works_describes_is_not_asked_for_again(tmp_path: Path, site: Replica) -> None:
    """OpenAlex sends them whole; only the seed itself was asked for by its id."""
    with searched(tmp_path, site, ["W12"], Scope(directions=("forward",))) as library:
        assert len(found(library)) > 2
        asked = library.db.execute("select value from lookups where source = 'openalex'").fetchall()
        assert asked == [("W12",)]


def test_repeating_a_search_asks_nothing(tmp_path: Path, site: Replica) -> None:
    """All that it asks is in the cache or in the library."""
    with searched(tmp_path, site, ["W12"]) as library:
        before = set(found(library))
    forget_requests(site)
    with searched(tmp_path, site, ["W12"]) as library:
        assert set(found(library)) == before
    assert requests_of(site) == []


# -- what it will cost ------------------------------------------------------------------------------------


def test_the_forecast_is_what_the_search_asks_and_pays(tmp_path: Path) -> None:
    """Within a tenth, each index by itself, where the indexes hold what they cite; nothing of it is kept."""
    works = drawn(5, size=400, twins=False)
    seeds = [f"W{number}" for number in range(20, 320, 6)]
    with Replica(sites(corpus_of(works), unlimited=True)) as site:
        asking = settings(tmp_path, site.url)
        told = forecast_chase([Identifier("openalex", seed) for seed in seeds], scope=BOTH_WAYS, settings=asking)
        assert not (tmp_path / "cache").exists()
        with Library(tmp_path / "library.sqlite", write="chase") as library:
            run = chase(library, inputs.from_arguments(seeds), scope=BOTH_WAYS, settings=asking)
            outcome = carry_out(library, run, settings=asking)
            assert len(found(library)) <= told.works
        for one in told.asking:
            assert outcome.tallies[one.source].requests == pytest.approx(one.requests, rel=0.1, abs=2)
            assert float(outcome.tallies[one.source].spent) == pytest.approx(float(one.dollars), rel=0.1, abs=0.0003)


def test_a_dry_run_says_what_is_coming(run: Run, env: dict[str, str]) -> None:
    """The first round by index, a range for the next, and the price of asking beforehand; no library comes about."""
    ended = run("--json", "chase", "W12", "W25", "--dry-run", env=env)
    assert ended.status == 0
    assert {each["source"] for each in ended.document["forecast"]} == {"crossref", "openalex", "opencitations"}
    low, high = ended.document["next_round"]["requests"]
    assert 0 < low < high
    assert "$0.0002 at most" in ended.err
    assert run("status").status == 2


# -- the account ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_the_account_adds_up_for_any_corpus(tmp_path: Path, seed: int) -> None:
    """Listed = matched + unmatched + duplicate + failed + beyond the cap + not delivered, line by line."""
    works = drawn(seed, size=30)
    for work in works[9:]:
        work["referenced_works"].append("https://openalex.org/W9999")  # which OpenAlex has deleted
    seeds = [f"W{number}" for number in range(10, 30, 3)]
    with Replica(sites(corpus_of(works), unlimited=True)) as site, searched(tmp_path, site, seeds) as library:
        account = coverage(library, chases.newest(library))
        balanced(account)
        assert any(line.failed for line in account.lines)
        for share in account.shares:
            assert share.alone <= share.works <= share.union


def test_a_reference_that_is_listed_twice_is_one_work_and_a_duplicate(tmp_path: Path) -> None:
    """Nor is a reference in words lost; three entries, one work, one repetition, one text."""
    listed = crossref("10.5555/w11", cites=["10.5555/w12", "10.5555/w12", "Hall L. A leaflet. 1999."])
    cited = crossref("10.5555/w12")
    created = {"created": {"date-time": "2019-01-01T00:00:00Z"}, "score": 1}
    corpus = Corpus(
        openalex=(openalex(11, doi="10.5555/w11"), openalex(12, doi="10.5555/w12")),
        crossref=({**listed, **created}, {**cited, **created}),
    )
    with Replica(sites(corpus, unlimited=True)) as site, searched(tmp_path, site, ["W11"]) as library:
        account = coverage(library, chases.newest(library))
        (line,) = [line for line in account.lines if (line.source, line.direction) == ("crossref", "backward")]
        assert (line.listed, line.matched, line.duplicate, line.unmatched) == (3, 1, 1, 1)
        assert [each.reference.text for each in account.unmatched] == ["Hall L. A leaflet. 1999."]
        balanced(account)


def test_an_index_that_delivers_less_than_it_reports_is_shown(tmp_path: Path) -> None:
    """The shortfall is a figure of its own and a sentence; it does not fail the search."""
    works = [openalex(11, doi="10.5555/w11", referenced_works_count=9, cites=[12]), openalex(12, doi="10.5555/w12")]
    corpus = Corpus(openalex=tuple(works))
    with Replica(sites(corpus, unlimited=True)) as site, searched(tmp_path, site, ["W11"]) as library:
        account = coverage(library, chases.newest(library))
        (line,) = [line for line in account.lines if (line.source, line.direction) == ("openalex", "backward")]
        assert (line.listed, line.matched, line.not_delivered) == (9, 1, 8)
        assert "reports 9 references" in account.shortfalls[0]


# -- the command ------------------------------------------------------------------------------------------


@pytest.fixture
def env(site: Replica) -> dict[str, str]:
    return {"HARVESTER_REPLICA": site.url}


def test_the_command_finds_ranks_and_accounts(run: Run, env: dict[str, str], tmp_path: Path) -> None:
    """The first to be read come with their reasons, in the account, in tables and in dumps alike."""
    ended = run("--json", "chase", "W12", "W25", env=env)
    assert ended.status == 0, ended.err
    (account,) = ended.document["runs"]
    top = account["chase"]["top"]
    assert [one["rank"] for one in top] == list(range(1, len(top) + 1))
    assert top == sorted(top, key=lambda one: -one["score"])
    assert run("export", "found.csv", "found.json", "--where", "round:1 AND seed:false").status == 0
    with (tmp_path / "found.csv").open() as rows:
        table = {row["key"]: row for row in csv.DictReader(rows)}
    assert {one["key"]: str(one["rank"]) for one in top} == {one["key"]: table[one["key"]]["rank"] for one in top}
    dumped = {work["key"]: work for work in json.loads((tmp_path / "found.json").read_text())["works"]}
    assert dumped[top[0]["key"]]["citation_search"]["parts"] == top[0]["parts"]
    assert run("export", "found.graphml", "found.gexf", "found.nodelink.json").status == 0
    nodes = json.loads((tmp_path / "found.nodelink.json").read_text())["nodes"]
    shown = {node["id"]: node for node in nodes}
    assert {one["key"]: one["rank"] for one in top} == {one["key"]: shown[one["key"]]["rank"] for one in top}
    assert sum(node["seed"] for node in nodes) == 2
    assert run("coverage").status == 0
    told = run("--json", "coverage").document
    assert {line["direction"] for line in told["lines"]} == {"backward", "forward"}
    assert run("verify").status == 0


def test_wrong_seeds_are_each_answered_by_name(run: Run, env: dict[str, str]) -> None:
    """A typo, the same work twice, and a title for a DOI; the search goes on with the rest."""
    ended = run("--json", "chase", "W12", "10.5555/w12", "10.5555/no-such", "Peer support", env=env)
    assert ended.status == 4
    remarks = {seed["given"]: seed["remark"] for seed in ended.document["runs"][0]["chase"]["seeds"]}
    assert remarks["10.5555/no-such"] == "no index knows it"
    assert Counter("the same work as" in (remark or "") for remark in remarks.values())[True] == 1
    assert "not understood: Peer support" in ended.err


def test_a_retracted_seed_and_a_book_are_announced(run: Run) -> None:
    """Nobody should build on them unawares."""
    works = [openalex(11, doi="10.5555/w11", is_retracted=True), openalex(12, doi="10.5555/w12", type="book")]
    with Replica(sites(corpus_of(works), unlimited=True)) as replica:
        ended = run("chase", "W11", "W12", env={"HARVESTER_REPLICA": replica.url})
    assert "W11 (it is retracted)" in ended.err
    assert "W12 (it is a book" in ended.err
    assert "has no references in any index" in ended.err


def test_seeds_come_from_a_file_of_records_or_from_the_library(run: Run, env: dict[str, str], tmp_path: Path) -> None:
    """A record without an identifier is looked for by its title; `all` is whatever is described here."""
    (tmp_path / "seeds.ris").write_text("TY  - JOUR\nTI  - Work 12\nDO  - 10.5555/w12\nPY  - 2002\nER  -\n")
    assert run("chase", "--seeds", "seeds.ris", env=env).status == 0
    (account,) = run("--json", "chase", "--seeds", "all", "--backward", env=env).document["runs"]
    assert account["chase"]["rounds"][0]["seeds"] > 1
    ended = run("chase", "--seeds", "nothing.ris", env=env)
    assert ended.status == 2
    assert "nothing.ris" in one_sentence(ended.err)
    assert run("chase", env=env).status == 2


def test_screening_decides_what_the_next_round_sets_out_from(run: Run, env: dict[str, str], tmp_path: Path) -> None:
    """Works that people included are the seeds of round two; a decision on a work that is not here is named."""
    assert run("chase", "W30", "--backward", env=env).status == 0
    keys = [one["key"] for one in run("--json", "references", "W30").document["references"]]
    rows = [f"{key},{'include' if place else 'exclude'}" for place, key in enumerate(keys)]
    (tmp_path / "screened.csv").write_text("\n".join(["key,decision", *rows, "doi:10.5555/absent,include"]))
    ended = run("--json", "chase", "W30", "--backward", "--rounds", "2", "--screening", "screened.csv", env=env)
    assert ended.status == 0, ended.err
    assert "absent" in ended.err
    assert ended.document["runs"][0]["chase"]["rounds"][1]["seeds"] == len(keys) - 1
    chosen = run("--json", "top", "--where", "decision:include", "--limit", "100").document["works"]
    assert {work["key"] for work in chosen} == set(keys[1:])


def test_without_a_search_there_is_no_account(run: Run, env: dict[str, str]) -> None:
    """One sentence, and what to do."""
    assert run("doi", "W12", env=env).status == 0
    assert "harvester chase" in one_sentence(run("coverage").err)
    assert run("top", "--where", "seed:true").status == 2
