/** Works per year, and the span of years that the reader cuts out of them: with a brush, or as two numbers. */

import { make } from "./elements.ts";

const HEIGHT = 56;

export interface Span {
  from: number | null;
  to: number | null;
}

export class Histogram {
  readonly element: HTMLElement;
  private readonly first: number;
  private readonly last: number;
  private readonly onSpan: (span: Span) => void;
  private readonly bars = make("div", { class: "bars", "aria-hidden": "true" });
  private readonly from: HTMLInputElement;
  private readonly to: HTMLInputElement;
  private brushed: number | null = null;

  constructor(years: readonly (number | null)[], onSpan: (span: Span) => void) {
    const known = years.filter((year): year is number => year !== null);
    this.first = known.reduce((least, year) => Math.min(least, year), known[0] ?? 0);
    this.last = known.reduce((most, year) => Math.max(most, year), known[0] ?? 0);
    this.onSpan = onSpan;
    const given = () => this.onSpan({ from: whole(this.from.value), to: whole(this.to.value) });
    const field = (label: string, at: number) =>
      make("input", { type: "number", "aria-label": label, placeholder: at, min: 0, max: 9999, change: given });
    this.from = field("From year", this.first);
    this.to = field("To year", this.last);
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
    const most = Math.max(1, ...counts.values());
    const bars: HTMLElement[] = [];
    // Centuries of empty years would leave no room for the others: a bar is then several years wide.
    const wide = this.years();
    for (let year = this.first; year <= this.last; year += wide) {
      let count = 0;
      for (let each = year; each < year + wide; each++) count += counts.get(each) ?? 0;
      const inside = (from === null || year + wide > from) && (to === null || year <= to);
      const bar = make("span", { class: inside ? "bar" : "bar out", title: `${span(year, wide)}: ${count}` });
      bar.style.height = `${count ? Math.max(2, (count / most) * HEIGHT) : 0}px`;
      bars.push(bar);
    }
    this.bars.replaceChildren(...bars);
    this.from.value = from === null ? "" : String(from);
    this.to.value = to === null ? "" : String(to);
  }

  private years(): number {
    return Math.max(1, Math.ceil((this.last - this.first + 1) / 80));
  }

  private yearAt(event: PointerEvent): number {
    const { left, width } = this.bars.getBoundingClientRect();
    const share = Math.min(0.9999, Math.max(0, (event.clientX - left) / Math.max(width, 1)));
    const wide = this.years();
    const bars = Math.ceil((this.last - this.first + 1) / wide);
    return this.first + Math.floor(share * bars) * wide;
  }

  private begin(event: PointerEvent): void {
    this.bars.setPointerCapture(event.pointerId);
    this.brushed = this.yearAt(event);
    this.drag(event);
  }

  private drag(event: PointerEvent): void {
    if (this.brushed === null) return;
    const now = this.yearAt(event);
    const last = Math.max(this.brushed, now) + this.years() - 1;
    this.onSpan({ from: Math.min(this.brushed, now), to: Math.min(last, this.last) });
  }

  private end(): void {
    this.brushed = null;
  }
}

function whole(text: string): number | null {
  return /^\d{1,4}$/.test(text) ? Number(text) : null;
}

function span(year: number, wide: number): string {
  return wide === 1 ? String(year) : `${year}–${year + wide - 1}`;
}
