"""Everything that can go wrong, as one tree.

HarvesterError
├── NotAnIdentifier          text that is no DOI, OpenAlex id, ... and the reason why not (also a ValueError)
├── InputError               a file or an option that cannot be used as it is
│   └── QueryError           a search or filter that is not understood, with the place and a suggestion
├── OutputError              a file that cannot be written
├── LibraryError             the library file cannot be used
│   ├── NotALibrary          some other file
│   ├── NewerLibrary         written by a newer version of this program
│   └── LibraryBusy          another run holds it
├── Unreadable               an answer that is not what its source sends: cut, empty, or of another shape
├── Rejected                 a source calls the question itself malformed
├── AccessRefused            a key, token or address that a source turns away; asking again does not help
└── Stopped                  the run ended early and can be resumed
    ├── BudgetExhausted      the next request costs more than is left
    └── SourceDown           a source failed more often than patience allows

The message of each is one sentence for the person at the terminal: what failed, and what to do.
"""

__all__ = [
    "AccessRefused",
    "BudgetExhausted",
    "HarvesterError",
    "InputError",
    "LibraryBusy",
    "LibraryError",
    "NewerLibrary",
    "NotALibrary",
    "NotAnIdentifier",
    "OutputError",
    "QueryError",
    "Rejected",
    "SourceDown",
    "Stopped",
    "Unreadable",
]


class HarvesterError(Exception):
    """Any failure this package raises on purpose."""


class NotAnIdentifier(HarvesterError, ValueError):
    """The text is not an identifier of the scheme asked for; the message says why not."""


class InputError(HarvesterError):
    """A file or an option that cannot be used as it is."""


class QueryError(InputError):
    """A search or a filter that is not understood or cannot be asked.

    `text` is what was given, `span` the place in it (first character, one after the last), `suggestion` what to
    write instead, None where there is nothing sensible to suggest.
    """

    def __init__(self, sentence: str, *, text: str, span: tuple[int, int], suggestion: str | None = None) -> None:
        super().__init__(sentence)
        self.text = text
        self.span = span
        self.suggestion = suggestion


class OutputError(HarvesterError):
    """A file that cannot be written; whatever stood in its place still does."""


class LibraryError(HarvesterError):
    """The library file cannot be used."""


class NotALibrary(LibraryError):
    """The file exists and is something else."""


class NewerLibrary(LibraryError):
    """The file was written by a newer version of this program."""


class LibraryBusy(LibraryError):
    """Another run is writing to the library."""


class Unreadable(HarvesterError):
    """An answer that is not what its source sends: cut, empty, or of another shape."""


class Rejected(HarvesterError):
    """A source calls the question itself malformed; asking it again in the same words does not help."""


class AccessRefused(HarvesterError):
    """A source turned the caller away (wrong key, blocked address); asking again does not help."""


class Stopped(HarvesterError):
    """The run ended before its work was done; what was received is kept and `resume` goes on."""


class BudgetExhausted(Stopped):
    """The next request costs more than is left to spend."""


class SourceDown(Stopped):
    """A source failed more often, or asked for a longer wait, than patience allows."""
