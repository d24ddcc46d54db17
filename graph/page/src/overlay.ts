/** What is drawn over the map: labels, years, and the citations of the work that is pointed at or selected. */

import { counted, make } from "./elements.ts";
import { type Placed, place, type Wanted } from "./labels.ts";
import type { Area } from "./lasso.ts";
import { traced } from "./lassoing.ts";
import type { Literature } from "./literature.ts";
import { BEND, TAPER, type View } from "./programs.ts";
import type { Layout } from "./state.ts";
import { colours } from "./theme.ts";

export interface Point {
  x: number;
  y: number;
}

/** Works that are drawn on top, and the citing and the cited work of each citation between them. */
export interface Route {
  rows: readonly number[];
  citations: readonly (readonly [number, number])[];
}

export interface Scene extends View {
  at(row: number): Point;
  mask: Uint8Array;
  pointed: number | null;
  selected: number | null;
  layout: Layout;
  /** The region that the reader drew, where it belongs to this layout. */
  area: Area | null;
  routes: readonly Route[];
}

const FONT = 12;
/** Square pixels for each label. */
const ROOM = 14_000;
/** So many works are tried for a label: the rest are small, and looked for in vain at each frame. */
const TRIED = 600;
const LONG = 32;
/** How high the band of the years is. */
export const AXIS = 26;
/** How much broader a citation on a route is than others. */
const BROAD = 1.6;

export class Overlay {
  private readonly container: HTMLElement;
  private readonly literature: Literature;
  private readonly sizes: Float32Array;
  private readonly canvas = make("canvas", { class: "overlay", "aria-hidden": "true" });
  private readonly ruler = make("canvas", { class: "overlay ruler", "aria-hidden": "true" });
  private readonly tip = make("div", { class: "tip", hidden: true });
  private readonly named: number[];
  private readonly widths = new Map<string, number>();
  private readonly years: readonly YearPlace[];
  /** The view for which the canvas was drawn. */
  private drawn: View | null = null;
  /** The labels and the years that were drawn last, in the middle of their height. */
  readonly written: { labels: readonly Placed[]; years: readonly Placed[] } = { labels: [], years: [] };

  constructor(container: HTMLElement, literature: Literature, sizes: Float32Array) {
    this.container = container;
    this.literature = literature;
    this.sizes = sizes;
    const { cited_here } = literature.columns;
    // A key says nothing to a reader of the map; it is shown for a work that is pointed at.
    this.named = cited_here
      .map((_, row) => row)
      .filter((row) => literature.labelOf(row) !== literature.columns.keys[row]);
    this.named.sort((one, other) => (cited_here[other] ?? 0) - (cited_here[one] ?? 0) || one - other);
    this.years = byYear(literature.columns.years, literature.columns.timeline.x);
    container.append(this.canvas, this.ruler, this.tip);
  }

  /**
   * Follow the map while it moves: what was drawn is moved and stretched with it, which costs nothing beside drawing it
   * anew, and is put right when the map stands still.
   */
  follow(view: View, layout: Layout): void {
    this.tip.hidden = true;
    const { drawn } = this;
    if (!drawn) return;
    const stretch = view.across / drawn.across;
    const left = view.left - stretch * drawn.left;
    const top = view.top - stretch * drawn.top;
    this.canvas.style.transform = `translate(${left}px, ${top}px) scale(${stretch})`;
    this.rule(view, layout);
  }

  draw(scene: Scene): void {
    const { width, height, selected, pointed, routes } = scene;
    this.drawn = scene;
    this.canvas.style.transform = "";
    const brush = cleared(this.canvas, width, height);
    // A route is followed by itself: the citations of the work that it begins at would hide it.
    const centre = pointed ?? (routes.length ? null : selected);
    this.container.classList.toggle("receded", centre !== null || routes.length > 0);
    if (scene.area) this.area(brush, scene, scene.area);
    const named: number[] = [];
    const always = new Set<number>();
    if (routes.length) for (const row of this.routes(brush, scene, routes)) always.add(row);
    named.push(...always);
    if (centre !== null && scene.mask[centre]) named.push(...this.citations(brush, scene, centre));
    if (selected !== null && scene.mask[selected]) this.halo(brush, scene, selected);
    const room = scene.layout === "timeline" ? height - AXIS : height;
    this.written.years = this.rule(scene, scene.layout);
    const rows = centre === null && !routes.length ? this.named : [...new Set(named)];
    this.label(brush, scene, { width, height: room }, { rows, always });
    this.tell(scene);
  }

  private area(brush: CanvasRenderingContext2D, { left, top, across, down }: Scene, { corners }: Area): void {
    const line: Point[] = [];
    for (let at = 0; at + 1 < corners.length; at += 2) {
      line.push({ x: left + (corners[at] ?? 0) * across, y: top + (corners[at + 1] ?? 0) * down });
    }
    traced(brush, line, colours().cited);
  }

