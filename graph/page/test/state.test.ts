import assert from "node:assert/strict";
import { test } from "node:test";
import { UNFILTERED } from "../src/filters.ts";
import { BEGINNING, fromFragment, type State, toFragment } from "../src/state.ts";

const STATE: State = {
  filters: {
    text: 'peer "mental health" & 50%',
    from: 1990,
    to: null,
    chosen: { ...UNFILTERED.chosen, type: new Set(["book chapter", "a&b"]), community: new Set(["1"]) },
    openAccess: true,
    seeds: true,
    retracted: "only",
    onlyCited: true,
    area: { layout: "timeline", corners: [0, 0, 9000, 10, 20, -5] },
    around: { key: "doi:10.1/a:1", depth: 2 },
  },
  selected: "doi:10.1/a#b?c=d&e",
  path: ["doi:10.1/b,c", "x"],
  main: true,
  layout: "timeline",
  view: "table",
  panel: "missing",
  sort: { column: "title", descending: false },
};

test("an address brings back all that was chosen", () => {
  assert.deepEqual(fromFragment(`#${toFragment(STATE)}`), STATE);
  assert.deepEqual(fromFragment(toFragment(BEGINNING)), BEGINNING);
  assert.equal(toFragment(BEGINNING), "");
});

test("an address that says nonsense is one that says nothing", () => {
  const nonsense =
    "#%zz&years=x-y&layout=spiral&view=&sort=-colour&retracted=<script>&area=network:1,2,x&around=a:3&path=b&panel=maps&unknown=1";
  assert.deepEqual(fromFragment(nonsense), BEGINNING);
});
