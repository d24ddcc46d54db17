"""Identifiers are picked out of whatever the user gives, and what is none is kept with the reason."""

import io
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.errors import InputError
from harvester.inputs import LONGEST_LINE, Picked, from_arguments, from_file, from_stream

ONE, TWO = "10.1111/inm.13349", "10.1080/26408066.2022.2118006"


def picked(text: str | bytes, encoding: str = "utf-8") -> Picked:
    return from_stream(io.BytesIO(text if isinstance(text, bytes) else text.encode(encoding)), name="list.txt")


def dois(found: Picked) -> list[str]:
    return [one.identifier.value for one in found.inputs if one.identifier]


def reasons(found: Picked) -> list[tuple[str, str]]:
    return [(one.origin, one.text) for one in found.inputs if not one.identifier]


@pytest.mark.parametrize(
    "text",
    [
        "https://doi.org/10.1111/inm.13349",
        "10.1111/INM.13349",
        "10.1111/inm.13349.",
        "doi:10.1111/inm.13349",
        " 10.1111/inm.13349\u00a0",
        "\u201c10.1111/inm.13349\u201d",
        "Smith J (2023). Peer support. https://doi.org/10.1111/inm.13349.",
    ],
)
def test_an_argument_is_read_in_any_dress(text: str) -> None:
    (one,) = from_arguments([text])
    assert one.identifier == ("doi", ONE)


def test_signs_that_are_hard_in_urls_stay_in_a_doi() -> None:
    (one,) = from_arguments(["10.1002/(SICI)1097-0258(19980815/30)17:15/16<1661::AID-SIM968>3.0.CO;2-2"])
    assert one.identifier == ("doi", "10.1002/(sici)1097-0258(19980815/30)17:15/16<1661::aid-sim968>3.0.co;2-2")


def test_several_in_one_argument_are_all_taken() -> None:
    """Quoted by the shell, or a variable that held a list."""
    assert [one.identifier for one in from_arguments([f"{ONE}, {TWO}"])] == [("doi", ONE), ("doi", TWO)]


def test_a_title_is_kept_with_the_reason() -> None:
    (one,) = from_arguments(["Peer support in mental health: a systematic review"])
    assert one.identifier is None
    assert one.reason
    assert "title" in one.reason


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_list_is_read_in_every_encoding_that_programs_write(encoding: str, end: str) -> None:
    text = end.join(["# Müller’s list", f"https://doi.org/{ONE}", TWO.upper(), "", "Müller’s title", ""])
    found = picked(text, encoding)
    assert dois(found) == [ONE, TWO]
    assert reasons(found) == [("list.txt:5", "Müller’s title")]
    assert picked(text.rstrip(), encoding) == found, "the last line need not be ended"


def test_big_endian_with_a_mark_is_read() -> None:
    assert dois(picked(b"\xfe\xff" + ONE.encode("utf-16-be"))) == [ONE]


def test_a_late_byte_of_another_encoding_spoils_nothing() -> None:
    """The encoding is told from the beginning; an old export changes it in the middle."""
    assert dois(picked(b"# text\n" * 20_000 + b"M\xfcller " + ONE.encode() + b"\n" + TWO.encode())) == [ONE, TWO]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "holds no DOI"),
        (b"\n \n\t\n", "holds no DOI"),
        (b"nothing here\nof the kind\n", "holds no DOI"),
        (b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00" * 50, "is not a text file"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 20, "save a copy as text"),
        (b"\xff\xfe", "holds no DOI"),
    ],
)
def test_what_holds_nothing_is_refused_in_one_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as refused:
        picked(content)
    assert "\n" not in str(refused.value)


def test_a_heading_above_a_list_is_no_failure() -> None:
    assert reasons(picked(f"DOI\n{ONE}\n{TWO}\n")) == []
    assert reasons(picked(f'"DOIs"\n{ONE}\n{TWO}\n')) == []
    assert reasons(picked(f"{ONE}\nDOI\n{TWO}\n")) == [("list.txt:2", "DOI")], "only above it"


def test_lines_that_are_none_are_kept_in_a_list_and_counted_in_a_text() -> None:
    """Half of the lines make it a list; below that the rest is taken for text, and how much is told."""
    assert reasons(picked(f"{ONE}\nPeer support: a title\n")) == [("list.txt:2", "Peer support: a title")]
    prose = picked(f"Some words.\nMore of them.\nSee doi:{ONE} for the rest.\n")
    assert (dois(prose), reasons(prose), prose.passed_over) == ([ONE], [], 2)


def test_each_identifier_is_taken_once_where_it_stands_first() -> None:
    found = picked(f"{TWO}\n{ONE}\nhttps://doi.org/{TWO}\n{ONE.upper()}\n")
    assert [(one.origin, one.identifier.value) for one in found.inputs if one.identifier] == [
        ("list.txt:1", TWO),
        ("list.txt:2", ONE),
    ]


@pytest.mark.parametrize("shift", range(-60, 6, 3))
def test_a_line_too_long_to_hold_is_cut_beside_an_identifier_never_in_it(shift: int) -> None:
    """Half of a DOI may be another work's."""
    before = '{"text":"' + "x" * (LONGEST_LINE - 9 - len('","doi":"') + shift) + '","doi":"'
    assert dois(picked(f'{before}{ONE}","other":"{TWO}"}}')) == [ONE, TWO]


def test_a_fold_of_an_email_is_undone() -> None:
    """Quoted-printable cuts a long address in two with `=` at the end of the line."""
    found = picked(f"Dear all, please see https://doi.org/10.1111/in=\nm.13349 and\n{TWO}\n")
    assert dois(found) == [ONE, TWO]


def test_a_hundred_thousand_lines_keep_their_order_and_number() -> None:
    found = picked("".join(f"10.5555/{number}\n" for number in range(100_000)))
    assert len(found.inputs) == 100_000
    assert found.inputs[-1].origin == "list.txt:100000"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_a_file_too(tmp_path: Path) -> None:
    """`--from <(cut -f2 table.tsv)`: it can be read once, and not from the beginning again."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(f"{ONE}\n{TWO}\n",))
    writer.start()
    assert dois(from_file(pipe)) == [ONE, TWO]
    writer.join()


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        from_file(tmp_path / "absent.txt")
    with pytest.raises(InputError, match="cannot be read"):
        from_file(tmp_path)


@given(st.binary(max_size=3_000))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """Whatever is given: inputs, or an `InputError`; and every input is an identifier or has a reason."""
    try:
        found = picked(content)
    except InputError:
        return
    assert found.inputs
    assert all((one.identifier is None) != (one.reason is None) for one in found.inputs)
