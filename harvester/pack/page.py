"""The page that greets whoever opens a pack: what each file is, what was left out, whose the data are."""

from collections.abc import Iterable
from typing import Final

from harvester.pack.manifest import NAME, Manifest
from harvester.review.running import NAMES

__all__ = ["page"]

# As the indexes say themselves: docs.openalex.org, opencitations.net/about, europepmc.org/Copyright, DataCite under
# support.datacite.org/docs/datacite-data-use-policy, and Crossref in the documentation of its REST API under
# "REST API metadata license information".
TERMS: Final = {
    "openalex": "its data are in the public domain (CC0).",
    "crossref": "bibliographic data are facts, free to reuse; abstracts belong to their publishers or authors.",
    "opencitations": "its data are in the public domain (CC0).",
    "datacite": "its metadata are in the public domain (CC0).",
    "europepmc": "free to read; most of what it shows is protected by the copyright of publishers or authors.",
}
WIDTH: Final = 100


def page(manifest: Manifest, *, sources: Iterable[str], commands: int) -> str:
    """Write the page; `sources` are the indexes that were asked, `commands` how many runs are on record."""
    size, before, program = manifest.library.size, manifest.library.size_before, manifest.software["citation-harvester"]
    text = f"""\
Literature search: library, exports and account
===============================================

Written by citation-harvester {program} from a library of {before.works:,} described works and \
{before.citations:,} citations, with {commands:,} commands on record.

Files
-----
{_lines(f"{each.name}: {each.made}" for each in manifest.members)}
{NAME}: what is in here, with the size and the SHA-256 of each file

What was left out
-----------------
{_lines(_left_out(manifest))}

The library in here has {size.works:,} described works, {size.only_cited:,} known only by being cited, \
{size.citations:,} citations and {size.abstracts:,} abstracts; the whole one has {before.works:,}, \
{before.only_cited:,}, {before.citations:,} and {before.abstracts:,}.
The files in report/ give the account of the whole library, of which the content has the SHA-256
{manifest.library.checksum_before}.

To repeat it
------------
harvester replay THIS.zip
  proves the library, makes the exports from it again without a network, and compares every byte;
  of the other files, the report among them, it compares the checksums.
harvester --library library.sqlite status
  after unpacking: the library is a whole one, and can be searched, exported and continued.

Whose the data are
------------------
{_lines(f"{NAMES[name]}: {TERMS[name]}" for name in sorted(sources) if name in TERMS)}
What people of the team decided and wrote is theirs: say in the deposit under which licence they give it.
Records from licensed databases may not be passed on without leave of their owners.
"""
    return _lines(folded for line in text.split("\n") for folded in _folded(line))


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines)


def _left_out(manifest: Manifest) -> list[str]:
    told = {
        "abstract": "abstracts, taken out of {} items ({})",
        "record": "records from files: {} ({}); a work that no index has stands by its identifiers alone",
        "text": "the text that records from files were read from: {} ({})",
    }
    lines = []
    for what, counts in manifest.left_out.items.items():
        by_source = ", ".join(f"{name} {number:,}" for name, number in counts.items())
        lines.append(f"- {told.get(what, what + ': {} ({})').format(f'{sum(counts.values()):,}', by_source)}")
    lines += [f"- {number:,} texts of {name} in the ledger" for name, number in manifest.left_out.texts.items()]
    if not lines:
        return ["Nothing, but where and by whom the file was written."]
    return [*lines, f"{manifest.left_out.listed} lists the items, each with the SHA-256 of what was received."]


def _folded(line: str) -> Iterable[str]:
    """Break a long line at spaces."""
    while len(line) > WIDTH and (cut := line.rfind(" ", 1, WIDTH)) > 0:
        yield line[:cut]
        line = line[cut + 1 :]
    yield line
