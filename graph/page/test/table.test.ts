import assert from "node:assert/strict";
import { test } from "node:test";
import { sorted } from "../src/table.ts";

const MASK = Uint8Array.of(1, 1, 1, 0, 1);

test("what is not known stands last, whichever way the table is sorted", () => {
  const years = [2011, null, 2009, 1950, 2011];
  const year = (row: number) => years[row] ?? null;
  assert.deepEqual(sorted(MASK, year, { descending: false }), [2, 0, 4, 1]);
  assert.deepEqual(sorted(MASK, year, { descending: true }), [0, 4, 2, 1]);
});

test("titles are sorted as people do, without case and accents", () => {
  const titles = ["zoo", "Éclair", "apple", "", "eel"];
  assert.deepEqual(
    sorted(MASK, (row) => titles[row] ?? null, { descending: false }),
    [2, 1, 4, 0],
  );
});
