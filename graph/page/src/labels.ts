/** Where labels go: beside their points, the most cited first, none over another. */

export interface Wanted {
  text: string;
  /** The middle of the point, and its radius. */
  x: number;
  y: number;
  radius: number;
  /** How wide the text is drawn. */
  width: number;
}

export interface Placed {
  text: string;
  /** Where the text begins, at the middle of its height. */
  x: number;
  y: number;
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

const GAP = 4;

/**
 * Place the labels that fit, in the order in which they are wanted, at most `most`: on the right of the point, or else
 * on the left, below or above it. What would leave the picture or touch one that is placed is tried elsewhere, then left out.
 */
export function place(
  wanted: Iterable<Wanted>,
  size: { width: number; height: number },
  { height, most }: { height: number; most: number },
): Placed[] {
  const placed: Placed[] = [];
  const taken: Box[] = [];
  for (const { text, x, y, radius, width } of wanted) {
    if (placed.length >= most) break;
    const aside = radius + GAP;
    const places = [
      { x: x + aside, y },
      { x: x - aside - width, y },
      { x: x - width / 2, y: y + radius + height / 2 + 1 },
      { x: x - width / 2, y: y - radius - height / 2 - 1 },
    ];
    for (const spot of places) {
      const box = around(spot, width, height);
      if (box.left < 0 || box.top < 0 || box.right > size.width || box.bottom > size.height) continue;
      if (taken.some((other) => overlaps(box, other))) continue;
      taken.push(box);
      placed.push({ text, ...spot });
      break;
    }
  }
  return placed;
}

function around({ x, y }: { x: number; y: number }, width: number, height: number): Box {
  return { left: x - 2, right: x + width + 2, top: y - height / 2, bottom: y + height / 2 };
}

function overlaps(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}
