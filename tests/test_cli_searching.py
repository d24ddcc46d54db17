"""The command `search` and the filter `--where`, as a person or a script meets them."""

import csv
import json
from pathlib import Path

import networkx as nx
import pytest
from conftest import DEMO, Run, forget_requests, requests_of
from library_evidence import made_older
from test_cli import one_sentence

from harvester.replica import Replica

QUERY = '("peer support" OR recovery OR "lived experience*") AND ("mental illness*" OR "personality disorder*")'
NOWHERE = {"HARVESTER_REPLICA": "http://127.0.0.1:1"}


def plain_hits(*needed: tuple[str, ...]) -> set[str]:
    """The works of the demo corpus whose title or abstract holds one word or phrase of each group, read naively."""
    hits = set()
    for line in (DEMO / "openalex.jsonl").read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        index = item.get("abstract_inverted_index") or {}
        places = {place: word for word, there in index.items() for place in there}
        texts = (item.get("title") or "", " ".join(places[place] for place in sorted(places)))
        words = [" ".join("".join(sign if sign.isalnum() else " " for sign in text.lower()).split()) for text in texts]
        if all(any(f" {one} " in f" {text} " for one in group for text in words) for group in needed):
            hits.add(item["id"].rpartition("/")[2])
    return hits


def test_a_search_brings_works_completes_them_and_says_so(run: Run, replica: Replica) -> None:
    """The hits are those of a plain reading of the corpus, merged from both indexes, and the account adds up."""
    expected = plain_hits(
        ("peer support", "recovery", "recoveries", "lived experience", "lived experiences"),
        ("mental illness", "mental illnesses", "personality disorder", "personality disorders"),
    )
    assert len(expected) > 5
    ended = run("--json", "search", QUERY)
    assert ended.status == 0, ended.err
    (account,) = ended.document["runs"]
    (openalex,) = account["searched"]
    (part,) = openalex["parts"]
    assert openalex["kept"] == part["reported"] == part["received"] == len(expected)
    top = run("--json", "top", "--limit", "500").document["works"]
    assert sum(not work["only_cited"] for work in top) == account["works_found"] == openalex["kept"]
    assert {tuple(work["sources"]) for work in top if not work["only_cited"]} >= {("crossref", "openalex")}


def test_explain_sends_nothing_and_shows_what_would_be_sent(run: Run, tmp_path: Path) -> None:
    """With nobody to ask: how the search is read, the questions, and what changes in meaning."""
    ended = run("search", QUERY, "--explain", env=NOWHERE)
    assert ended.status == 0, ended.err
    for told in ('"lived experience', "title_and_abstract.search", "recovery", "Nothing has been sent"):
        assert told in ended.out
    assert list(tmp_path.iterdir()) == []
    told = run("--json", "search", "recover* AND peer", "--explain", "--in", "crossref", env=NOWHERE).document
    assert told["unstemmed"] is True
    assert "stem" in " ".join(told["changes"][""])
    assert {"openalex", "crossref"} == set(told["questions"])
    assert "title_and_abstract.search.exact" in told["questions"]["openalex"][0]["url"]


def test_a_count_is_one_cheap_request(run: Run, replica: Replica, tmp_path: Path) -> None:
    forget_requests(replica)
    counted = run("--json", "search", "peer", "--count")
    (request,) = requests_of(replica)
    assert "group_by" in request["url"]
    assert not (tmp_path / "library.sqlite").exists()
    ended = run("--json", "search", "peer")
    (part,) = ended.document["runs"][0]["searched"][0]["parts"]
    assert counted.document["counts"]["openalex"][0]["count"] == part["reported"] == part["received"]


