"""What the columns of a table of records hold, by their headings.

The headings are those of Scopus, Lens, Dimensions, OpenAlex, PubMed, Zotero, Mendeley, EndNote, Covidence, Rayyan,
ASReview, Embase, ProQuest, EBSCO, IEEE Xplore, Publish or Perish and this program, and the words that people write
themselves. Case and signs do not count: `Publication_Year` is `publication year`.
"""

import re
from typing import Final

__all__ = ["ROLES", "WOS", "folded", "role"]

_LISTED: Final = {
    "title": """title|article title|document title|primary title|titles|display name|publication title original|
        item title|paper title|reference title|title of paper|study title|ti|titel|título|titulo|titre|titolo|
        题名|篇名|标题|标题 title""",
    "original title": "original title|vernacular title|foreign title|translated title|alternate title|alternate title1",
    "short title": "short title|title short",
    "subtitle": "subtitle|sub title",
    "abstract": """abstract|abstract note|abstracts|notes abstract|ab|summary|zusammenfassung|resumen|résumé|
        resume|description|摘要""",
    "original abstract": "original abstract|translated abstract",
    "authors": """authors|author|author s|author names|authors raw|authors list|author list|first authors|
        creators|creator|au|authorships author display name|author display names|authorships raw author name|
        autor|autoren|autor en|verfasser|autores|auteurs|auteur|autori|作者|authors name""",
    "full authors": "author full names|full author names|author full name|authors full names|authors full name",
    "first author": "first author|first author name",
    "author orcids": "authorships author orcid|author orcids|authorships author orcids|orcids",
    "author openalex": "authorships author id|author ids|authorships author ids",
    "author flags": "authorships is corresponding",
    "corresponding": "corresponding authors|corresponding author|correspondence address|reprint addresses",
    "editors": "editors|editor|book editors|secondary authors|series editor|herausgeber",
    "affiliations": """affiliations|author affiliations|affiliation|author address|author addresses|addresses|
        institutions|research organizations standardized|authorships institutions display name|
        institution names|author institution names|authorships raw affiliation strings|机构|作者单位""",
    "authors with affiliations": """authors with affiliations|authors raw affiliation|authors affiliations|
        authors affiliations name of research organization""",
    "year": """year|publication year|pub year|pubyear|published year|py|year of publication|jahr|
        erscheinungsjahr|año|ano|année|annee|anno|年|年份|出版年""",
    "month": "month|published month|publication month",
    "day": "day",
    "date": """date|date published|publication date|published|published date|cover date|coverdate|pubdate|
        date of publication|issue date|datum|fecha|发表时间""",
    "online date": """publication date online|online date|early access date|online publication date|epub date|
        article date""",
    "print date": "publication date print|print publication date",
    "conference date": "conference date|meeting date",
    "created date": "create date|created date",
    "venue": """journal|journal title|source title|publication title|publication name|publication|journal book|
        source title anthology title|venue|journal name|pubtitle|secondary title|parent publication|periodical|
        primary location source display name|primary location display name|host venue|host venue display name|
        journal full name|so|source titles|container title|zeitschrift|revista|revue|rivista|期刊|刊名|来源|文献来源|
        full journal title|source journal title""",
    "short venue": """journal abbreviation|abbreviated source title|source abbreviation|journal iso abbreviation|
        alternate name|abbreviated journal title|journal abbrev|jabbrv|alternate title2|alternate title3""",
    "book": "book title|anthology title|proceedings title",
    "source": "source|source name",
    "series": "series|series title|book series title|collection title",
    "conference": "conference name|conference title|meeting name|conference",
    "volume": "volume|vol|journal volume|vl|biblio volume|band|volumen|jg|卷",
    "issue": "issue|issue number|number|no|journal issue|is|biblio issue|heft|nummer|número|numero|期",
    "pages": "pages|page|pagination|page numbers|page range|pp|seiten|páginas|paginas|pagine|页码|页",
    "first page": "start page|page start|first page|startpage|bp|biblio first page|beginning page|starting page",
    "last page": "end page|page end|last page|endpage|ep|biblio last page|ending page",
    "article number": "art no|article number|article no|e location id|elocation id|articlenumber",
    "page count": "page count|num pages|number of pages|pg",
    "publisher": "publisher|publisher name|pu|verlag|editorial|éditeur|host organization name",
    "place": "place|place published|place of publication|publisher location|publisher city|location|placeofpublication",
    "issn": """issn|issns|eissn|e issn|issn print|issn electronic|issn eissn|print issn|electronic issn|
        primary location source issn|primary location source issn l|host venue issn l|issn l|alternate issn""",
    "isbn": "isbn|isbns|isbn13|book isbn|print isbn|e isbn",
    "doi": """doi|dois|item doi|digital object identifier doi|digitalobjectidentifier|digital object identifier|
        doi link|prism doi|article doi|ids doi|doi url""",
    "pmid": "pmid|pubmed id|pubmedid|pubmed|pubmed number|ids pmid|pm id|pmids",
    "pmcid": "pmcid|pmc id|pmc|pubmed central id|ids pmcid|pmcids",
    "openalex": "openalex|openalex id|ids openalex|openalexid",
    "id": "id|key",
    "scopus": "eid|scopus id|scopus eid|scopus",
    "wos": "ut|ut unique wos id|ut unique id|wos id|web of science id|accession number wos",
    "lens": "lens id|lensid",
    "dimensions": "publication id|dimensions id",
    "mag": "microsoft academic id|mag|ids mag|mag id",
    "arxiv": "arxiv|arxiv id|arxiv number",
    "accession": "accession number|accession|an|accession num|storeid|document id",
    "database": "database|database provider|db|name of database|library catalog|libraries",
    "url": """url|urls|link|links|landing page url|external url|open url link|article url|articleurl|
        source linkout|document url|documenturl|plink|url s|web link|full text link|
        primary location landing page url|address url|web of science record""",
    "urls": "source urls|link attachments|related urls",
    "pdf": """pdf link|pdf url|pdf|fulltexturl|full text url|open access oa url|best oa location pdf url|
        file attachments url""",
    "type": """type|document type|publication type|item type|reference type|type of reference|doctype|
        documenttype|articletype|article type|content type|ref type|dt|pubtype|work type|文献类型|dokumenttyp""",
    "language": """language|language of original document|languages|la|language of publication|original language|
        sprache|idioma|langue|语言|语种""",
    "keywords": """author keywords|keywords|keyword|author keyword|keyword s|manual tags|de|schlagwörter|
        schlagworte|palabras clave|mots clés|mots cles|parole chiave|identifierkeywords|keywords author|关键词|
        key words""",
    "keywords plus": "keywords plus",
    "index keywords": """index keywords|indexed keywords|automatic tags|ieee terms|emtree drug index terms|tags|
        emtree drug index terms major focus|emtree medical index terms|emtree medical index terms major focus|
        subject terms|inspec controlled terms|inspec non controlled terms|subjects|subject|classification|
        fields of study|chemicals|descriptors|keywords display name""",
    "mesh": "mesh terms|mesh|mesh headings|mesh term",
    "fields of research": "fields of research anzsrc 2020|fields of research|for anzsrc categories",
    "goals": "sustainable development goals",
    "topic": "primary topic display name|topics display name",
    "wos categories": "wos categories|web of science categories",
    "research areas": "research areas",
    "cited by": """cited by|times cited|cited by count|cites|citation count|citations|citing works count|
        times cited wos core|article citation count|citing count|被引|被引频次|cited""",
    "all cited by": "times cited all databases",
    "references listed": """references listed|cited reference count|reference count|references count|
        referenced works count|number of references""",
    "references": "references|cited references|reference list|referenced works",
    "open access": """open access|open access designations|is oa|open access is oa|is open access|oa|
        is open access oa|open access colour|open access oa status|open access status|oa status""",
    "license": "license|open access license|best oa location license|primary location license|licence",
    "retracted": "is retracted|retracted|retraction status|retraction",
    "funders": """funding details|funder|funders|funding|funding orgs|funders display name|
        grants funder display name|funder name|funding agency""",
    "notes": "extra|notes|note|comments|custom 1|custom 2|custom 3|research notes|remarks|bemerkungen|file name|ref",
    "citation": "citation",
    "nihms": "nihms id|nihmsid",
}

