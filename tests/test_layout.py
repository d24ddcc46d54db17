"""Positions from a seeded layout."""

import json
import lzma
import os
import random
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from graph.build import MISSING
from graph.layout import layout, layout_by_year
from graph.layout import links as linked
from graph.layout.forces import mesh, pairs
from graph.layout.packing import apart, distinct, packed

ROOT = Path(__file__).parents[1]
FOLDER = Path(os.environ.get("HARVESTER_SHARED", ROOT.parent / "shared")) / "data" / "openalex"
REVIEWS = {"Oud_2018": 4_071, "Jeyaraman_2020": 6_645, "Donners_2021": 801, "Nelson_2002": 364}

Network = tuple[int, NDArray[np.int64], NDArray[np.int64]]


@st.composite
def networks(draw: st.DrawFn) -> tuple[int, list[tuple[int, int, float]]]:
    size = draw(st.integers(0, 40))
    if size < 2:
        return size, []
    ends = st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)).filter(lambda pair: pair[0] != pair[1])
    # Quarters, so that adding weights up in any order is exact.
    weights = st.integers(0, 20).map(lambda quarters: quarters / 4)
    return size, [(*pair, weight) for pair, weight in draw(st.lists(st.tuples(ends, weights), max_size=80))]


def columns(rows: list[tuple[int, int, float]]) -> tuple[list[int], list[int], list[float]]:
    return [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]


