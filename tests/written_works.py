"""Works to be written as references, and what of them every format is to bring back."""

import io
from typing import Any

from hypothesis import strategies as st

from harvester import formats, identifiers, markup
from harvester.formats import Content, written
from harvester.formats.names import NOBODY
from harvester.formats.reading import Reader, readers
from harvester.model import (
    Affiliation,
    Authorship,
    CitationSearch,
    Identifier,
    Keyword,
    OpenAccess,
    Record,
    Update,
    Venue,
    Work,
)

SIGNS = (
    "{", "}", "{}", "\\", "\\emph{a}", "$x$", "$", "%", "&", "#", "_", "~", "^", "--", "---", "''", "``", '"', "?`",
    "'", "ER  - ", "TY  - JOUR", "AU  -", "ER", "PT J", "CR", "%0 Journal Article", "%T", "PMID- 12", "@article{a,",
    "@comment{", "=1+1", "+1", "-1", "@a", "]]>", "<", ">", "</record>", "p < 0.05", "a<b", "\\textbackslash", ",",
    "(", ")", "[", "]", "|", "/", "and", "H2O", "DNA", "mRNA-like", "5,000", "100%", "«a»", "😀", "e.g.", "!", "a:b",
    "\\(", "\\$",
)  # fmt: skip
SCRIPTS = (
    "abcdefghijklmnopqrstuvwxyz",
    "éàüößçñøåłžşı",
    "абвгдежзиклмнопрст",
    "αβγδεζηθικλμν",
    "精神障害者研究支援同伴",
    "ピアサポートカタナ",
    "가나다라마바사",
    "ابتثجحخدذ",
    "אבגדהוזחט",
    "กขคงจฉช",
)
PIECES = st.sampled_from(SCRIPTS).flatmap(lambda letters: st.text(letters, min_size=4, max_size=9))


def settled(text: str) -> str:
    """The text as a library holds it: cleaned, on one line."""
    for _ in range(9):
        cleaned = " ".join(markup.abstract(markup.clean(text))[0].split())
        if cleaned == text:
            return text
        text = cleaned
    return "Peer support"


def _joined(pieces: list[str]) -> str:
    return settled(" ".join(pieces))


NAMES = PIECES.map(str.title).filter(
    lambda word: len(word) >= 4 and word == markup.clean(word) and not NOBODY.fullmatch(word)
)
TERMS = st.lists(PIECES, min_size=1, max_size=3).map(_joined)
TEXTS = st.one_of(
    TERMS,
    st.lists(st.one_of(PIECES, st.sampled_from(SIGNS)), min_size=2, max_size=8).map(
        lambda them: _joined(["Aaa", *them])
    ),
    st.text(st.characters(exclude_categories=("Cs", "Co", "Cn", "Cc")), min_size=1, max_size=20).map(
        lambda text: settled(f"Aaa {text} bbb")
    ),
)
PEOPLE = st.one_of(
    st.builds(
        lambda given, family, particle, suffix: Authorship(
            name=" ".join(filter(None, (given, f"{particle}{family}", suffix))),
            given=given,
            family=f"{particle}{family}",
            suffix=suffix,
        ),
        NAMES,
        NAMES,
        st.sampled_from(["", "", "", "van der ", "de la ", "O'"]),
        st.sampled_from([None, None, "Jr.", "III"]),
    ),
    NAMES.map(lambda name: Authorship(name=name, family=name)),
    st.one_of(
        st.sampled_from(["World Health Organization", "Food and Drug Administration", "Collaborators (PEER & Co.)"]),
        st.lists(NAMES, min_size=2, max_size=3).map(" ".join),
    ).map(lambda name: Authorship(name=name, is_organisation=True)),
)
DOIS = st.sampled_from(
    [
        identifiers.doi(text)
        for text in (
            "10.1037/h0095655",
            "10.1002/(sici)1099-1166(199901)14:1<1::aid-gps1>3.0.co;2-x",
            "10.1000/a_b%c#d",
            "10.1000/a&b~c",
            "10.1000/{a}",
            "10.1000/a$b",
        )
    ]
)
SEARCHES = st.builds(
    CitationSearch,
    is_seed=st.booleans(),
    round=st.none() | st.integers(1, 9),
    directions=st.sampled_from([(), ("backward",), ("backward", "forward")]),
    seeds=st.sampled_from([(), ("doi:10.9999/other",), ("doi:10.9999/other", "openalex:W77777")]),
    sources=st.sampled_from([(), ("openalex",)]),
    rank=st.none() | st.integers(1, 99999),
)
TYPES = (
    None, "article", "review", "letter", "editorial", "erratum", "retraction", "book-review", "conference-abstract",
    "conference-paper", "preprint", "data-paper", "software-paper", "dissertation", "report", "dataset", "software",
    "standard", "book", "book-chapter", "reference-entry", "paratext", "peer-review", "supplementary-materials",
    "other",
)  # fmt: skip
UNTYPED = {None, "other", "paratext", "peer-review", "supplementary-materials"}
"""Types for which most formats have no word."""


