"""Merging: deterministic, every field with its source, nothing lost, and disagreements that are real."""

import json
import lzma
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from library_evidence import crossref, openalex

from harvester.merge import CHOSEN, TOGETHER, UNITED, disagreements, merge
from harvester.model import Authorship, Claim, Provenance, Record, Venue, Work
from harvester.sources import source

DOI = "10.5555/a"


def record(name: str, item: dict[str, Any]) -> Record:
    mapped = source(name).record(item)
    assert isinstance(mapped, Record)
    return mapped


def cr(doi: str = DOI, **fields: Any) -> Record:
    return record("crossref", crossref(doi, **fields))


def oa(number: int = 1, *, doi: str | None = DOI, **fields: Any) -> Record:
    return record("openalex", openalex(number, doi=doi, **fields))


def person(name: str, orcid: str | None = None, **fields: Any) -> dict[str, Any]:
    author = {"id": "https://openalex.org/A5", "display_name": name, "orcid": orcid and f"https://orcid.org/{orcid}"}
    return {"author": author, "raw_author_name": name, **fields}


# -- properties ----------------------------------------------------------------------------------------

TITLES = st.sampled_from(
    ["Peer support", "PEER SUPPORT.", "Recovery", "Peer support: a trial", "Peer <i>support</i>", None]
)
NAMES = st.lists(st.sampled_from(["Ana Silva", "Bo Li", "A. Silva", "Wei Wang", "Min Wang"]), max_size=3)
ORCIDS = st.sampled_from([None, "0000-0002-1825-0097", "0000-0001-5109-3700"])
YEARS = st.sampled_from([1999, 2000, 2001])


NAMES_OF_VENUES = st.sampled_from(
    [None, "J Ment Health", "Journal of Mental Health", "JOURNAL OF MENTAL HEALTH", "The Lancet", "Lancet Psychiatry"]
)
ISSNS = st.lists(st.sampled_from(["0963-8237", "1360-0567", "0140-6736"]), max_size=2)


@st.composite
def crossref_records(draw: st.DrawFn) -> Record:
    authors = [
        {
            "given": name.split()[0],
            "family": name.split()[1],
            **({"ORCID": f"https://orcid.org/{orcid}"} if orcid else {}),
        }
        for name in draw(NAMES)
        for orcid in [draw(ORCIDS)]
    ]
    fields: dict[str, Any] = {
        "title": [title] if (title := draw(TITLES)) else [],
        "subtitle": draw(st.sampled_from([[], ["a trial"]])),
        "issued": {"date-parts": [[draw(YEARS), draw(st.integers(1, 12))]]},
        "published-online": {"date-parts": [[draw(YEARS)]]},
        "author": authors,
        "abstract": draw(st.sampled_from([None, "<jats:p>Peers help.</jats:p>"])),
        "container-title": [name for name in [draw(NAMES_OF_VENUES)] if name],
        "short-container-title": draw(st.sampled_from([[], ["J Ment Health"], ["JMH"]])),
        "ISSN": draw(ISSNS),
        "volume": draw(st.sampled_from([None, "1", "2"])),
        "is-referenced-by-count": draw(st.integers(0, 5)),
        "updated-by": draw(st.sampled_from([[], [{"DOI": "10.5555/r", "type": "retraction", "updated": {}}]])),
        "free-to-read": draw(st.sampled_from([None, {"start-date": {}}])),
    }
    cites = draw(st.lists(st.sampled_from(["10.5555/x", "Smith 1999"]), max_size=3))
    return cr(
        draw(st.sampled_from([DOI, "10.5555/y"])), cites=cites, **{k: v for k, v in fields.items() if v is not None}
    )


@st.composite
def openalex_venues(draw: st.DrawFn) -> dict[str, Any] | None:
    issns = draw(ISSNS)
    source_ = {
        "id": draw(st.sampled_from([None, "https://openalex.org/S7", "https://openalex.org/S8"])),
        "display_name": draw(NAMES_OF_VENUES),
        "issn": issns,
        "issn_l": draw(st.sampled_from([None, *issns])),
        "type": "journal",
    }
    return draw(st.sampled_from([None, source_]))


