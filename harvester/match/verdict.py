"""The answer for a pair, with its reason written out field by field."""

from dataclasses import dataclass
from typing import NamedTuple

from harvester.match.description import Description
from harvester.match.features import Features, features
from harvester.match.judge import Decision, Judgement, judge
from harvester.match.likeness import Level, likeness

__all__ = ["Finding", "Verdict", "compare"]

_WORDS = {
    Level.SAME: "the same",
    Level.NEAR: "nearly the same",
    Level.PART: "the same in part",
    Level.UNKNOWN: "not in both",
    Level.FAR: "alike",
    Level.DIFFERENT: "different",
}


class Finding(NamedTuple):
    """How one field compares, and what stands there on either side, normalised; None where nothing does."""

    field: str
    relation: str
    one: str | None
    other: str | None

    def __str__(self) -> str:
        if self.one is None or self.other is None or self.one == self.other:
            return f"{self.field}: {self.relation} ({self.one or self.other or '-'})"
        return f"{self.field}: {self.relation} ({self.one} | {self.other})"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision on two records, named by their keys in order.

    `link` says how two works are related that are not the same: `part`, `correction`, `reply`, `preprint`,
    `conference`, `version`, ... The findings are written when they are asked for: a library holds millions.
    """

    one: Features
    other: Features
    judgement: Judgement

    @property
    def keys(self) -> tuple[str, str]:
        """The keys of the two records, the smaller first."""
        return self.one.key, self.other.key

    @property
    def decision(self) -> Decision:
        """The same work, for review, or different."""
        return self.judgement.decision

    @property
    def link(self) -> str | None:
        """How the two are related if they are not one work."""
        return self.judgement.link

    @property
    def reason(self) -> str:
        """The rule that decided, as a phrase."""
        return self.judgement.rule

    @property
    def strength(self) -> int:
        """How much of the two agrees: for putting pairs in order, never for deciding."""
        return sum(self.judgement.levels)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every field that both or either have, and how it compares."""
        levels = likeness(self.one, self.other)
        told = (
            Finding(name, _WORDS[level], one, other)
            for (name, one, other), level in zip(_shown(self.one, self.other), levels, strict=True)
        )
        return tuple(finding for finding in told if finding.one is not None or finding.other is not None)

    def __str__(self) -> str:
        link = f" [{self.link}]" if self.link and self.link not in self.reason else ""
        return f"{self.decision}: {self.reason}{link}; " + "; ".join(map(str, self.findings))


def compare(one: Description, other: Description) -> Verdict:
    """Say whether two descriptions are of one work, and why; the order of the two does not matter.

    >>> paper = Description(
    ...     key="a", title="Peer support at work in psychiatric hospitals", authors=(("Hall", "Laura"),), year=2020
    ... )
    >>> other = Description(
    ...     key="b", title="Peer support at work in psychiatric hospitals.", authors=(("Hall", "L"),), year=2020
    ... )
    >>> str(compare(paper, other).decision), compare(paper, other).reason
    ('same', 'the same title, authors and year, and no journal named')
    >>> erratum = Description(
    ...     key="c",
    ...     title="Erratum to: Peer support at work in psychiatric hospitals",
    ...     authors=(("Hall", "L"),),
    ...     year=2020,
    ... )
    >>> str(compare(paper, erratum).decision), compare(paper, erratum).link
    ('different', 'correction')
    """
    first, second = sorted((features(one), features(other)), key=lambda each: each.key)
    return Verdict(first, second, judge(first, second))


def _shown(one: Features, other: Features) -> list[tuple[str, str | None, str | None]]:
    """The values behind each level, in the order of the levels."""
    first, second = ((_texts(each)) for each in (one, other))
    return [(name, first[name], second[name]) for name in first]


def _texts(each: Features) -> dict[str, str | None]:
    title = each.title
    pages = each.pages
    return {
        "title": " ".join(title.words) if title else None,
        "numbers in the title": ", ".join(title.numbers) or None if title else None,
        "part": title.part if title else None,
        "authors": ", ".join(f"{person.family} {' '.join(person.given)}".strip() for person in each.authors.people[:6])
        if each.authors
        else None,
        "year": str(each.year) if each.year else None,
        "container": " ".join(each.containers[0].words) if each.containers else None,
        "volume": each.volume,
        "issue": each.issue,
        "pages": (f"{pages.first}-{pages.last}" if pages.last else pages.first) if pages else None,
        "doi": each.doi,
        "pmid": each.pmid or each.pmcid,
        "abstract": f"{each.abstract[:40]}..." if each.abstract else None,
    }