  /** Draw the citations of routes and their works, whatever the filters say of these; gives them. */
  private routes(brush: CanvasRenderingContext2D, scene: Scene, routes: readonly Route[]): number[] {
    const citations = routes.flatMap((route) => route.citations);
    brush.fillStyle = colours().route;
    for (const [citing, cited] of citations) curve(brush, scene.at(citing), scene.at(cited), BROAD);
    const rows = [...new Set(routes.flatMap((route) => route.rows))];
    for (const row of rows) this.disc(brush, scene, row);
    return rows;
  }

  /** Draw the works that are linked to a work, and the curves between; gives them, the most cited first. */
  private citations(brush: CanvasRenderingContext2D, scene: Scene, centre: number): number[] {
    const shown = (row: number) => scene.mask[row] === 1 && row !== centre;
    const references = this.literature
      .references(centre)
      .map((each) => each.row)
      .filter(shown);
    const citing = this.literature
      .citedBy(centre)
      .map((each) => each.row)
      .filter(shown);
    brush.globalAlpha = 0.75;
    brush.fillStyle = colours().cited;
    for (const row of references) curve(brush, scene.at(centre), scene.at(row));
    brush.fillStyle = colours().citing;
    for (const row of citing) curve(brush, scene.at(row), scene.at(centre));
    brush.globalAlpha = 1;
    const { cited_here } = this.literature.columns;
    const all = [...new Set([...references, ...citing])];
    all.sort((one, other) => (cited_here[other] ?? 0) - (cited_here[one] ?? 0) || one - other);
    for (const row of [...all, centre]) this.disc(brush, scene, row);
    return [centre, ...all];
  }

  private disc(brush: CanvasRenderingContext2D, scene: Scene, row: number): void {
    const { x, y } = scene.at(row);
    const radius = this.radius(scene, row);
    brush.beginPath();
    brush.arc(x, y, radius, 0, 2 * Math.PI);
    brush.fillStyle = this.literature.colourOf(row);
    brush.fill();
    brush.lineWidth = 1;
    brush.strokeStyle = colours().text;
    brush.stroke();
    if (this.literature.isSeed(row)) {
      brush.beginPath();
      brush.arc(x, y, radius + 3, 0, 2 * Math.PI);
      brush.lineWidth = 2;
      brush.stroke();
    }
    if (this.literature.isRetracted(row)) {
      const reach = Math.max(radius, 4) * 0.8;
      brush.beginPath();
      brush.moveTo(x - reach, y - reach);
      brush.lineTo(x + reach, y + reach);
      brush.moveTo(x - reach, y + reach);
      brush.lineTo(x + reach, y - reach);
      brush.lineWidth = 2;
      brush.stroke();
    }
  }

  private halo(brush: CanvasRenderingContext2D, scene: Scene, row: number): void {
    const { x, y } = scene.at(row);
    brush.beginPath();
    brush.arc(x, y, this.radius(scene, row) + 7, 0, 2 * Math.PI);
    brush.lineWidth = 2;
    brush.setLineDash([5, 3]);
    brush.strokeStyle = colours().text;
    brush.stroke();
    brush.setLineDash([]);
  }

  /** The years, where their works stand, as many as there is room for. */
  private rule({ width, height, left, across }: View, layout: Layout): Placed[] {
    this.ruler.hidden = layout !== "timeline";
    if (this.ruler.hidden) return [];
    const placed: Placed[] = [];
    const brush = cleared(this.ruler, width, AXIS);
    brush.fillStyle = colours().surface;
    brush.globalAlpha = 0.85;
    brush.fillRect(0, 0, width, AXIS);
    brush.globalAlpha = 1;
    brush.fillStyle = colours().faint;
    brush.font = font();
    brush.textAlign = "center";
    let free = 0;
    for (const { year, first, last } of this.years) {
      const middle = left + ((first + last) / 2) * across;
      if (middle - 18 < free || middle + 18 > width) continue;
      placed.push({ text: String(year), x: middle, y: height - AXIS / 2 });
      brush.fillText(String(year), middle, AXIS / 2);
      free = middle + 24;
    }
    return placed;
  }

  private label(
    brush: CanvasRenderingContext2D,
    scene: Scene,
    size: { width: number; height: number },
    named: { rows: readonly number[]; always: ReadonlySet<number> },
  ): void {
    brush.font = font();
    const most = Math.max(8, Math.floor((size.width * size.height) / ROOM));
    const labels = place(this.wanted(brush, scene, size, named), size, { height: FONT + 4, most });
    this.written.labels = labels;
    brush.lineJoin = "round";
    brush.lineWidth = 4;
    brush.strokeStyle = colours().surface;
    brush.fillStyle = colours().text;
    for (const { text, x, y } of labels) {
      brush.strokeText(text, x, y);
      brush.fillText(text, x, y);
    }
  }

