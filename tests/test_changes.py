"""What counts as a change of a work, and what does not."""

import json
import lzma
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from library_evidence import crossref, item, openalex
from written_works import hostile_works, works

from harvester import changes as comparing
from harvester.changes import Change, changes
from harvester.identifiers import Identifier
from harvester.merge import merge
from harvester.model import Authorship, OpenAccess, Record, Reference, Title, Update, Venue, Work
from harvester.names import same_author

SHARED = Path(os.environ.get("HARVESTER_SHARED", Path(__file__).parents[1].parent / "shared")) / "data"
EXCHANGES = SHARED / "openalex" / "http_exchanges_openalex_2026.jsonl.xz"

AUTHORS = ("Hans Müller", "María José García Márquez", "Wei Wang", "J. van der Berg", "Ann Smith")


def people(*names: str) -> tuple[Authorship, ...]:
    return tuple(Authorship(name=name) for name in names)


def work(**fields: Any) -> Work:
    """A work on which everything that may change is given."""
    given = {
        "key": "doi:10.1000/1",
        "doi": "10.1000/1",
        "title": "Peer support – a β-version of CO2: what's new?",
        "authors": people(*AUTHORS),
        "year": 2019,
        "type": "article",
        "venue": Venue(name="Journal of Mental Health", issns=("0963-8237",), type="journal"),
        "volume": "12",
        "issue": "3",
        "first_page": "123",
        "last_page": "130",
        "abstract": "All of it.",
        "open_access": OpenAccess(is_open=False, status="closed"),
        "language": "en",
        "is_retracted": False,
        "sources": ("crossref", "openalex"),
        "references": tuple(
            Reference(source="crossref", position=n, targets=(Identifier("doi", f"10.5/{n}"),)) for n in (1, 2)
        ),
    }
    return Work(**(given | fields))


def notice(kind: str, doi: str | None = "10.1000/n", **fields: Any) -> Update:
    return Update(**({"direction": "updated_by", "type": kind, "doi": doi, "asserted_by": "publisher"} | fields))


def told(**fields: Any) -> list[Change]:
    """What is told when these fields of a work become so."""
    return list(changes(work(), work(**fields)))


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "PEER SUPPORT - A <i>Beta</i>-Version of CO<sub>2</sub>:  What’s new"},
        {"title": "Peer support – a β-version of CO2", "subtitle": "What's new?"},
        {"authors": people(*reversed(AUTHORS))},
        {"authors": people("H. Mueller", "García Márquez MJ", "Wang W", "van der Berg, J.", "A Smith")},
        {"authors": people("Müller, Hans", "Maria Jose Garcia Marquez", "王伟", "J Van Der Berg", "SMITH, ANN")},
        {"authors": tuple(Authorship(name=name, orcid="0000-0001", openalex="A1") for name in AUTHORS)},
        {"venue": Venue(name="J Ment Health", type="journal")},
        {"venue": Venue(name="JOURNAL OF MENTAL HEALTH (Abingdon, England)", issns=("0963-8237", "1360-0567"))},
        {"venue": Venue(name="PubMed Central", type="repository")},
        {"venue": Venue(name="A series", series="Health, Mental: Journal of")},
        {"venue": Venue(name="2019 Mental Health Journal of", type="conference")},
        {"title": "Peer support â€“ a Î²-version of CO2: what's new?"},
        {"authors": people("Hans MÃ¼ller", "MarÃa JosÃ© GarcÃa MÃ¡rquez", *AUTHORS[2:])},
        {"venue": None, "volume": None, "issue": None, "first_page": None, "last_page": None},
        {"volume": "Vol. 012", "issue": "03", "first_page": "p123", "last_page": "30"},
        {"first_page": None, "last_page": None, "article_number": "e123"},
        {"abstract": "<p>Some of it.</p>"},
        {"open_access": OpenAccess(is_open=None)},
        {"open_access": None, "language": None, "type": None},
        {"language": "en-GB"},
        {"is_retracted": None, "sources": ("crossref",)},
        {"aliases": ("openalex:W7",), "openalex": "W7", "pmid": "7"},
        {"date": "2019-11-03", "publisher": "Another house"},
        {"updates": (notice("new_version", "10.1000/1"),)},
        {"updates": (notice("correction", direction="updates"),)},
        {"references": (*work().references[::-1], Reference(source="crossref", position=3, text="A book"))},
    ],
    ids=" ".join,
)
def test_the_same_in_another_form_is_no_news(fields: dict[str, Any]) -> None:
    assert told(**fields) == []


