"""References without an identifier: found here or at an index, kept as evidence, and decided by people."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Run, forget_requests, requests_of
from library_evidence import crossref, keep, new, openalex, pubmed
from test_cli import one_sentence

from harvester.formats.pairs import read_references
from harvester.library import Library, checksum, derive, matching, reading, rebuild, verify
from harvester.library.candidates import catalogue
from harvester.library.matching import Said
from harvester.model import Citation
from harvester.replica import Replica, sites
from harvester.replica.corpus import Corpus

HALL = "Hall L. Peer support at work in psychiatric hospitals. J Ment Health 2019;12:345-50."
NOBODY = "Anonymous. A leaflet found on a bench. n.d."
CITING, CITED = "10.5555/citing", "10.5555/hall"


def hall(doi: str = CITED, **fields: Any) -> dict[str, Any]:
    """The work that `HALL` names, as Crossref has it."""
    return crossref(
        doi,
        **{
            "title": ["Peer support at work in psychiatric hospitals"],
            "author": [{"given": "Laura", "family": "Hall"}],
            "issued": {"date-parts": [[2019]]},
            "container-title": ["Journal of Mental Health"],
            "volume": "12",
            "page": "345-350",
            **fields,
        },
    )


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with new(tmp_path) as opened:
        yield opened


def match_here(library: Library, *said: Said) -> list[Said]:
    """Match with what the library itself holds; give what people said of references that are not here."""
    derive(library)
    run, unknown = matching.begin(library, arguments={}, said=said, replica=None)
    matching.match_here(library, run, matching.open_references(library), catalogue(library))
    return unknown


def cited(library: Library) -> list[Citation]:
    return list(reading.citations(library))


MATCHED = Citation(f"doi:{CITING}", f"doi:{CITED}", ("match:crossref",))


def test_a_reference_in_words_becomes_a_citation_that_says_so(library: Library) -> None:
    """Its source is the match, and the index that printed the reference; the reference keeps its text."""
    keep(library, [crossref(CITING, cites=[HALL, NOBODY]), hall()])
    match_here(library)
    assert cited(library) == [MATCHED]
    first, second = reading.work(library, f"doi:{CITING}").references
    assert (first.text, first.matched) == (HALL, f"doi:{CITED}")
    assert (second.text, second.matched) == (NOBODY, None)
    account = matching.account(library)
    assert (account.exact + account.strong, account.none, sum(account)) == (1, 1, 2)
    assert verify(library) == []


def test_a_match_outlives_a_rebuild_and_new_evidence(library: Library) -> None:
    """It is evidence; a work that cites in the same words later cites the same work."""
    keep(library, [crossref(CITING, cites=[HALL]), hall()])
    match_here(library)
    before = checksum(library)
    rebuild(library)
    assert checksum(library) == before
    keep(library, [crossref("10.5555/later", cites=[f"  {HALL} "])])
    derive(library)
    assert [each.citing for each in cited(library)] == [f"doi:{CITING}", "doi:10.5555/later"]
    assert verify(library) == []


def test_an_identifier_in_a_newer_version_comes_before_the_match(library: Library) -> None:
    """Whoever printed the reference knows better; the match stays on record and says nothing more."""
    keep(library, [crossref(CITING, cites=[HALL]), hall()])
    match_here(library)
    newer = crossref(CITING, cites=["10.5555/other"], indexed={"date-time": "2026-02-01T00:00:00Z"})
    keep(library, [newer])
    derive(library)
    assert cited(library) == [Citation(f"doi:{CITING}", "doi:10.5555/other", ("crossref",))]
    assert verify(library) == []


def test_a_matched_work_that_gains_a_doi_takes_the_citation_along(library: Library) -> None:
    """The match names a key, and keys lead on."""
    fields = {
        "title": "Peer support at work in psychiatric hospitals",
        "publication_year": 2019,
        "authorships": [{"author": {"display_name": "Laura Hall"}, "raw_author_name": "Laura Hall"}],
        "biblio": {"volume": "12", "first_page": "345", "last_page": "350", "issue": None},
    }
    keep(library, [crossref(CITING, cites=[HALL]), openalex(7, **fields)])
    match_here(library)
    assert [each.cited for each in cited(library)] == ["openalex:W7"]
    keep(library, [openalex(7, doi=CITED, **fields, updated_date="2026-02-01")])
    derive(library)
    assert cited(library) == [MATCHED]
    assert verify(library) == []


def test_a_reference_never_leads_to_the_work_that_prints_it(library: Library) -> None:
    """A preprint may print its own article's reference; a loop is nothing that was found."""
    keep(library, [hall(reference=[{"key": "r1", "unstructured": HALL}])])
    match_here(library)
    assert cited(library) == []
    assert verify(library) == []