def test_a_dry_run_says_the_cost_and_harvests_nothing(run: Run, tmp_path: Path) -> None:
    ended = run("--json", "search", "peer", "--dry-run")
    assert ended.status == 0, ended.err
    (forecast,) = ended.document["forecast"]
    assert forecast["requests"] >= 1
    assert forecast["dollars"] == pytest.approx(0.001 * forecast["requests"])
    assert not (tmp_path / "library.sqlite").exists()


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ('"peer support OR recovery', '"'),
        ("(peer OR support", "("),
        ("peer AND", "AND"),
        ("titel:peer", "title"),
        ("pe*", "pe*"),
        ('"peer w* groups"', "w*"),
        ("NOT carers", "NOT"),
        ("peer[tiab]", "peer"),
        ("", ""),
        ("year:2019-2015 AND peer", "2019"),
        ("venue:nature AND peer", "venue"),
        ("decision:include", "decision"),
    ],
)
def test_a_malformed_search_is_one_sentence_with_the_place_marked(
    run: Run, tmp_path: Path, query: str, told: str
) -> None:
    """Exit status 2, nothing asked, nothing made; the sentence, the text, the mark under the place."""
    ended = run("search", query, env=NOWHERE)
    assert ended.status == 2
    assert ended.out == ""
    lines = ended.err.splitlines()
    assert lines[0].startswith("harvester: ")
    assert "Traceback" not in ended.err
    assert told in ended.err
    if query:
        assert any(set(line.strip()) == {"^"} for line in lines), ended.err
    assert list(tmp_path.iterdir()) == []
    as_json = run("--json", "search", query, env=NOWHERE)
    assert as_json.document["status"] == 2


def test_a_strategy_in_numbered_lines(run: Run, tmp_path: Path) -> None:
    """The same hits as the search it amounts to, in any encoding; the lines are kept in the ledger."""
    lines = ["1  peer support", '2  "service user*"', "3  recovery", "4  (#1 OR #2) AND #3", ""]
    counts = set()
    for name, encoding in (("plain", "utf-8"), ("bom", "utf-8-sig"), ("windows", "utf-16")):
        path = tmp_path / f"{name}.txt"
        path.write_bytes("\r\n".join(lines).encode(encoding))
        ended = run("--library", f"{name}.sqlite", "--json", "search", "--file", path)
        assert ended.status == 0, ended.err
        counts.add(ended.document["runs"][0]["searched"][0]["kept"])
    same = run("--library", "same.sqlite", "--json", "search", '((peer AND support) OR "service user*") AND recovery')
    assert counts == {same.document["runs"][0]["searched"][0]["kept"]}
    assert run("--library", "plain.sqlite", "export", "plain.json").status == 0
    (entry,) = json.loads((tmp_path / "plain.json").read_text(encoding="utf-8"))["runs"]
    assert entry["arguments"]["strategy"][1] == ["2", '"service user*"']


def test_a_strategy_that_cannot_be_one(run: Run, tmp_path: Path) -> None:
    """Not text, empty, a wrong reference, or both ways at once: one sentence and status 2."""
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 8)
    (tmp_path / "empty").write_text("")
    (tmp_path / "wrong").write_text("1 peer\n2 #1 AND #7\n")
    (tmp_path / "huge").write_bytes(b"peer OR " * 200_000)
    for name, told in (("binary", "not a text"), ("empty", ""), ("wrong", "7"), ("huge", "longer")):
        ended = run("search", "--file", name, env=NOWHERE)
        assert ended.status == 2, name
        assert told in ended.err.splitlines()[0]
        assert "Traceback" not in ended.err
    assert run("search", "peer", "--file", "wrong", env=NOWHERE).status == 2
    assert run("search", env=NOWHERE).status == 2


def test_words_that_the_shell_has_parted_are_one_search(run: Run) -> None:
    """Quotes forgotten on the command line: words side by side, as they would be in one string."""
    first = run("--json", "--library", "a.sqlite", "search", "peer", "support").document["runs"][0]
    second = run("--json", "--library", "b.sqlite", "search", "peer support").document["runs"][0]
    assert first["searched"][0]["kept"] == second["searched"][0]["kept"] > 0


@pytest.mark.parametrize(
    "options",
    [("--type", "artcle"), ("--language", "english"), ("--from-year", "20"), ("--limit", "0"), ("--in", "wos")],
)
def test_a_limit_that_cannot_be_one_is_refused(run: Run, options: tuple[str, str]) -> None:
    ended = run("search", "peer", *options, env=NOWHERE)
    assert ended.status == 2
    one_sentence(ended.err)


def test_limits_narrow_the_search(run: Run) -> None:
    everything = run("--json", "search", "borderline", "--count").document["counts"]["openalex"][0]["count"]
    early = run("--json", "search", "borderline", "--to-year", "2014", "--count").document["counts"]["openalex"][0][
        "count"
    ]
    late = run("--json", "search", "borderline", "--from-year", "2015", "--count").document["counts"]["openalex"][0][
        "count"
    ]
    assert everything == early + late
    assert early
    assert late


