"""How well references without a DOI find the works that they name, and no others.

The index holds the metadata of 1,000 Crossref works and of five OpenAlex corpora and is never made from the strings.
Positives are written from that metadata in eight styles, whole and with seeded damage, and as the fields that
Crossref keeps of a reference. Each is asked once more with its work taken out of the candidates: whatever matches then
is false, or another record of the same work. Negatives are real references whose DOI is not in the index, and hard
ones made of works in the index: another work of the same author and year, the next part, a reply, another year of a
recurring title. Only EXACT and STRONG count as a match. Every false match is printed, to be looked at.

    python tests/benchmarks/bench_matching.py [--works 110] [--seed 5] [--size 100000]
"""

import argparse
import json
import lzma
import os
import random
import re
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent))

from bench_dedupe import synthetic
from styles import STYLES, Entry, abbreviated, entry

from harvester.markup import clean
from harvester.match import Decision, Description, Match, Standing, choose_work, compare
from harvester.match.catalogue import Catalogue
from harvester.match.likeness import Level
from harvester.match.titles import wording
from harvester.model import Record, Reference
from harvester.sources import source

DATA = Path(os.environ.get("HARVESTER_SHARED", Path(__file__).parents[2].parent / "shared")) / "data"
CORPORA = {
    "crossref gap": ("crossref", DATA / "crossref" / "gap_D1000000.jsonl.xz"),
    **{
        name: ("openalex", DATA / "openalex" / f"{name}_works.jsonl.xz")
        for name in ("Oud_2018", "Jeyaraman_2020", "Donners_2021", "Nelson_2002")
    },
    "ipbes_bba": ("openalex", DATA / "openalex" / "snowball" / "openalex_ipbes_bba.jsonl.xz"),
}
UNCITED = frozenset({"component", "peer-review", "journal", "journal-issue", "journal-volume", "proceedings"})
MATCHED = frozenset({Standing.EXACT, Standing.STRONG})
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:?\s*)?10\.\d{4,9}/\S+", re.IGNORECASE)


class Held(NamedTuple):
    """A work of the index: where it comes from, and what is known of it."""

    corpus: str
    record: Record
    work: Description


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with lzma.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def held() -> dict[str, Held]:
    """The works of all corpora; one that is in two is held once, as the first says."""
    found: dict[str, Held] = {}
    for corpus, (name, path) in CORPORA.items():
        for item in lines(path):
            record = source(name).record(item)
            if isinstance(record, Record) and record.title:
                key = f"doi:{record.doi}" if record.doi else f"{record.source}:{record.native_id}"
                found.setdefault(key, Held(corpus, record, Description.of(record, key=key)))
    return found


# -- damage ----------------------------------------------------------------------------------------------------

Damage = Callable[[Entry, random.Random], Entry]
SLIPS = [("m", "rn"), ("l", "1"), ("o", "0"), ("e", "c"), ("i", "l"), ("h", "b"), ("rn", "m"), ("cl", "d"), ("u", "ii")]
SLIPS += [("t", "f"), ("a", "o"), ("5", "S"), ("1", "l"), ("B", "8"), (" ", ""), ("n", "- n"), (".", ","), ("c", "e")]


def whole(work: Entry, _: random.Random) -> Entry:
    return work


def untitled(work: Entry, _: random.Random) -> Entry:
    return replace(work, title=None)


def with_initials(work: Entry, _: random.Random) -> Entry:
    def cut(given: str | None) -> str | None:
        return " ".join(f"{part[0].upper()}." for part in re.split(r"[\s.\-]+", given or "") if part) or None

    return replace(work, authors=tuple((family, cut(given)) for family, given in work.authors))


def misdated(work: Entry, chance: random.Random) -> Entry:
    return replace(work, year=work.year and work.year + chance.choice((-1, 1)))


def shortened(work: Entry, _: random.Random) -> Entry:
    return replace(work, venue=work.venue and abbreviated(work.venue, dot="."))