def test_people_have_the_last_word(library: Library) -> None:
    """They add what was not found, refuse what was, and take back what they said; a rebuild changes nothing of it."""
    keep(library, [crossref(CITING, cites=[HALL, NOBODY]), hall()])
    match_here(library)
    words = {each.reference.text: each.words for each in matching.open_references(library, matched=True).values()}
    match_here(
        library, Said(words[HALL], f"doi:{CITED}", "different"), Said(words[NOBODY], "doi:10.5555/bench", "same")
    )
    assert cited(library) == [Citation(f"doi:{CITING}", "doi:10.5555/bench", ("match:crossref",))]
    assert (matching.account(library).by_people, matching.account(library).none) == (1, 1)
    rebuild(library)
    assert verify(library) == []
    back = [Said(words[HALL], f"doi:{CITED}", "undecided"), Said(words[NOBODY], "doi:10.5555/bench", "undecided")]
    match_here(library, *back)
    assert cited(library) == [MATCHED]
    assert match_here(library, Said("0" * 32, "doi:10.5555/x", "same")) == [Said("0" * 32, "doi:10.5555/x", "same")]
    assert verify(library) == []


def test_what_is_doubtful_makes_no_citation_and_is_listed(library: Library) -> None:
    """Two works that fit as well as each other are both shown; one that was refused is shown no more."""
    twin = hall("10.5555/twin", title=["Peer support at work in psychiatric hospitals"], page="345-350")
    other = hall(author=[{"given": "Lena", "family": "Hall"}], issue="4")
    twin["issue"] = "1"
    keep(
        library, [crossref(CITING, cites=["Hall L. Peer support at work in psychiatric hospitals. 2018."]), twin, other]
    )
    match_here(library)
    doubts = matching.doubtful(library)
    assert cited(library) == []
    assert {each.standing for each in doubts} <= {"weak", "ambiguous"}
    assert doubts
    assert all("psychiatric hospitals" in each.shown and each.citing == (f"doi:{CITING}",) for each in doubts)
    match_here(library, *(Said(each.words, each.key, "different") for each in doubts))
    assert matching.doubtful(library) == []


def test_matching_twice_adds_nothing(library: Library) -> None:
    """What was found before is not found again, nor put on record a second time."""
    keep(library, [crossref(CITING, cites=[HALL, NOBODY]), hall()])
    match_here(library)
    rows = "select count(*) from matches"
    before = library.db.execute(rows).fetchone(), checksum(library)
    match_here(library)
    assert (library.db.execute(rows).fetchone(), checksum(library)) == before


# -- at the indexes ------------------------------------------------------------------------------------


@pytest.fixture
def site() -> Iterator[Replica]:
    """Crossref and OpenAlex that know Hall's work, and no other."""
    known = openalex(7, doi=CITED, title="Peer support at work in psychiatric hospitals", publication_year=2019)
    known["authorships"] = [{"author": {"display_name": "Laura Hall"}, "raw_author_name": "Laura Hall"}]
    known["biblio"] = {"volume": "12", "issue": None, "first_page": "345", "last_page": "350"}
    message = {**hall(), "created": {"date-time": "2019-01-01T00:00:00Z"}, "score": 1}
    with Replica(sites(Corpus(openalex=(known,), crossref=(message,)), unlimited=True)) as running:
        yield running


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """A file of a paper that cites Hall and a leaflet, in words."""
    article = pubmed("1", doi=CITING)
    references = "".join(f"<Reference><Citation>{text}</Citation></Reference>" for text in (HALL, NOBODY))
    text = article["text"].replace("<ReferenceList>", f"<ReferenceList>{references}")
    path = tmp_path / "papers.xml"
    path.write_text(f"<PubmedArticleSet>{text}</PubmedArticleSet>")
    return path


def test_an_index_is_asked_for_what_the_library_does_not_know(run: Run, site: Replica, papers: Path) -> None:
    """Crossref first, and OpenAlex only for what Crossref cannot name; nothing is asked a second time."""
    env = {"HARVESTER_REPLICA": site.url}
    assert run("import", papers).status == 0
    planned = run("--json", "match", "--dry-run", env=env).document["forecast"]
    assert {each["source"]: each["references"] for each in planned} == {"crossref": 2, "openalex": 2}
    forget_requests(site)
    ended = run("--json", "match", env=env)
    assert ended.status == 0
    (account,) = ended.document["runs"]
    assert account["references"]["exact"] + account["references"]["strong"] == 1
    assert account["references"]["none"] == 1
    asked = requests_of(site)
    assert sum("query.bibliographic" in each["url"] for each in asked) == 2
    assert sum("title.search" in each["url"] for each in asked) == 1
    assert [each["key"] for each in run("--json", "references", f"doi:{CITING}").document["references"]] == [
        f"doi:{CITED}"
    ]
    assert run("verify").status == 0
    forget_requests(site)
    assert run("match", env=env).status == 0
    assert requests_of(site) == []


