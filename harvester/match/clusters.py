"""A pile of records becomes works: merges, pairs for review, and links, whatever the order of the pile.

Records that read the same are one from the start. Of the rest every candidate pair is judged, and pairs that are the
same work are joined, the strongest first, but never two groups of which any two members are different works: a poor
record that fits two papers would otherwise chain them. Ties are settled by nothing: a record that fits two different
works equally well joins neither, and is shown to a person. What people decided is never overruled.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise, product
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.fuzz import ratio
from rapidfuzz.process import cpdist

from harvester.match.candidates import candidates
from harvester.match.description import Description
from harvester.match.features import Features, features
from harvester.match.judge import Decision, Judgement, judge
from harvester.match.rules import ANOTHER_NAME
from harvester.match.verdict import Verdict

__all__ = ["Clusters", "clusters"]

_AT_ONCE = 500_000
_FEWEST_ALIKE = 70
_BEGINNING = 12
_FEWEST_SHOWN = 20
_MOST_SPEAKERS = 40
_TOLD = "a person called them the same"
_TWO_NAMES = "the same title, authors and year, in a journal or meeting that goes by both names in these records"

Human = Literal["same", "different"]


@dataclass(frozen=True, slots=True)
class Clusters:
    """What a pile of records comes to.

    `groups` are the works that have several records: keys in order, groups in order of their first. `merges` are the
    verdicts that join them, `review` one verdict for every two works that a person should look at, `links` one for
    every two works that are related. `overruled` are pairs whom people called both the same, directly or by way of
    others, and different; they are kept apart.
    """

    groups: tuple[tuple[str, ...], ...]
    merges: tuple[Verdict, ...]
    review: tuple[Verdict, ...]
    links: tuple[Verdict, ...]
    overruled: tuple[tuple[str, str], ...] = ()


def clusters(
    descriptions: Iterable[Description], *, decided: Mapping[tuple[str, str], Human] | None = None
) -> Clusters:
    """Group descriptions by the work that they describe.

    `decided` are people's decisions on pairs of keys, in either order of the two; keys that are not there any more
    are passed over. Raises ValueError when two descriptions have one key.

    >>> one = Description(
    ...     key="1", title="Peer support at work in psychiatric hospitals", authors=(("Hall", "Laura"),), year=2020
    ... )
    >>> two = Description(
    ...     key="2", title="PEER SUPPORT AT WORK IN PSYCHIATRIC HOSPITALS", authors=(("Hall", "L."),), year=2020
    ... )
    >>> clusters([two, one]).groups
    (('1', '2'),)
    >>> clusters([two, one], decided={("1", "2"): "different"}).groups
    ()
    """
    records = sorted(map(features, descriptions), key=lambda record: record.key)
    for one, other in pairwise(records):
        if one.key == other.key:
            raise ValueError(f"two descriptions have the key {one.key!r}")
    places = {record.key: place for place, record in enumerate(records)}
    told = {
        (min(pair), max(pair)): decision
        for pair, decision in sorted((decided or {}).items())
        if pair[0] in places and pair[1] in places and pair[0] != pair[1]
    }
    apart = {(places[one], places[other]) for (one, other), decision in told.items() if decision == "different"}
    joined = {(places[one], places[other]) for (one, other), decision in told.items() if decision == "same"}
    pile = _Pile(records, apart)
    overruled = pile.join_told(joined)
    pile.join_same()
    return pile.account(overruled)


class _Pile:
    """The state while records are joined: groups of places, and the judgements made so far.

    A place is a number in the records in order of their keys, so nothing here depends on the order of the input.
    """

    def __init__(self, records: list[Features], apart: set[tuple[int, int]]) -> None:
        self.records = records
        self.apart = apart
        self.leader = list(range(len(records)))
        self.members: dict[int, list[int]] = {}
        self.merges: list[tuple[int, int]] = []
        self.judged: dict[tuple[int, int], Judgement] = {}
        self.known: dict[Judgement, Judgement] = {}
        self.heads = self._fold_equal()
        self.is_head = set(self.heads)
        self.block: dict[int, int] = {}
        self.told: set[tuple[int, int]] = set()

    def _fold_equal(self) -> list[int]:
        """Join records that read the same, where that tells enough; return one place of each."""
        heads: list[int] = []
        kept_apart = {place for pair in self.apart for place in pair}
        first: dict[int, int] = {}
        for place, record in enumerate(self.records):
            said = record[1:]
            head = place if place in kept_apart else first.setdefault(hash(said), place)
            is_equal = head != place and self.records[head][1:] == said
            if is_equal and judge(record, record).decision == Decision.SAME:
                self._unite(head, place)
            else:
                heads.append(place)
        return heads

    def _group(self, place: int) -> list[int]:
        return self.members.get(self.leader[place]) or [place]

    def _unite(self, one: int, other: int) -> None:
        larger, smaller = self._group(one), self._group(other)
        if len(larger) < len(smaller):
            larger, smaller = smaller, larger
        head = self.leader[larger[0]]
        self.members.pop(self.leader[smaller[0]], None)
        for place in smaller:
            self.leader[place] = head
        self.members[head] = larger + smaller
        self.merges.append((min(one, other), max(one, other)))

    def _judge(self, one: int, other: int) -> Judgement:
        pair = (one, other) if one < other else (other, one)
        if (found := self.judged.get(pair)) is None:
            judgement = judge(self.records[pair[0]], self.records[pair[1]])
            # Few judgements differ from one another, and a library has millions of pairs.
            found = self.judged[pair] = self.known.setdefault(judgement, judgement)
        return found

    def _are_kept_apart(self, one: int, other: int) -> bool:
        """Say whether people keep apart any two members of two groups."""
        return bool(self.apart) and any(
            (min(ours, theirs), max(ours, theirs)) in self.apart
            for ours in self._group(one)
            for theirs in self._group(other)
        )

    def join_told(self, joined: set[tuple[int, int]]) -> tuple[tuple[str, str], ...]:
        """Join what people called the same; return the pairs that they also keep apart."""
        overruled = []
        for one, other in sorted(joined):
            if self.leader[one] == self.leader[other]:
                continue
            if self._are_kept_apart(one, other):
                overruled.append((self.records[one].key, self.records[other].key))
            else:
                self._unite(one, other)
                self.told.add((one, other))
        self.block = {place: self.leader[place] for pair in joined for place in self._group(pair[0])}
        return tuple(overruled)

    def join_same(self) -> None:
        """Judge the candidates and join those that are the same, the strongest first."""
        same = []
        for one, other in _promising([self.records[place] for place in self.heads]).tolist():
            pair = (self.heads[one], self.heads[other])
            judgement = judge(self.records[pair[0]], self.records[pair[1]])
            if judgement.decision == Decision.DIFFERENT and not judgement.link:
                continue
            self.judged[pair] = self.known.setdefault(judgement, judgement)
            if judgement.decision == Decision.SAME:
                same.append(pair)
        same += self._under_two_names()
        for one, other in self._unequivocal(same):
            if self.leader[one] != self.leader[other] and not self._clash(one, other):
                self._unite(one, other)

    def _under_two_names(self) -> list[tuple[int, int]]:
        """Call those pairs the same that differ by the name of a venue alone, where many pairs differ by just that.

        One list says "SIGMOD Conference", another "International Conference on Management of Data": no rule knows
        that the two are one, but hundreds of papers that both lists hold do.
        """
        doubtful: dict[frozenset[tuple[str, ...]], list[tuple[int, int]]] = defaultdict(list)
        for pair, judgement in self.judged.items():
            if judgement.rule == ANOTHER_NAME.reason:
                doubtful[frozenset(self.records[place].containers[0].main for place in pair)].append(pair)
        settled = [pair for pairs in doubtful.values() if len(pairs) >= _FEWEST_SHOWN for pair in pairs]
        for pair in settled:
            judgement = self.judged[pair]._replace(decision=Decision.SAME, rule=_TWO_NAMES)
            self.judged[pair] = self.known.setdefault(judgement, judgement)
        return settled

    def _strength(self, pair: tuple[int, int]) -> int:
        return sum(self.judged[pair].levels)

    def _unequivocal(self, same: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Leave out the pairs of a record that fits two different works, unless it fits one better; strongest first."""
        near: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for pair in same:
            strength = self._strength(pair)
            near[pair[0]].append((strength, pair[1]))
            near[pair[1]].append((strength, pair[0]))
        dropped = set()
        for place, others in near.items():
            for (strength, one), (rival, other) in combinations(others, 2):
                if self._judge(one, other).decision == Decision.DIFFERENT and not self._are_blocked(one, other):
                    if strength <= rival:
                        dropped.add((min(place, one), max(place, one)))
                    if rival <= strength:
                        dropped.add((min(place, other), max(place, other)))
        return sorted((pair for pair in same if pair not in dropped), key=lambda pair: (-self._strength(pair), pair))

    def _are_blocked(self, one: int, other: int) -> bool:
        """Say whether people called the two the same."""
        return one in self.block and self.block[one] == self.block.get(other)

    def _clash(self, one: int, other: int) -> bool:
        """Say whether two groups hold members that are different works, or that people keep apart.

        Members whom people joined speak with one voice: what is the same as any of them is the same as all.
        """
        if self._are_kept_apart(one, other):
            return True
        voices: dict[tuple[int, int], set[Decision]] = defaultdict(set)
        for ours, theirs in product(self._speakers(one), self._speakers(other)):
            between = (self.block.get(ours, ours), self.block.get(theirs, theirs))
            voices[between].add(self._judge(ours, theirs).decision)
        return any(Decision.DIFFERENT in said and Decision.SAME not in said for said in voices.values())

    def _speakers(self, place: int) -> list[int]:
        """Return the members of a group that do not read the same, at most so many that comparing them stays linear."""
        return sorted(each for each in self._group(place) if each in self.is_head)[:_MOST_SPEAKERS]

    def account(self, overruled: tuple[tuple[str, str], ...]) -> Clusters:
        """Write down what was joined, and for every two works the best reason to look at them, or their link."""
        review: dict[tuple[int, int], tuple[int, tuple[int, int]]] = {}
        links: dict[tuple[int, int], tuple[int, tuple[int, int]]] = {}
        for pair, judgement in sorted(self.judged.items()):
            works = tuple(sorted(self.leader[place] for place in pair))
            if works[0] == works[1] or self._are_kept_apart(*pair):
                continue
            found = links if judgement.decision == Decision.DIFFERENT else review
            if judgement.decision != Decision.DIFFERENT or judgement.link:
                key, best = (works[0], works[1]), (-sum(judgement.levels), pair)
                found[key] = min(best, found.get(key, best))
        return Clusters(
            groups=tuple(
                sorted(tuple(self.records[place].key for place in sorted(group)) for group in self.members.values())
            ),
            merges=tuple(self._verdict(pair) for pair in sorted(self.merges)),
            review=tuple(
                self._verdict(pair, refused=True)
                for _, pair in sorted(review[key] for key in review.keys() - links.keys())
            ),
            links=tuple(self._verdict(pair) for _, pair in sorted(links.values())),
            overruled=overruled,
        )

    def _verdict(self, pair: tuple[int, int], *, refused: bool = False) -> Verdict:
        judgement = self._judge(*pair)
        if pair in self.told:
            judgement = judgement._replace(decision=Decision.SAME, rule=_TOLD, link=None)
        if refused and judgement.decision == Decision.SAME:
            judgement = judgement._replace(
                decision=Decision.REVIEW, rule=f"{judgement.rule}, but another record fits one of them and not both"
            )
        return Verdict(self.records[pair[0]], self.records[pair[1]], judgement)


