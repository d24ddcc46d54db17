"""The entries of a BibTeX file: where each begins and ends, its fields, and what else in the file it needs.

BibTeX stops at the first mistake; files have many. An entry that does not close ends where a line begins the next
one, a value that does not close ends where a line begins the next field, and what could be read is kept. The grammar:
"Designing BibTeX Styles" and BibTeX's own `bibtex.web`; tug.org/texmf-docs/bibtex/btxdoc.pdf.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Entry", "Value", "entries", "joined", "needed", "parsed"]


class Value(NamedTuple):
    """A part of a value: text between braces or quotes, or the name of a macro."""

    text: str
    is_macro: bool = False


class Entry(NamedTuple):
    """An entry as it stands in the file. The type is in small letters, and so are the names of fields."""

    start: int
    raw: str
    type: str
    key: str
    fields: dict[str, list[Value]]
    is_whole: bool = True
    """False where it does not close: cut off, or with a brace too many."""


_BEGINS = re.compile(r"@[ \t]*([A-Za-z][\w+-]*)\s*([{(])")
_BEGINS_LINE = re.compile(r"^[ \t\ufeff]*@[ \t]*[A-Za-z][\w+-]*[ \t]*[{(]", re.MULTILINE)
_BRACE = re.compile(r"[{}]")
_UNESCAPED_BRACE = re.compile(r"(?<!\\)[{}]")
_KEY = re.compile(r"\s*([^\s,={}\"()#%\\][^,={}\"\n]*?)?\s*(?:,|(?=[})]\s*$)|$)")
_NAME = re.compile(r"[\s,]*([^\s=,{}\"#()@]+)\s*=\s*")
_WORD = re.compile(r"[^\s,#{}()\"=]+")
_CLOSING_QUOTE = re.compile(r"\"\s*(?=,|\}|\)|#|$)")
# Where a value that does not close is cut off: a line that begins the next field.
_NEXT_FIELD = re.compile(r",?[ \t]*\n[ \t]*[A-Za-z][\w-]*[ \t]*=[ \t]*[{\"\d]")
_MOST_LONG_SCANS = 50

_COMMENTS = frozenset(("comment", "preamble"))

MONTHS = {
    "jan": "January", "feb": "February", "mar": "March", "apr": "April", "may": "May", "jun": "June",
    "jul": "July", "aug": "August", "sep": "September", "oct": "October", "nov": "November", "dec": "December",
}  # fmt: skip
"""The macros that every BibTeX style defines."""


def entries(text: str) -> Iterator[Entry]:
    """Give every entry of a file in order, `@string` among them; comments and preambles are passed over.

    >>> [(one.type, one.key) for one in entries("@article{a, title={A @ B}}\\n mail@example.org @book{b,")]
    [('article', 'a'), ('book', 'b')]
    """
    starts = [match.start() for match in _BEGINS_LINE.finditer(text)]
    line = position = long_scans = 0
    while begins := _BEGINS.search(text, position):
        start = begins.start()
        while line < len(starts) and starts[line] <= start:
            line += 1
        border = starts[line] if line < len(starts) else len(text)
        sort = begins[1].lower()
        end, brace = _closed(text, begins.end() - 1, border)
        if end is None and sort in _COMMENTS and long_scans < _MOST_LONG_SCANS:
            # A comment may hold whole entries, and JabRef's hold its settings.
            end, brace = _closed(text, begins.end() - 1, len(text))
            long_scans += 1
        is_whole = end is not None
        end = border if end is None else end
        if sort not in _COMMENTS:
            body = text[begins.end() : end - 1] if is_whole else text[begins.end() : end].rstrip()
            yield _entry(start, text[start:end].rstrip(), sort, body, brace if is_whole else None)
            position = end
        else:
            position = end if is_whole else begins.end()


def _closed(text: str, opening: int, border: int) -> tuple[int | None, re.Pattern[str]]:
    """The place behind the bracket that closes what `opening` opens, None before the border; and what is a brace there.

    Braces count even behind a backslash, as in BibTeX; where that does not come out, as in a file of a program.
    """
    if text[opening] == "(":
        return _closed_parenthesis(text, opening, border), _BRACE
    for pattern in (_BRACE, _UNESCAPED_BRACE):
        end = _balanced(text, opening, border, pattern)
        if end is not None:
            return end, pattern
    return None, _BRACE


def _balanced(text: str, opening: int, border: int, brace: re.Pattern[str]) -> int | None:
    depth = 0
    for match in brace.finditer(text, opening, border):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return match.end()
    return None


def _closed_parenthesis(text: str, opening: int, border: int) -> int | None:
    """Parentheses close at the first one outside braces and quotes; inside, they are text."""
    depth = 0
    quoted = False
    for match in re.finditer(r"[{}\")]", text[opening + 1 : border]):
        sign = match[0]
        if sign == "{":
            depth += 1
        elif sign == "}":
            depth -= 1
        elif sign == '"' and depth == 0:
            quoted = not quoted
        elif sign == ")" and depth == 0 and not quoted:
            return opening + 1 + match.end()
    return None


def _entry(start: int, raw: str, sort: str, body: str, brace: re.Pattern[str] | None) -> Entry:
    """An entry, `brace` being what counts as one in it; None where it does not close."""
    key = None if sort == "string" else _KEY.match(body)
    fields = _fields(body, key.end() if key else 0, brace)
    return Entry(start, raw, sort, (key[1] or "") if key else "", fields, brace is not None)


def _fields(body: str, position: int, brace: re.Pattern[str] | None) -> dict[str, list[Value]]:
    """The fields, the first of each name; of a few names, a second one is added to the first."""
    found: dict[str, list[Value]] = {}
    while position < len(body):
        name = _NAME.match(body, position)
        if name is None:
            # Text that belongs to no field: go on behind the next comma or line.
            following = re.compile(r"[,\n]").search(body, position + 1)
            if following is None:
                break
            position = following.end()
            continue
        values, position = _values(body, name.end(), brace)
        field = name[1].lower()
        if values and field not in found:
            found[field] = values
        elif values and field in _REPEATED and values != found[field]:
            found[field] = [*found[field], Value(_REPEATED[field]), *values]
    return found


_REPEATED = {"author": " and ", "editor": " and ", "keywords": "; ", "keyword": "; ", "note": "; ", "url": " "}


def _values(body: str, position: int, brace: re.Pattern[str] | None) -> tuple[list[Value], int]:
    """The parts of a value, and the place behind it."""
    values: list[Value] = []
    while True:
        position = _behind_space(body, position)
        if position >= len(body):
            return values, position
        sign = body[position]
        if sign == "{":
            text, position = _braced(body, position, brace)
            values.append(Value(text))
        elif sign == '"':
            text, position = _quoted(body, position)
            values.append(Value(text))
        elif word := _WORD.match(body, position):
            values.append(Value(word[0], is_macro=not word[0].isdigit()))
            position = word.end()
        following = _behind_space(body, position)
        if following < len(body) and body[following] == "#":
            position = following + 1
            continue
        return values, max(position, following)


_SPACE = re.compile(r"\s*")


def _behind_space(body: str, position: int) -> int:
    match = _SPACE.match(body, position)
    return match.end() if match else position


def _braced(body: str, position: int, brace: re.Pattern[str] | None) -> tuple[str, int]:
    """A value in braces; in an entry that does not close it ends at the latest where a line begins another field."""
    if brace is not None:
        end = _balanced(body, position, len(body), brace)
        if end is not None:
            return body[position + 1 : end - 1], end
    following = _NEXT_FIELD.search(body, position)
    border = following.start() if following else len(body)
    end, _ = _closed(body, position, border)
    return (body[position + 1 : end - 1], end) if end is not None else (body[position + 1 : border], border)


def _quoted(body: str, position: int) -> tuple[str, int]:
    """A value in quotes; inside braces a quote is text, and so is one that nothing follows as it should."""
    depth = 0
    for match in re.compile(r"[{}\"]").finditer(body, position + 1):
        if match[0] == '"' and depth == 0:
            if _CLOSING_QUOTE.match(body, match.start()) or _NAME.match(body, match.end()):
                return body[position + 1 : match.start()], match.end()
        elif match[0] != '"':
            depth += 1 if match[0] == "{" else -1
    following = _NEXT_FIELD.search(body, position)
    end = following.start() if following else len(body)
    return body[position + 1 : end].rstrip('" \n'), end


# -- what an entry needs ---------------------------------------------------------------------------------------

_PARENTS = ("crossref", "xdata")
_MOST_PARENTS = 5


def parsed(text: str) -> tuple[Entry | None, dict[str, Entry], dict[str, str]]:
    """Read a fragment: its entry, the entries that it inherits from by their keys, and the macros by their names."""
    macros = dict(MONTHS)
    main = None
    parents: dict[str, Entry] = {}
    for entry in entries(text):
        if entry.type == "string":
            for name, values in entry.fields.items():
                macros[name] = joined(values, macros)
        elif main is None:
            main = entry
        else:
            parents.setdefault(entry.key.casefold(), entry)
    return main, parents, macros


def joined(values: list[Value], macros: dict[str, str]) -> str:
    """The text of a value. A macro that nobody defines stands for its own name, which is mostly an abbreviation."""
    return "".join(macros.get(value.text.lower(), value.text) if value.is_macro else value.text for value in values)


def needed(entry: Entry, strings: dict[str, Entry], by_key: dict[str, Entry]) -> str:
    """The text of an entry that is whole by itself: before it the macros it names, behind it those it inherits from."""
    family = [entry]
    for member in family:
        for name in _PARENTS:
            for key in joined(member.fields.get(name, []), {}).split(","):
                parent = by_key.get(key.strip().casefold())
                if parent is not None and parent not in family and len(family) <= _MOST_PARENTS:
                    family.append(parent)
    used: dict[str, Entry] = {}
    waiting = [value for member in family for values in member.fields.values() for value in values]
    while waiting:
        value = waiting.pop()
        name = value.text.lower()
        if value.is_macro and name in strings and name not in used:
            used[name] = strings[name]
            waiting += [inner for values in strings[name].fields.values() for inner in values]
    before = sorted({one.start: one.raw for one in used.values()}.items())
    return "\n".join([*(raw for _, raw in before), *(member.raw for member in family)])
