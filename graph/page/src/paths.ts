/** How works are linked by citations, whatever their direction: what is near a work, and the shortest ways to another. */

import type { Literature } from "./literature.ts";

/** The works of a work's neighbourhood. */
export interface Around {
  key: string;
  depth: 1 | 2;
}

const FAR = -1;

/** A work and the works within so many citations of it, as a mask. */
export function neighbourhood(literature: Literature, start: number, depth: number): Uint8Array {
  return Uint8Array.from(distances(literature, start, depth), (each) => (each === FAR ? 0 : 1));
}

/** The shortest ways between two works: the first so many of them by the order of the works, and how many there are. */
export interface Paths {
  paths: number[][];
  count: number;
}

/**
 * The shortest ways from one work to another among all works of the page, as `harvester path` finds them: the citations
 * may lead either way, and a work is its own shortest way to itself.
 */
export function shortestPaths(literature: Literature, start: number, end: number, most = 10): Paths {
  if (start === end) return { paths: [[start]], count: 1 };
  const left = distances(literature, end, Number.POSITIVE_INFINITY, start);
  if (left[start] === FAR) return { paths: [], count: 0 };
  const onward = (row: number): number[] => {
    const nearer = (left[row] ?? 0) - 1;
    return [...new Set(literature.around(row))].filter((next) => left[next] === nearer).sort((a, b) => a - b);
  };
  return { paths: walked(start, end, onward, most), count: ways(start, end, onward) };
}

/** How many citations lead from a work to each other one; the search ends with the distance at which `until` is. */
function distances(literature: Literature, start: number, depth: number, until = FAR): Int32Array {
  const found = new Int32Array(literature.size).fill(FAR);
  found[start] = 0;
  let border = [start];
  for (let reach = 1; border.length && reach <= depth && (until === FAR || found[until] === FAR); reach++) {
    const next: number[] = [];
    for (const row of border) {
      for (const other of literature.around(row)) {
        if (found[other] !== FAR) continue;
        found[other] = reach;
        next.push(other);
      }
    }
    border = next;
  }
  return found;
}

/** The first so many ways, by the order of their works; a way may be longer than calls can be deep. */
function walked(start: number, end: number, onward: (row: number) => number[], most: number): number[][] {
  const found: number[][] = [];
  const path = [start];
  const choices = [onward(start)];
  while (choices.length && found.length < most) {
    const row = choices.at(-1)?.shift();
    if (row === undefined) {
      choices.pop();
      path.pop();
    } else if (row === end) {
      found.push([...path, row]);
    } else {
      path.push(row);
      choices.push(onward(row));
    }
  }
  return found;
}

/** How many ways there are, counted from the start, one step of all ways after the other. */
function ways(start: number, end: number, onward: (row: number) => number[]): number {
  let border = new Map([[start, 1]]);
  while (!border.has(end)) {
    const next = new Map<number, number>();
    for (const [row, count] of border) {
      for (const other of onward(row)) next.set(other, (next.get(other) ?? 0) + count);
    }
    border = next;
  }
  return border.get(end) ?? 0;
}
