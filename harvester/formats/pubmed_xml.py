"""PubMed XML, as its site saves it and its E-utilities send it, reference lists included.

The elements are those of NLM's PubMed DTD (dtd.nlm.nih.gov/ncbi/pubmed/doc/out/250101). Titles and abstracts hold
tags of their own for italics and formulas. `PubmedBookArticle` is a book of the NCBI Bookshelf or a part of one.
"""

import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Final
from xml.etree.ElementTree import Element

from harvester import markup
from harvester.formats import values
from harvester.formats.elements import XMLError, cut, inner, opens_with, parsed, words
from harvester.formats.kinds import kind
from harvester.formats.languages import language
from harvester.formats.pubmed_links import identifiers_of, others, references, relations, updates, valid
from harvester.formats.reading import Reader, native_id
from harvester.model import (
    Abstract,
    Affiliation,
    Authorship,
    Event,
    Funder,
    Identifier,
    Keyword,
    Record,
    Section,
    Skip,
    Subject,
    Title,
    Venue,
)

__all__ = ["READER", "record"]

ROOTS: Final = ("PubmedArticleSet", "PubmedBookArticleSet", "PubmedArticle", "PubmedBookArticle")

_RETRACTED: Final = "Retracted Publication"

# The number of an article (e42692); longer item numbers name the manuscript within its publisher.
_NUMBERED = re.compile(r"[A-Za-z]{0,6}\d{0,9}(?:\.\d{1,4})?", re.ASCII)


def record(text: str, source: str) -> Record | Skip:
    """Read one `PubmedArticle` or `PubmedBookArticle`.

    A title in square brackets is NLM's translation (nlm.nih.gov/bsd/mms/medlineelements.html, TI): it comes without
    them, and the original title beside it. Authors whose name NLM marks as invalid stand there twice and come once.

    >>> work = record(
    ...     "<PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>Peers help.</ArticleTitle></Article>"
    ...     "</MedlineCitation></PubmedArticle>",
    ...     "pubmed",
    ... )
    >>> work.pmid, work.title, work.authors
    ('1', 'Peers help', None)
    """
    skip = partial(Skip, source=source)
    try:
        root = parsed(text)
    except XMLError as error:
        return skip(reason="not well formed", detail=str(error))
    citation = root.find("MedlineCitation")
    document = root.find("BookDocument")
    if citation is not None:
        return _article(root, citation, source, native_id(text))
    if document is not None:
        return _book(root, document, source, native_id(text))
    return skip(reason="no citation", detail=words(root)[:200])


def _article(root: Element, citation: Element, source: str, name: str) -> Record:
    article = _child(citation, "Article")
    journal = _child(article, "Journal")
    issue = _child(journal, "JournalIssue")
    addresses: dict[str, int] = {}
    ids = identifiers_of(root, citation, article)
    title, title_as_given = _title(article.find("ArticleTitle"))
    spoken = language(words(article.find("Language")))
    original = _title(article.find("VernacularTitle"))[0]
    abstract, sections, abstract_as_given = _abstract(article.find("Abstract"))
    people = article.findall("AuthorList")
    authors = _people((one for one in people if one.get("Type") != "editors"), addresses)
    editors = _people((one for one in people if one.get("Type") == "editors"), addresses)
    kinds = [words(one) for one in article.findall("PublicationTypeList/PublicationType")]
    notices = tuple(updates(citation))
    retracted = _RETRACTED in kinds or any(one.direction == "updated_by" and "retract" in one.type for one in notices)
    events = tuple(_events(root, citation, article, issue))
    # The date of the issue is the one that people cite, and the one in PubMed's other formats (`DP`).
    cited = [one.date for one in events if one.kind in ("print", "issued")]
    dates = cited or [one.date for one in events if one.kind == "online"]
    published = min(dates, key=_sorted_late_if_vague, default=None)
    first, last, number = _pages(article.find("Pagination"), ids.get("pii"))
    return Record(
        source=source,
        native_id=name,
        updated=_date(citation.find("DateRevised")),
        doi=ids.get("doi"),
        pmid=ids.get("pmid"),
        pmcid=ids.get("pmcid"),
        other_identifiers=others(ids),
        title=title or original,
        title_as_given=title_as_given,
        other_titles=(Title(text=original, language=spoken, source=source),) if title and original else (),
        abstract=abstract,
        abstract_sections=sections,
        abstract_as_given=abstract_as_given,
        other_abstracts=tuple(_other_abstracts(citation, source)),
        authors=authors,
        authors_complete=not any(one.get("CompleteYN") == "N" for one in people),
        editors=editors or (),
        affiliations=tuple(Affiliation(text=address) for address in addresses),
        type=kind("; ".join(kinds)),
        type_as_given="; ".join(one for one in kinds if one) or None,
        language=spoken,
        year=int(published[:4]) if published else None,
        date=published,
        events=events,
        venue=_venue(journal, citation, is_preprint="Preprint" in kinds),
        volume=values.line(words(issue.find("Volume"))),
        issue=values.line(words(issue.find("Issue"))),
        first_page=first,
        last_page=last,
        article_number=number,
        publisher_location=values.line(words(citation.find("MedlineJournalInfo/Country"))),
        funders=_funders(article.findall("GrantList/Grant")),
        keywords=tuple(_keywords(citation)),
        subjects=tuple(_subjects(citation)),
        is_retracted=retracted or None,
        updates=notices,
        relations=tuple(relations(citation)),
        references=tuple(references(root.findall("PubmedData/ReferenceList"), source)),
    )