def _promising(records: list[Features]) -> NDArray[np.int64]:
    """Return the candidate pairs without those that have next to nothing in common; all at once, in compiled code."""
    pairs = candidates(records)
    texts = [record.title.text if record.title else "" for record in records]
    beginnings = _codes(text[:_BEGINNING] for text in texts)
    places = _codes(
        f"{record.volume} {record.pages.first}" if record.volume and record.pages else "" for record in records
    )
    dois = _codes(record.doi or "" for record in records)
    pmids = _codes(record.pmid or "" for record in records)
    pmcids = _codes(record.pmcid or "" for record in records)
    many = np.array([bool(record.other_titles) for record in records], dtype=bool)
    kept = []
    for start in range(0, len(pairs), _AT_ONCE):
        chunk = pairs[start : start + _AT_ONCE]
        one, other = chunk[:, 0], chunk[:, 1]
        keep = many[one] | many[other]
        for codes in (beginnings, places, dois, pmids, pmcids):
            keep |= (codes[one] == codes[other]) & (codes[one] > 0)
        rest = np.flatnonzero(~keep)
        alike = cpdist(
            [texts[place] for place in one[rest].tolist()],
            [texts[place] for place in other[rest].tolist()],
            scorer=ratio,
            score_cutoff=_FEWEST_ALIKE,
            dtype=np.uint8,
            workers=-1,
        )
        keep[rest] = alike > 0
        kept.append(chunk[keep])
    return np.concatenate(kept) if kept else pairs


def _codes(texts: Iterable[str]) -> NDArray[np.int64]:
    """Number texts, so that equal ones have equal numbers; nothing is 0."""
    numbers: dict[str, int] = {"": 0}
    return np.array([numbers.setdefault(text, len(numbers)) for text in texts], dtype=np.int64)
