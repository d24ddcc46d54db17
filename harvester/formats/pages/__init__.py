"""Pages of the web about one paper each, pasted as text: a portal, a citation index, a library catalogue.

What is pasted is half broken: navigation, buttons and advertisements stand between the facts, lines are missing, labels
are in the language of the reader's browser. A reader here looks for labels and shapes, never for places, and what a
page does not say stays unsaid. What writes such a page keeps to the labels and places of the one that it was seen on.
"""

from typing import Final

from harvester.formats.pages import booksci, catalogue, citation_index
from harvester.formats.reading import Reader

__all__ = ["READERS"]

READERS: Final[tuple[Reader, ...]] = (booksci.READER, citation_index.READER, catalogue.READER)