def _book(root: Element, document: Element, source: str, name: str) -> Record:
    """Read a book, or a part of one: a part has a title of its own, and the book is where it appeared."""
    book = _child(document, "Book")
    addresses: dict[str, int] = {}
    book_title, book_title_as_given = _title(book.find("BookTitle"))
    part, part_as_given = _title(document.find("ArticleTitle"))
    abstract, sections, abstract_as_given = _abstract(document.find("Abstract"))
    isbns = tuple(dict.fromkeys(found for one in book.findall("Isbn") for found in values.isbns(words(one))))
    series = values.line(words(book.find("CollectionTitle")))
    lists = [*document.findall("AuthorList"), *book.findall("AuthorList")]
    writers = [one for one in lists if one.get("Type") != "editors"]
    if part and document.find("AuthorList") is not None:
        writers = [one for one in document.findall("AuthorList") if one.get("Type") != "editors"]
    authors = _people(writers, addresses)
    editors = _people((one for one in lists if one.get("Type") == "editors"), addresses)
    ids = identifiers_of(root, document, book)
    first, last, number = _pages(document.find("Pagination"), None)
    day = _date(document.find("ContributionDate")) or _date(book.find("PubDate"))
    kinds = [words(one) for one in document.findall("PublicationType")]
    venue = None
    if part:
        venue = Venue(name=book_title, series=series, isbns=isbns, type="book")
    elif series:
        venue = Venue(series=series)
    return Record(
        source=source,
        native_id=name,
        updated=_date(document.find("DateRevised")),
        doi=ids.get("doi"),
        pmid=ids.get("pmid"),
        pmcid=ids.get("pmcid"),
        other_identifiers=(*others(ids), *(() if part else (Identifier("isbn", isbn) for isbn in isbns))),
        title=part or book_title,
        title_as_given=part_as_given if part else book_title_as_given,
        abstract=abstract,
        abstract_sections=sections,
        abstract_as_given=abstract_as_given,
        other_abstracts=tuple(_other_abstracts(document, source)),
        authors=authors,
        authors_complete=not any(one.get("CompleteYN") == "N" for one in writers),
        editors=editors or (),
        affiliations=tuple(Affiliation(text=address) for address in addresses),
        type="book-chapter" if part else "report" if "Technical Report" in kinds else "book",
        type_as_given="; ".join(one for one in kinds if one) or None,
        language=language(words(document.find("Language"))),
        year=int(day[:4]) if day else None,
        date=day,
        events=tuple(_book_events(root, book, document)),
        venue=venue,
        volume=values.line(words(book.find("Volume"))),
        first_page=first,
        last_page=last,
        article_number=number,
        publisher=values.line(words(book.find("Publisher/PublisherName"))),
        publisher_location=values.line(words(book.find("Publisher/PublisherLocation"))),
        funders=_funders(document.findall("GrantList/Grant")),
        keywords=tuple(_keywords(document)),
        references=tuple(references(document.findall("ReferenceList"), source)),
    )


# -- what it is ------------------------------------------------------------------------------------------------


def _child(parent: Element, name: str) -> Element:
    found = parent.find(name)
    return Element(name) if found is None else found