  private *wanted(
    brush: CanvasRenderingContext2D,
    scene: Scene,
    { width, height }: { width: number; height: number },
    { rows, always }: { rows: readonly number[]; always: ReadonlySet<number> },
  ): Generator<Wanted> {
    let tried = 0;
    for (const row of rows) {
      if (!scene.mask[row] && !always.has(row)) continue;
      const { x, y } = scene.at(row);
      if (x < 0 || y < 0 || x > width || y > height) continue;
      if (++tried > TRIED) return;
      const text = shortened(this.literature.labelOf(row).replace(/^(openalex|doi):/, ""));
      const ring = this.literature.isSeed(row) ? 4 : 0;
      yield { text, x, y, radius: this.radius(scene, row) + ring, width: this.widthOf(brush, text) };
    }
  }

  private widthOf(brush: CanvasRenderingContext2D, text: string): number {
    const known = this.widths.get(text);
    if (known !== undefined) return known;
    const { width } = brush.measureText(text);
    this.widths.set(text, width);
    return width;
  }

  /** Say beside the pointer which work it points at. */
  private tell(scene: Scene): void {
    const { pointed, width, height } = scene;
    this.tip.hidden = pointed === null;
    if (pointed === null) return;
    const { columns } = this.literature;
    const facts = [columns.authors[pointed], columns.years[pointed], this.literature.venueOf(pointed)];
    this.tip.replaceChildren(
      make("strong", { dir: "auto" }, this.literature.nameOf(pointed)),
      make("span", { dir: "auto" }, facts.filter(Boolean).join(" · ")),
      make("span", {}, `cited by ${counted(columns.cited_here[pointed] ?? 0, "work")} here`),
    );
    const { x, y } = scene.at(pointed);
    const box = this.tip.getBoundingClientRect();
    const aside = this.radius(scene, pointed) + 12;
    const left = x + aside + box.width > width ? x - aside - box.width : x + aside;
    this.tip.style.left = `${Math.max(4, Math.min(left, width - box.width - 4))}px`;
    this.tip.style.top = `${Math.max(4, Math.min(y + 12, height - box.height - 4))}px`;
  }

  private radius(scene: Scene, row: number): number {
    return (this.sizes[row] ?? 3) * scene.scale;
  }
}

/** The brush of a canvas that has this size, and nothing on it. */
function cleared(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const ratio = devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const brush = canvas.getContext("2d");
  if (!brush) throw new Error("this browser has no canvas");
  brush.setTransform(ratio, 0, 0, ratio, 0, 0);
  brush.clearRect(0, 0, width, height);
  brush.textBaseline = "middle";
  return brush;
}

/** A year, and between which places its works stand. */
interface YearPlace {
  year: number;
  first: number;
  last: number;
}

/** The years that are known, the earliest first. */
function byYear(years: readonly (number | null)[], places: readonly number[]): YearPlace[] {
  const found = new Map<number, YearPlace>();
  years.forEach((year, row) => {
    if (year === null) return;
    const place = places[row] ?? 0;
    const known = found.get(year);
    if (!known) found.set(year, { year, first: place, last: place });
    else [known.first, known.last] = [Math.min(known.first, place), Math.max(known.last, place)];
  });
  return [...found.values()].sort((one, other) => one.year - other.year);
}

function font(): string {
  return `${FONT}px system-ui, sans-serif`;
}

function shortened(text: string): string {
  return text.length > LONG ? `${text.slice(0, LONG - 1)}…` : text;
}

/** The curve of a citation from the citing work to the cited one, as the programs draw it; on a canvas y runs downwards. */
function curve(brush: CanvasRenderingContext2D, from: Point, to: Point, broad = 1): void {
  const along = { x: to.x - from.x, y: to.y - from.y };
  const middle = { x: (from.x + to.x) / 2 + along.y * BEND, y: (from.y + to.y) / 2 - along.x * BEND };
  const sides: [Point[], Point[]] = [[], []];
  const parts = Math.min(64, 8 + Math.ceil(Math.hypot(along.x, along.y) / 24));
  for (let part = 0; part <= parts; part++) {
    const t = part / parts;
    const point = {
      x: (1 - t) ** 2 * from.x + 2 * t * (1 - t) * middle.x + t ** 2 * to.x,
      y: (1 - t) ** 2 * from.y + 2 * t * (1 - t) * middle.y + t ** 2 * to.y,
    };
    const tangent = {
      x: (1 - t) * (middle.x - from.x) + t * (to.x - middle.x),
      y: (1 - t) * (middle.y - from.y) + t * (to.y - middle.y),
    };
    const length = Math.hypot(tangent.x, tangent.y) || 1;
    const half = (broad * (TAPER[0] + (TAPER[1] - TAPER[0]) * t)) / 2 + 0.4;
    const aside = { x: (-tangent.y / length) * half, y: (tangent.x / length) * half };
    sides[0].push({ x: point.x + aside.x, y: point.y + aside.y });
    sides[1].unshift({ x: point.x - aside.x, y: point.y - aside.y });
  }
  brush.beginPath();
  for (const { x, y } of sides.flat()) brush.lineTo(x, y);
  brush.closePath();
  brush.fill();
}
