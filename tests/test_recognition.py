"""Every file is known by what is in it, and by one reader alone."""

import importlib
import pkgutil

import pytest
from tagged_records import FIXTURES

from harvester import formats
from harvester.formats.reading import Reader


def readers() -> dict[str, Reader]:
    """Every reader of every format, by name."""
    found: dict[str, Reader] = {}
    for module in pkgutil.iter_modules(formats.__path__):
        loaded = importlib.import_module(f"harvester.formats.{module.name}")
        alone = getattr(loaded, "READER", None)
        for reader in getattr(loaded, "READERS", (alone,) if alone else ()):
            assert reader.name not in found
            found[reader.name] = reader
    return found


CASES = [
    pytest.param(name, text, encoding, id=f"{name}-{place}-{encoding}")
    for name, texts in FIXTURES.items()
    for place, text in enumerate(texts)
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252")
]


@pytest.mark.parametrize(("name", "text", "encoding"), CASES)
def test_a_file_is_recognised_by_its_reader_alone(name: str, text: str, encoding: str) -> None:
    """Whatever its encoding and its line ends."""
    for end in ("\n", "\r\n"):
        data = text.lstrip("\ufeff").replace("\n", end).encode(encoding, "replace")
        assert [one.name for one in readers().values() if one.recognises(data[:65_536])] == [name]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x01\x02\xff",
        b"\x89PNG\r\n\x1a\n",
        b"%PDF-1.7\n%\xe2\xe3",
        b"A text about TY and PT.\nIt has two lines.\n",
        b"Smith J. Peer support. J Peers. 2014;1:2-3.\n",
        "Müller".encode("utf-16"),
    ],
)
def test_what_is_no_records_is_recognised_by_no_tagged_reader(data: bytes) -> None:
    """None of them raises either."""
    assert [name for name in FIXTURES if readers()[name].recognises(data)] == []