def planted(communities: int, each: int, *, within: int, between: int, seed: int = 0) -> Network:
    """Communities of works with so many links of each work inside its own, and so many to any."""
    rng = np.random.default_rng(seed)
    size = communities * each
    works = np.arange(size)
    near, far = np.repeat(works, within), np.repeat(works, between)
    i = np.concatenate((near, far))
    j = np.concatenate((near // each * each + rng.integers(0, each, len(near)), rng.integers(0, size, len(far))))
    return size, i[i != j], j[i != j]


def lengths(at: NDArray[np.float64], i: NDArray[np.int64], j: NDArray[np.int64]) -> NDArray[np.float64]:
    apart_: NDArray[np.float64] = np.sqrt(np.square(at[i] - at[j]).sum(axis=1))
    return apart_


def preserved(at: NDArray[np.float64], i: NDArray[np.int64], j: NDArray[np.int64]) -> float:
    """Of a work's d neighbours, the share that is among the d works nearest to it; the mean over linked works."""
    joined = np.zeros((len(at), len(at)), dtype=np.bool_)
    joined[i, j] = joined[j, i] = True
    away = np.square(at[:, None] - at[None]).sum(axis=2)
    np.fill_diagonal(away, np.inf)
    rank = away.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    degree = joined.sum(axis=1)
    kept = (joined & (rank < degree[:, None])).sum(axis=1)
    return float((kept[degree > 0] / degree[degree > 0]).mean())


def nearest(at: NDArray[np.float64]) -> NDArray[np.float64]:
    away = np.square(at[:, None] - at[None]).sum(axis=2)
    np.fill_diagonal(away, np.inf)
    smallest: NDArray[np.float64] = np.sqrt(away.min(axis=1))
    return smallest


def review(name: str) -> tuple[Network, NDArray[np.int64]]:
    if not FOLDER.is_dir():
        pytest.skip("the recorded OpenAlex works are not beside the repository (HARVESTER_SHARED)")
    with lzma.open(FOLDER / f"{name}_works.jsonl.xz", "rt", encoding="utf-8") as lines:
        works: list[dict[str, Any]] = [json.loads(line) for line in lines]
    place = {key: row for row, key in enumerate(sorted({work["id"] for work in works}))}
    years = np.full(len(place), MISSING, dtype=np.int64)
    found = set()
    for work in works:
        row = place[work["id"]]
        years[row] = work["publication_year"] or MISSING
        found |= {(row, place[cited]) for cited in work["referenced_works"] if place.get(cited, row) != row}
    i, j = np.array(sorted(found)).T
    return (len(place), i, j), years


@given(networks(), st.integers(0, 3), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_places_are_finite_distinct_and_the_same_however_the_links_are_told(
    network: tuple[int, list[tuple[int, int, float]]], seed: int, shuffler: random.Random
) -> None:
    """One place for each work, two rows never alike; order, direction and scale of links do not matter."""
    size, rows = network
    at = layout(size, *columns(rows), seed=seed)
    assert at.shape == (size, 2)
    assert at.dtype == np.float64
    assert np.isfinite(at).all()
    assert len({tuple(row) for row in at.tolist()}) == size
    assert (at == np.rint(at * 1000) / 1000).all()
    told = [(b, a, weight * 8) if shuffler.random() < 0.5 else (a, b, weight * 8) for a, b, weight in rows]
    shuffler.shuffle(told)
    assert layout(size, *columns(told), seed=seed).tobytes() == at.tobytes()


def test_a_link_of_weight_two_is_two_links_and_one_of_weight_zero_is_none() -> None:
    """Weights of the same two works add up."""
    twice = layout(4, [0, 0, 1], [1, 1, 2])
    assert twice.tobytes() == layout(4, [0, 1, 2], [1, 2, 3], [2, 1, 0]).tobytes()


def test_the_same_bytes_in_any_process_and_with_any_number_of_threads() -> None:
    """Neither the hash seed of a process nor its threads nor random draws made before it matter."""
    script = (
        "import hashlib, random, numpy as np; from graph.layout import layout, layout_by_year;"
        "rng = np.random.default_rng(1); i, j = rng.integers(0, 900, (2, 2700)); k = i != j;"
        "np.random.seed(); random.seed();"
        "at = layout(1000, i[k], j[k]); by = layout_by_year(np.arange(1000) // 30, i[k], j[k]);"
        "print(hashlib.sha256(at.tobytes() + by.tobytes()).hexdigest())"
    )
    told = set()
    for threads in ("1", "2", "7"):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "PYTHONHASHSEED")
        environment = {**os.environ, **dict.fromkeys(names, threads)}
        ran = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        told.add(ran.stdout)
    assert len(told) == 1


def test_the_random_states_of_others_are_left_alone() -> None:
    """A layout draws from a generator of its own; another seed gives another picture."""
    before = random.getstate(), repr(np.random.get_state())
    size, i, j = planted(3, 30, within=4, between=1)
    assert layout(size, i, j, seed=1).tobytes() != layout(size, i, j, seed=2).tobytes()
    assert (random.getstate(), repr(np.random.get_state())) == before


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_communities_stand_apart(seed: int) -> None:
    """The ten nearest works are of the own community, though half of all links lead elsewhere or anywhere."""
    size, i, j = planted(8, 100, within=5, between=3)
    of = np.arange(size) // 100
    at = layout(size, i, j, seed=seed)
    away = np.square(at[:, None] - at[None]).sum(axis=2)
    np.fill_diagonal(away, np.inf)
    ten = away.argsort(axis=1)[:, :10]
    assert (of[ten] == of[:, None]).mean() > 0.85
    inside = of[i] == of[j]
    assert lengths(at, i, j)[inside].mean() < 0.5 * lengths(at, i, j)[~inside].mean()


def test_communities_that_are_given_stand_further_apart() -> None:
    """Links within a given community pull more."""
    size, i, j = planted(6, 60, within=4, between=3)
    of = np.arange(size) // 60
    inside = of[i] == of[j]
    ratios = []
    for given_ in (None, of):
        found = lengths(layout(size, i, j, of=given_), i, j)
        ratios.append(found[inside].mean() / found[~inside].mean())
    assert ratios[1] < 0.8 * ratios[0]


def test_works_have_room_and_the_picture_is_about_square() -> None:
    """Hardly any two of 1,500 works are nearer than a unit, and none far out."""
    size, i, j = planted(15, 100, within=4, between=1)
    at = layout(size, i, j)
    assert (nearest(at) > 0.9).mean() > 0.99
    wide, high = np.ptp(at, axis=0)
    assert 0.8 < wide / high < 1.25
    assert np.abs(at).max() < 6 * np.sqrt(size)


def test_a_work_with_many_links_is_inside_its_community() -> None:
    """The hub of a star is nearer to the middle of its leaves than nine in ten of them are."""
    at = layout(201, np.zeros(200, dtype=np.int64), np.arange(1, 201))
    away = np.hypot(*(at - at[1:].mean(axis=0)).T)
    assert away[0] < np.quantile(away[1:], 0.1)


SHAPES = {
    "path": [(k, k + 1) for k in range(299)],
    "ring": [(k, (k + 1) % 300) for k in range(300)],
    "star": [(0, k) for k in range(1, 300)],
    "all joined": list(combinations(range(90), 2)),
    "two halves": [(k, 150 + m) for k in range(30) for m in range(150)],
    "tree": [(k, (k - 1) // 2) for k in range(1, 300)],
    "lattice": [(20 * a + b, 20 * a + b + step) for a in range(14) for b in range(19) for step in (1, 20)],
    "pairs": [(2 * k, 2 * k + 1) for k in range(150)],
    "triangles": [(3 * k + a, 3 * k + b) for k in range(100) for a, b in ((0, 1), (1, 2), (0, 2))],
    "rings of 70": [(70 * k + a, 70 * k + (a + 1) % 70) for k in range(4) for a in range(70)],
    "rings of 50": [(50 * k + a, 50 * k + (a + 1) % 50) for k in range(6) for a in range(50)],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_networks_of_any_shape_have_a_picture(shape: str) -> None:
    """Nothing overflows or collapses: works have room, and links are shorter than the way between any two."""
    i, j = np.array(SHAPES[shape]).T
    at = layout(300, i, j)
    assert (nearest(at) > 0.5).all()
    assert np.abs(at).max() < 6 * np.sqrt(300)
    if shape not in {"all joined", "two halves"}:
        one, other = np.array(list(combinations(np.union1d(i, j).tolist(), 2))).T
        assert lengths(at, i, j).mean() < 0.85 * lengths(at, one, other).mean()


@pytest.mark.parametrize("weights", [[1e-300, 1e300, 1.0], [5e-324, 5e-324, 5e-324], [1.7e308, 1.7e308, 1e-9]])
def test_weights_may_be_of_any_size(weights: list[float]) -> None:
    """Neither the largest nor the smallest numbers break a picture."""
    at = layout(4, [0, 1, 2], [1, 2, 3], weights)
    assert np.isfinite(at).all()
    assert (nearest(at) > 0.5).all()


def test_unconnected_parts_lie_in_rings_about_the_largest() -> None:
    """The discs of two parts do not meet, and works without links are outermost."""
    size, i, j = planted(2, 60, within=4, between=1)
    i = np.concatenate((i, [120, 121, 123, 125]))
    j = np.concatenate((j, [121, 122, 124, 126]))
    at = layout(size + 57, i, j)
    parts = [range(120), range(120, 123), (123, 124), (125, 126), *((row,) for row in range(127, 177))]
    discs = []
    for part in parts:
        points = at[list(part)]
        middle = (points.min(axis=0) + points.max(axis=0)) / 2
        discs.append((middle, np.hypot(*(points - middle).T).max()))
    for (one, radius), (other, other_radius) in combinations(discs, 2):
        assert np.hypot(*(one - other)) > radius + other_radius + 0.9
    out = np.hypot(*at.T)
    assert out[:120].max() < out[120:127].min()
    assert out[120:127].max() < out[127:].min() + 2


def test_works_without_any_link_fill_a_disc() -> None:
    """Ten thousand single works are a unit apart, in little more room than they need."""
    at = layout(10_000, [], [])
    out = np.hypot(*at.T)
    assert out.max() < 1.1 * np.sqrt(10_000) / 2 * np.sqrt(4 / np.pi)
    assert (nearest(at[:2_000]) > 0.99).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((2, [0], [2]), "joins two of the 2 works"),
        ((2, [-1], [1]), "joins two of the 2 works"),
        ((2, [0.0], [1.0]), "given as integers"),
        ((2, [1], [1]), "linked to itself"),
        ((2, [0, 1], [1]), "links have rows of shape"),
        ((2, [[0]], [[1]]), "links have rows of shape"),
        ((2, [0], [1], [1, 2]), "weights of"),
        ((2, [0], [1], [-1.0]), "negative or not finite"),
        ((2, [0], [1], [float("nan")]), "negative or not finite"),
        ((2, [0], [1], [float("inf")]), "negative or not finite"),
    ],
)
def test_links_that_are_none_are_refused(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        layout(*arguments)


def test_communities_and_years_are_one_whole_number_for_each_work() -> None:
    for of in ([0], [0.5, 1.0], [[0, 1]]):
        with pytest.raises(ValueError, match="communities are 2 integers"):
            layout(2, [0], [1], of=of)
    for years in ([1999.5, 2000.0], [[1999, 2000]]):
        with pytest.raises(ValueError, match="years are a column of whole numbers"):
            layout_by_year(years, [0], [1])
    with pytest.raises(ValueError, match="joins two of the 1 works"):
        layout_by_year([2000], [0], [1])


@pytest.mark.parametrize("name", REVIEWS)
def test_reviews_keep_more_neighbours_than_springs_do(name: str) -> None:
    """In the picture of a real review, works are nearer to those they cite than Fruchterman-Reingold puts them."""
    import igraph

    (size, i, j), _ = review(name)
    assert abs(len(i) - REVIEWS[name]) <= 2
    at = layout(size, i, j)
    igraph.set_random_number_generator(random.Random(0))
    try:
        springs = igraph.Graph(size, np.column_stack((i, j)).tolist()).layout_fruchterman_reingold()
    finally:
        igraph.set_random_number_generator(random)
    assert preserved(at, i, j) > 1.2 * preserved(np.array(springs.coords), i, j)
    assert (nearest(at) > 0.5).mean() > 0.98
    assert 0.9 < np.divide(*np.ptp(at, axis=0)) < 1.1


# -- the parts it is made of -----------------------------------------------------------------------------------


def naive_push(at: NDArray[np.float64], mass: NDArray[np.float64], of: NDArray[np.int64]) -> NDArray[np.float64]:
    felt = np.zeros_like(at)
    for a in range(at.shape[1]):
        for b in range(at.shape[1]):
            if a != b and of[a] == of[b]:
                away = at[:, a] - at[:, b]
                felt[:, a] += mass[b] * away / (away @ away + 1e-3)
    return felt


@pytest.mark.parametrize("seed", range(5))
def test_the_mesh_pushes_as_all_pairs_do(seed: int) -> None:
    """The field from a mesh is within a tenth of that of each on each, and pushes nothing as a whole."""
    rng = np.random.default_rng(seed)
    at, mass = rng.normal(0, 10, (2, 200)), rng.uniform(0.5, 3, 200)
    found, wanted = mesh(mass)(at), naive_push(at, mass, np.zeros(200, np.int64))
    error = np.hypot(*(found - wanted))
    assert np.median(error / np.hypot(*wanted)) < 0.1
    assert np.abs((mass * found).sum(axis=1)).max() < 1e-3 * np.abs(mass * found).sum()


@given(st.lists(st.integers(2, 9), min_size=1, max_size=8), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_small_parts_push_as_all_pairs_do(sizes: list[int], seed: int) -> None:
    """Within a part of up to 33 works nothing is sampled, and parts do not feel each other."""
    rng = np.random.default_rng(seed)
    of = np.repeat(np.arange(len(sizes)), sizes)
    starts = np.repeat(np.cumsum(sizes) - sizes, sizes).astype(np.int64)
    at, mass = rng.normal(0, 2, (2, len(of))), rng.uniform(0.5, 3, len(of))
    found = pairs(mass, starts, np.repeat(np.array(sizes), sizes), rng)(at)
    np.testing.assert_allclose(found, naive_push(at, mass, of), rtol=1e-9, atol=1e-9)


@given(networks(), st.integers(0, 99))
@settings(max_examples=100, deadline=None)
def test_contracted_links_are_those_between_groups(
    network: tuple[int, list[tuple[int, int, float]]], seed: int
) -> None:
    """Each pair of groups is linked by the sum of the links between their works."""
    size, rows = network
    if not any(row[2] for row in rows):
        return
    links = linked.checked(size, *columns(rows))
    group = np.random.default_rng(seed).integers(0, 5, size)
    wanted: dict[tuple[int, int], float] = {}
    for a, b, weight in zip(links.first, links.second, links.weights, strict=True):
        if group[a] != group[b]:
            pair = (int(min(group[a], group[b])), int(max(group[a], group[b])))
            wanted[pair] = wanted.get(pair, 0) + weight
    found = linked.contracted(links, group, 5)
    pairs_found = list(zip(found.first.tolist(), found.second.tolist(), strict=True))
    assert sorted(pairs_found) == sorted(wanted)
    np.testing.assert_allclose(found.weights, [wanted[pair] for pair in pairs_found], rtol=1e-12)


def test_a_thinned_network_joins_the_same_works_and_weighs_about_as_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 60 links a work about six or fewer are kept, nothing falls apart, and a network of few links is kept whole."""
    monkeypatch.setattr(linked, "MOST", 100)
    size, i, j = planted(2, 300, within=30, between=0)
    links = linked.checked(size, np.append(i, 0), np.append(j, 300), None)
    sample = linked.thinned(links, size, np.random.default_rng(0))
    assert 2 * size < len(sample) < 7 * size < len(links)
    assert sample.weights.sum() == pytest.approx(links.weights.sum(), rel=0.1)
    before, after = linked.components(links, size), linked.components(sample, size)
    assert before.tolist() == after.tolist() == [0] * size
    few = linked.checked(size, i[:2_000], j[:2_000], None)
    assert linked.thinned(few, size, np.random.default_rng(0)) is few


def test_a_sampled_network_still_shows_its_communities(monkeypatch: pytest.MonkeyPatch) -> None:
    """What large networks are drawn from tells their communities apart."""
    monkeypatch.setattr(linked, "MOST", 100)
    size, i, j = planted(6, 100, within=20, between=5)
    at = layout(size, i, j)
    inside = i // 100 == j // 100
    assert lengths(at, i, j)[inside].mean() < 0.5 * lengths(at, i, j)[~inside].mean()


@given(st.lists(st.floats(0.5, 50), min_size=1, max_size=60))
@settings(max_examples=200, deadline=None)
def test_packed_discs_do_not_meet(radii: list[float]) -> None:
    """The largest is in the middle, and no two overlap."""
    ordered = np.array(sorted(radii, reverse=True))
    middles = packed(ordered)
    assert middles[:, 0].tolist() == [0, 0]
    for a, b in combinations(range(len(ordered)), 2):
        assert np.hypot(*(middles[:, a] - middles[:, b])) >= (ordered[a] + ordered[b]) * (1 - 1e-6)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2)), max_size=60))
@settings(max_examples=200, deadline=None)
def test_no_two_works_stay_at_one_place(points: list[tuple[int, int]]) -> None:
    """Works that come to lie on another move along x by as little as there are works there."""
    at = np.array(points, dtype=np.float64).reshape(-1, 2).T / 1000
    found = distinct(at)
    assert len({tuple(row) for row in found.tolist()}) == len(points)
    assert (found[:, 1] == at[1]).all()
    assert (np.abs(found[:, 0] - at[0]) <= len(points) / 1000).all()


def test_works_on_each_other_are_moved_apart_but_not_from_those_of_another_part() -> None:
    """A crowd spreads until each has a unit of room; a work of another part is not felt."""
    rng = np.random.default_rng(0)
    crowd = np.append(rng.normal(0, 0.5, (2, 40)), [[0.0], [0.0]], axis=1)
    found = apart(crowd, np.append(np.zeros(40, np.int64), 1))
    assert (nearest(found[:, :40].T) > 0.85).all()
    assert found[:, 40].tolist() == [0, 0]


# -- by year ---------------------------------------------------------------------------------------------------


@given(networks(), st.data())
@settings(max_examples=150, deadline=None)
def test_later_works_are_lower_and_those_of_a_year_have_room(
    network: tuple[int, list[tuple[int, int, float]]], data: st.DataObject
) -> None:
    """Time runs downwards whatever cites what; works are a unit apart; those without a year stand to the right."""
    size, rows = network
    some = st.sampled_from([MISSING, 0, 1850, 1999, 2000, 2001, 2**31 - 1, 1 - 2**31])
    years = np.array(data.draw(st.lists(some, min_size=size, max_size=size)), dtype=np.int32)
    at = layout_by_year(years, *columns(rows))
    assert at.shape == (size, 2)
    if not size:
        return
    assert (nearest(at) > 0.998).all() or size == 1
    known = years != MISSING
    for a, b in combinations(np.flatnonzero(known).tolist(), 2):
        if years[a] < years[b]:
            assert at[a, 1] >= at[b, 1] + 2
    if known.any() and not known.all():
        assert at[~known, 0].min() >= at[known, 0].max() + 5 - 0.001
    assert layout_by_year(years, *columns(rows[::-1])).tobytes() == at.tobytes()


def crossings(at: NDArray[np.float64], i: NDArray[np.int64], j: NDArray[np.int64]) -> float:
    """The share of pairs of links that cross, of the pairs of every third."""
    p, q = at[i[::3]], at[j[::3]]

    def side(a: Any, b: Any, c: Any) -> Any:
        return (b[..., 0] - a[..., 0]) * (c[..., 1] - a[..., 1]) - (b[..., 1] - a[..., 1]) * (c[..., 0] - a[..., 0])

    a, b, c, d = p[:, None], q[:, None], p[None], q[None]
    return float(((side(a, b, c) * side(a, b, d) < 0) & (side(c, d, a) * side(c, d, b) < 0)).mean())


@pytest.mark.parametrize("name", REVIEWS)
def test_reviews_by_year_have_fewer_crossings_than_chance(name: str) -> None:
    """Of the crossings of works in any order within their years, at least a third are avoided."""
    (_, i, j), years = review(name)
    at = layout_by_year(years, i, j)
    by_chance = at.copy()
    rng = np.random.default_rng(0)
    for year in np.unique(years):
        of_year = np.flatnonzero(years == year)
        by_chance[of_year] = at[rng.permutation(of_year)]
    assert crossings(at, i, j) < 0.67 * crossings(by_chance, i, j)
    wide, high = np.ptp(at, axis=0)
    assert 0.5 < wide / high < 2


def test_a_crowded_year_takes_several_lines() -> None:
    """A thousand works of one year are no line of a thousand units."""
    wide, high = np.ptp(layout_by_year(np.full(1000, 2020), [], []), axis=0)
    assert wide < 60
    assert high < 60
