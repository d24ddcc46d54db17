/** A region of a layout that the reader draws around works, and which works are in it. */

import type { Places } from "./literature.ts";
import type { Layout } from "./state.ts";

/** A closed line in the whole units of a layout, of which x and y of each corner stand in turn. */
export interface Area {
  layout: Layout;
  corners: readonly number[];
}

/** So many corners say as much as a hand draws, and fit into an address. */
const MOST = 40;
const SPAN = 10_000;

/** The area of a line drawn by hand, with few corners; null for one that encloses nothing. */
export function outlined(layout: Layout, drawn: readonly number[]): Area | null {
  const line: number[] = [];
  for (let at = 0; at + 1 < drawn.length; at += 2) {
    const x = whole(drawn[at] ?? 0);
    const y = whole(drawn[at + 1] ?? 0);
    if (line.at(-2) !== x || line.at(-1) !== y) line.push(x, y);
  }
  let corners = line;
  // As fine as it may be: each round leaves out a little more.
  for (let tolerance = 8; corners.length / 2 > MOST; tolerance *= 1.25) corners = simplified(corners, tolerance);
  if (corners.length < 6) corners = thinned(line);
  return surface(corners) > 0 ? { layout, corners } : null;
}

/** `network:120,40,...` */
export function toText({ layout, corners }: Area): string {
  return `${layout}:${corners.join(",")}`;
}

/** The area that a text says; null where it says none. */
export function fromText(text: string | null): Area | null {
  const [, layout, said] = /^(network|timeline):(-?\d{1,5}(?:,-?\d{1,5})*),?$/.exec(text ?? "") ?? [];
  if (said === undefined) return null;
  const corners = said.split(",").map(Number);
  return corners.length < 6 || corners.length > 2 * MOST || corners.length % 2
    ? null
    : { layout: layout as Layout, corners };
}

/** Which works are inside: those whose middle is, by the rule of even and odd crossings. */
export function inside({ corners }: Area, { x, y }: Places): Uint8Array {
  const found = new Uint8Array(x.length);
  const [left, right] = ends(corners, 0);
  const [low, high] = ends(corners, 1);
  for (let row = 0; row < x.length; row++) {
    const across = x[row] ?? 0;
    const up = y[row] ?? 0;
    if (across >= left && across <= right && up >= low && up <= high && holds(corners, across, up)) found[row] = 1;
  }
  return found;
}

function holds(corners: readonly number[], x: number, y: number): boolean {
  let odd = false;
  for (let at = 0, before = corners.length - 2; at < corners.length; before = at, at += 2) {
    const [x1, y1, x2, y2] = [corners[at], corners[at + 1], corners[before], corners[before + 1]];
    if (x1 === undefined || y1 === undefined || x2 === undefined || y2 === undefined) continue;
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) odd = !odd;
  }
  return odd;
}

/** Corners at even steps: what winds so much that no few corners are near to it. */
function thinned(line: readonly number[]): number[] {
  const step = Math.max(1, line.length / 2 / MOST);
  const found: number[] = [];
  for (let at = 0; at < line.length / 2; at += step) {
    found.push(line[2 * Math.floor(at)] ?? 0, line[2 * Math.floor(at) + 1] ?? 0);
  }
  return found.slice(0, 2 * MOST);
}

/**
 * A line with the corners that are farther than this from the line without them (D. Douglas, T. Peucker, Algorithms for
 * the reduction of the number of points required to represent a digitized line, 1973).
 */
function simplified(line: readonly number[], tolerance: number): number[] {
  const last = line.length / 2 - 1;
  const kept = new Set([0, last]);
  const open: [number, number][] = [[0, last]];
  for (let span = open.pop(); span; span = open.pop()) {
    const [from, to] = span;
    let farthest = tolerance;
    let corner = -1;
    for (let each = from + 1; each < to; each++) {
      const away = distance(line, each, from, to);
      if (away > farthest) [farthest, corner] = [away, each];
    }
    if (corner >= 0) {
      kept.add(corner);
      open.push([from, corner], [corner, to]);
    }
  }
  return [...kept].sort((one, other) => one - other).flatMap((each) => [line[2 * each] ?? 0, line[2 * each + 1] ?? 0]);
}

/** How far a corner is from the straight way between two others. */
function distance(line: readonly number[], corner: number, from: number, to: number): number {
  const at = (each: number) => [line[2 * each] ?? 0, line[2 * each + 1] ?? 0] as const;
  const [x, y] = at(corner);
  const [x1, y1] = at(from);
  const [x2, y2] = at(to);
  const length = (x2 - x1) ** 2 + (y2 - y1) ** 2;
  const along = length ? Math.min(1, Math.max(0, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length)) : 0;
  return Math.hypot(x - x1 - along * (x2 - x1), y - y1 - along * (y2 - y1));
}

function surface(corners: readonly number[]): number {
  const [left, right] = ends(corners, 0);
  const [low, high] = ends(corners, 1);
  return corners.length < 6 ? 0 : (right - left) * (high - low);
}

function ends(corners: readonly number[], first: 0 | 1): [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = first; at < corners.length; at += 2) {
    least = Math.min(least, corners[at] ?? 0);
    most = Math.max(most, corners[at] ?? 0);
  }
  return [least, most];
}

/** In whole units, at most a little outside of the layout. */
function whole(place: number): number {
  return Math.round(Math.min(1.5 * SPAN, Math.max(-0.5 * SPAN, place))) || 0;
}
