import assert from "node:assert/strict";
import { test } from "node:test";
import { apply, facets, UNFILTERED } from "../src/filters.ts";
import { type Area, fromText, inside, outlined, toText } from "../src/lasso.ts";
import { works } from "./works.ts";

const PLACES = { x: [0, 1, 2, 3, 4], y: [0, 1, 0, 1, 0] };
const SQUARE: Area = { layout: "network", corners: [0, 0, 10, 0, 10, 10, 0, 10] };

/** A circle as a hand draws it: a great many points, of which two in turn are hardly apart. */
function circle(points: number, { x, y, radius }: { x: number; y: number; radius: number }): number[] {
  return Array.from({ length: points }, (_, each) => {
    const angle = (2 * Math.PI * each) / points;
    return [x + radius * Math.cos(angle) + Math.sin(each * 12.9), y + radius * Math.sin(angle)];
  }).flat();
}

test("a line drawn by hand has few corners, and holds the same works", () => {
  const drawn = circle(3_000, { x: 5_000, y: 5_000, radius: 3_000 });
  const area = outlined("network", drawn);
  assert.ok(area && area.corners.length >= 2 * 12 && area.corners.length <= 2 * 40);
  const grid = Array.from({ length: 2_500 }, (_, each) => ({ x: (each % 50) * 200, y: Math.floor(each / 50) * 200 }));
  const found = inside(area, { x: grid.map(({ x }) => x), y: grid.map(({ y }) => y) });
  for (const [each, { x, y }] of grid.entries()) {
    const away = Math.hypot(x - 5_000, y - 5_000);
    if (Math.abs(away - 3_000) > 80) assert.equal(found[each], away < 3_000 ? 1 : 0, `${x}, ${y}`);
  }
});

test("a spiral that crosses itself is simplified to the end", () => {
  const drawn = Array.from({ length: 5_000 }, (_, each) => [
    5_000 + each * Math.cos(each / 9),
    5_000 + each * Math.sin(each / 9),
  ]).flat();
  const area = outlined("timeline", drawn);
  assert.ok(area && area.corners.length <= 80);
  assert.deepEqual(fromText(toText(area)), area);
});

test("a click, a stroke and nothing enclose nothing", () => {
  assert.equal(outlined("network", []), null);
  assert.equal(outlined("network", [5, 5, 5, 5, 5, 5]), null);
  assert.equal(outlined("network", [0, 0, 5_000, 0, 0, 0]), null);
});

test("an area that a text does not say is none", () => {
  assert.deepEqual(fromText("network:0,0,10,0,10,10,0,10"), SQUARE);
  for (const bad of [
    null,
    "",
    "network:",
    "network:1,2,3,4",
    "elsewhere:0,0,1,1,2,2",
    "network:0,0,1,1,2",
    "timeline:a",
  ]) {
    assert.equal(fromText(bad), null, String(bad));
  }
  assert.equal(fromText(`network:${"1,2,".repeat(41)}`), null);
});

test("works are inside of an area by its own layout, also where it goes in", () => {
  const ten = { x: PLACES.x.map((x) => 10 * x), y: PLACES.y.map((y) => 10 * y) };
  assert.equal(inside({ layout: "network", corners: [-10, -10, 20, 30, 50, -10] }, ten).join(""), "11111");
  assert.equal(inside({ layout: "network", corners: [-10, -10, 20, 30, 50, -10, 20, 25] }, ten).join(""), "00000");
  assert.equal(inside({ layout: "network", corners: [-1, -1, 5, -1, 5, 0, -1, 1] }, PLACES).join(""), "10101");
  const literature = works({ timeline: { x: [50, 51, 52, 5, 4], y: [0, 1, 0, 1, 0] } });
  const filters = { ...UNFILTERED, onlyCited: true };
  const of = (area: Area) => apply(literature, facets(literature), { ...filters, area }, null);
  assert.equal(of({ ...SQUARE, corners: [-1, -1, 2, -1, 2, 2, -1, 2] }).mask.join(""), "11000");
  const found = of({ layout: "timeline", corners: [-1, -1, 10, -1, 10, 10, -1, 10] });
  assert.equal(found.mask.join(""), "00011");
  assert.equal(found.outside.join(""), "11100");
  assert.deepEqual([...found.years], [[2015, 1]]);
  assert.deepEqual(found.counts.get("type"), [1, 0, 1]);
});

test("what another filter leaves out is not a shade outside of the area", () => {
  const literature = works();
  const area: Area = { layout: "network", corners: [-1, -1, 2, -1, 2, 2, -1, 2] };
  const found = apply(literature, facets(literature), { ...UNFILTERED, area, from: 2011 }, null);
  assert.equal(found.mask.join(""), "01000");
  assert.equal(found.outside.join(""), "00110");
});
