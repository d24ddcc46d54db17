import assert from "node:assert/strict";
import { test } from "node:test";
import { drawn, foremost, Pace } from "../src/citations.ts";
import { apply, facets, UNFILTERED } from "../src/filters.ts";
import type { Literature } from "../src/literature.ts";
import { neighbourhood, shortestPaths } from "../src/paths.ts";
import { works } from "./works.ts";

/** A literature of so many works with these citations, from row to row. */
function citing(size: number, citations: [number, number][]): Literature {
  const rows = Array.from({ length: size }, (_, row) => row);
  const sorted = [...citations].sort(([a, b], [c, d]) => a - c || b - d);
  const none = rows.map(() => null);
  return works({
    keys: rows.map((row) => `w${row}`),
    labels: none,
    titles: none,
    authors: none,
    years: none,
    venues: { names: [], of: none },
    types: { names: [], of: none },
    sources: { names: [], of: rows.map(() => []) },
    cited_here: rows.map((row) => sorted.filter(([, cited]) => cited === row).length),
    cited_anywhere: none,
    open_access: none,
    seeds: [],
    retracted: [],
    only_cited: [],
    communities: rows.map(() => 0),
    community_names: [],
    network: { x: rows, y: rows },
    timeline: { x: rows, y: rows },
    starts: [0, ...rows.map((row) => sorted.filter(([from]) => from <= row).length)],
    cited: sorted.map(([, cited]) => cited),
    knowing: { names: [], of: sorted.map(() => []) },
    main_path: [],
  });
}

/** The same numbers each time. */
function lots(seed: number): () => number {
  let now = seed;
  return () => {
    now = (now * 1_103_515_245 + 12_345) % 2 ** 31;
    return now / 2 ** 31;
  };
}

test("paths are the shortest ways, and all of them, whatever the direction of the citations", () => {
  const chance = lots(3);
  for (let round = 0; round < 60; round++) {
    const size = 3 + Math.floor(chance() * 9);
    const citations = Array.from(
      { length: Math.floor(chance() * 18) },
      () => [Math.floor(chance() * size), Math.floor(chance() * size)] as [number, number],
    );
    const unlike = [...new Map(citations.map((pair) => [pair.join(), pair])).values()];
    const literature = citing(size, unlike);
    const isLinked = (one: number, other: number) =>
      unlike.some(([from, to]) => (from === one && to === other) || (from === other && to === one));
    // All ways without a turn back, the shortest of them first.
    let ways: number[][] = [[0]];
    while (ways.length && !ways.some((way) => way.at(-1) === size - 1)) {
      ways = ways.flatMap((way) =>
        Array.from({ length: size }, (_, row) => row)
          .filter((row) => !way.includes(row) && isLinked(way.at(-1) ?? 0, row))
          .map((row) => [...way, row]),
      );
    }
    const wanted = ways.filter((way) => way.at(-1) === size - 1);
    assert.deepEqual(shortestPaths(literature, 0, size - 1, 1_000), { paths: wanted, count: wanted.length });
    assert.deepEqual(shortestPaths(literature, 0, size - 1, 2).paths, wanted.slice(0, 2));
  }
});

test("a work is its own shortest way, a way may be very long, and none is said as none", () => {
  const literature = citing(3, [[0, 1]]);
  assert.deepEqual(shortestPaths(literature, 1, 1), { paths: [[1]], count: 1 });
  assert.deepEqual(shortestPaths(literature, 0, 2), { paths: [], count: 0 });
  const chain = citing(
    1_500,
    Array.from({ length: 1_499 }, (_, row) => [row + 1, row]),
  );
  assert.equal(shortestPaths(chain, 0, 1_499).paths[0]?.length, 1_500);
});

test("a neighbourhood is the work, its neighbours and theirs, and limits what is shown", () => {
  const literature = citing(5, [
    [1, 0],
    [2, 1],
    [1, 3],
  ]);
  assert.equal(neighbourhood(literature, 0, 1).join(""), "11000");
  assert.equal(neighbourhood(literature, 0, 2).join(""), "11110");
  const shown = (key: string, depth: 1 | 2) =>
    apply(literature, facets(literature), { ...UNFILTERED, around: { key, depth } }, null).mask.join("");
  assert.equal(shown("w3", 1), "01010");
  assert.equal(shown("w3", 2), "11110");
  assert.equal(shown("unknown", 2), "11111");
});

test("the citations drawn are those between the most cited works that are shown", () => {
  const literature = citing(5, [
    [4, 0],
    [3, 0],
    [2, 0],
    [1, 0],
    [2, 1],
    [3, 1],
    [3, 2],
  ]);
  const order = foremost(literature);
  assert.deepEqual([...order].sort(), [0, 1, 2, 3, 4, 5, 6]);
  const ends = (edges: Uint32Array) =>
    [...edges].map((edge) => `${literature.ends.from[edge]}-${literature.ends.to[edge]}`);
  const all = Uint8Array.of(1, 1, 1, 1, 1);
  assert.deepEqual(ends(drawn(literature, order, all, 3).edges), ["1-0", "2-0", "2-1"]);
  assert.equal(drawn(literature, order, all, 3).total, 7);
  const some = drawn(literature, order, Uint8Array.of(0, 1, 1, 1, 0), 20);
  assert.deepEqual([ends(some.edges).sort(), some.total], [["2-1", "3-1", "3-2"], 3]);
});

test("less is drawn while the map moves slowly, and all while it moves quickly", () => {
  const pace = new Pace();
  const all = { works: 5_000, citations: 20_000 };
  const after = (gap: number, from: number, pictures: number) => {
    let last = { works: 0, citations: 0 };
    for (let each = 0; each < pictures; each++) last = pace.next(from + each * gap, all);
    return last;
  };
  assert.deepEqual(after(100, 0, 20), { works: 3_000, citations: 0 });
  pace.rest();
  assert.deepEqual(after(16, 9_000, 90), all);
});
