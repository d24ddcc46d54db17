"""A record of this program comes back as it was, and one that no library could keep is refused by name."""

import json

import pytest

from harvester.formats.record import SCHEMA, record
from harvester.model import Skip


def given(**fields: object) -> str:
    return json.dumps({"schema": SCHEMA, "title": "Peer support", **fields})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (given(year=10**20), "beyond 64 bits"),
        (given(counts=[{"source": "a", "kind": "cited_by", "value": 2**63}]), "beyond 64 bits"),
        (given(title="half \ud800"), "surrogate"),
        (given(authors=[{"name": "Ana", "affiliations": [0]}]), "not listed"),
        (given(editors=[{"name": "Ana", "affiliations": [-1]}], affiliations=[{"text": "There"}]), "not listed"),
        (given(year="soon"), "year"),
        ('{"schema":' * 100_000, ""),
        ("[]", "[]"),
    ],
)
def test_what_no_library_could_keep_is_refused(text: str, told: str) -> None:
    found = record(text, "import")
    assert isinstance(found, Skip)
    assert told in (found.detail or "")


def test_numbers_that_fit_are_kept() -> None:
    found = record(
        given(year=2014, authors=[{"name": "Ana", "affiliations": [0]}], affiliations=[{"text": "There"}]), "x"
    )
    assert not isinstance(found, Skip)
    assert (found.year, found.source, found.affiliations[0].text) == (2014, "x", "There")