ROLES: Final = {
    " ".join(heading.split()): name for name, headings in _LISTED.items() for heading in headings.split("|")
}
"""What each heading means, in small letters and without signs."""

WOS: Final = {
    "publication type": "PT",
    "authors": "AU",
    "book authors": "BA",
    "book editors": "BE",
    "book group authors": "GP",
    "author full names": "AF",
    "book author full names": "BF",
    "group authors": "CA",
    "article title": "TI",
    "source title": "SO",
    "book series title": "SE",
    "book series subtitle": "BS",
    "language": "LA",
    "document type": "DT",
    "conference title": "CT",
    "conference date": "CY",
    "conference location": "CL",
    "conference sponsor": "SP",
    "conference host": "HO",
    "author keywords": "DE",
    "keywords plus": "ID",
    "abstract": "AB",
    "addresses": "C1",
    "affiliations": "C3",
    "reprint addresses": "RP",
    "email addresses": "EM",
    "researcher ids": "RI",
    "orcids": "OI",
    "funding orgs": "FU",
    "funding name preferred": "FP",
    "funding text": "FX",
    "cited references": "CR",
    "cited reference count": "NR",
    "times cited wos core": "TC",
    "times cited all databases": "Z9",
    "180 day usage count": "U1",
    "since 2013 usage count": "U2",
    "publisher": "PU",
    "publisher city": "PI",
    "publisher address": "PA",
    "issn": "SN",
    "eissn": "EI",
    "isbn": "BN",
    "journal abbreviation": "J9",
    "journal iso abbreviation": "JI",
    "publication date": "PD",
    "publication year": "PY",
    "volume": "VL",
    "issue": "IS",
    "part number": "PN",
    "supplement": "SU",
    "special issue": "SI",
    "meeting abstract": "MA",
    "start page": "BP",
    "end page": "EP",
    "article number": "AR",
    "doi": "DI",
    "doi link": "DL",
    "book doi": "D2",
    "early access date": "EA",
    "number of pages": "PG",
    "wos categories": "WC",
    "web of science index": "WE",
    "research areas": "SC",
    "ids number": "GA",
    "pubmed id": "PM",
    "open access designations": "OA",
    "highly cited status": "HC",
    "hot paper status": "HP",
    "date of export": "DA",
    "ut unique wos id": "UT",
    "ut unique id": "UT",
}
"""The headings of the Web of Science's Excel export, each with its tag in the plain-text export of the same record."""


def folded(heading: str) -> str:
    """A heading without case, signs and the space around words.

    >>> (
    ...     folded(" Publication_Year"),
    ...     folded("authorships.author.display_name"),
    ...     folded("Author(s) ID"),
    ...     folded("pubYear"),
    ... )
    ('publication year', 'authorships author display name', 'author s id', 'pubyear')
    """
    return " ".join(re.findall(r"[^\W_]+", heading.casefold()))


def role(heading: str) -> str | None:
    """What a column with this heading holds; None where that is not known.

    >>> role("Publication Year"), role("Covidence #"), role("Titel")
    ('year', None, 'title')
    """
    return ROLES.get(folded(heading))
