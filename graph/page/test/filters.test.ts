import assert from "node:assert/strict";
import { test } from "node:test";
import { apply, type Filters, facets, UNFILTERED } from "../src/filters.ts";
import { works } from "./works.ts";

const literature = works();
const divisions = facets(literature);

function shown(filters: Partial<Filters>, matches: Uint8Array | null = null): string {
  return apply(literature, divisions, { ...UNFILTERED, onlyCited: true, ...filters }, matches).mask.join("");
}

function chosen(facet: string, ...codes: string[]): Partial<Filters> {
  return { chosen: { ...UNFILTERED.chosen, [facet]: new Set(codes) } };
}

test("a page begins without the works that are only cited", () => {
  assert.equal(apply(literature, divisions, UNFILTERED, null).mask.join(""), "11110");
  assert.equal(shown({}), "11111");
});

test("each filter lets through what it says", () => {
  assert.equal(shown({ from: 2011, to: 2015 }), "01110");
  assert.equal(shown({ to: 2010 }), "10000");
  assert.equal(shown({ openAccess: true }), "10010");
  assert.equal(shown({ seeds: true }), "10000");
  assert.equal(shown({ retracted: "hidden" }), "11101");
  assert.equal(shown({ retracted: "only" }), "00010");
  assert.equal(shown({}, Uint8Array.of(0, 1, 0, 0, 1)), "01001");
  assert.equal(shown(chosen("type", "book")), "01000");
  assert.equal(shown(chosen("type", "none")), "00001");
  assert.equal(shown(chosen("source", "crossref")), "11000");
  assert.equal(shown(chosen("source", "crossref", "none")), "11001");
  assert.equal(shown(chosen("community", "2")), "00110");
  // A permanent address may name a community that is no more.
  assert.equal(shown(chosen("community", "77")), shown({}));
});

test("a choice says how many works it would show by itself", () => {
  const found = apply(literature, divisions, { ...UNFILTERED, ...chosen("type", "book"), onlyCited: true }, null);
  assert.deepEqual(found.counts.get("type"), [3, 1, 1]);
  assert.deepEqual(found.counts.get("community"), [1, 0]);
  assert.deepEqual([...found.years], [[2011, 1]]);
});

test("the bars of years do not go away with the years that are cut out", () => {
  const found = apply(literature, divisions, { ...UNFILTERED, from: 2015 }, null);
  assert.equal(found.count, 2);
  assert.deepEqual(
    [...found.years],
    [
      [2009, 1],
      [2011, 1],
      [2015, 2],
    ],
  );
});

test("the rounds of a citation search are a facet where there was one", () => {
  const searched = works({ rounds: [1, 1, 2, null, 1] });
  const facet = facets(searched).find((each) => each.name === "found");
  assert.deepEqual(facet?.names, ["seeds", "round 1", "round 2", "otherwise"]);
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((row) => facet?.of(row)[0]),
    [0, 1, 2, 3, 1],
  );
});