def misread(text: str, chance: random.Random) -> str:
    """Slips of a scanner, one in about 40 characters, anywhere."""
    for _ in range(max(1, len(text) // 40)):
        start = chance.randrange(len(text))
        seen, read = chance.choice(SLIPS)
        place = text.find(seen, start)
        if place >= 0:
            text = text[:place] + read + text[place + len(seen) :]
    return text


def cut(text: str, chance: random.Random) -> str:
    return text[: int(len(text) * chance.uniform(0.6, 0.9))]


DAMAGES: dict[str, Damage] = {
    "missing title": untitled,
    "initials only": with_initials,
    "wrong year by one": misdated,
    "abbreviated journal": shortened,
}
SPOILT = {"OCR slips": misread, "truncated": cut}


def printed(text: str) -> Reference:
    return Reference(source="benchmark", position=1, text=text)


class Asked(NamedTuple):
    """A reference, what it is an example of, and the key of the work that it names; None for a negative."""

    kind: str
    reference: Reference
    truth: str | None


def is_located(each: Held) -> bool:
    """Say whether a reference without a title could name it: first author, year, journal, volume and page."""
    work = each.work
    return bool(work.authors and work.year and work.container and work.volume and work.first_page)


def positives(sample: list[tuple[str, Held]], chance: random.Random) -> Iterator[Asked]:
    names = sorted(STYLES)
    for key, each in sample:
        given = entry(each.record)
        if not given.authors:
            yield from authorless(key, given, chance)
            continue
        for style in names:
            yield Asked(f"clean, {style}", printed(STYLES[style](given)), key)
        for damage, make in DAMAGES.items():
            if damage == "wrong year by one" and not given.year:
                continue
            if damage == "abbreviated journal" and not given.venue:
                continue
            kind = damage
            if damage == "missing title" and not is_located(each):
                kind = "missing title, nor volume and page"
            for style in chance.sample(names, 2):
                yield Asked(kind, printed(STYLES[style](make(given, chance))), key)
        for damage, spoil in SPOILT.items():
            for style in chance.sample(names, 2):
                yield Asked(damage, printed(spoil(STYLES[style](given), chance)), key)


def authorless(key: str, given: Entry, chance: random.Random) -> Iterator[Asked]:
    """References to works whose authors the index does not know: apart, since that is what most of these lack."""
    for style in sorted(STYLES):
        yield Asked("no authors: clean", printed(STYLES[style](given)), key)
    for damage, make in DAMAGES.items():
        if damage not in ("initials only", "missing title") and given.year and given.venue:
            style = chance.choice(sorted(STYLES))
            yield Asked(f"no authors: {damage}", printed(STYLES[style](make(given, chance))), key)
    for damage, spoil in SPOILT.items():
        style = chance.choice(sorted(STYLES))
        yield Asked(f"no authors: {damage}", printed(spoil(STYLES[style](given), chance)), key)


def fields(**kept: Any) -> Reference:
    return Reference(source="crossref", position=1, **kept)


def structured(sample: list[tuple[str, Held]], chance: random.Random) -> Iterator[Asked]:
    """References as Crossref keeps them, in the fields that publishers fill."""
    for key, each in sample:
        given = entry(each.record)
        if not given.authors or not given.year:
            continue
        family, initials = given.authors[0]
        author = chance.choice(
            (family, f"{initials[0]} {family}" if initials else family, f"{family} {initials or ''}")
        )
        venue = given.venue and chance.choice(
            (given.venue, abbreviated(given.venue), abbreviated(given.venue, dot="."))
        )
        place = {"volume": given.volume, "first_page": given.first_page, "venue": venue}
        who = {"author": author.strip(), "year": given.year}
        if is_located(each):
            yield Asked("fields, no title", fields(**who, **place), key)
            yield Asked("fields, no title, year off by one", fields(**(who | {"year": given.year + 1}), **place), key)
            yield Asked("fields, no title, no page", fields(**who, **(place | {"first_page": None})), key)
            yield Asked("fields, no title, no author", fields(year=given.year, **place), key)
        yield Asked("fields and title", fields(**who, **place, title=given.title), key)
        yield Asked("author, year and title", fields(**who, title=given.title), key)


# -- negatives -------------------------------------------------------------------------------------------------


def references_of(items: Iterable[dict[str, Any]]) -> Iterator[Reference]:
    """What our own mapping makes of references as Crossref has them, less their DOIs."""
    given = [{name: value for name, value in item.items() if name.lower() != "doi"} for item in items]
    record = source("crossref").record({"DOI": "10.5555/benchmark", "reference": given})
    assert isinstance(record, Record)
    for reference in record.references:
        text = reference.text and _DOI.sub("", reference.text)
        yield reference.model_copy(update={"text": text, "targets": (), "malformed_doi": None})


def real(works: dict[str, Held]) -> Iterator[Asked]:
    """References as deposited; one whose DOI is in the index is a positive."""

    def truth(values: Any) -> str | None:
        dois = [values] if isinstance(values, str) else values or []
        return next((key for doi in dois if (key := f"doi:{doi.lower()}") in works), None)

    for item in lines(CORPORA["crossref gap"][1]):
        own = [one for one in item.get("reference") or () if truth(one.get("DOI")) or one.get("unstructured")]
        for one, reference in zip(own, references_of(own), strict=True):
            if reference.text or reference.author or reference.title or reference.venue:
                yield Asked("gap_D1000000", reference, truth(one.get("DOI")))
    seen = set()
    for name in ("orig", "sbmv"):
        with lzma.open(DATA / "matching" / f"unstructured_{name}.json.xz", "rt", encoding="utf-8") as file:
            for one in json.load(file)["dataset"]:
                if one["ref_string"] not in seen:
                    seen.add(one["ref_string"])
                    dois = [one["target_gt"]["DOI"], one["target_test"]["DOI"]]
                    text = _DOI.sub("", one["ref_string"])
                    yield Asked("2,000 strings", printed(text), truth([doi for doi in dois if doi]))
    with lzma.open(DATA / "matching" / "dataset-apa.json.xz", "rt", encoding="utf-8") as file:
        for one in json.load(file)["dataset"]:
            if one["ref_string"]:
                yield Asked("7,498 strings", printed(_DOI.sub("", one["ref_string"])), truth(one["target_gt"]["DOI"]))
    with lzma.open(DATA / "imports" / "pubmed_biopsychosocial_batch_1600.xml.xz", "rt", encoding="utf-8") as file:
        for one in re.findall(r"<Reference>(.*?)</Reference>", file.read(), re.DOTALL):
            if cited := re.search(r"<Citation>(.*?)</Citation>", one, re.DOTALL):
                dois = re.findall(r'IdType="doi">([^<]+)<', one)
                yield Asked("7,130 of PubMed", printed(_DOI.sub("", clean(cited[1]))), truth(dois))
    own = list(lines(DATA / "peer_support" / "mental_health_references.jsonl.xz"))
    for one in own:
        key = truth(one["doi"])
        yield Asked("1,103 mental health, as text", printed(_DOI.sub("", one["text"])), key)
        if isinstance(one.get("reference"), dict):
            for reference in references_of([one["reference"]]):
                yield Asked("1,103 mental health, as fields", reference, key)


def other_titles() -> list[str]:
    """Titles of works that are not in the index."""
    found = set()
    for one in lines(DATA / "peer_support" / "mental_health_references.jsonl.xz"):
        title = (one.get("reference") or {}).get("article-title")
        if title and len(title) > 30:
            found.add(title)
    return sorted(found)


_COUNTED = re.compile(r"\b(part|phase|study|chapter|volume|edition) (I{1,3}|[1-9])\b", re.IGNORECASE)


def another_part(title: str) -> str:
    """Count on where the title counts; else name its second part."""
    if found := _COUNTED.search(title):
        number = {"I": "II", "II": "III", "III": "IV"}.get(found[2].upper()) or str(int(found[2]) + 1)
        return f"{title[: found.start()]}{found[1]} {number}{title[found.end() :]}"
    return f"{title.rstrip('.')}: Part II" if len(title) % 2 else f"{title.rstrip('.')}. 2"


def elsewhere(work: Entry, chance: random.Random, **changed: Any) -> Entry:
    """Another place in the same journal."""
    page = chance.randint(400, 900)
    return replace(work, volume=str(chance.randint(150, 400)), first_page=str(page), last_page=str(page + 9), **changed)


def hard(works: dict[str, Held], sample: list[tuple[str, Held]], chance: random.Random) -> Iterator[Asked]:
    """References to works that nearly are in the index."""
    titles = other_titles()
    names = sorted(STYLES)

    def write(kind: str, work: Entry) -> Asked:
        return Asked(kind, printed(STYLES[chance.choice(names)](work)), None)

    for _, each in sample:
        given = entry(each.record)
        if not given.title or not given.year:
            continue
        if given.authors:
            yield write("another work, same author and year", elsewhere(given, chance, title=chance.choice(titles)))
            if is_located(each):
                page = chance.choice([page for page in range(901, 990) if str(page) != given.first_page])
                beside = replace(given, first_page=str(page), last_page=str(page + 7))
                yield write("another page, same author and volume", replace(beside, title=chance.choice(titles)))
                yield write("another page, same author and volume, no title", replace(beside, title=None))
                venue = given.venue and abbreviated(given.venue)
                yield Asked(
                    "another page, as fields",
                    fields(
                        author=given.authors[0][0],
                        year=given.year,
                        volume=given.volume,
                        first_page=str(page),
                        venue=venue,
                    ),
                    None,
                )
        if not each.work.title or len(each.work.title) < 10:
            continue
        yield write("another part, elsewhere", elsewhere(given, chance, title=another_part(given.title)))
        for notice in ("Erratum to: {}", "Reply to: {}", "Comment on “{}”", "Correction: {}", "Retraction: {}"):
            if chance.random() < 0.2:
                about = elsewhere(given, chance, title=notice.format(given.title))
                yield write("notice, same author", about)
                stranger = replace(about, authors=(("Okafor", "Ngozi"), ("Lindqvist", "Per")), year=given.year + 1)
                yield write("notice, another author", stranger)
    recurring = [each for _, each in sorted(works.items()) if is_recurring(each)]
    for each in recurring:
        given = entry(each.record)
        if given.year:
            yield write("recurring title, another year", elsewhere(given, chance, year=given.year + 2))
            yield write(
                "recurring title, another author",
                elsewhere(given, chance, authors=(("Okafor", "Ngozi"),), year=given.year),
            )
    for each in works.values():
        given = entry(each.record)
        if given.title and given.year and (found := re.search(r"\b(19|20)\d\d\b", given.title)):
            title = given.title[: found.start()] + str(int(found[0]) + 1) + given.title[found.end() :]
            yield write("the same report of next year", elsewhere(given, chance, title=title, year=given.year + 1))
        if given.kind == "book" and given.title:
            edition = replace(given, title=f"{given.title.rstrip('.')}, 3rd ed.", year=(given.year or 2000) + 9)
            yield write("another edition", edition)
            review = Entry(
                kind="article",
                title=f"Book review: {given.title}",
                authors=(("Okafor", "Ngozi"),),
                year=given.year,
                venue="Journal of Documentation",
                volume="61",
                first_page="312",
                last_page="314",
            )
            yield write("review of a book", review)
        if given.kind == "chapter" and given.venue:
            yield write(
                "another chapter", replace(given, title=chance.choice(titles), first_page="301", last_page="320")
            )


def is_recurring(each: Held) -> bool:
    told = wording(each.work.title)
    return bool(told and told.is_recurring)


# -- measuring -------------------------------------------------------------------------------------------------


class Tally:
    """Counts by kind of reference, and the false matches in words."""

    def __init__(self, works: dict[str, Held], catalogue: Catalogue) -> None:
        self.works = works
        self.catalogue = catalogue
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        self.false: list[str] = []
        self.twins: Counter[tuple[str, str]] = Counter()
        self.missed: dict[str, list[str]] = defaultdict(list)
        self.seconds = 0.0
        self.asked = 0

    def ask(self, asked: Asked, *, but_absent: bool = False) -> None:
        started = time.process_time()
        found = self.catalogue.find(asked.reference)
        match = choose_work(asked.reference, found)
        self.seconds += time.process_time() - started
        self.asked += 1
        count = self.counts[asked.kind]
        count["asked"] += 1
        if asked.truth is None:
            count["matched" if match.standing in MATCHED else "refused"] += 1
            count[str(match.standing)] += 1
            if match.standing in MATCHED:
                self._tell(asked, match, asked.kind)
            return
        count["found"] += asked.truth in {work.key for work in found}
        outcome = self._outcome(match, asked.truth)
        count[outcome] += 1
        if outcome == "wrong":
            self._tell(asked, match, asked.kind)
        elif outcome != "right":
            self.missed[asked.kind].append(
                f"{outcome}: {match.reason} | {asked.truth} | {asked.reference.text or asked.reference}"
            )
        if but_absent:
            without = choose_work(asked.reference, [work for work in found if work.key != asked.truth])
            absent = self.counts["its work taken away"]
            absent["asked"] += 1
            if without.standing not in MATCHED:
                absent["refused"] += 1
            elif self._is_twin(without.keys[0], asked.truth):
                absent["twin"] += 1
                self.twins[(without.keys[0], asked.truth)] += 1
            else:
                absent["matched"] += 1
                self._tell(asked, without, "its work taken away")

    def _outcome(self, match: Match, truth: str) -> str:
        if match.standing not in MATCHED:
            return str(match.standing)
        return "right" if self._is_same(match.keys[0], truth) else "wrong"

    def _is_same(self, one: str, other: str) -> bool:
        """Say whether two keys are one work by the rules of `dedupe`: corpora hold some works twice."""
        return one == other or compare(self.works[one].work, self.works[other].work).decision == Decision.SAME

    def _is_twin(self, one: str, other: str) -> bool:
        """Say whether two records bear one title and first author: the same work, or an edition of it, twice there."""
        verdict = compare(self.works[one].work, self.works[other].work)
        return verdict.decision != Decision.DIFFERENT and verdict.judgement.levels.title == Level.SAME

    def _tell(self, asked: Asked, match: Match, kind: str) -> None:
        text = asked.reference.text or asked.reference.model_dump_json(exclude_none=True)
        work = self.works[match.keys[0]].work
        names = "; ".join(" ".join(filter(None, name)) for name in (work.authors or ())[:3])
        self.false.append(
            f"[{kind}] {match.standing}: {match.reason}\n    reference {text}\n    matched   {work.key} {names}"
            f" ({work.year}) {work.title} | {work.container} {work.volume} {work.first_page}"
            f"\n    named     {asked.truth}"
        )

    def show(self) -> None:
        print(f"\n{'positives':42} asked  found  right  wrong  weak  ambiguous  none  recall  precision")
        for kind, count in self.counts.items():
            if not count["matched"] + count["refused"]:
                total, right, wrong = count["asked"], count["right"], count["wrong"]
                precision = right / (right + wrong) if right + wrong else 1.0
                print(
                    f"{kind:42} {total:5}  {count['found']:5}  {right:5}  {wrong:5} {count['weak']:5}"
                    f" {count['ambiguous']:10} {count['none']:5}   {right / total:.3f}     {precision:.4f}"
                )
        print(f"\n{'negatives':47} asked  matched   weak  ambiguous  (another record of the work)")
        for kind, count in self.counts.items():
            if count["matched"] + count["refused"]:
                print(
                    f"{kind:47} {count['asked']:5}  {count['matched']:7}  {count['weak']:5} {count['ambiguous']:10}"
                    f"  {count['twin']:6}"
                )
        if self.twins:
            print("\nmatched with another record of the work that was taken away:")
            for pair, times in sorted(self.twins.items()):
                told = (f"{key} ({self.works[key].work.year}) {self.works[key].work.title}" for key in pair)
                print(f"    {times} x " + "\n        for ".join(told))
        if self.false:
            print("\nfalse matches:")
            print("\n".join(self.false))


def at_size(works: dict[str, Held], references: list[Reference], size: int) -> None:
    """Speed and memory of an index of so many works, the synthetic ones of `bench_dedupe` among them."""

    def all_works() -> Iterator[Description]:
        yield from (each.work for each in works.values())
        for made in synthetic(size - len(works)):
            yield replace(made, key=f"made:{made.key}", abstract=None)

    made = time.process_time()
    count = sum(1 for _ in all_works())
    making = time.process_time() - made
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    started = time.process_time()
    catalogue = Catalogue(all_works())
    filing = time.process_time() - started - making
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    started = time.process_time()
    found = [catalogue.find(reference) for reference in references]
    finding = time.process_time() - started
    started = time.process_time()
    for reference, candidates in zip(references, found, strict=True):
        choose_work(reference, candidates)
    choosing = time.process_time() - started
    told = len(references)
    print(
        f"\n{count:,} works: filed in {filing:.1f} s, {after - before:,.0f} MB; of {told:,} references"
        f" {told / finding:,.0f} a second find their candidates, {told / (finding + choosing):,.0f} a second are"
        " matched (CPU)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--works", type=int, default=110, help="works of each corpus that references are written to")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--size", type=int, help="measure speed and memory at so many works instead")
    parser.add_argument("--missed", type=int, default=0, help="show so many of the references of each kind not matched")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    works = held()
    sample: list[tuple[str, Held]] = []
    for corpus in CORPORA:
        own = sorted(
            (key, each)
            for key, each in works.items()
            if each.corpus == corpus and each.work.title and each.record.type not in UNCITED
        )
        sample += chance.sample(own, min(arguments.works, len(own)))
    if arguments.size:
        references = [asked.reference for asked in positives(sample[:: max(1, len(sample) // 60)], chance)]
        at_size(works, chance.sample(references, min(1_000, len(references))), arguments.size)
        return
    tally = Tally(works, Catalogue(each.work for each in works.values()))
    print(f"{len(works):,} works in the index, {len(sample):,} of them named")
    for asked in positives(sample, chance):
        tally.ask(asked, but_absent=not asked.kind.startswith("clean") or "APA" in asked.kind)
    for asked in structured(sample, chance):
        tally.ask(asked, but_absent=True)
    for asked in real(works):
        tally.ask(asked if asked.truth is None else asked._replace(kind=f"{asked.kind}, in the index"))
    for asked in hard(works, sample, chance):
        tally.ask(asked)
    tally.show()
    for kind, texts in tally.missed.items():
        for text in texts[: arguments.missed]:
            print(f"[{kind}] {text}")
    print(f"\n{tally.asked:,} references, {tally.asked / tally.seconds:,.0f} a second (CPU)")


if __name__ == "__main__":
    main()