def test_a_match_that_was_cut_off_goes_on(run: Run, site: Replica, papers: Path) -> None:
    """An index that is down stops the run; what was found is kept, and `resume` asks for the rest."""
    assert run("import", papers).status == 0
    assert run("match", env={"HARVESTER_REPLICA": "http://127.0.0.1:9"}).status == 3
    assert run("resume", env={"HARVESTER_REPLICA": site.url}).status == 0
    assert run("--json", "status").document["citations"] == 1


def test_a_review_goes_out_and_comes_back(run: Run, site: Replica, papers: Path, tmp_path: Path) -> None:
    """What a person fills in counts, also a work that nobody had offered; what is no work is refused by its line."""
    text = papers.read_text().replace("2019;12:345-50", "")
    papers.write_text(text.replace("Hall L. ", ""))
    assert run("import", papers).status == 0
    assert run("match", "--review", "doubts.csv", env={"HARVESTER_REPLICA": site.url}).status == 0
    table = (tmp_path / "doubts.csv").read_text("utf-8-sig")
    assert CITED in table
    with (tmp_path / "doubts.csv").open("rb") as file:
        assert read_references(file) == []
    lines = table.splitlines()
    (tmp_path / "doubts.csv").write_text(
        "\n".join([lines[0], *("same" + line.removeprefix('""') for line in lines[1:])])
    )
    assert run("match", "--in", "library", "--decisions", "doubts.csv").status == 0
    assert run("--json", "status").document["citations"] == 1
    wrong = table.replace(f"doi:{CITED}", "Hall's paper").replace('"",', '"same",')
    (tmp_path / "wrong.csv").write_text(wrong)
    ended = run("match", "--in", "library", "--decisions", "wrong.csv")
    assert ended.status == 2
    assert "line 2" in one_sentence(ended.err)
    (tmp_path / "strange.csv").write_text("decision,reference,work\nsame,0123,10.5555/x\n")
    assert run("match", "--in", "library", "--decisions", "strange.csv").status == 4


def test_a_budget_of_nothing_leaves_openalex_unasked(run: Run, site: Replica, papers: Path) -> None:
    """Crossref is free and goes on; what OpenAlex would charge for waits."""
    assert run("import", papers).status == 0
    ended = run("match", "--budget", "0", env={"HARVESTER_REPLICA": site.url})
    assert ended.status == 3
    assert run("--json", "status").document["citations"] == 1
    assert not any("title.search" in each["url"] for each in requests_of(site))


def test_fill_finds_a_work_that_came_without_an_identifier(run: Run, site: Replica, tmp_path: Path) -> None:
    """It is looked for by its description, described by both indexes, and stays one work; people may say otherwise."""
    entry = ["TY  - JOUR", "TI  - Peer support at work in psychiatric hospitals", "AU  - Hall, Laura", "PY  - 2019"]
    entry += ["JO  - Journal of Mental Health", "VL  - 12", "SP  - 345", "EP  - 350", "ER  - "]
    (tmp_path / "old.ris").write_text("\n".join(entry))
    assert run("import", "old.ris").status == 0
    env = {"HARVESTER_REPLICA": site.url}
    assert run("fill", env=env).status == 0
    shown = json.loads(run("--json", "show", CITED).out)
    assert {"crossref", "openalex", "file:old.ris"} <= set(shown["sources"])
    (own,) = [alias for alias in shown["aliases"] if alias.startswith("import:")]
    assert run("verify").status == 0
    (tmp_path / "no.csv").write_text(
        f"decision,one,other\ndifferent,{min(own, f'doi:{CITED}')},{max(own, f'doi:{CITED}')}\n"
    )
    assert run("dedupe", "--decisions", "no.csv").status == 0
    assert run("--json", "status").document["works"] == 2
    assert run("verify").status == 0


def test_a_question_with_nothing_to_ask_is_not_put(run: Run, site: Replica, tmp_path: Path) -> None:
    """A record without a title cannot be looked for; nor is anything else asked for it."""
    (tmp_path / "bare.ris").write_text("TY  - JOUR\nAU  - Hall, Laura\nPY  - 2019\nER  - \n")
    assert run("import", "bare.ris").status in (0, 1, 4)
    if (tmp_path / "library.sqlite").exists():
        assert run("fill", env={"HARVESTER_REPLICA": site.url}).status == 0
    assert requests_of(site) == []
