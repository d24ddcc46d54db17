/** Years: how many of the works shown appeared in each, by community, as a chart and as a table. */

import { counted, make, replace, shape } from "../elements.ts";
import type { Filters, Shown } from "../filters.ts";
import { type Bars, barsOf, perBar, type Span, yearsOf } from "../histogram.ts";
import type { Literature } from "../literature.ts";
import type { Panel } from "../panels.ts";
import { follows, rowsOf } from "./parts.ts";

const HEIGHT = 190;
const LEFT = 40;
const RIGHT = 8;
const TOP = 10;
const BOTTOM = 24;
/** So many pixels are left to each year that is named below. */
const LABEL = 46;

export interface Stacks {
  /** For each bar the works of each colour of the palette, and last those of the communities without one. */
  works: number[][];
  /** How many works have no year. */
  yearless: number;
}

/** The works of a mask by bar and by the colour of their community. */
export function stacks(literature: Literature, mask: Uint8Array, { first, wide, count }: Bars): Stacks {
  const { years, communities, palette } = literature.columns;
  const works = Array.from({ length: count }, () => new Array<number>(palette.length + 1).fill(0));
  let yearless = 0;
  for (const row of rowsOf(mask)) {
    const year = years[row] ?? null;
    const stack = year === null ? undefined : works[Math.floor((year - first) / wide)];
    if (!stack) {
      yearless++;
      continue;
    }
    const community = communities[row] ?? -1;
    const colour = community >= 0 && community < palette.length ? community : palette.length;
    stack[colour] = (stack[colour] ?? 0) + 1;
  }
  return { works, yearless };
}

/** Whole numbers for the lines of a chart that reaches to `most`: few, and round. */
export function ticks(most: number): number[] {
  const rough = Math.max(1, most / 4);
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, ([1, 2, 5, 10].find((each) => each * unit >= rough) ?? 10) * unit);
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, place) => place * step);
}

export class YearsPanel implements Panel {
  readonly name = "years";
  readonly title = "Years";
  readonly explained = "How many works appeared in each year";
  readonly element: HTMLElement;
  private readonly literature: Literature;
  private readonly onSpan: (span: Span) => void;
  private readonly bars: Bars | null;
  private readonly said = make("div");
  private readonly chart = make("div", { class: "chart" });
  private readonly colours = make("ul", { class: "colours", "aria-label": "Colours" });
  private readonly lines = make("tbody");
  private readonly table: HTMLElement;
  private latest: { shown: Shown; filters: Filters } | null = null;
  private width = 0;

  constructor(literature: Literature, onSpan: (span: Span) => void) {
    this.literature = literature;
    this.onSpan = onSpan;
    this.bars = barsOf(literature.columns.years);
    const heads = ["Year", "Works shown"].map((title) => make("th", { scope: "col" }, title));
    this.table = make(
      "details",
      {},
      make("summary", { title: "The same figures as a table" }, "As a table"),
      make("table", { class: "figures" }, make("thead", {}, make("tr", {}, ...heads)), this.lines),
    );
    this.element = make("div", { class: "per-year" }, this.said, this.chart, this.colours, this.table);
    new ResizeObserver(() => this.draw()).observe(this.chart);
  }

  show(shown: Shown, filters: Filters): void {
    this.latest = { shown, filters };
    this.width = 0;
    this.draw();
  }

  private draw(): void {
    const width = this.chart.clientWidth;
    if (!this.latest || width === this.width) return;
    this.width = width;
    const { shown, filters } = this.latest;
    const { bars } = this;
    if (!bars) {
      this.said.replaceChildren(follows(shown.count, this.literature), make("p", {}, "No year is known of any work."));
      this.table.hidden = true;
      return;
    }
    const { works, yearless } = stacks(this.literature, shown.mask, bars);
    const totals = works.map((stack) => stack.reduce((sum, each) => sum + each, 0));
    const is = yearless === 1 ? "has" : "have";
    this.said.replaceChildren(
      follows(shown.count, this.literature),
      make("p", { class: "faint" }, yearless > 0 && `${counted(yearless, "work")} ${is} no year.`),
    );
    // Years that are cut out stay, pale: they can be chosen instead.
    const whole = perBar(bars, shown.years).map((some, bar) => Math.max(some, totals[bar] ?? 0));
    this.chart.replaceChildren(this.picture(bars, works, whole, filters, width));
    this.colours.replaceChildren(...this.legend(works));
    const named = totals.flatMap((some, bar) => (some ? [this.line(bars, bar, some, filters)] : []));
    replace(this.lines, ...named);
  }