@st.composite
def openalex_records(draw: st.DrawFn) -> Record:
    title = draw(TITLES)
    return oa(
        draw(st.integers(1, 4)),
        doi=draw(st.sampled_from([DOI, None])),
        cites=draw(st.lists(st.integers(1, 9), max_size=3)),
        title=title,
        publication_year=draw(YEARS),
        publication_date=f"{draw(YEARS)}-05-01",
        authorships=[
            person(name, draw(ORCIDS), raw_affiliation_strings=draw(st.sampled_from([[], ["Lisbon"], ["Porto"]])))
            for name in draw(NAMES)
        ],
        abstract_inverted_index=draw(st.sampled_from([None, {"Peers": [0], "help": [1]}])),
        primary_location={"source": draw(openalex_venues())},
        biblio={"volume": draw(st.sampled_from([None, "1", "3"]))},
        cited_by_count=draw(st.integers(0, 5)),
        is_retracted=draw(st.sampled_from([None, True, False])),
        is_xpac=draw(st.booleans()),
        ids={"pmid": draw(st.sampled_from([None, "https://pubmed.ncbi.nlm.nih.gov/12"])), "mag": "7"},
        open_access=draw(st.sampled_from([None, {"is_oa": False}, {"is_oa": True, "oa_status": "gold"}])),
        updated_date=draw(st.sampled_from(["2026-01-01", "2026-02-01"])),
    )


RECORDS = st.lists(crossref_records() | openalex_records(), min_size=1, max_size=5)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_the_order_of_arrival_and_repetition_change_nothing(data: st.DataObject) -> None:
    """Any order, and any record twice or thrice, give the same work to the byte."""
    records = data.draw(RECORDS)
    again = data.draw(st.permutations([*records, *data.draw(st.lists(st.sampled_from(records), max_size=3))]))
    assert merge(again).model_dump_json() == merge(records).model_dump_json()


def said_by(name: str, one: Record) -> Any:
    value = getattr(one, name)
    return None if value in (None, (), "") else value


def texts(name: str, value: Any) -> str:
    return "; ".join(author.name for author in value) if name in {"authors", "editors"} else str(value)


def keeps(work: Work, origin: str, venue: Venue) -> bool:
    """Whether all that a source says of the venue stands in the one of the work, or among what lost."""
    for name in Venue.model_fields:
        value, stands = getattr(venue, name), getattr(work.venue, name)
        account = work.provenance.get(f"venue.{name}", work.provenance["venue"])
        if isinstance(value, tuple):
            assert set(value) <= set(stands)
            assert not value or origin in account.sources
        elif value is not None and value != stands:
            assert value in {claim.value for claim in account.others if claim.source == origin}
        elif value is not None:
            assert origin in account.sources
    return origin in work.provenance["venue"].sources


@settings(max_examples=200, deadline=None)
@given(RECORDS)
def test_every_field_says_who_said_so_and_nothing_said_is_lost(records: list[Record]) -> None:
    """Each source said the value of the fields it stands for; what it said otherwise stands in `others`."""
    work = merge(records)
    for name in Work.model_fields.keys() - {"key", "aliases", "sources", "provenance"}:
        if getattr(work, name) not in (None, (), ""):
            assert work.provenance[name].sources, name
            assert set(work.provenance[name].sources) <= set(work.sources)
    for name in (*CHOSEN, *TOGETHER):
        account = work.provenance.get(name)
        for one in records:
            value = said_by(name, one)
            if value is None:
                continue
            if account is None:
                # What means nothing apart from another field is left out with it.
                assert name in TOGETHER
                assert said_by(TOGETHER[name], one) is None
                continue
            claims = {claim.value for claim in account.others if claim.source == one.source}
            stands = getattr(work, name)
            if one.source in account.sources and texts(name, value) == texts(name, stands):
                continue
            if isinstance(value, str | int):
                assert str(value) in claims
            elif name in {"authors", "editors"}:
                assert texts(name, value) in claims
            elif name == "venue":
                assert claims or keeps(work, one.source, value)
            else:
                assert claims or (name == "affiliations" and one.source in account.sources)
    for name in UNITED:
        for origin in work.sources:
            if all(said_by(name, one) for one in records if one.source == origin):
                assert origin in work.provenance[name].sources
    assert {update for one in records for update in one.updates} == set(work.updates)


@settings(max_examples=200, deadline=None)
@given(RECORDS)
def test_crossref_wins_title_authors_and_year(records: list[Record]) -> None:
    """Where any Crossref record gives one, the value is Crossref's."""
    work = merge(records)
    for name in ("title", "year"):
        theirs = [getattr(one, name) for one in records if one.source == "crossref" and getattr(one, name)]
        if theirs:
            assert getattr(work, name) in theirs
            assert "crossref" in work.provenance[name].sources
    lists = [[author.name for author in one.authors] for one in records if one.source == "crossref" and one.authors]
    if lists:
        assert [author.name for author in work.authors or ()] in lists


