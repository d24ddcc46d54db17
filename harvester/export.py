"""What a library holds as a file of any format: of records, of the citation graph, or a page to look at it.

The name of the file chooses the format. Whoever writes a file, the command line or Python, writes it here, so that the
same library and the same selection give the same bytes.
"""

from collections.abc import Collection
from pathlib import Path

from graph import export as graphs
from graph.build import CitationGraph
from graph.export import Drawing
from graph.mainpath import main_path
from graph.page import Literature, NotBundled, page, reduced
from graph.picture import Arrangement, citation_picture
from harvester import formats
from harvester.errors import InputError, OutputError
from harvester.formats import Content
from harvester.library import Library, chases, ranks, reading
from harvester.library.graphs import graph_of

__all__ = ["PAGES", "content", "drawing", "graph_ending", "literature", "write", "write_drawing", "write_page"]

PAGES = (".html", ".htm")
"""The endings of a page for a browser."""


def write(
    library: Library,
    path: str | Path,
    *,
    format: str | None = None,  # noqa: A002 - the word of the command line
    selected: Collection[str] | None = None,
) -> None:
    """Write the library, or the works with these keys and the citations among them, to a file.

    A file of the graph shows the citations, with communities and places, and so does a page. Raises `InputError` for a
    format that is not known and `OutputError` for a file that cannot be written; what stood in its place then still
    does.
    """
    ending = graph_ending(path, format=format)
    if ending is None:
        formats.write(content(library, selected=selected), path, format=format)
        return
    graph = graph_of(library)
    graph = graph if selected is None else graph.among(selected)
    drawn = drawing(library, graph)
    if ending in PAGES:
        write_page(literature(library, graph, drawn, title=Path(path).stem, selected=selected), path)
    else:
        write_drawing(drawn, path, ending=ending)


def graph_ending(path: str | Path, *, format: str | None = None) -> str | None:  # noqa: A002 - the word of the command line
    """Give the ending of the graph format or page that a file is in, None for a format of records.

    Raises `InputError` when the file is in neither.

    >>> graph_ending("review.gexf"), graph_ending("review.ris"), graph_ending("review.txt", format="GraphML")
    ('.gexf', None, '.graphml')
    >>> graph_ending("review.html"), graph_ending("review.apa.html")
    ('.html', None)
    """
    name = f".{format.lower().removeprefix('.')}" if format else Path(path).name.lower()
    ending = max((known for known in (*graphs.FORMATS, *PAGES) if name.endswith(known)), key=len, default=None)
    suffixes = [suffix for each in formats.known() for suffix in each.suffixes]
    if ending in PAGES and any(name.endswith(suffix) for suffix in suffixes):
        return None
    if ending is None:
        if format and format.lower().endswith(".csl"):
            formats.choose(path, format=format)
            return None
        try:
            formats.of(path if format is None else format)
        except InputError as error:
            raise InputError(
                f"{format or Path(path).name} is in no known format;"
                f" a file may end in {' '.join([*graphs.FORMATS, PAGES[0], *suffixes])}"
            ) from error
    return ending


def content(library: Library, *, selected: Collection[str] | None = None) -> Content:
    """Give what formats of records are written from; each work says how the last citation search found it."""
    searched = ranks.searched(library)
    works = reading.works(library, selected=selected)
    return Content(
        works=(work.model_copy(update={"citation_search": searched.get(work.key)}) for work in works)
        if searched
        else works,
        citations=reading.citations(library, selected=selected),
        runs=reading.runs(library),
    )


def drawing(library: Library, graph: CitationGraph, *, arrangement: Arrangement | None = "network") -> Drawing:
    """Draw the citations of `graph`, with communities and places unless `arrangement` is None."""
    drawn = graphs.citation_drawing(graph) if arrangement is None else citation_picture(graph, arrangement=arrangement)
    searched = ranks.searched(library)
    if not searched:
        return drawn
    found = [searched.get(key) for key in graph.keys]
    return graphs.with_attributes(
        drawn,
        {
            "seed": ("boolean", ["true" if one and one.is_seed else "false" for one in found]),
            "round": ("int", [str(one.round) if one and one.round else None for one in found]),
            "directions": ("string", ["; ".join(one.directions) or None if one else None for one in found]),
            "linked_seeds": ("int", [str(len(one.seeds)) if one else None for one in found]),
            "rank": ("int", [str(one.rank) if one and one.rank else None for one in found]),
            "score": ("double", [f"{one.score:.9g}" if one and one.score is not None else None for one in found]),
        },
    )


def write_drawing(drawing: Drawing, path: str | Path, *, ending: str) -> None:
    """Write a drawing in the graph format of this ending; raises `OutputError` for a file that cannot be written."""
    try:
        graphs.write(drawing, path, format=ending.removeprefix("."))
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}); choose another place") from error


def literature(
    library: Library,
    graph: CitationGraph,
    drawn: Drawing,
    *,
    title: str,
    selected: Collection[str] | None = None,
) -> Literature:
    """Give what a page shows of a graph and its `drawing`: records, main path, decisions.

    All works that have a record are on it, those that are `selected` or that the last citation search ranked, and the
    most cited ones of the others (`graph.page.reduced`).
    """
    shown, left_out = reduced(graph, drawn, keep={*(selected or ()), *ranks.searched(library)})
    return Literature(
        title=title,
        drawing=shown,
        works=content(library, selected=frozenset(graph.keys)).works,
        main_path=[(arc.citing, arc.cited) for arc in main_path(graph).arcs],
        decisions=chases.screened(library),
        left_out=left_out,
    )


def write_page(literature: Literature, path: str | Path) -> None:
    """Write a page; raises `OutputError` for a file that cannot be written, and where this installation has no page."""
    try:
        text = page(literature)
    except NotBundled as error:
        raise OutputError(f"{path} is not written: {error}") from error
    with formats.replacing(Path(path)) as stream:
        stream.write(text)