def test_the_word_before_the_title_of_a_retracted_work_is_no_other_title() -> None:
    titled = work(title=f"RETRACTED ARTICLE: {work().title}", is_retracted=True)
    assert changes(work(is_retracted=True), titled) == ()
    assert [change.field for change in changes(work(), titled)] == ["retracted"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"is_retracted": True}, ("retracted", None, "retracted")),
        (
            {
                "updates": (
                    notice("retraction", date="2026-05-01"),
                    notice("retraction", asserted_by="retraction-watch"),
                )
            },
            (
                "retracted",
                None,
                "retraction 2026-05-01 10.1000/n (publisher); retraction 10.1000/n (retraction-watch)",
            ),
        ),
        ({"updates": (notice("correction"),)}, ("notice", None, "correction 10.1000/n (publisher)")),
        (
            {"updates": (notice("expression_of_concern"),)},
            ("notice", None, "expression_of_concern 10.1000/n (publisher)"),
        ),
        ({"key": "doi:10.1000/2", "doi": "10.1000/2"}, ("doi", "10.1000/1", "10.1000/2")),
        ({"title": "Peer support, a survey"}, ("title", work().title, "Peer support, a survey")),
        ({"title": None}, ("title", work().title, None)),
        ({"title": "Ãber Peer support"}, ("title", work().title, "Ãber Peer support")),
        ({"title": f"RETRACTED: {work().title}"}, ("title", work().title, f"RETRACTED: {work().title}")),
        ({"authors": people(*AUTHORS, "Zoë Last")}, ("authors", None, "Zoë Last")),
        ({"authors": people(*AUTHORS[1:])}, ("authors", "Hans Müller", None)),
        ({"authors": people("Hans Meyer", *AUTHORS[1:])}, ("authors", "Hans Müller", "Hans Meyer")),
        ({"authors": None}, ("authors", "; ".join(AUTHORS), None)),
        ({"year": 2020}, ("year", "2019", "2020")),
        ({"type": "review"}, ("type", "article", "review")),
        (
            {"venue": Venue(name="Journal of Mental Health Policy", issns=("1234-5679",), type="journal")},
            ("venue", "Journal of Mental Health", "Journal of Mental Health Policy"),
        ),
        ({"volume": "13"}, ("volume", "12", "13")),
        ({"issue": "4"}, ("issue", "3", "4")),
        ({"first_page": "223", "last_page": "230"}, ("pages", "123-130", "223-230")),
        ({"abstract": None}, ("abstract", "All of it.", None)),
        ({"open_access": OpenAccess(is_open=True, status="green")}, ("open_access", "closed", "green")),
        ({"language": "es"}, ("language", "en", "es")),
        ({"references": work().references[:1]}, ("references", "crossref 2", "crossref 1")),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_an_edit_is_told_and_nothing_else(fields: dict[str, Any], expected: tuple[str, str | None, str | None]) -> None:
    """Each real change gives exactly that change; taken back, it gives the reverse wherever that is one."""
    assert told(**fields) == [expected]
    field, before, after = expected
    assert list(changes(work(**fields), work())) == [(field, after, before)]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"doi": None, "key": "openalex:W1", "openalex": "W1"}, "doi"),
        ({"title": ""}, "title"),
        ({"year": None}, "year"),
        ({"venue": Venue(name="https://example.org/record/1")}, "venue"),
        ({"venue": Venue(name="DOAJ", type="repository")}, "venue"),
        ({"venue": Venue(name="Springer eBooks", type="ebook platform")}, "venue"),
        ({"volume": None}, "volume"),
        ({"first_page": None, "last_page": None}, "pages"),
        ({"authors": ()}, "authors"),
        ({"abstract": ""}, "abstract"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_was_not_known_before_is_told_as_given(fields: dict[str, Any], field: str) -> None:
    ((named, before, after),) = changes(work(**fields), work())
    assert (named, before) == (field, None)
    assert after


def test_a_retraction_is_told_first_and_a_reinstatement_takes_it_back() -> None:
    """The gravest change stands first; a work that is reinstated is not retracted any more."""
    retracted = work(updates=(notice("Retraction"),), year=2020)
    assert [change.field for change in changes(work(), retracted)] == ["retracted", "year"]
    reinstated = work(updates=(notice("Retraction"), notice("reinstatement", "10.1000/r")), year=2020)
    assert changes(retracted, reinstated)[0].field == "retracted"
    assert changes(work(year=2020), reinstated) == (Change("notice", None, "reinstatement 10.1000/r (publisher)"),)


def test_one_notice_known_by_another_name_is_no_second_one() -> None:
    """PubMed names by PMID what Crossref names by DOI; Retraction Watch asserts what the publisher does."""
    before = work(updates=(notice("Erratum", None, record_id="pmid:9", date="2020-03", asserted_by="pubmed"),))
    after = work(updates=(notice("correction", date="2020-04-01"), notice("corrigendum", asserted_by="other")))
    assert changes(before, after) == ()
    assert [change.field for change in changes(before, work(updates=(notice("correction", date="2024"),)))] == [
        "notice"
    ] * 2


def test_a_list_of_authors_that_an_index_cut_says_nothing_of_those_beyond() -> None:
    """Of 120 authors OpenAlex lists a hundred; the rest have neither gone nor, when they are asked for, come."""
    whole = people(*(f"Given{n} Family{n}" for n in range(120)))
    assert changes(work(authors=whole), work(authors=whole[:100])) == ()
    assert changes(work(authors=whole[:100]), work(authors=whole)) == ()
    (change,) = changes(work(authors=whole), work(authors=whole[:99]))
    assert str(change.before).count(";") == 20


def test_many_authors_are_compared_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three thousand names in another order and another form are matched without comparing each with each."""
    compared: list[str] = []

    def counted(one: Authorship, other: Authorship) -> bool:
        compared.append(one.name)
        return same_author(one, other)

    monkeypatch.setattr(comparing, "same_author", counted)
    whole = people(*(f"Given{n} Family{n}" for n in range(3_000)))
    shuffled = random.Random(1).sample([Authorship(name=f"Family{n}, G.") for n in range(3_000)], 3_000)
    assert changes(work(authors=whole), work(authors=tuple(shuffled))) == ()
    assert (
        changes(work(authors=whole), work(authors=(*shuffled[1:], *people("Someone Else"))))[0].after == "Someone Else"
    )
    assert len(compared) < 5 * len(whole)  # in both: each with whom it stands beside, and with its namesakes


NAMESAKES = """
from harvester.changes import changes
from harvester.model import Authorship, Work

def work(*names):
    return Work(key="a", authors=tuple(Authorship(name=name) for name in names))

print(changes(work("Ana Maria Silva", "Bo Reis"), work("Wei Li", "A. Silva", "Ana Silva", "Maria Silva", "Silva AM")))
"""


def test_the_authors_told_are_in_no_order_of_a_hash() -> None:
    """Of several whom a name may mean the same one is taken in every process."""
    told = {
        subprocess.run(
            [sys.executable, "-c", NAMESAKES],
            env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(Path(__file__).parents[1])},
            capture_output=True,
            check=True,
        ).stdout
        for seed in (0, 1, 2, 3)
    }
    assert len(told) == 1
    assert b"authors" in told.pop()


@settings(deadline=None, max_examples=50)
@given(st.one_of(works(), hostile_works()))
def test_a_work_has_not_changed_from_itself(one: Work) -> None:
    assert changes(one, one) == ()
    assert changes(one, one.model_copy(deep=True)) == ()


def test_a_title_in_another_language_of_the_same_work_is_no_other_title() -> None:
    english, german = "Peer support", "Unterstützung durch Gleiche"
    before = work(title=english, other_titles=(Title(text=german, source="crossref"),))
    after = work(title=german, other_titles=(Title(text=english, source="crossref"),))
    assert changes(before, after) == ()


# -- what moves in records all the time ----------------------------------------------------------------

MOVING: dict[str, st.SearchStrategy[Any]] = {
    "cited_by_count": st.integers(0, 10**6),
    "updated_date": st.sampled_from(["2026-01-01", "2026-11-22T10:00:00.000001", None]),
    "fwci": st.floats(0, 9),
    "counts_by_year": st.just([{"year": 2025, "cited_by_count": 3}]),
    "topics": st.lists(st.just({"id": "https://openalex.org/T1", "display_name": "Health", "score": 0.5}), max_size=2),
    "keywords": st.lists(st.just({"id": "k", "display_name": "Peer", "score": 0.1}), max_size=1),
    "concepts": st.lists(st.just({"id": "c", "display_name": "Peer", "level": 1, "score": 0.1}), max_size=1),
    "is_paratext": st.booleans(),
    "has_fulltext": st.booleans(),
    "publication_date": st.sampled_from(["2019-01-01", "2019-07-02"]),
    "related_works": st.just(["https://openalex.org/W9"]),
    "sustainable_development_goals": st.just([{"id": "s", "display_name": "Good health", "score": 0.9}]),
    "locations_count": st.integers(0, 5),
}


@settings(max_examples=60, deadline=None)
@given(
    moved=st.fixed_dictionaries({}, optional=MOVING), draw=st.randoms(use_true_random=False), count=st.integers(0, 99)
)
def test_what_moves_by_itself_is_no_news(moved: dict[str, Any], draw: random.Random, count: int) -> None:
    """Counts, stamps, topics, scores, ids of authors, the order of lists: two answers about one work say the same."""
    names = ["Ann Smith", "Hans Müller", "Wei Wang"]
    base = openalex(1, doi="10.1000/1", cites=[2, 3, 4], publication_year=2019, publication_date="2019-05-01")
    authors = [
        {"author": {"id": f"A{n}", "display_name": name}, "raw_author_name": name} for n, name in enumerate(names)
    ]
    changed = [{**each, "author": {"id": None, "display_name": each["raw_author_name"]}} for each in authors]
    draw.shuffle(changed)
    cites = draw.sample(base["referenced_works"], 3)
    there = crossref("10.1000/1", cites=["10.5/1", "A book"], author=[{"family": "Smith", "given": "Ann"}])
    later = there | {"is-referenced-by-count": count, "indexed": {"date-time": "2026-11-22T00:00:00Z"}, "score": 2.5}
    then = merge([record("openalex", base | {"authorships": authors}), record("crossref", there)])
    now = merge(
        [
            record("crossref", later),
            record("openalex", base | {"authorships": changed, "referenced_works": cites} | moved),
        ]
    )
    assert changes(then, now) == ()
    alone = record("openalex", base | {"authorships": changed, "referenced_works": cites} | moved)
    assert changes(merge([record("openalex", base | {"authorships": authors})]), merge([alone])) == ()


def record(name: str, given: dict[str, Any]) -> Record:
    return item(name, given).record


# -- real answers --------------------------------------------------------------------------------------


def answered(day: str) -> Iterator[dict[str, Any]]:
    """The works that OpenAlex gave on a day for one search."""
    with lzma.open(EXCHANGES, "rt", encoding="utf-8") as lines:
        for exchange in map(json.loads, lines):
            headers = {name.lower(): value for name, value in exchange["headers"].items()}
            if day in str(headers.get("date")) and "biodiversity+AND+finance" in exchange["uri"]:
                body = exchange["body"]
                results = (body if isinstance(body, dict) else json.loads(body))["results"]
                yield from (each for each in results if "authorships" in each)


@pytest.mark.skipif(not EXCHANGES.is_file(), reason="the recorded answers of OpenAlex are not beside the checkout")
def test_of_two_real_answers_eleven_weeks_apart_only_what_is_true_is_told() -> None:
    """Of 193 works that came on 2 March and on 22 May 2026 every record was another; eight changes are worth telling.

    Each was looked at: abstracts that came, free copies found or lost, and a publisher named for the first time.
    """
    march, may = ({each["id"][21:]: each for each in answered(day)} for day in ("02 Mar 2026", "22 May 2026"))
    both = sorted(march.keys() & may.keys())
    assert len(both) == 193
    assert all(march[number] != may[number] for number in both)
    found = {
        (number, change.field)
        for number in both
        for change in changes(*(merge([record("openalex", each[number])]) for each in (march, may)))
    }
    assert found == {
        ("W194118789", "venue"),
        ("W1954383359", "open_access"),
        ("W1963958195", "open_access"),
        ("W2043408235", "open_access"),
        ("W2120048887", "abstract"),
        ("W2144516619", "abstract"),
        ("W2912420739", "abstract"),
        ("W89819094", "open_access"),
    }
