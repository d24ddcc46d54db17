/** Which citations are drawn: of a large literature those between its most cited works, and few while the map moves. */

import type { Literature } from "./literature.ts";

/** So many curves are drawn at once: more are a grey cloud, and take seconds without a graphics card. */
export const MOST = 20_000;

/** Milliseconds from one picture to the next: a moving map is to have thirty in a second. */
const SLOW = 30;
const QUICK = 20;
const LEAST = 3_000;
/** Drawing a citation takes as long as drawing so many works. */
const CURVE = 5;

/** The citations in the order in which they are drawn: those first whose less cited work is cited most. */
export function foremost(literature: Literature): Uint32Array {
  const { from, to } = literature.ends;
  const { cited_here } = literature.columns;
  const count = from.length;
  // One number to sort by for each: numbers are sorted far faster than things that have to be compared.
  const keys = new Float64Array(count);
  for (let edge = 0; edge < count; edge++) {
    const least = Math.min(cited_here[from[edge] ?? 0] ?? 0, cited_here[to[edge] ?? 0] ?? 0);
    keys[edge] = least * count + (count - 1 - edge);
  }
  keys.sort();
  return Uint32Array.from(keys, (_, place) => count - 1 - ((keys[count - 1 - place] ?? 0) % count));
}

/** The first citations in an order whose works are both shown, and how many there are in all. */
export function drawn(
  literature: Literature,
  order: Uint32Array,
  mask: Uint8Array,
  most = MOST,
): { edges: Uint32Array; total: number } {
  const { from, to } = literature.ends;
  const edges = new Uint32Array(Math.min(most, order.length));
  let total = 0;
  for (const edge of order) {
    if (!mask[from[edge] ?? 0] || !mask[to[edge] ?? 0]) continue;
    if (total < most) edges[total] = edge;
    total++;
  }
  return { edges: edges.subarray(0, Math.min(total, most)), total };
}

/**
 * How much can be drawn while the map moves: learnt from how long the pictures take. Works come first, the most cited of
 * them; what is left goes to citations.
 */
export class Pace {
  private much = 8_000;
  private last: number | null = null;

  /** How many works and citations, of so many, to draw in the picture that is drawn at this time. */
  next(now: number, { works, citations }: { works: number; citations: number }): { works: number; citations: number } {
    const gap = this.last === null ? null : now - this.last;
    this.last = now;
    if (gap !== null && gap > SLOW) this.much = Math.max(LEAST, this.much * (gap > 2 * SLOW ? 0.6 : 0.85));
    else if (gap !== null && gap < QUICK) this.much = Math.min(works + CURVE * citations, this.much * 1.1);
    const first = Math.min(works, Math.max(LEAST, Math.round(this.much)));
    return { works: first, citations: Math.max(0, Math.min(citations, Math.round((this.much - first) / CURVE))) };
  }

  /** The map stands still: the next picture says nothing of how long they take. */
  rest(): void {
    this.last = null;
  }
}
