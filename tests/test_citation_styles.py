"""A citation style is found by name or read from a file, and what cannot be used is refused in a sentence."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from written_works import PLAIN

from harvester.cli.looking import STYLES
from harvester.errors import InputError
from harvester.formats import Content, citation_styles
from harvester.formats.styled import reference, references, style_format
from harvester.model import Authorship

OWN = """<?xml version="1.0" encoding="utf-8"?>
<style xmlns="http://purl.org/net/xbiblio/csl" version="1.0" class="in-text"{locale}>
  <info><title>Own</title><id>http://example.org/own</id><updated>2020-01-01T00:00:00+00:00</updated></info>
  {macros}
  <citation><layout><text variable="title"/></layout></citation>
  <bibliography><layout suffix="."><names variable="author"><name and="text"/></names>
    <text variable="title" prefix=": "/>{body}</layout></bibliography>
</style>
"""


def own(folder: Path, **parts: str) -> Path:
    path = folder / "own style.csl"
    path.write_text(OWN.format(**{"locale": "", "macros": "", "body": ""} | parts), encoding="utf-8")
    return path


def test_the_command_line_knows_the_styles_that_have_a_name() -> None:
    assert tuple(citation_styles.NAMES) == STYLES


def test_a_style_is_given_as_a_file(tmp_path: Path) -> None:
    """With the words of its language, and with macros of its own."""
    two = PLAIN.model_copy(
        update={"authors": (*(PLAIN.authors or ()), Authorship(name="Jo Abe", given="Jo", family="Abe"))}
    )
    assert reference(two, style=own(tmp_path)) == "Ana Silva and Jo Abe: Peers help."
    german = own(
        tmp_path,
        locale=' default-locale="de-DE"',
        macros='<macro name="year"><date variable="issued"><date-part name="year"/></date></macro>',
        body='<text macro="year" prefix=", "/>',
    )
    assert reference(two, style=german) == "Ana Silva und Jo Abe: Peers help, 2020."


def test_a_published_style_is_given_by_its_name() -> None:
    """One that depends on another is that other one."""
    assert citation_styles.style("nature-digest").identifier == "nature"
    assert reference(PLAIN, style="the-lancet.csl") == "Silva A. Peers help. Journal of Peers 2020. DOI:10.1000/plain."


def test_a_style_is_a_format_of_files(tmp_path: Path) -> None:
    for as_page, wanted in ((False, "Ana Silva: Peers help.\n"), (True, ">Peers help</a>.</p>\n</html>\n")):
        stream = io.StringIO()
        style_format(own(tmp_path), as_page=as_page).write(stream, Content(iter([PLAIN]), iter(()), iter(())))
        assert stream.getvalue().endswith(wanted)


def test_a_style_that_prints_nothing_leaves_the_key(tmp_path: Path) -> None:
    path = own(tmp_path)
    path.write_text(path.read_text().replace('"author"', '"composer"').replace('"title"', '"archive"'))
    assert list(references([PLAIN, PLAIN], style=path)) == ["doi:10.1000/plain"] * 2


def parent(address: str) -> Callable[[Path], None]:
    link = f'<link href="{address}" rel="independent-parent"/>'

    def write(path: Path) -> None:
        path.write_text(f'<style version="1.0"><info>{link}</info></style>')

    return write


DOUBLED = "".join(f'<macro name="m{n}">{f"<text macro={chr(34)}m{n + 1}{chr(34)}/>" * 10}</macro>' for n in range(12))

BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no file": (lambda path: None, "neither a file nor a published citation style"),
    "empty": (lambda path: path.write_text(""), "is not a CSL style"),
    "a folder": (lambda path: path.mkdir(), "neither a file nor a published citation style"),
    "not XML": (lambda path: path.write_text("TY  - JOUR\n"), "is not a CSL style"),
    "other XML": (lambda path: path.write_text("<records/>"), "is not a style in CSL 1.0"),
    "older CSL": (lambda path: path.write_text('<style version="0.8"/>'), "is not a style in CSL 1.0"),
    "cut off": (lambda path: path.write_text(OWN[:330].format(locale="", macros="")), "cut off"),
    "an entity bomb": (
        lambda path: path.write_text('<!DOCTYPE a [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><style>&b;</style>'),
        "document type",
    ),
    "an entity from elsewhere": (
        lambda path: path.write_text('<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><style>&a;</style>'),
        "document type",
    ),
    "too deep": (lambda path: path.write_text("<style>" + "<a>" * 999), "is not a CSL style"),
    "too large": (lambda path: path.write_bytes(b" " * 3_000_000), "larger than any citation style"),
    "without a list": (
        lambda path: path.write_text('<style version="1.0"><citation><layout/></citation></style>'),
        "has no bibliography",
    ),
    "a parent that is not known": (parent("http://example.org/styles/not-there"), "points to the style 'not-there'"),
    "a parent that is a path": (parent("file:///../../etc/passwd"), "points to the style 'passwd'"),
    "a language without words": (
        lambda path: own(path.parent, locale=' default-locale="tlh"').rename(path),
        "in a language that CSL has no words for (tlh)",
    ),
    "a macro that is not there": (
        lambda path: own(path.parent, body='<text macro="gone"/>').rename(path),
        "a macro that it does not have (gone)",
    ),
    "a macro that calls itself": (
        lambda path: own(path.parent, macros='<macro name="a"><text macro="a"/></macro>').rename(path),
        "a macro that calls itself (a)",
    ),
    "macros that never end": (
        lambda path: own(
            path.parent, macros=f'{DOUBLED}<macro name="m12"/>', body='<text macro="m0"/>'
        ).rename(path),
        "macros that call each other too often",
    ),
    "what the processor refuses": (
        lambda path: own(path.parent, body="<bogus/>").rename(path),
        'cannot be used (CiteprocParseError: unknown element "bogus")',
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_style_that_cannot_be_used_is_refused_in_one_sentence(case: str, tmp_path: Path) -> None:
    write, reason = BROKEN[case]
    path = tmp_path / "given.csl"
    write(path)
    with pytest.raises(InputError, match=re.escape(reason)) as caught:
        reference(PLAIN, style=path)
    assert "\n" not in str(caught.value)
