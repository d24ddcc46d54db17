"""Plain text out of titles and abstracts that hold JATS, HTML, MathML, entities and worse.

Titles and abstracts are fragments of whatever the publisher deposited: JATS with a prefix that nobody
declares, HTML, HTML escaped once or twice, pretty-printed over many lines. An XML parser refuses most of it
and follows entities in the rest, so tags are recognised by name and taken out, and nothing else is touched:
`p < 0.05` and `a<b` are text. All work is linear in the length of the text and uses no recursion.
"""

import re
import sys
import unicodedata
from collections import Counter
from html.entities import html5

__all__ = ["abstract", "clean"]


def _phrases(listed: str) -> frozenset[str]:
    return frozenset(" ".join(listed.split()).replace("| ", "|").split("|"))


# Marks that stand for tags while a text is cut; the same characters are removed from the input first.
_PARAGRAPH, _TITLE, _TITLE_END = "\x01", "\x02", "\x03"
_MARKS = {ord(mark): " " for mark in (_PARAGRAPH, _TITLE, _TITLE_END)}

# Control characters that are not white space, lone surrogates, non-characters, soft hyphens, zero-width
# spaces, byte order marks and overrides of the writing direction. Joiners stay: Persian is spelt with them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(17))
    + "]"
)
_UNEVEN_SPACE = re.compile(r"[^\S \n]|\s{2,}")
_ENTITY = re.compile(r"&(?:#([0-9]{1,7})|#[xX]([0-9A-Fa-f]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));")

# A tag never holds "<", so each attempt ends at the next one and the whole stays linear. What follows the
# name must look like attributes, or `a <b and c> d` would be a tag; prefixes in use are markup in any state.
_TAG = re.compile(
    r"""
    <(?P<end>/?)(?:(?:(?P<usual>jats|mml|m|ns\d{1,3}|x?html):|(?P<other>[A-Za-z][\w-]*+):))?+
    (?P<name>[A-Za-z][\w.-]*+)
    (?:
        (?P<attributes>(?:\s++[A-Za-z_][\w:.-]*+\s*+=\s*+(?:"[^"<]*+"|'[^'<]*+'|[^\s"'=<>`]++))*+)\s*+/?>
      | (?(usual)(?:[^<>"']++|"[^"<]*+"|'[^'<]*+'|["'])*+>|(?!))
      | (?(usual)|(?!))
    )
    | <[?!][A-Za-z][^<>]*+> | <!\[CDATA\[ | \]\]>
    """,
    re.ASCII | re.VERBOSE | re.IGNORECASE,
)
# Pretty-printing leaves line breaks where the sentence has no space: round a subscript, before a full stop.
_STRAY_BREAK = re.compile(
    r"\n(?: (?=</?(?:jats:)?sub>) | (?=</(?:jats:)?sup>) | (?<=<su[bp]>\n) | (?<=<jats:su[bp]>\n)"
    r" | (?<=>\n)(?=[.,;:)\]]) | (?<=[(\[]\n)(?=<) )",
    re.VERBOSE,
)

_TITLES = _phrases("h1|h2|h3|h4|h5|h6|title")
_PARAGRAPHS = _phrases(
    """
    abstract|blockquote|body|boxed-text|br|break|def-item|def-list|disp-formula|disp-formula-group|
    disp-quote|div|fig|hr|html|li|list|list-item|ol|p|sec|section|statement|table|table-wrap|tr|
    trans-abstract|ul|verse-group|verse-line
    """
)
_SPACED = _phrases("caption|def|label|td|term|th")
_DROPPED = _phrases("annotation|annotation-xml|script|style|tex-math")
_INLINE = _phrases(
    """
    a|abbr|alternatives|array|b|big|bold|chem-struct|cite|code|del|dfn|em|email|ext-link|fixed-case|font|
    head|i|img|inline-formula|inline-graphic|ins|institution|italic|kbd|maction|mark|math|menclose|merror|
    mfenced|mfrac|mi|mmultiscripts|mn|mo|monospace|mover|mpadded|mphantom|mprescripts|mroot|mrow|ms|
    mspace|msqrt|mstyle|msub|msubsup|msup|mtable|mtd|mtext|mtr|munder|munderover|named-content|nobr|none|
    overline|q|roman|s|sans-serif|sc|scp|semantics|small|span|strike|strong|styled-content|sub|sup|tbody|
    tfoot|thead|tt|u|underline|uri|var|xref
    """
)
_KNOWN = _TITLES | _PARAGRAPHS | _SPACED | _DROPPED | _INLINE

