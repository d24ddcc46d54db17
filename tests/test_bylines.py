"""Authors are joined from work to work by the ids that indexes give them, and by nothing that is guessed."""

from pathlib import Path
from typing import Any

import pytest
from library_evidence import keep, new, openalex

from harvester.library import Library, bylines, derive


def signed(number: int, *authors: tuple[str, str | None, str | None], **fields: Any) -> dict[str, Any]:
    """A work by these (name, OpenAlex number, ORCID)."""
    return openalex(
        number,
        authorships=[
            {
                "author": {
                    "id": f"https://openalex.org/{identity}" if identity else None,
                    "display_name": name,
                    "orcid": f"https://orcid.org/{orcid}" if orcid else None,
                },
                "raw_author_name": name,
                "author_position": "middle",
                "institutions": [],
            }
            for name, identity, orcid in authors
        ],
        **fields,
    )


ORCID = "0000-0002-1825-0097"
OTHER = "0000-0001-5109-3700"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    held = new(tmp_path)
    works = [
        signed(1, ("Ann Smith", "A1", ORCID), ("Bo Li", None, None)),
        signed(2, ("A. Smith", None, ORCID), ("BO  LI", None, None), ("Cy Dee", None, OTHER)),
        signed(3, ("Ann Smith", "A1", None), ("Ann Smith", None, None)),
        signed(4),
    ]
    keep(held, works)
    derive(held)
    return held


def test_an_author_is_one_id_on_every_work(library: Library) -> None:
    """An ORCID leads to the OpenAlex id that a byline gives it; a bare name is nobody else's."""
    authors = bylines.authors(library)
    assert dict(authors.of) == {
        "openalex:W1": ["openalex:A1", "name:bo li"],
        "openalex:W2": ["openalex:A1", "name:bo li", f"orcid:{OTHER}"],
        "openalex:W3": ["openalex:A1", "name:ann smith"],
    }
    assert authors.names["openalex:A1"] == "Ann Smith"
    assert authors.names[f"orcid:{OTHER}"] == "Cy Dee"


def test_only_selected_works_are_read(library: Library) -> None:
    authors = bylines.authors(library, selected={"openalex:W3"})
    assert authors.of == [("openalex:W3", ["openalex:A1", "name:ann smith"])]


def test_keywords_are_those_of_each_work(tmp_path: Path) -> None:
    held = new(tmp_path)
    keep(held, [openalex(1, keywords=[{"display_name": "Peer support", "score": 0.5}]), openalex(2)])
    derive(held)
    assert bylines.keywords(held) == [("openalex:W1", ["Peer support"])]
