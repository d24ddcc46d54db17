import assert from "node:assert/strict";
import { test } from "node:test";
import { place, type Wanted } from "../src/labels.ts";

const SIZE = { width: 300, height: 200 };

test("no label is over another, or outside the picture", () => {
  const wanted: Wanted[] = Array.from({ length: 400 }, (_, number) => ({
    text: String(number),
    x: (number * 37) % 300,
    y: (number * 53) % 200,
    radius: number % 9,
    width: 20 + (number % 50),
  }));
  const placed = place(wanted, SIZE, { height: 16, most: 100 });
  assert.ok(placed.length > 10);
  const boxes = placed.map(({ text, x, y }) => ({ x, y, right: x + 20 + (Number(text) % 50) }));
  for (const [number, one] of boxes.entries()) {
    assert.ok(one.x >= 0 && one.right <= 300 && one.y >= 8 && one.y <= 192);
    for (const other of boxes.slice(0, number)) {
      assert.ok(one.right <= other.x || other.right <= one.x || Math.abs(one.y - other.y) >= 16);
    }
  }
});

test("the first that is wanted has its place, and there are no more than asked for", () => {
  const one = { text: "one", x: 100, y: 100, radius: 5, width: 40 };
  const placed = place([one, { ...one, text: "two" }, { ...one, text: "three" }], SIZE, { height: 16, most: 2 });
  assert.deepEqual(placed[0], { text: "one", x: 109, y: 100 });
  assert.deepEqual(
    placed.map((label) => label.text),
    ["one", "two"],
  );
});
