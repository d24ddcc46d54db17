"""What is compared of a work, apart from everything that is not."""

from dataclasses import dataclass
from typing import Self

from harvester.model import Authorship, Bibliography

__all__ = ["Description"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """The part of a record that tells works apart, as given: nothing here is normalised yet.

    `key` names the record in every answer. Authors are (family, given); where a source does not part the two,
    the whole name is the family and given is None.
    """

    key: str
    title: str | None = None
    other_titles: tuple[str, ...] = ()
    authors: tuple[tuple[str | None, str | None], ...] | None = None
    year: int | None = None
    container: str | None = None
    other_containers: tuple[str, ...] = ()
    volume: str | None = None
    issue: str | None = None
    first_page: str | None = None
    last_page: str | None = None
    article_number: str | None = None
    doi: str | None = None
    pmid: str | None = None
    pmcid: str | None = None
    issns: tuple[str, ...] = ()
    isbns: tuple[str, ...] = ()
    abstract: str | None = None
    type: str | None = None
    language: str | None = None

    @classmethod
    def of(cls, work: Bibliography, *, key: str) -> Self:
        """Describe a record or a merged work.

        >>> Description.of(Bibliography(title="Peers", subtitle="a trial", year=2020), key="1").title
        'Peers: a trial'
        """
        title = work.title
        if title and work.subtitle and work.subtitle.casefold() not in title.casefold():
            title = f"{title.rstrip(' :.')}: {work.subtitle}"
        venue = work.venue
        return cls(
            key=key,
            title=title,
            other_titles=tuple(other.text for other in work.other_titles if not other.machine_translated),
            authors=None if work.authors is None else tuple(map(_name, work.authors)),
            year=work.year,
            container=(venue and (venue.name or venue.short_name or venue.series)) or None,
            other_containers=tuple(name for name in (venue.short_name, venue.series) if name and name != venue.name)
            if venue
            else (),
            volume=work.volume,
            issue=work.issue,
            first_page=work.first_page,
            last_page=work.last_page,
            article_number=work.article_number,
            doi=work.doi,
            pmid=work.pmid,
            pmcid=work.pmcid,
            issns=venue.issns if venue else (),
            isbns=venue.isbns if venue else (),
            abstract=work.abstract,
            type=work.type,
            language=work.language,
        )


def _name(author: Authorship) -> tuple[str | None, str | None]:
    if author.is_organisation or not author.family:
        return author.name, None
    return author.family, author.given