@settings(max_examples=200, deadline=None)
@given(RECORDS)
def test_one_retraction_outweighs_any_number_of_sources_that_know_of_none(records: list[Record]) -> None:
    """Retracted by any is retracted; who does not say so is named."""
    work = merge(records)
    said = [one.is_retracted for one in records if one.is_retracted is not None]
    assert work.is_retracted == (any(said) if said else None)
    if True in said and False in said:
        assert work.provenance["is_retracted"].others


@settings(max_examples=200, deadline=None)
@given(RECORDS)
def test_disagreements_are_differences(records: list[Record]) -> None:
    """No disagreement lists the same text twice, nor a difference of case, full stop or markup alone."""
    for found in disagreements(merge(records)):
        plain = ["".join(filter(str.isalnum, value.casefold())) for _, value in found.values]
        assert plain[0] not in plain[1:]
        assert len(found.values) >= 2


# -- cases ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (oa(9, is_xpac=False), oa(1, is_xpac=True, cited_by_count=99)),
        (oa(9, cited_by_count=5), oa(1, cited_by_count=4, cites=[1, 2, 3])),
        (oa(9, cited_by_count=5, cites=[1, 2]), oa(1, cited_by_count=5, cites=[1])),
        (oa(9, cited_by_count=5), oa(10, cited_by_count=5)),
    ],
    ids=["core before expansion", "more cited", "more references", "older id"],
)
def test_of_two_openalex_works_of_one_doi_the_better_speaks(better: Record, worse: Record) -> None:
    """The other's id and title are kept as what was said otherwise, its references are not mixed in."""
    work = merge([worse, better])
    assert (work.openalex, work.title) == (better.openalex, better.title)
    assert work.references == better.references
    assert worse.title in [claim.value for claim in work.provenance["title"].others]
    assert str(worse.openalex) in [identifier.value for identifier in work.other_identifiers]
    assert work.aliases == (f"openalex:{better.openalex}", f"openalex:{worse.openalex}") or len(work.aliases) == 2


AUTHORS = [{"given": "Ana", "family": "Silva"}, {"given": "Wei", "family": "Wang"}]
ORCID = "0000-0002-1825-0097"
OTHER = "0000-0001-5109-3700"


def completed(names: Iterable[str]) -> Work:
    authorships = [person(name, ORCID, raw_affiliation_strings=["Lisbon"]) for name in names]
    return merge([cr(author=AUTHORS), oa(authorships=authorships)])


@pytest.mark.parametrize(
    "names", [("Ana Silva", "Wei Wang"), ("A. SILVA", "Wang Wei"), ("Ána Sílva", "W Wang"), ("Silva A", "WANG W")]
)
def test_ids_and_affiliations_are_added_to_the_very_same_authors(names: tuple[str, str]) -> None:
    """However the names are written; whose ids and affiliations they are is said."""
    work = completed(names)
    assert [author.name for author in work.authors or ()] == ["Ana Silva", "Wei Wang"]
    assert [author.orcid for author in work.authors or ()] == [ORCID, ORCID]
    assert work.affiliations
    assert all(
        work.affiliations[place].text == "Lisbon" for author in work.authors or () for place in author.affiliations
    )
    for name in ("affiliations", "authors.orcid", "authors.openalex"):
        assert work.provenance[name].sources == ("openalex",)


@pytest.mark.parametrize(
    "names",
    [
        ("Wei Wang", "Ana Silva"),
        ("Ana Silva",),
        ("Ana Silva", "Wei Wang", "Bo Li"),
        ("Ana Silva", "Min Wang"),
        ("Ana Silva", "Wei Wong"),
    ],
)
def test_nothing_is_added_to_any_other_list_of_authors(names: tuple[str, ...]) -> None:
    """Another order, length, initial or name: a wrong ORCID is worse than none."""
    work = completed(names)
    assert all(
        author.orcid is None and author.openalex is None and not author.affiliations for author in work.authors or ()
    )
    assert work.affiliations == ()
    assert "authors.orcid" not in work.provenance
    assert "Lisbon" in work.provenance["affiliations"].others[0].value


