"""Works as NoteExpress' text, under the names of fields that CNKI and Wanfang export.

The values are those of EndNote's tagged text. `.net`, under which CNKI saves such files, is Pajek's ending here.
"""

from typing import Final, TextIO

from harvester.formats import Content, record_format, written
from harvester.formats.noteexpress import FIELDS
from harvester.formats.write_endnote import tagged

__all__ = ["write_noteexpress"]

_NAMES: Final = {tag: name for name, tag in FIELDS.items()} | {"~": "Database Provider"}


@record_format("noteexpress", ".noteexpress.txt", description="references as NoteExpress' text")
def write_noteexpress(stream: TextIO, content: Content) -> None:
    """Write a record for each work that a source holds, each value on one line, a blank line behind it."""
    for work in written.held(content.works):
        stream.writelines(f"{{{_NAMES[tag]}}}: {value}\n" for tag, value in tagged(work) if value and tag in _NAMES)
        stream.write("\n")
