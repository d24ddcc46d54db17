"""A pile of records becomes works, in whatever order it comes, and what people decided stands."""

import csv
import lzma
import os
import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_match_references import WORKS, described

from harvester.match import Clusters, Decision, Description, clusters, compare

SHARED = Path(os.environ.get("HARVESTER_SHARED", Path(__file__).parents[1].parent / "shared"))
DBLP_ACM = SHARED / "data" / "dedupe"

SUBJECTS = ("loneliness", "psychosis", "stigma", "recovery", "employment", "housing", "self harm", "crisis care")
PEOPLE = (("Hall", "Laura"), ("Müller", "Hans"), ("Ito", "Kenji"), ("Okoro", "Ngozi"), ("Rossi", "Carla"))


def paper(number: int) -> Description:
    """One of many different papers."""
    chance = random.Random(number)
    subject, second = chance.sample(SUBJECTS, 2)
    return Description(
        key=f"{number:03}",
        title=f"Peer support for {subject} and {second}: what {chance.randint(100, 999)} people in services told us",
        authors=tuple(chance.sample(PEOPLE, 3)),
        year=chance.randint(1990, 2020),
        container="Journal of Mental Health",
        volume=str(chance.randint(1, 40)),
        first_page=str(chance.randint(1, 900)),
    )


def copy(work: Description, kind: int) -> Description:
    """The same paper as one of three databases has it."""
    key = f"{work.key}.{kind}"
    if kind == 1:
        return replace(work, key=key, title=(work.title or "").upper(), container="J Ment Health")
    if kind == 2:
        return replace(work, key=key, authors=tuple((family, (given or "")[0]) for family, given in work.authors or ()))
    return replace(work, key=key, doi=f"10.1/{work.key}")


def said(found: Clusters) -> tuple[object, ...]:
    """Everything that clusters say, as plain values."""
    return (
        found.groups,
        [(verdict.keys, verdict.reason) for verdict in found.merges],
        [(verdict.keys, verdict.reason) for verdict in found.review],
        [(verdict.keys, verdict.link) for verdict in found.links],
    )


PILE = [each for number in range(40) for each in (paper(number), copy(paper(number), number % 4))]


@given(st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None)
def test_the_order_of_the_pile_does_not_matter(chance: random.Random) -> None:
    """Any permutation gives the same works, reasons, pairs for review and links."""
    pile = [*PILE, replace(paper(1), key="erratum", title=f"Erratum: {paper(1).title}")]
    shuffled = pile.copy()
    chance.shuffle(shuffled)
    assert said(clusters(shuffled)) == said(clusters(pile))


def test_copies_are_found_and_nothing_else() -> None:
    """Each paper and its copy are one work; forty papers of one journal on like subjects stay forty."""
    found = clusters(PILE)
    assert [set(group) for group in found.groups] == [{f"{n:03}", f"{n:03}.{n % 4}"} for n in range(40)]
    assert all(verdict.decision == Decision.SAME for verdict in found.merges)


def test_one_of_each_group_gives_no_group() -> None:
    """What is left when each work keeps one record has no duplicates any more."""
    dropped = {key for group in clusters(PILE).groups for key in group[1:]}
    assert clusters(each for each in PILE if each.key not in dropped).groups == ()


def test_the_pairs_of_a_group_agree() -> None:
    """No chain joins two records that compare as different works."""
    by_key = {each.key: each for each in PILE}
    for group in clusters(PILE).groups:
        for one, other in combinations(group, 2):
            assert compare(by_key[one], by_key[other]).decision != Decision.DIFFERENT


BARE = Description(
    key="bare", title="Peer support at work in the psychiatric hospitals of Leeds", authors=(("Hall", "L"),), year=2019
)
JOURNAL = replace(BARE, key="journal", container="Journal of Mental Health", volume="12", first_page="3")
MEETING = replace(BARE, key="meeting", container="Proceedings of the World Congress on Mental Health")


def test_a_poor_record_that_fits_two_works_joins_neither() -> None:
    """A record without a journal is the same as the article and as the congress paper, which are two works."""
    assert compare(BARE, JOURNAL).decision == compare(BARE, MEETING).decision == Decision.SAME
    assert compare(JOURNAL, MEETING).decision == Decision.DIFFERENT
    found = clusters([BARE, JOURNAL, MEETING])
    assert found.groups == ()
    assert {verdict.keys for verdict in found.review} == {("bare", "journal"), ("bare", "meeting")}
    assert all(verdict.decision == Decision.REVIEW for verdict in found.review)
    assert [(verdict.keys, verdict.link) for verdict in found.links] == [(("journal", "meeting"), "conference")]


def test_a_person_decides_what_the_poor_record_is() -> None:
    """A decision joins the record with one of the two; the other stays apart."""
    found = clusters([BARE, JOURNAL, MEETING], decided={("meeting", "bare"): "same"})
    assert found.groups == (("bare", "meeting"),)


def test_decisions_beat_the_machine() -> None:
    """What people call different is kept apart, also by way of others; what they call the same is joined."""
    one, copied = paper(1), copy(paper(1), 1)
    third = copy(paper(1), 2)
    assert clusters([one, copied], decided={(copied.key, one.key): "different"}).groups == ()
    kept = clusters([one, copied, third], decided={(one.key, copied.key): "different"})
    assert not any({one.key, copied.key} <= set(group) for group in kept.groups)
    joined = clusters([paper(1), paper(2)], decided={("001", "002"): "same"})
    assert joined.groups == (("001", "002"),)
    assert [verdict.reason for verdict in joined.merges] == ["a person called them the same"]