@pytest.mark.parametrize(
    ("given", "family", "printed"),
    [
        ("L.", "van der Berg", "Berg, L. van der"),
        ("Hans", "Müller", "H. Mueller"),
        ("Yu-Chen", "Hsu", "Hsu Y-C"),
        ("Yu-Chen", "Hsu", "Yuchen Hsu"),
        ("伟", "王", "王伟"),
        ("И.", "Щукин", "I. Shchukin"),
        ("Ana", "García Márquez", "A. Garcia"),
    ],
)
def test_one_person_is_known_by_particles_transliteration_and_order(given: str, family: str, printed: str) -> None:
    """What is no disagreement on the first author is the same author, who gains the ORCID."""
    work = merge([cr(author=[{"given": given, "family": family}]), oa(authorships=[person(printed, ORCID)])])
    assert [author.orcid for author in work.authors or ()] == [ORCID]
    assert [found.field for found in disagreements(work) if found.field == "authors"] == []


@pytest.mark.parametrize(
    ("given", "family", "printed"),
    [("L.", "van der Berg", "L. van der Meer"), ("Ben", "Smith", "Anna Smith"), ("Ana", "Silva", "Ana Costa")],
)
def test_a_common_particle_or_given_name_makes_no_person(given: str, family: str, printed: str) -> None:
    """Another family name or initial is another author, and a disagreement."""
    work = merge([cr(author=[{"given": given, "family": family}]), oa(authorships=[person(printed, ORCID)])])
    assert [author.orcid for author in work.authors or ()] == [None]
    assert "authors" in [found.field for found in disagreements(work)]


def test_names_in_different_scripts_are_neither_united_nor_a_disagreement() -> None:
    """Whether 王伟 is Wei Wang takes more than the letters."""
    work = merge([cr(author=[{"given": "Wei", "family": "Wang"}]), oa(authorships=[person("王伟", ORCID)])])
    assert work.authors == (Authorship(name="Wei Wang", given="Wei", family="Wang"),)
    assert "authors" not in [found.field for found in disagreements(work)]


def in_crossref(name: str, *issns: str) -> Record:
    fields: dict[str, Any] = {"container-title": [name], "ISSN": list(issns)}
    return cr(**fields)


def journal(name: str | None, *issns: str, linking: str | None = None) -> dict[str, Any]:
    source_ = {"id": "https://openalex.org/S7", "display_name": name, "issn": list(issns), "issn_l": linking}
    return {"primary_location": {"source": {**source_, "type": "journal"}}}


@pytest.mark.parametrize("form", ["J Ment Health", "J. MENT. HEALTH", "JOURNAL OF MENTAL HEALTH"])
@pytest.mark.parametrize("full", ["Journal of Mental Health", "Journal of mental health (Abingdon, England)"])
def test_a_full_title_stands_with_its_abbreviation_and_the_issns_of_all(form: str, full: str) -> None:
    """Also where Crossref, which comes first, has the abbreviation or capitals alone; who said what is told."""
    short = None if form.startswith("JOURNAL") else form
    work = merge(
        [
            in_crossref(form, "0963-8237"),
            oa(**journal(full, "0963-8237", "1360-0567", linking="0963-8237")),
        ]
    )
    assert work.venue == Venue(
        name=full,
        short_name=short,
        issns=("0963-8237", "1360-0567"),
        issn_l="0963-8237",
        type="journal",
        openalex="S7",
    )
    assert work.provenance["venue"] == Provenance(sources=("crossref", "openalex"))
    assert work.provenance["venue.name"] == Provenance(
        sources=("openalex",), others=(Claim(source="crossref", value=form),)
    )
    assert work.provenance["venue.openalex"].sources == ("openalex",)
    assert "venue.issns" not in work.provenance


def test_another_venue_is_never_mixed_in() -> None:
    """A repository, or a journal of a like name with ISSNs of its own, stays a claim that lost."""
    mine = in_crossref("The Lancet", "0140-6736", "1474-547X")
    for theirs in (journal("PubMed"), journal("Lancet Psychiatry", "2215-0366", "2215-0374")):
        work = merge([mine, oa(**theirs)])
        assert work.venue == mine.venue
        assert work.provenance["venue"].sources == ("crossref",)
        (claim,) = work.provenance["venue"].others
        assert json.loads(claim.value)["name"] in {"PubMed", "Lancet Psychiatry"}
        assert not [name for name in work.provenance if name.startswith("venue.")]


def test_an_orcid_that_lost_is_kept() -> None:
    """Two sources, two ORCIDs of one author: Crossref's stands, the other is on record."""
    work = merge(
        [
            cr(author=[{"given": "Ana", "family": "Silva", "ORCID": f"https://orcid.org/{ORCID}"}]),
            oa(authorships=[person("Ana Silva", OTHER)]),
        ]
    )
    account = work.provenance["authors.orcid"]
    assert (account.sources, [claim.value for claim in account.others]) == (("crossref",), [f"Ana Silva: {OTHER}"])