def test_crossref_is_searched_too_and_judged(run: Run) -> None:
    """The account says how many were read, kept, outside, and could not be judged; they add up."""
    ended = run("--json", "search", '"peer support"', "--in", "crossref")
    assert ended.status == 0, ended.err
    account = {each["source"]: each for each in ended.document["runs"][0]["searched"]}
    crossref = account["crossref"]
    read = sum(part["received"] for part in crossref["parts"])
    assert read == crossref["kept"] + crossref["outside"] + crossref["unjudged"] > 0
    assert crossref["kept"]
    again = run("search", '"peer support"', "--in", "crossref")
    assert "could not be judged" in again.out or "cannot be judged" in again.out


def test_the_filter_selects_what_is_exported_and_listed(run: Run, tmp_path: Path) -> None:
    """JSON, table, graph and list hold the same works; citations join two of them."""
    assert run("doi", "--from", DEMO / "dois.txt").status == 0
    where = "(peer OR recovery) AND year:2010- AND NOT type:editorial"
    listed = {work["key"] for work in run("--json", "top", "--where", where, "--limit", "9999").document["works"]}
    assert len(listed) > 5
    for name in ("some.json", "some.csv", "some.graphml"):
        ended = run("export", name, "--where", where)
        assert ended.status == 0, ended.err
        assert f"{len(listed)} works selected" in ended.err
    dump = json.loads((tmp_path / "some.json").read_text(encoding="utf-8"))
    assert {work["key"] for work in dump["works"]} == listed
    assert all(work["year"] >= 2010 for work in dump["works"])
    assert all({each["citing"], each["cited"]} <= listed for each in dump["citations"])
    with (tmp_path / "some.csv").open(encoding="utf-8-sig", newline="") as file:
        assert sum(1 for _ in csv.DictReader(file)) == len(listed)
    graph = nx.read_graphml(tmp_path / "some.graphml")
    assert set(graph) == listed
    assert graph.number_of_edges() == len(dump["citations"])


def test_a_filter_that_selects_nothing_or_cannot_be_says_so(run: Run, tmp_path: Path) -> None:
    assert run("doi", "--from", DEMO / "dois.txt").status == 0
    ended = run("export", "none.csv", "--where", "xylophone")
    assert ended.status == 0
    assert "no work here satisfies" in ended.err
    for where in ("decision:include", "(peer", "year:soon"):
        ended = run("top", "--where", where)
        assert ended.status == 2
        assert "Traceback" not in ended.err
    for fact in (
        "only_cited:true",
        "source:crossref",
        "retracted:false",
        "language:en",
        "author:davidson",
        "venue:psychiatry",
    ):
        assert run("--json", "top", "--where", fact).document["works"], fact


def test_an_older_library_is_brought_up_to_date(run: Run, tmp_path: Path) -> None:
    """A file of format 1, as the release before search wrote it, is searched into and still verifies."""
    assert run("doi", "10.1016/j.eurpsy.2016.12.007").status == 0
    made_older(tmp_path / "library.sqlite", 1)
    ended = run("status")
    assert ended.status == 1
    assert "harvester rebuild" in one_sentence(ended.err)
    assert run("search", "peer").status == 0
    assert run("verify").status == 0


def test_a_file_that_is_no_strategy_is_refused_in_a_sentence(run: Run, tmp_path: Path) -> None:
    """Forty mistakes are not forty sentences."""
    text = "\n".join(
        f"{name}:x:{number}:/home/{name}:/bin/sh" for number, name in enumerate(("ann", "ben", "cat", "dan") * 10)
    )
    (tmp_path / "passwd").write_text(text)
    ended = run("search", "--file", "passwd", env=NOWHERE)
    assert ended.status == 2
    assert len(ended.err.splitlines()[0]) < 400


def test_a_search_that_nobody_answered_says_so_and_can_be_resumed(run: Run) -> None:
    """No figure is made up for a source that could not be asked."""
    ended = run("search", "peer", env=NOWHERE)
    assert ended.status == 3
    assert "openalex: no answer to the search yet" in ended.out
    assert "reported" not in ended.out
    assert run("resume").status == 0
    assert run("--json", "top").document["works"]
