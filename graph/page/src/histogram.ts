/** Works per year, and the span of years that the reader cuts out of them: with a brush, or as two numbers. */

import { make } from "./elements.ts";

const HEIGHT = 56;

export interface Span {
  from: number | null;
  to: number | null;
}

/** The years of works as bars. */
export interface Bars {
  first: number;
  last: number;
  /** How many years each bar stands for: centuries of empty years would leave no room for the others. */
  wide: number;
  /** How many bars there are. */
  count: number;
}

/** The bars for these years; null where none is known. */
export function barsOf(years: readonly (number | null)[]): Bars | null {
  const known = years.filter((year): year is number => year !== null);
  const [some] = known;
  if (some === undefined) return null;
  const first = known.reduce((least, year) => Math.min(least, year), some);
  const last = known.reduce((most, year) => Math.max(most, year), some);
  const wide = Math.max(1, Math.ceil((last - first + 1) / 80));
  return { first, last, wide, count: Math.ceil((last - first + 1) / wide) };
}

/** The years of a bar, as the span that the reader cuts out and as a text. */
export function yearsOf({ first, last, wide }: Bars, bar: number): { from: number; to: number; text: string } {
  const from = first + bar * wide;
  const to = Math.min(last, from + wide - 1);
  return { from, to, text: from === to ? String(from) : `${from}–${to}` };
}

/** The works of each bar, out of those of each year. */
export function perBar({ first, wide, count }: Bars, works: ReadonlyMap<number, number>): number[] {
  const found = new Array<number>(count).fill(0);
  for (const [year, some] of works) {
    const bar = Math.floor((year - first) / wide);
    found[bar] = (found[bar] ?? 0) + some;
  }
  return found;
}

export class Histogram {
  readonly element: HTMLElement;
  private readonly scale: Bars;
  private readonly onSpan: (span: Span) => void;
  private readonly bars = make("div", { class: "bars", "aria-hidden": "true" });
  private readonly from: HTMLInputElement;
  private readonly to: HTMLInputElement;
  private brushed: number | null = null;
  /** The bar that the brush has reached: it is told of each once. */
  private reached: number | null = null;

  constructor(years: readonly (number | null)[], onSpan: (span: Span) => void) {
    this.scale = barsOf(years) ?? { first: 0, last: 0, wide: 1, count: 1 };
    this.onSpan = onSpan;
    const given = () => this.onSpan({ from: whole(this.from.value), to: whole(this.to.value) });
    const field = (label: string, at: number) =>
      make("input", { type: "number", "aria-label": label, placeholder: at, min: 0, max: 9999, change: given });
    this.from = field("From year", this.scale.first);
    this.to = field("To year", this.scale.last);
    this.bars.addEventListener("pointerdown", (event) => this.begin(event));
    this.bars.addEventListener("pointermove", (event) => this.drag(event));
    this.bars.addEventListener("pointerup", () => this.end());
    this.bars.addEventListener("pointercancel", () => this.end());
    const all = () => this.onSpan({ from: null, to: null });
    this.element = make(
      "fieldset",
      { class: "years" },
      make("legend", {}, "Years"),
      this.bars,
      make("div", { class: "span" }, this.from, "–", this.to, make("button", { type: "button", click: all }, "all")),
    );
  }

  /** Show how many works each year has, and which years are cut out. */
  show(counts: ReadonlyMap<number, number>, { from, to }: Span): void {
    const works = perBar(this.scale, counts);
    const most = Math.max(1, ...works);
    const bars: HTMLElement[] = [];
    for (const [place, count] of works.entries()) {
      const years = yearsOf(this.scale, place);
      const inside = (from === null || years.to >= from) && (to === null || years.from <= to);
      const bar = make("span", { class: inside ? "bar" : "bar out", title: `${years.text}: ${count}` });
      bar.style.height = `${count ? Math.max(2, (count / most) * HEIGHT) : 0}px`;
      bars.push(bar);
    }
    this.bars.replaceChildren(...bars);
    this.from.value = from === null ? "" : String(from);
    this.to.value = to === null ? "" : String(to);
  }

  private barAt(event: PointerEvent): number {
    const { left, width } = this.bars.getBoundingClientRect();
    const share = Math.min(0.9999, Math.max(0, (event.clientX - left) / Math.max(width, 1)));
    return Math.floor(share * this.scale.count);
  }

  private begin(event: PointerEvent): void {
    this.bars.setPointerCapture(event.pointerId);
    this.brushed = this.barAt(event);
    this.reached = null;
    this.drag(event);
  }

  private drag(event: PointerEvent): void {
    if (this.brushed === null) return;
    const now = this.barAt(event);
    if (now === this.reached) return;
    this.reached = now;
    const { from } = yearsOf(this.scale, Math.min(this.brushed, now));
    this.onSpan({ from, to: yearsOf(this.scale, Math.max(this.brushed, now)).to });
  }

  private end(): void {
    this.brushed = null;
  }
}

function whole(text: string): number | null {
  return /^\d{1,4}$/.test(text) ? Number(text) : null;
}
