"""Works as references in a citation style: a list of them as text or as a page, or one alone.

Pandoc's citation processor sets them, of which the package pypandoc-binary brings a copy. It is handed CSL-JSON and a
style, is allowed no file and no address besides, and answers with a tree of words, which is written out here: what
stands in a record stays within its own reference, whatever signs it holds.

Nothing is mended in what comes back. What a style can't know is decided in what is handed over: see `_item`.
"""

import html
import json
import os
import re
import shutil
import subprocess
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple, TextIO

from harvester.errors import InputError
from harvester.formats import Content, Format, citation_styles, record_format, written
from harvester.formats.citation_styles import Style
from harvester.formats.names import person
from harvester.formats.write_csl_json import item
from harvester.model import Authorship, Work
from harvester.retractions import first_date

__all__ = ["reference", "references", "style_format"]

_TITLES: Final = {"apa": "APA 7", "gb7714": "GB/T 7714-2015", "mla": "MLA 9", "vancouver": "Vancouver (NLM)"}

_PRINTED: Final = (
    "type", "title", "author", "editor", "issued", "container-title", "container-title-short", "collection-title",
    "volume", "issue", "page", "number-of-pages", "publisher", "publisher-place", "DOI", "PMID", "PMCID", "ISSN",
    "ISBN", "language",
)  # fmt: skip
"""What of an item goes into a reference; a processor reads orders to itself in a note."""
_GENRES: Final = frozenset(("dissertation", "preprint"))
"""Types that are printed in words; those of articles would stand there as if they were part of the title."""

_HEAP: Final = "4g"
_PATIENCE = 120.0
_PATIENCE_A_WORK = 0.1

_SPACE: Final = {"t": "Space"}
_TAGS: Final = {
    "Emph": "i", "Strong": "b", "Superscript": "sup", "Subscript": "sub", "Underline": "u", "Strikeout": "s",
}  # fmt: skip


def references(works: Iterable[Work], *, style: str | Path) -> Iterator[str]:
    """Give the reference of each work on a line of its own, in the order of the style and numbered where it numbers.

    The style is a name of `citation_styles.NAMES`, a CSL file, or the name of a published one. A retracted work is
    marked so at the end. All works are handed over at once, since a style may sort them; keep them to some ten
    thousand. Raises `InputError` for a style that cannot be used, and where the processor is missing or gives up.

    >>> silva = Authorship(name="Ana Silva", given="Ana", family="Silva")
    >>> work = Work(key="a", type="article", title="Peers help: a trial", authors=(silva,), year=2020)
    >>> list(references([work], style="apa"))
    ['Silva, A. (2020). Peers help: A trial.']
    """
    return _references(works, style, _text)


def reference(work: Work, *, style: str | Path) -> str:
    """Give the reference of one work, without the number that it would have in a list.

    Raises `InputError` as `references` does.
    """
    return next(_references([work], style, _text, is_numbered=False))


def style_format(style: str | Path, *, as_page: bool = False) -> Format:
    """Give the file format that any style is: a reference a paragraph, as text or as a page with its italics.

    Raises `InputError` for a style that cannot be used, before anything is written.

    >>> style_format("the-lancet.csl").description
    'references as text in the style the-lancet'
    """
    known = citation_styles.style(style)
    write = partial(_write_page if as_page else _write_text, str(style))
    kind = "a page" if as_page else "text"
    return Format(str(style), (), f"references as {kind} in the style {known.identifier}", write, is_whole=True)


def _write_text(style: str, stream: TextIO, content: Content) -> None:
    separator = ""
    for text in _references(written.held(content.works), style, _text):
        stream.write(f"{separator}{text}\n")
        separator = "\n"


def _write_page(style: str, stream: TextIO, content: Content) -> None:
    stream.write(
        '<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n<title>References</title>\n'
        "<style>p { padding-left: 2em; text-indent: -2em }</style>\n"
    )
    stream.writelines(f"<p>{text}</p>\n" for text in _references(written.held(content.works), style, _markup))
    stream.write("</html>\n")


for _name, _title in _TITLES.items():
    # A list is whole: a part of it would begin to number again.
    record_format(_name, f".{_name}.txt", description=f"references as text in {_title}", is_whole=True)(
        partial(_write_text, _name)
    )
    record_format(
        f"{_name}-html",
        f".{_name}.html",
        f".{_name}.htm",
        description=f"references as a page in {_title}",
        is_whole=True,
    )(partial(_write_page, _name))


# -- what is handed over -----------------------------------------------------------------------------------------