def test_identical_records_can_be_kept_apart() -> None:
    """A decision counts even where two records read the same to the letter."""
    twin = replace(paper(1), key="twin")
    assert clusters([paper(1), twin]).groups == (("001", "twin"),)
    assert clusters([paper(1), twin], decided={("001", "twin"): "different"}).groups == ()


def test_decisions_that_contradict_each_other_are_told() -> None:
    """The same by way of a third, and different: the pair is kept apart and named."""
    found = clusters(
        [paper(1), paper(2), paper(3)],
        decided={("001", "002"): "same", ("002", "003"): "same", ("001", "003"): "different"},
    )
    assert found.groups == (("001", "002"),)
    assert found.overruled == (("002", "003"),)


def test_decisions_on_records_that_are_gone_are_passed_over() -> None:
    """A decision outlives the records that it was made on."""
    assert clusters([paper(1)], decided={("001", "gone"): "same"}).groups == ()


def test_identical_columns_are_not_joined() -> None:
    """Records that read the same and tell nothing stay apart."""
    assert clusters(Description(key=str(number), title="Editorial") for number in range(30)).groups == ()


def test_many_identical_records_are_one() -> None:
    """Copies by the hundred are one group, and a variant among them is not lost."""
    copies = [replace(paper(1), key=f"copy {number}") for number in range(300)]
    (group,) = clusters([*copies, copy(paper(1), 1)]).groups
    assert len(group) == 301


def test_two_names_of_one_meeting_are_learnt_from_the_pile() -> None:
    """Many papers that differ by the name of their meeting alone say that it has two names; a few say nothing."""
    words = ("joins", "streams", "indexes", "caches", "queries", "views", "triggers", "schemas", "cubes", "locks")
    titles = [f"On the cost of {one} and {other} in very large databases" for one, other in combinations(words, 2)]
    pile = []
    for number, title in enumerate(titles):
        work = Description(key=f"{number:02}", title=title, authors=(("Ito", "K"), ("Hall", "L")), year=1999)
        pile.append(replace(work, container="SIGMOD Conference"))
        pile.append(replace(work, key=f"{number:02}b", container="Conference on Management of Data"))
    assert len(clusters(pile).groups) == len(titles)
    assert clusters(pile[:10]).groups == ()
    assert len(clusters(pile[:10]).review) == 5


def test_two_descriptions_with_one_key_are_refused() -> None:
    """Keys name records in every answer."""
    with pytest.raises(ValueError, match="'001'"):
        clusters([paper(1), paper(1)])


@pytest.mark.parametrize("pile", [[], [paper(1)], [Description(key="x"), Description(key="y")]], ids=len)
def test_a_pile_of_nearly_nothing(pile: list[Description]) -> None:
    """Nothing, one record, and empty records have no duplicates."""
    assert clusters(pile).groups == ()


@given(
    st.lists(
        st.builds(
            Description,
            key=st.uuids().map(str),
            title=st.text(max_size=20)
            | st.sampled_from(["Peer support at work in the psychiatric hospitals of Leeds"]),
            authors=st.sampled_from([None, (), (("Hall", "L"),)]),
            year=st.sampled_from([None, 2019, 2020]),
            doi=st.sampled_from([None, "10.1/a", "10.1/b"]),
            container=st.sampled_from([None, "Lancet", "Proceedings of the Congress on Health"]),
            first_page=st.sampled_from([None, "1", "7", "\ud800"]),
        ),
        max_size=12,
        unique_by=lambda each: each.key,
    )
)
@settings(max_examples=60, deadline=None)
def test_groups_are_a_partition(pile: list[Description]) -> None:
    """Whatever comes in, no record is in two groups, and no group has fewer than two."""
    groups = clusters(pile).groups
    grouped = [key for group in groups for key in group]
    assert len(grouped) == len(set(grouped))
    assert all(len(group) > 1 for group in groups)
    assert set(grouped) <= {each.key for each in pile}


def listed(name: str) -> Iterator[Description]:
    """The records of one of the two databases of DBLP-ACM."""
    with lzma.open(DBLP_ACM / f"{name}.csv.xz", "rt", encoding="utf-8", errors="replace") as lines:
        for row in csv.DictReader(lines, delimiter="%"):
            yield Description(
                key=f"{name}:{row['id']}",
                title=row["title"],
                authors=tuple((each.strip(), None) for each in row["authors"].split(",") if each.strip()) or None,
                year=int(row["year"]) if row["year"].isdigit() else None,
                container=row["venue"],
            )


def test_dblp_acm_has_no_false_merge() -> None:
    """Two lists without volume or page: merged only where that is sure, and nearly all found with the review band."""
    if not DBLP_ACM.exists():
        pytest.skip("the DBLP-ACM lists are not there")
    with (DBLP_ACM / "gt.csv").open(encoding="utf-8") as lines:
        truth = {
            tuple(sorted((f"dblp:{row['D1']}", f"acm:{row['D2']}"))) for row in csv.DictReader(lines, delimiter="%")
        }
    found = clusters([*listed("dblp"), *listed("acm")])
    merged = {pair for group in found.groups for pair in combinations(group, 2)}
    assert merged
    assert merged <= truth
    shown = merged | {verdict.keys for verdict in found.review}
    assert len(truth & shown) / len(truth) > 0.9


def test_works_that_an_index_tells_apart_are_not_merged() -> None:
    """Of 952 works of a real review one pair is merged, which OpenAlex holds twice; errata and parts are linked."""
    if not WORKS.exists():
        pytest.skip("the OpenAlex works are not there")
    works = list(described())
    found = clusters(works)
    assert len(works) > 900
    assert found.groups == (("https://openalex.org/W2117690809", "https://openalex.org/W4236089761"),)
    assert {"correction", "part"} <= {verdict.link for verdict in found.links}
