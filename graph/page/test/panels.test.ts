import assert from "node:assert/strict";
import { test } from "node:test";
import { barsOf, perBar, yearsOf } from "../src/histogram.ts";
import { communities } from "../src/panels/communities.ts";
import { coverage, holding, knowing } from "../src/panels/coverage.ts";
import { identifier, lines, missing } from "../src/panels/missing.ts";
import { brief, ranked } from "../src/panels/ranking.ts";
import { stacks, ticks } from "../src/panels/years.ts";
import { works } from "./works.ts";

const ALL = Uint8Array.of(1, 1, 1, 1, 1);

test("communities count the works shown, largest first, with their years, seeds and most cited works", () => {
  const [first, second, ...others] = communities(works(), Uint8Array.of(1, 0, 1, 1, 1));
  assert.deepEqual(first, { number: 1, works: 2, first: 2015, last: 2015, seeds: 0, retracted: 1, top: [3, 2] });
  assert.deepEqual(second, { number: 0, works: 1, first: 2009, last: 2009, seeds: 1, retracted: 0, top: [0] });
  assert.deepEqual(others, []);
});

test("a community of works without a year spans none, and only five of its works are named", () => {
  const many = works({
    communities: [0, 0, 0, 0, 0],
    years: [null, null, null, null, null],
    cited_here: [1, 1, 7, 0, 1],
  });
  const [found] = communities(many, ALL);
  assert.deepEqual([found?.first, found?.last, found?.top], [null, null, [2, 0, 1, 4, 3]]);
});

test("an index is credited with what it alone has only where no other has it", () => {
  const found = coverage(holding(works(), ALL));
  assert.deepEqual([found.total, found.none], [5, 1]);
  assert.deepEqual(found.indexes, [
    { index: 1, count: 3, alone: 2 },
    { index: 0, count: 2, alone: 1 },
  ]);
  assert.deepEqual(found.overlaps, [
    { indexes: [1], count: 2 },
    { indexes: [0], count: 1 },
    { indexes: [0, 1], count: 1 },
  ]);
});

test("the order in which indexes are listed makes no other overlap", () => {
  assert.deepEqual(coverage([[2, 0], [0, 2], [10, 2], [2]]).overlaps, [
    { indexes: [0, 2], count: 2 },
    { indexes: [2], count: 1 },
    { indexes: [2, 10], count: 1 },
  ]);
  assert.deepEqual(coverage([]), { total: 0, none: 0, indexes: [], overlaps: [] });
});

test("citations count where both works are shown", () => {
  assert.deepEqual([...knowing(works(), ALL)], [[0], [0, 1], [1], [1], [0], [0]]);
  assert.deepEqual([...knowing(works(), Uint8Array.of(1, 1, 0, 1, 0))], [[0], [1], [0]]);
});

test("what is missing is counted by the works shown that cite it", () => {
  const literature = works({ only_cited: [0, 1, 4] });
  assert.deepEqual(missing(literature, ALL), [
    { row: 0, count: 3 },
    { row: 1, count: 2 },
  ]);
  assert.deepEqual(missing(literature, Uint8Array.of(0, 0, 0, 1, 1)), [
    { row: 0, count: 1 },
    { row: 1, count: 1 },
  ]);
});

test("a missing work is looked up by its DOI, or else its number in OpenAlex; no key can add a line", () => {
  assert.deepEqual(identifier("doi:10.1/a b"), null);
  assert.deepEqual(identifier("doi:10.1/a\nopenalex:W1"), null);
  assert.deepEqual(identifier("import:7"), null);
  assert.equal(identifier("openalex:W5")?.address, "https://openalex.org/W5");
  assert.equal(identifier("doi:10.1/<a>2;2-#?")?.address, "https://doi.org/10.1/%3Ca%3E2;2-%23%3F");
  assert.equal(lines(works({ keys: ["doi:10.1/a", "import:x", "openalex:W5"] }), [2, 1, 0]), "W5\n10.1/a\n");
});

test("the ranking has the works with a rank only, the first first", () => {
  const literature = works({ ranks: [3, null, 1, 2, null] });
  assert.deepEqual(ranked(literature, ALL), [2, 3, 0]);
  assert.deepEqual(ranked(literature, Uint8Array.of(1, 1, 0, 1, 0)), [3, 0]);
  assert.deepEqual(["3", "0", "0.071", "7.5"], [3, 0, 0.0708837509, 7.5055395].map(brief));
});

test("bars stand for several years where the years are many, and hold all works", () => {
  const bars = barsOf([1500, null, 2020]);
  assert.deepEqual(bars, { first: 1500, last: 2020, wide: 7, count: 75 });
  if (!bars) return;
  assert.deepEqual(yearsOf(bars, 0), { from: 1500, to: 1506, text: "1500–1506" });
  assert.deepEqual(yearsOf(bars, 74), { from: 2018, to: 2020, text: "2018–2020" });
  const found = perBar(
    bars,
    new Map([
      [1500, 2],
      [1506, 1],
      [2020, 4],
    ]),
  );
  assert.deepEqual([found[0], found[74], found.length], [3, 4, 75]);
  assert.equal(barsOf([null]), null);
});

test("each bar is a stack of communities, and works without a year are counted apart", () => {
  const literature = works({ communities: [0, 2, 1, -1, 0] });
  const bars = barsOf(literature.columns.years);
  assert.ok(bars);
  const found = stacks(literature, ALL, bars);
  assert.equal(found.yearless, 1);
  assert.deepEqual(
    [found.works[0], found.works[1], found.works[2], found.works[6]],
    [
      [1, 0, 0],
      [0, 0, 0],
      [0, 0, 1],
      [0, 1, 1],
    ],
  );
});

test("the lines of a chart stand at whole and round numbers and reach its highest bar", () => {
  assert.deepEqual(ticks(1), [0, 1]);
  assert.deepEqual(ticks(13), [0, 5, 10, 15]);
  for (const most of [2, 7, 99, 100, 101, 4321]) {
    const found = ticks(most);
    assert.ok((found.at(-1) ?? 0) >= most && found.length <= 6 && found.every(Number.isInteger), String(found));
  }
});