def test_no_authors_is_something_else_than_authors_not_given() -> None:
    """An empty list that a source gives is kept as such, and is beaten by any list of names."""
    assert merge([cr(), oa(authorships=[])]).authors == ()
    assert merge([oa(authorships=[])]).provenance["authors"].sources == ("openalex",)
    assert len(merge([oa(authorships=[]), cr(author=AUTHORS)]).authors or ()) == 2


def test_access_is_told_by_openalex() -> None:
    """Crossref knows that a work is free to read; OpenAlex knows how and where."""
    free: dict[str, Any] = {"free-to-read": {}}
    work = merge([cr(**free), oa(open_access={"is_oa": True, "oa_status": "gold"})])
    assert work.open_access is not None
    assert work.open_access.status == "gold"


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ({"title": ["Peer Support"]}, {"title": "PEER SUPPORT."}),
        ({"title": ["Peer <i>support</i> &amp; care"]}, {"title": "Peer support & care"}),
        ({"title": ["Peer support"], "subtitle": ["a trial"]}, {"title": "Peer support: A trial"}),
        ({"title": ["Peer support"], "subtitle": ["a trial"]}, {"title": "Peer support"}),
        ({"title": ["Peer support: a trial"]}, {"title": "Peer support<subtitle>a trial</subtitle>"}),
        ({"title": ["RETRACTED: Peer support"]}, {"title": "Peer support"}),
        ({"title": ["Peer support and care"]}, {"title": "Peer support &amp; care"}),
        ({"title": ["β-blockers for peers"]}, {"title": "Beta-blockers for peers"}),
        ({"title": ["Peer‐support – now"]}, {"title": "Peer-support - now"}),
        ({"author": AUTHORS}, {"authorships": [person("SILVA, A."), person("W. Wang")]}),
        ({"author": AUTHORS}, {"authorships": [person("Silva Ana")]}),
        (
            {"issued": {"date-parts": [[2001]]}, "published-print": {"date-parts": [[2002]]}},
            {"publication_year": 2002, "publication_date": "2002-01-01"},
        ),
    ],
)
def test_formatting_is_no_disagreement(mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Case, punctuation, markup, subtitles, initials, the order of names, the year in print."""
    same = {"title": ["Peer support"], "issued": {"date-parts": [[2000]]}}
    assert disagreements(merge([cr(**{**same, **mine}), oa(**{"title": "Peer support", **theirs})])) == []


@pytest.mark.parametrize(
    ("field", "mine", "theirs"),
    [
        ("title", {"title": ["Peer support"]}, {"title": "Peer review"}),
        ("year", {"issued": {"date-parts": [[2001]]}}, {"publication_year": 1999, "publication_date": "1999-01-01"}),
        ("authors", {"author": AUTHORS}, {"authorships": [person("Bo Li")]}),
    ],
)
def test_a_real_difference_is_listed_with_who_said_what(
    field: str, mine: dict[str, Any], theirs: dict[str, Any]
) -> None:
    """The value that stands comes first."""
    same = {"title": ["Peer support"], "issued": {"date-parts": [[2000]]}}
    (found,) = disagreements(merge([cr(**{**same, **mine}), oa(**{"title": "Peer support", **theirs})]))
    assert found.field == field
    assert [name for name, _ in found.values] == ["crossref", "openalex"]


def test_no_record_is_no_work() -> None:
    """There is nothing to merge."""
    with pytest.raises(ValueError, match="at least one record"):
        merge([])


def test_recorded_answers_of_both_apis_for_the_same_dois_agree() -> None:
    """Eight DOIs asked of both: one work each, Crossref's title where it gives one, and no false alarm."""
    shared = Path(os.environ.get("HARVESTER_SHARED") or Path(__file__).parents[1].parent / "shared")
    path = shared / "data" / "crossref" / "same_doi_from_both_apis.jsonl.xz"
    if not path.exists():
        pytest.skip("the recorded answers are not here")
    records: dict[str | None, list[Record]] = {}
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            exchange = json.loads(line)
            body = exchange["body"] if isinstance(exchange["body"], dict) else json.loads(exchange["body"])
            name = "crossref" if "message" in body else "openalex"
            one = record(name, body.get("message", body))
            records.setdefault(one.doi, []).append(one)
    works = [merge(said) for said in records.values()]
    assert len(works) == 8
    assert all(work.sources == ("crossref", "openalex") for work in works)
    assert [found for work in works for found in disagreements(work)] == []