_DROPPED_END = re.compile(
    rf"</(?:[a-z][a-z0-9-]{{0,20}}:)?({'|'.join(sorted(_DROPPED, reverse=True))})\s?>",
    re.ASCII | re.IGNORECASE,
)

# Physicists write <A>, <S> for a mean; as tags in capitals only these are met.
_CAPITAL_LETTER_TAGS = frozenset("BIP")

# From U+0300 on there are combining marks; a run of them takes quadratic time to normalise, and no writing
# system stacks more than 30 (Unicode Standard Annex 15, Stream-Safe Text Format).
_MOST_STACKED = 30
_MAY_STACK = re.compile(f"[^\x00-\u02ff]{{{_MOST_STACKED + 1}}}")
_BLANK_LINE = re.compile(r"\r?\n[^\S\n]*\n\s*")
_CUT = re.compile("([\x01\x02\x03])")

# Headings that say only that this is the abstract.
_HEADINGS = _phrases(
    """
    abstract|abstracto|abstrak|abstrakt|kurzfassung|resume|resumen|resumo|riassunto|résumé|samenvatting|
    sammanfattning|sammendrag|sommario|streszczenie|summary|zusammenfassung|öz|özet|аннотация|резюме|
    реферат|抄録|摘要|要旨|초록
    """
)
_HEADING = re.compile(rf"(?:{'|'.join(sorted(_HEADINGS, key=len, reverse=True))})\s*[:.—–]\s*", re.IGNORECASE)

_LONGEST_LABEL = 80
_FEWEST_LABELS = 2
# Shorter words in capitals before a colon are abbreviations (DNA, NHS).
_SHORTEST_CAPITALS = 5
_PRINTED_LABEL = re.compile(
    r"(?:^|(?<=\n)|(?<=[.!?;)\]”’\"]\s)|(?<=[.!?]))((?![\d_])\w[\w/&,'’ -]{1,60}?)\s?:(?!//)\s*(?=\S)"
)
_LABEL_JOINT = re.compile(r"\s*(?:[/&,]|\b(?:and|or|und|et|y|e)\b)\s*")
# What abstracts call their parts, in the languages that are met most.
_LABELS = _phrases(
    """
    aim|aim of the study|aims|aims of the study|analyses|analysis|anliegen|antecedentes|approach|
    background|but|buts|case|case description|case presentation|case report|clinical implications|
    clinical relevance|clinical significance|comment|concluding remarks|conclusion|conclusione|
    conclusiones|conclusioni|conclusions|conclusión|conclusão|conclusões|context|contexte|contexto|
    contribution|contributions|data|data analysis|data collection|data extraction|data selection|
    data source|data sources|data synthesis|design|diagnosis|discusión|discussion|discussions|discussão|
    diskussion|einleitung|eligibility criteria|ergebnis|ergebnisse|ethics|evidence|evidence acquisition|
    evidence synthesis|exposure|exposures|fazit|findings|fragestellung|fundamento|funding|
    future directions|goal|goals|hintergrund|hypotheses|hypothesis|impact|implication|implications|
    implications for practice|importance|inclusion criteria|interpretation|intervention|interventions|
    introducción|introduction|introduzione|introdução|key findings|key results|lessons learned|
    level of evidence|limitation|limitations|main conclusions|main finding|main findings|main outcome|
    main outcome measure|main outcome measures|main outcomes|main points|main result|main results|
    material|materiales|materials|measure|measurement|measurements|measures|method|methode|methoden|
    methodik|methodology|methods|metodi|metodo|metodologia|metodología|méthode|méthodes|método|métodos|
    novelty|obiettivi|obiettivo|objectif|objectifs|objective|objectives|objetivo|objetivos|observations|
    options|originality|originality/value|outcome|outcome measures|outcomes|participant|participants|
    patient|patient contribution|patient or public contribution|patient population|patients|perspective|
    perspectives|population|practical implications|practice implications|practitioner points|
    primary outcome|problem|procedure|procedures|propósito|prospero registration number|
    public contribution|purpose|purposes|question|questions|rationale|recommendation|recommendations|
    registration|relevance|relevance to clinical practice|research design|research question|
    research questions|result|resultado|resultados|results|review methods|risultati|résultat|résultats|
    sample|samples|schlussfolgerung|schlussfolgerungen|scope|scopo|search methods|search strategy|
    selection criteria|setting|settings|significance|significance statement|social implications|sources|
    statistical analysis|strengths|study design|study eligibility criteria|study population|
    study selection|subject|subjects|summary|systematic review registration|target audience|theory|
    trial registration|trial registration number|value|what is known|ziel|ziele|zielsetzung
    """
)