  private picture(bars: Bars, works: number[][], whole: number[], filters: Filters, width: number): SVGElement {
    const lines = ticks(Math.max(1, ...whole));
    const most = lines.at(-1) ?? 1;
    const room = Math.max(60, width - LEFT - RIGHT);
    const wide = room / bars.count;
    const high = HEIGHT - TOP - BOTTOM;
    const up = (count: number) => TOP + high - (count / most) * high;
    const every = [1, 2, 5, 10, 20, 25, 50, 100].find((each) => (each / bars.wide) * wide >= LABEL) ?? 100;
    const picture = shape("svg", {
      width,
      height: HEIGHT,
      role: "img",
      "aria-label": "Works per year as bars; the table below has the same figures",
    });
    for (const count of lines) {
      const y = up(count);
      picture.append(
        shape("line", { class: "rule", x1: LEFT, x2: LEFT + room, y1: y, y2: y }),
        shape("text", { x: LEFT - 6, y: y + 4, "text-anchor": "end" }, count.toLocaleString()),
      );
    }
    const { palette, grey } = this.literature.columns;
    const gap = wide > 4 ? 1 : 0;
    for (const [bar, stack] of works.entries()) {
      const years = yearsOf(bars, bar);
      const x = LEFT + bar * wide;
      const total = stack.reduce((sum, each) => sum + each, 0);
      const pick = () => this.choose(years, filters);
      const out = (whole[bar] ?? 0) - total;
      const said = `${years.text}: ${counted(total, "work")}${out > 0 ? `, ${out.toLocaleString()} cut out` : ""}`;
      const group = shape("g", { class: "column", click: pick }, shape("title", {}, said));
      // All of the height takes the click: a bar of one work is hardly a pixel high.
      group.append(shape("rect", { class: "free", x, y: TOP, width: wide, height: high }));
      const slab = (from: number, to: number, fill: string | null) =>
        shape("rect", {
          class: fill === null ? "out" : "slab",
          x: x + gap / 2,
          y: up(to),
          width: wide - gap,
          height: up(from) - up(to),
          fill,
        });
      if (out > 0) group.append(slab(total, total + out, null));
      let below = 0;
      for (const [colour, count] of stack.entries()) {
        if (count) group.append(slab(below, below + count, palette[colour] ?? grey));
        below += count;
      }
      picture.append(group);
      if (years.from % every < bars.wide) {
        const label = years.from + ((every - (years.from % every)) % every);
        picture.append(shape("text", { x: x + wide / 2, y: HEIGHT - 7, "text-anchor": "middle" }, String(label)));
      }
    }
    return picture;
  }

  private legend(works: readonly number[][]): HTMLElement[] {
    const { palette } = this.literature.columns;
    const names = [...palette.map((_, number) => this.literature.communityName(number)), "other communities, or none"];
    return names.flatMap((name, number) => {
      const count = works.reduce((sum, stack) => sum + (stack[number] ?? 0), 0);
      if (!count) return [];
      const dot = make("span", { class: "dot", "aria-hidden": "true" });
      dot.style.backgroundColor = this.literature.colour(number);
      return [make("li", { dir: "auto" }, dot, name)];
    });
  }

  private line(bars: Bars, bar: number, count: number, filters: Filters): HTMLElement {
    const years = yearsOf(bars, bar);
    const isOnly = filters.from === years.from && filters.to === years.to;
    const button = make(
      "button",
      {
        type: "button",
        class: "more",
        "data-code": years.text,
        "aria-pressed": String(isOnly),
        title: isOnly ? "Show all years again" : "Show the works of this year only",
        click: () => this.choose(years, filters),
      },
      years.text,
    );
    return make("tr", {}, make("th", { scope: "row" }, button), make("td", {}, count.toLocaleString()));
  }

  /** Cut these years out, or show all again where they are cut out already. */
  private choose({ from, to }: { from: number; to: number }, now: Span): void {
    const isOnly = now.from === from && now.to === to;
    this.onSpan(isOnly ? { from: null, to: null } : { from, to });
  }
}