def _item(work: Work, number: int, style: Style) -> dict[str, Any]:
    people = {"authors": tuple(map(_named, work.authors or ())), "editors": tuple(map(_named, work.editors))}
    given = item(work.model_copy(update=people), str(number))
    found: dict[str, Any] = {name: given[name] for name in ("id", *_PRINTED) if name in given}
    if work.type == "software":  # which Zotero does not know in a file, and styles do
        found["type"] = "software"
    if title := found.get("title"):
        # Styles end a title themselves, if they end it; what may be an abbreviation is left.
        found["title"] = re.sub(r"(\w{4}|[\])?!])\.$", r"\1", title)
    first, last = written.pages(work)
    if first == last:
        found["page"] = first
    if work.type in _GENRES:
        found["genre"] = written.WORDS[work.type]
    # A style that prints both would say the same address twice; OpenAlex's own page is no place to read a work.
    if not work.doi and not (url := written.address(work)).startswith("https://openalex.org/"):
        found["URL"] = url
    if found["type"] == "book":
        # What a whole book appeared in is a series.
        found.setdefault("collection-title", found.pop("container-title", None))
    if found["type"] == "article":
        # Of a preprint, CSL's publisher is the archive (GitHub zotero/zotero-schema, csl of `preprint`).
        found["publisher"] = found.pop("container-title", None) or found.get("publisher")
    # No style names the publisher of a journal, and MLA none's town; its style takes one for a part of the journal's
    # name (style.mla.org works-cited, "Publisher").
    if found["type"] == "article-journal" or style.identifier.startswith("modern-language-association"):
        found.pop("publisher-place", None)
    if style.identifier.startswith("apa"):
        _follow_apa(found, work)
    return {name: value for name, value in found.items() if value}


def _follow_apa(found: dict[str, Any], work: Work) -> None:
    """Mend what APA's style leaves to those who write the records (apastyle.apa.org, reference examples)."""
    if work.language in (None, "en"):
        found["title"] = re.sub(r"(?<=: )\w+", _capital, found.get("title", ""))
    if not work.first_page:
        found["number"] = found.pop("page", None)
    if found["type"] == "article":
        found.pop("genre", None)


def _named(one: Authorship) -> Authorship:
    """A name in parts, which a reference can't do without: where a source gives none they are read from the whole.

    A name in Chinese, Japanese or Korean is one word: it has no initials, and begins with the family name.

    >>> _named(Authorship(name="Ana da Silva")).family, _named(Authorship(name="张伟", given="伟", family="张")).name
    ('da Silva', '张伟')
    """
    if _is_east_asian(one.name):
        whole = f"{one.family}{one.given or ''}" if one.family else one.name.replace(" ", "")
        return Authorship(name=whole, is_organisation=True)
    if one.is_organisation or one.family:
        return one
    return person(one.name) or one


def _is_east_asian(text: str) -> bool:
    """Whether all letters are Chinese, Japanese or Korean.

    >>> _is_east_asian("張"), _is_east_asian("Zhang"), _is_east_asian("김")
    (True, False, True)
    """
    letters = [letter for letter in text if letter.isalpha()]
    return bool(letters) and all(
        unicodedata.name(letter, "").startswith(("CJK", "HIRAGANA", "KATAKANA", "HANGUL")) for letter in letters
    )


def _capital(word: re.Match[str]) -> str:
    """The word with a capital, unless it has its own already: "mRNA" stays."""
    return word[0][:1].upper() + word[0][1:] if word[0].islower() else word[0]


# -- the processor -----------------------------------------------------------------------------------------------


class _Entry(NamedTuple):
    """A reference in Pandoc's tree of words: its number, where the style has one, and the rest."""

    label: list[Any]
    words: list[Any]


class _Rest(NamedTuple):
    """What of a work is not the processor's."""

    key: str
    mark: list[Any]
    is_chinese: bool


def _references(
    works: Iterable[Work],
    style: str | Path,
    written_out: Callable[[list[Any]], str],
    *,
    is_numbered: bool = True,
) -> Iterator[str]:
    known = citation_styles.style(style)
    items, rest = [], []
    for number, work in enumerate(works):  # of each work only what is printed is kept
        items.append(_item(work, number, known))
        rest.append(_Rest(work.key, _mark(work), known.language == "zh" and _is_chinese(work)))
    if known.language == "zh":
        entries = _in_two_languages(items, known, [each.is_chinese for each in rest])
    else:
        entries = _processed(items, known)
    for number, entry in entries.items():
        # A work without title and names, or one of which the style prints nothing, is still to be found by its key.
        is_named = items[number].keys() & {"title", "author", "editor"} and any(map(str.isalnum, _text(entry.words)))
        words = entry.words if is_named else [{"t": "Str", "c": rest[number].key}]
        yield written_out([*(entry.label if is_numbered else ()), *words, *rest[number].mark])


def _mark(work: Work) -> list[Any]:
    """That a work is retracted, as APA says it (apastyle.apa.org, journal-article-references); other styles do not."""
    if not work.is_retracted:
        return []
    year = (first_date(work) or "")[:4]
    return [_SPACE, {"t": "Str", "c": f"(Retraction published {year})" if year else "(Retracted)"}]