def clean(text: str) -> str:
    r"""Return `text` as one line of plain text, in Unicode form NFC.

    Tags go, their text stays (except TeX beside MathML, scripts and styles); entities are resolved at most
    twice, since titles are often escaped twice; control characters, lone surrogates and non-characters go;
    white space becomes single spaces. Text that only looks like markup stays.

    >>> clean("Growth of\n   <i>E. coli</i> \n  K12 in H<sub>2</sub>O &amp;amp; air, p &lt; 0.05")
    'Growth of E. coli K12 in H2O & air, p < 0.05'
    """
    # Nine in ten texts are plain, and a harvest cleans millions.
    if text.isprintable() and "<" not in text and "&" not in text:
        if "  " in text or text.startswith(" ") or text.endswith(" "):
            text = " ".join(text.split())
        return text if text.isascii() else _normal(text)
    return _line(_flat(text))


def abstract(text: str) -> tuple[str, tuple[tuple[str | None, str], ...]]:
    r"""Return the plain text of an abstract and its labelled parts.

    The text has one paragraph a line, each labelled part beginning with `Label: `. The parts come from the
    titles inside JATS and HTML, else from labels printed at the start of sentences, when at least two of them
    are labels that abstracts are known to use. They are empty for an abstract without labels; text before the
    first label is a part with the label None. A heading such as "Abstract" or "Zusammenfassung" is dropped.

    >>> abstract("<jats:title>Abstract</jats:title><jats:p>Peers help.</jats:p>")
    ('Peers help.', ())
    >>> abstract("<sec><title>Aims</title><p>To ask.</p></sec><sec><title>Results</title><p>Some.</p></sec>")
    ('Aims: To ask.\nResults: Some.', (('Aims', 'To ask.'), ('Results', 'Some.')))
    >>> abstract("PURPOSE: To ask. RESULTS: Some.")[1]
    (('PURPOSE', 'To ask.'), ('RESULTS', 'Some.'))
    """
    if "<" not in text and "&lt;" not in text:
        text = _BLANK_LINE.sub(_PARAGRAPH, _seen(text))
        parts = _titled(_flat(text, keep_marks=True))
    else:
        parts = _titled(_flat(text))
    if any(label for label, _ in parts):
        whole = "\n".join(f"{label}: {body}" if label else body for label, body in parts)
        return whole, tuple(parts)
    whole = "\n".join(body for _, body in parts)
    if heading := _HEADING.match(whole):
        whole = whole[heading.end() :]
    return whole, tuple(_labelled(whole))


def _titled(flat: str) -> list[tuple[str | None, str]]:
    """Cut a text with marks at its titles; paragraphs of one part are joined by a line break."""
    parts: list[tuple[str | None, list[str]]] = [(None, [])]
    in_title = False
    heading: list[str] = []
    for piece in _CUT.split(flat):
        if piece in (_TITLE, _TITLE_END, _PARAGRAPH):
            if heading and piece != _PARAGRAPH:
                _open(parts, " ".join(heading))
                heading = []
            in_title = piece == _TITLE or (in_title and piece == _PARAGRAPH)
        elif line := _line(piece):
            (heading if in_title else parts[-1][1]).append(line)
    if heading:
        _open(parts, " ".join(heading))
    _settle(parts)
    return [(label, "\n".join(body)) for label, body in parts if body]


def _open(parts: list[tuple[str | None, list[str]]], title: str) -> None:
    """Begin a part. A title that says only "Abstract" at the very start labels nothing."""
    label = title.rstrip(" :.").strip()
    is_first = len(parts) == 1 and not parts[0][1]
    if not label or (is_first and label.casefold() in _HEADINGS):
        return
    _settle(parts)
    # A "title" of many words is a sentence someone set in bold, not a label.
    parts.append((label, []) if len(label) <= _LONGEST_LABEL else (None, [title]))


def _settle(parts: list[tuple[str | None, list[str]]]) -> None:
    """Keep a title that nothing followed (a heading over headings, an item of a list) as text."""
    label, body = parts[-1]
    if label is not None and not body:
        parts[-1] = (None, [label])