def _title(element: Element | None) -> tuple[str | None, str | None]:
    """The title without the full stop that NLM ends every title with, and as given where that changed it."""
    given = " ".join(inner(element).split())
    title = markup.clean(given)
    if title.startswith("[") and title.rstrip(".").endswith("]") and title.count("[") == title.count("]"):
        title = title.rstrip(".")[1:-1].strip()
    if title.endswith(".") and not title.endswith(".."):
        title = title[:-1].rstrip()
    return title or None, values.storable(given) if given and given != title else None


def _abstract(element: Element | None) -> tuple[str | None, tuple[Section, ...], str | None]:
    """The abstract with its labelled sections; the label UNLABELLED stands for none."""
    parts = [] if element is None else element.findall("AbstractText")
    bodies = [(one.get("Label"), inner(one)) for one in parts]
    if not any(label for label, _ in bodies):
        plain, found = markup.abstract("\n\n".join(body for _, body in bodies))
        sections = tuple(Section(label=label, text=body) for label, body in found)
    else:
        cleaned = [(markup.clean(label or "") or None, markup.clean(body)) for label, body in bodies]
        sections = tuple(
            Section(label=None if label == "UNLABELLED" else label, text=body) for label, body in cleaned if body
        )
        plain = "\n".join(f"{one.label}: {one.text}" if one.label else one.text for one in sections)
    has_tags = any(len(one) for one in parts)
    return plain or None, sections, values.storable("\n".join(body for _, body in bodies)) if has_tags else None


def _other_abstracts(citation: Element, source: str) -> Iterator[Abstract]:
    for given in citation.findall("OtherAbstract"):
        plain, _, _ = _abstract(given)
        if plain:
            yield Abstract(text=plain, language=language(given.get("Language")), source=source)


def _people(lists: Iterable[Element], addresses: dict[str, int]) -> tuple[Authorship, ...] | None:
    """The people of these lists; None where there is no list. Their addresses are added to those known so far."""
    found = None
    for listed in lists:
        found = found or []
        for one in listed.findall("Author"):
            if one.get("ValidYN") != "N" and (person := _person(one, addresses)):
                found.append(person)
    return None if found is None else tuple(found)


def _person(author: Element, addresses: dict[str, int]) -> Authorship | None:
    given = values.line(words(author.find("ForeName")) or words(author.find("FirstName")))
    given = given or values.line(words(author.find("Initials")))
    family, suffix = values.line(words(author.find("LastName"))), values.line(words(author.find("Suffix")))
    organisation = values.line(words(author.find("CollectiveName")))
    name = " ".join(part for part in (given, family, suffix) if part) or organisation
    if name is None:
        return None
    # Until 2013 the address stood in the author itself.
    printed = [*author.findall("AffiliationInfo/Affiliation"), *author.findall("Affiliation")]
    own = [address for one in printed if (address := values.line(words(one)))]
    ids = (words(one) for one in author.findall("Identifier") if one.get("Source") == "ORCID")
    return Authorship(
        name=name,
        given=given,
        family=family,
        suffix=suffix,
        is_organisation=not (given or family),
        orcid=next((found for one in ids if (found := valid("orcid", one))), None),
        affiliations=tuple(dict.fromkeys(addresses.setdefault(address, len(addresses)) for address in own)),
    )


# -- when and where --------------------------------------------------------------------------------------------


def _date(element: Element | None) -> str | None:
    """The date of any element with `Year`, `Month`, `Day`, or with `MedlineDate` such as `1998 Dec-1999 Jan`."""
    if element is None:
        return None
    month = words(element.find("Month")) or words(element.find("Season"))
    found = values.whole_date(words(element.find("Year")), month, words(element.find("Day")))
    return found or values.date(words(element.find("MedlineDate")))


def _events(root: Element, citation: Element, article: Element, issue: Element) -> Iterator[Event]:
    if day := _date(issue.find("PubDate")):
        printed = "Print" in (article.get("PubModel") or "")
        yield Event(kind="print" if printed else "issued", date=day)
    for given in article.findall("ArticleDate"):
        if day := _date(given):
            yield Event(kind="online", date=day)
    yield from _history(root.findall("PubmedData/History/PubMedPubDate"))
    if day := _date(citation.find("DateCompleted")):
        yield Event(kind="indexed", date=day)


def _book_events(root: Element, book: Element, document: Element) -> Iterator[Event]:
    days = {
        "issued": book.find("PubDate"),
        "begun": book.find("BeginningDate"),
        "ended": book.find("EndingDate"),
        "contributed": document.find("ContributionDate"),
    }
    yield from (Event(kind=kind, date=day) for kind, given in days.items() if (day := _date(given)))
    yield from _history(root.findall("PubmedBookData/History/PubMedPubDate"))