def _in_two_languages(items: list[dict[str, Any]], style: Style, are_chinese: list[bool]) -> dict[int, _Entry]:
    """Have each work cited with words of its own language, "et al." for one, in a Chinese list (GB/T 7714-2015, 8.1.2).

    CSL 1.0 has no way to say so, hence a list of both is set twice.
    """
    english = _processed(items, style, language="en-US") if not all(are_chinese) else {}
    chinese = _processed(items, style) if any(are_chinese) else english
    return {
        number: entry if are_chinese[number] else _Entry(entry.label, english[number].words)
        for number, entry in chinese.items()
    }


def _is_chinese(work: Work) -> bool:
    if work.language:
        return work.language.lower().startswith("zh")
    return any(map(_is_east_asian, written.title(work)))


def _processed(items: list[dict[str, Any]], style: Style, *, language: str | None = None) -> dict[int, _Entry]:
    """Have the references set, by the number of their works and in the order of the style."""
    if not items:
        return {}
    pandoc = _pandoc()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "style.csl")
        place.write_bytes(style.csl)
        # The folder is empty but for the style: nothing that the person has set for Pandoc changes a reference.
        command = [pandoc, "+RTS", f"-M{_HEAP}", "-RTS", "--sandbox", f"--data-dir={folder}", f"--csl={place}"]
        command += ["--from=csljson", "--to=json", "--citeproc", *([f"--metadata=lang={language}"] if language else [])]
        try:
            done = subprocess.run(  # noqa: S603 - our own words, no shell
                command,
                input=json.dumps(items).encode(),
                capture_output=True,
                check=False,
                timeout=_PATIENCE + _PATIENCE_A_WORK * len(items),
            )
        except subprocess.TimeoutExpired as error:
            raise InputError(
                f"the style {style.identifier} takes too long with {len(items)} works; choose some with --where"
            ) from error
        except OSError as error:
            raise InputError(f"{pandoc} cannot be run ({error.strerror}); install pypandoc-binary again") from error
    if done.returncode:
        said = written.one_line(done.stderr.decode("utf-8", "replace"))
        if "Heap exhausted" in said:
            raise InputError(f"{len(items)} works at once are too many for a list; choose some with --where")
        raise InputError(f"the style {style.identifier} cannot be used ({said[:300]}); give another CSL file")
    blocks = json.loads(done.stdout)["blocks"]
    entries = blocks[0]["c"][1] if blocks else []
    return {int(entry["c"][0][0].removeprefix("ref-")): _entry(entry["c"][1]) for entry in entries}


def _pandoc() -> str:
    """The copy of Pandoc in the package, whose words are those that we test; else the one on this machine."""
    spec = find_spec("pypandoc")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        place = Path(folder, "files", "pandoc.exe" if os.name == "nt" else "pandoc")
        if place.is_file():
            return str(place)
    if found := shutil.which("pandoc"):
        return found
    raise InputError("references in a style need Pandoc, which is missing; install the package pypandoc-binary")


def _entry(blocks: list[Any]) -> _Entry:
    words = _inlines(blocks)
    if words and words[0]["t"] == "Span" and "csl-left-margin" in words[0]["c"][0][1]:
        return _Entry([words[0], _SPACE], words[1:])
    return _Entry([], words)


def _inlines(blocks: list[Any]) -> list[Any]:
    """The words of blocks; a part that a style sets on a line of its own is one more block within."""
    words = [_inlines(block["c"][1]) if block["t"] == "Div" else block["c"] for block in blocks]
    return [word for each in words for word in (*each, _SPACE)]


# -- the tree of words ---------------------------------------------------------------------------------------------


def _text(words: list[Any]) -> str:
    return written.one_line("".join(_plain(word) for word in words))


def _plain(word: Any) -> str:
    kind, content = word["t"], word.get("c")
    if kind in ("Str", "Space", "SoftBreak", "LineBreak"):
        return content or " "
    return "".join(_plain(each) for each in _within(kind, content))


def _markup(words: list[Any]) -> str:
    return written.one_line("".join(_marked(word) for word in words))


def _marked(word: Any) -> str:
    kind, content = word["t"], word.get("c")
    if kind in ("Str", "Space", "SoftBreak", "LineBreak"):
        return html.escape(content or " ")
    inner = "".join(_marked(each) for each in _within(kind, content))
    if kind == "SmallCaps":
        return f'<span style="font-variant: small-caps">{inner}</span>'
    if kind == "Link" and content[2][0].startswith(("https://", "http://")):
        return f'<a href="{html.escape(content[2][0])}">{inner}</a>'
    tag = _TAGS.get(kind)
    return f"<{tag}>{inner}</{tag}>" if tag else inner


def _within(kind: str, content: Any) -> list[Any]:
    """The words within a word: of links and spans behind their attributes, of anything that holds no words none."""
    if kind in ("Span", "Link", "Quoted", "Cite"):
        return list(content[1])
    return list(content) if kind in _TAGS or kind == "SmallCaps" else []