@st.composite
def works(draw: st.DrawFn) -> Work:
    """A work as a library holds it: cleaned text in any script, with signs that mean something to some format."""
    year = draw(st.none() | st.integers(1000, 2100))
    date = draw(st.sampled_from([None, "", "-07", "-07-09"]))
    first = draw(st.none() | st.integers(1, 99999).map(str) | st.integers(1, 999).map("e{}".format))
    venue = draw(st.none() | TEXTS)
    short = draw(st.none() | TERMS)
    doi = draw(st.none() | DOIS)
    openalex = draw(st.none() | st.just("W2741809807"))
    sort = draw(st.sampled_from(TYPES))
    return Work(
        key=f"doi:{doi}" if doi else draw(st.sampled_from(["openalex:W2741809807", "import:abcdef"])),
        sources=("crossref", "openalex"),
        doi=doi,
        openalex=openalex,
        pmid=draw(st.none() | st.just("31234567")),
        pmcid=draw(st.none() | st.just("PMC7654321")),
        type=sort,
        title=draw(TEXTS),
        abstract=draw(st.none() | TEXTS),
        authors=draw(st.none() | st.lists(PEOPLE, max_size=4).map(tuple)),
        editors=draw(st.lists(PEOPLE, max_size=2).map(tuple)),
        affiliations=draw(st.lists(TERMS, max_size=2).map(lambda them: tuple(Affiliation(text=one) for one in them))),
        year=year,
        date=None if date is None or year is None else f"{year}{date}",
        language=draw(st.sampled_from([None, "en", "zh"])),
        venue=Venue(
            name=venue,
            short_name=short if venue else None,
            series=draw(st.none() | TERMS),
            issns=draw(st.sampled_from([(), ("1447-0349",), ("1447-0349", "1445-8330")])),
        )
        if venue
        else None,
        volume=draw(st.none() | st.integers(1, 999).map(str)),
        issue=draw(st.none() | st.integers(1, 99).map(str)),
        first_page=first,
        last_page=draw(st.none() | st.integers(1, 99999).map(str)) if first else None,
        article_number=None if first else draw(st.none() | st.integers(100, 99999).map("e{}".format)),
        publisher=draw(st.none() | TERMS),
        publisher_location=draw(st.none() | TERMS),
        keywords=draw(
            st.lists(TERMS, max_size=3, unique_by=str.casefold).map(
                lambda them: tuple(Keyword(term=one, kind="author") for one in them)
            )
        ),
        open_access=draw(st.none() | st.just(OpenAccess(is_open=True, pdf_url="https://example.org/a.pdf"))),
        other_identifiers=(Identifier("isbn", "9780306406157"),) if sort == "book" else (),
        is_retracted=draw(st.sampled_from([None, None, True])),
        updates=draw(
            st.sampled_from(
                [
                    (),
                    (Update(direction="updated_by", type="retraction", doi="10.9999/notice", asserted_by="publisher"),),
                ]
            )
        ),
        citation_search=draw(st.none() | SEARCHES),
    )


HOSTILE_TEXTS = (
    "", " ", "\x00", "\ud800", "\ufffe", "a\r\nb", "a\nER  - \nTY  - JOUR\nTI  - b", "a\n\n%0 Book\n%T b",
    "a\n\nPMID- 1\nTI  - b", "a\nER\n\nPT J\nTI b", "a},\n}\n@book{b,\n title = {b", "}}}", "{{{", "\\", "\\{", '"',
    "]]></title></record></records></xml>", "<record><titles>", "&lt;record&gt;", "&", "\u2028ER  - ",
    "a\x0bb\x0cc\x1cd", "=cmd|' /C calc'!A0", ";" * 30, "|" * 30, " and " * 20, "," * 30, "[" * 30, "x" * 300,
    "😀\U0010ffff", "DOI 10.1/",
)  # fmt: skip
ANY = st.one_of(st.sampled_from(HOSTILE_TEXTS), st.text(max_size=30))
MAYBE = st.none() | ANY


def hostile_works() -> st.SearchStrategy[Work]:
    """A work with any text in every field, as nothing but a mistake would let it be."""
    return st.builds(
        Work,
        key=ANY,
        sources=st.lists(ANY, min_size=1, max_size=2).map(tuple),
        doi=MAYBE,
        openalex=MAYBE,
        pmid=MAYBE,
        pmcid=MAYBE,
        type=st.sampled_from(TYPES) | MAYBE,
        title=MAYBE,
        subtitle=MAYBE,
        abstract=MAYBE,
        authors=st.none()
        | st.lists(
            st.builds(Authorship, name=ANY, given=MAYBE, family=MAYBE, suffix=MAYBE, is_organisation=st.booleans()),
            max_size=2,
        ).map(tuple),
        year=st.none() | st.integers(-5, 9999),
        date=MAYBE,
        language=MAYBE,
        venue=st.none()
        | st.builds(Venue, name=MAYBE, short_name=MAYBE, series=MAYBE, issns=st.lists(ANY, max_size=1).map(tuple)),
        volume=MAYBE,
        issue=MAYBE,
        first_page=MAYBE,
        last_page=MAYBE,
        article_number=MAYBE,
        page_count=st.none() | st.integers(-1, 2000),
        publisher=MAYBE,
        publisher_location=MAYBE,
        keywords=st.lists(st.builds(Keyword, term=ANY, kind=st.just("plus")), max_size=2).map(tuple),
        affiliations=st.lists(st.builds(Affiliation, text=MAYBE, institution=MAYBE), max_size=2).map(tuple),
        open_access=st.none() | st.builds(OpenAccess, pdf_url=MAYBE),
        other_identifiers=st.lists(st.builds(Identifier, st.just("isbn"), ANY), max_size=1).map(tuple),
        is_retracted=st.none() | st.booleans(),
        updates=st.lists(
            st.builds(Update, direction=st.just("updated_by"), type=st.just("retraction"), doi=MAYBE, asserted_by=ANY),
            max_size=1,
        ).map(tuple),
    )