def _history(given: Iterable[Element]) -> Iterator[Event]:
    for one in given:
        kind = re.sub(r"[^a-z]+", "_", (one.get("PubStatus") or "").lower()).strip("_")
        if kind and (day := _date(one)):
            yield Event(kind=kind, date=day)


def _sorted_late_if_vague(day: str) -> str:
    """Sort `2020-03` behind `2020-03-05`: of two dates that may be the same, the fuller one says more."""
    return day + "-99" * ((10 - len(day)) // 3)


def _pages(pagination: Element | None, pii: str | None) -> tuple[str | None, str | None, str | None]:
    """First page, last page, and the number of an article that has none: its publisher's short item number."""
    given = Element("Pagination") if pagination is None else pagination
    first, last = values.line(words(given.find("StartPage"))), values.line(words(given.find("EndPage")))
    number = None
    if first is None or last is None:
        found = values.pages(words(given.find("MedlinePgn")))
        first, last, number = first or found.first, last or found.last, found.article
    if not (first or number) and pii and _NUMBERED.fullmatch(pii):
        number = pii
    return first, last, number


def _venue(journal: Element, citation: Element, *, is_preprint: bool) -> Venue | None:
    linking = values.issns(words(citation.find("MedlineJournalInfo/ISSNLinking")))
    issns = [found for one in journal.findall("ISSN") for found in values.issns(words(one))]
    short_name = words(journal.find("ISOAbbreviation")) or words(citation.find("MedlineJournalInfo/MedlineTA"))
    name = values.line(words(journal.find("Title")))
    if not (name or short_name or issns or linking):
        return None
    return Venue(
        name=name,
        short_name=values.line(short_name),
        issns=tuple(dict.fromkeys([*issns, *linking])),
        issn_l=next(iter(linking), None),
        type="repository" if is_preprint else "journal",
    )


# -- what belongs to it ----------------------------------------------------------------------------------------


def _funders(grants: Iterable[Element]) -> tuple[Funder, ...]:
    """The agencies in order, each once with all of its grants."""
    awards: dict[str | None, list[str]] = {}
    for grant in grants:
        agency = values.line(words(grant.find("Agency"))) or values.line(words(grant.find("Acronym")))
        number = values.line(words(grant.find("GrantID")))
        if agency or number:
            awards.setdefault(agency, []).extend([number] if number else [])
    return tuple(Funder(name=name, awards=tuple(dict.fromkeys(numbers))) for name, numbers in awards.items())


def _keywords(citation: Element) -> Iterator[Keyword]:
    """Those of the authors (`NOTNLM`), and those that the NLM or another owner assigned."""
    for listed in citation.findall("KeywordList"):
        own = listed.get("Owner") in (None, "NOTNLM")
        for one in listed.findall("Keyword"):
            if term := markup.clean(inner(one)):
                yield Keyword(term=term, kind="author" if own else "assigned")


def _subjects(citation: Element) -> Iterator[Subject]:
    """MeSH headings, each qualifier of one a subject of its own, then supplementary concepts and substances."""
    for heading in citation.findall("MeshHeadingList/MeshHeading"):
        descriptor = _child(heading, "DescriptorName")
        label, code = (
            values.line(words(descriptor)),
            values.line(descriptor.get("UI")) or values.line(words(descriptor)),
        )
        if code is None:
            continue
        qualifiers = heading.findall("QualifierName")
        if not qualifiers:
            yield Subject(scheme="mesh", code=code, label=label)
        for one in qualifiers:
            name = values.line(words(one))
            yield Subject(scheme="mesh", code=f"{code}/{one.get('UI') or name}", label=f"{label}/{name}")
    for scheme, path in (("mesh", "SupplMeshList/SupplMeshName"), ("mesh", "ChemicalList/Chemical/NameOfSubstance")):
        for one in citation.findall(path):
            label = values.line(words(one))
            if label:
                yield Subject(scheme=scheme, code=values.line(one.get("UI")) or label, label=label)


READER = Reader(
    name="pubmed-xml",
    description="PubMed XML, with reference lists",
    recognises=lambda head: opens_with(
        head, "PubmedArticleSet", "PubmedArticle", "PubmedBookArticle", "PubmedBookArticleSet"
    ),
    split=lambda file: cut(file, "PubmedArticle", "PubmedBookArticle"),
    record=record,
)