def _labelled(text: str) -> list[tuple[str | None, str]]:
    """Cut plain text at printed labels (`BACKGROUND: ... Methods: ...`); empty when they do not convince."""
    if text.count(":") < _FEWEST_LABELS:
        return []
    found = [
        (match, is_known)
        for match in _PRINTED_LABEL.finditer(text)
        if (is_known := _is_known_label(match[1])) or (match[1].isupper() and len(match[1]) >= _SHORTEST_CAPITALS)
    ]
    if sum(is_known for _, is_known in found) < _FEWEST_LABELS:
        return []
    parts: list[tuple[str | None, str]] = []
    if lead := text[: found[0][0].start()].strip():
        parts.append((None, lead))
    ends = [match.start() for match, _ in found[1:]] + [len(text)]
    parts += [(match[1], text[match.end() : end].strip()) for (match, _), end in zip(found, ends, strict=True)]
    return parts


def _is_known_label(label: str) -> bool:
    parts = [part for part in _LABEL_JOINT.split(label.casefold()) if part]
    return bool(parts) and all(part in _LABELS for part in parts)


def _flat(text: str, *, keep_marks: bool = False) -> str:
    """Replace the tags of `text` by marks and its entities by what they stand for."""
    text = _UNEVEN_SPACE.sub(lambda run: "\n" if "\n" in run[0] else " ", text)
    if not keep_marks:
        text = _seen(text)
    if "<" in text:
        text = _uncommented(text)
        if "\n" in text:
            text = _STRAY_BREAK.sub("", text)
    text = _untagged(text)
    for _ in range(2):
        resolved = _ENTITY.sub(_character, text)
        if resolved == text:
            break
        text = _untagged(resolved)
    return text


def _seen(text: str) -> str:
    return text if text.replace("\n", " ").isprintable() else _UNSEEN.sub("", text)


def _uncommented(text: str) -> str:
    """Take out comments; by `find`, because a pattern is quadratic over many that never end."""
    kept = []
    position = 0
    while (start := text.find("<!--", position)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        kept.append(text[position:start])
        position = end + 3
    kept.append(text[position:])
    return "".join(kept)


def _untagged(text: str) -> str:
    if "<" not in text:
        return text
    kept: list[str] = []
    position = 0
    inside: str | None = None
    still_to_close = Counter(name.lower() for name in _DROPPED_END.findall(text))
    if ":math" not in text and "<math" not in text:
        # TeX is a duplicate only beside MathML.
        del still_to_close["tex-math"]
    for tag in _TAG.finditer(text):
        name = (tag["name"] or "").lower()
        if inside is None:
            kept.append(text[position : tag.start()])
            kept.append(_mark(tag, name))
        position = tag.end()
        if name in still_to_close:
            if tag["end"]:
                still_to_close[name] -= 1
                inside = None if inside == name else inside
            elif inside is None and still_to_close[name] > 0 and not tag[0].endswith("/>"):
                inside = name
    if inside is None:
        kept.append(text[position:])
    return "".join(kept)


def _mark(tag: re.Match[str], name: str) -> str:
    """What stands in the text in place of a tag: a mark, a space, nothing, or what was no tag after all."""
    if name and not tag["usual"] and not tag["other"]:
        if name not in _KNOWN:
            return tag[0]
        if len(name) == 1 and tag["name"].isupper() and not (tag["end"] or tag["attributes"]):
            return "" if tag["name"] in _CAPITAL_LETTER_TAGS else tag[0]
    if name in _TITLES:
        return _TITLE_END if tag["end"] else _TITLE
    if name in _PARAGRAPHS:
        return _PARAGRAPH
    return " " if name in _SPACED else ""


def _character(entity: re.Match[str]) -> str:
    decimal, hexadecimal, name = entity.groups()
    if name:
        return _UNSEEN.sub("", html5.get(f"{name};", entity[0]))
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return _UNSEEN.sub("", chr(code)) if code <= sys.maxunicode else ""


def _line(flat: str) -> str:
    return _normal(" ".join(flat.translate(_MARKS).split()))


def _normal(text: str) -> str:
    if text.isascii():
        return text
    if _MAY_STACK.search(text):
        kept = []
        stacked = 0
        for character in text:
            stacked = stacked + 1 if unicodedata.combining(character) else 0
            if stacked <= _MOST_STACKED:
                kept.append(character)
        text = "".join(kept)
    return unicodedata.normalize("NFC", text)
