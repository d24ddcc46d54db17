/** Parts that several panels have: what they count, a work that can be opened, a bar. */

import { counted, make } from "../elements.ts";
import type { Literature } from "../literature.ts";

/** Which works a panel counts: those that the filters let through. */
export function follows(count: number, literature: Literature): HTMLElement {
  const all = counted(literature.size, "work");
  const said =
    count === literature.size
      ? `Counted here: all ${all}, which is what the filters let through.`
      : `Counted here: ${count.toLocaleString()} of ${all}, those that the filters let through.`;
  return make("p", { class: "follows" }, said);
}

/** A work as a button that opens its record. */
export function opener(literature: Literature, row: number, open: (row: number) => void): HTMLElement {
  const short = literature.labelOf(row);
  const title = literature.columns.titles[row];
  return make(
    "button",
    { type: "button", class: "opener", "data-code": `work ${row}`, title: "Open its record", click: () => open(row) },
    make("span", { class: "short", dir: "auto" }, short),
    title ? make("span", { class: "title", dir: "auto" }, title) : null,
  );
}

/** A bar as long as its share of the longest. */
export function gauge(value: number, longest: number): HTMLElement {
  const bar = make("span", { class: "gauge", "aria-hidden": "true" });
  const filled = make("span");
  filled.style.width = `${longest > 0 ? Math.max(0, Math.min(1, value / longest)) * 100 : 0}%`;
  bar.append(filled);
  return bar;
}

/** The rows of a mask. */
export function* rowsOf(mask: Uint8Array): Generator<number> {
  for (let row = 0; row < mask.length; row++) if (mask[row]) yield row;
}