PLAIN = Work(
    key="doi:10.1000/plain",
    sources=("crossref",),
    doi="10.1000/plain",
    type="article",
    title="Peers help",
    authors=(Authorship(name="Ana Silva", given="Ana", family="Silva"),),
    year=2020,
    venue=Venue(name="Journal of Peers"),
)
"""Stands before and behind hostile works, and is to come out of the file as it went in."""

CROWD = PLAIN.model_copy(
    update={
        "authors": tuple(
            Authorship(name=f"Ana{letter} Silva{number}x", given=f"Ana{letter}", family=f"Silva{number}x")
            for number, letter in ((number, "abcdefghij"[number % 10]) for number in range(3_000))
        )
    }
)
"""A paper of 3,000 authors."""


def text_of(format_name: str, *given: Work, citations: tuple[Any, ...] = ()) -> str:
    """The file of these works in a format."""
    stream = io.StringIO(newline="")
    formats.of(format_name).write(stream, Content(iter(given), iter(citations), iter(())))
    return stream.getvalue()


def read_back(reader_name: str, text: str) -> list[Record]:
    """The records that our own reader finds in a file, which it is to recognise without being told."""
    data = text.encode()
    assert [one.name for one in readers().values() if one.recognises(data[:65_536])] == [reader_name]
    return records(readers()[reader_name], data)


def records(reader: Reader, data: bytes) -> list[Record]:
    found = [reader.record(fragment.text, "ours") for fragment in reader.split(io.BytesIO(data))]
    assert all(isinstance(one, Record) for one in found), found
    return [one for one in found if isinstance(one, Record)]


Person = tuple[str | None, str | None, str | None, str | None]


def person(one: Authorship) -> Person:
    """The parts of a name, or the whole where it has none."""
    return (one.given, one.family, one.suffix, one.name if one.is_organisation else None)


def declared(work: Work) -> dict[str, Any]:
    """What a format says of a work, in the words of `returned`."""
    venue = written.place(work)
    issns, isbns = written.serials(work)
    day = written.when(work)
    return {
        "title": written.title(work),
        "abstract": written.one_line(work.abstract),
        "authors": [person(one) for one in work.authors or ()],
        "editors": [person(one) for one in work.editors],
        "affiliations": written.addresses(work),
        "type": work.type,
        "year": work.year,
        "date": day,
        "language": work.language,
        "venue": venue.name,
        "short": venue.short,
        "series": venue.series,
        "volume": work.volume,
        "issue": work.issue,
        "pages": (work.first_page, work.last_page),
        "article": work.article_number,
        "publisher": work.publisher or "",
        "location": work.publisher_location or "",
        "issns": issns,
        "isbns": isbns,
        "keywords": written.keywords(work),
        "doi": work.doi,
        "pmid": work.pmid,
        "pmcid": work.pmcid,
        "openalex": work.openalex,
        "retracted": bool(work.is_retracted),
    }


def returned(record: Record) -> dict[str, Any]:
    """What a reader found, in the words of `declared`."""
    venue = record.venue or Venue()
    own = [one.value for one in record.other_identifiers if one.scheme == "isbn"]
    return {
        "title": record.title or "",
        "abstract": " ".join((record.abstract or "").split()),
        "authors": [person(one) for one in record.authors or ()],
        "editors": [person(one) for one in record.editors],
        "affiliations": [one.text for one in record.affiliations],
        "type": record.type,
        "year": record.year,
        "date": record.date or "",
        "language": record.language,
        "venue": venue.name or "",
        "short": venue.short_name or "",
        "series": venue.series or "",
        "volume": record.volume,
        "issue": record.issue,
        "pages": (record.first_page, record.last_page),
        "article": record.article_number,
        "publisher": record.publisher or "",
        "location": record.publisher_location or "",
        "issns": list(venue.issns),
        "isbns": [*own, *venue.isbns],
        "keywords": [one.term for one in record.keywords],
        "doi": record.doi,
        "pmid": record.pmid,
        "pmcid": record.pmcid,
        "openalex": record.openalex,
        "retracted": bool(record.is_retracted),
    }


def shared_fields(given: dict[str, Any], *left_out: str) -> dict[str, Any]:
    """The fields but those that a format does not declare."""
    return {name: value for name, value in given.items() if name not in left_out}
