/** What is drawn over the map: labels, years, and the citations of the work that is pointed at or selected. */

import { counted, make } from "./elements.ts";
import { place, type Wanted } from "./labels.ts";
import type { Literature } from "./literature.ts";
import { BEND, TAPER } from "./programs.ts";
import type { Layout } from "./state.ts";
import { colours } from "./theme.ts";

interface Point {
  x: number;
  y: number;
}

export interface Scene {
  at(row: number): Point;
  /** Pixels for each unit of size, as the picture is zoomed. */
  scale: number;
  mask: Uint8Array;
  pointed: number | null;
  selected: number | null;
  layout: Layout;
}

const FONT = 12;
const ROOM = 14_000;
/** Square pixels for each label. */
const TRIED = 600;
/** So many works are tried for a label: the rest are small, and looked for in vain at each frame. */
const LONG = 32;
const AXIS = 26;

export class Overlay {
  private readonly container: HTMLElement;
  private readonly literature: Literature;
  private readonly sizes: readonly number[];
  private readonly canvas = make("canvas", { class: "overlay", "aria-hidden": "true" });
  private readonly tip = make("div", { class: "tip", hidden: true });
  private readonly named: number[];
  private readonly widths = new Map<number, number>();
  private readonly years: [number, number[]][];

  constructor(container: HTMLElement, literature: Literature, sizes: readonly number[]) {
    this.container = container;
    this.literature = literature;
    this.sizes = sizes;
    const { cited_here } = literature.columns;
    // A key says nothing to a reader of the map; it is shown for a work that is pointed at.
    this.named = cited_here
      .map((_, row) => row)
      .filter((row) => literature.labelOf(row) !== literature.columns.keys[row]);
    this.named.sort((one, other) => (cited_here[other] ?? 0) - (cited_here[one] ?? 0) || one - other);
    this.years = byYear(literature.columns.years);
    container.append(this.canvas, this.tip);
  }

  draw(scene: Scene): void {
    const brush = this.cleared();
    const { width, height } = this.container.getBoundingClientRect();
    const { selected, pointed } = scene;
    const centre = pointed ?? selected;
    this.container.classList.toggle("receded", centre !== null);
    const named: number[] = [];
    if (centre !== null && scene.mask[centre]) named.push(...this.citations(brush, scene, centre));
    if (selected !== null && scene.mask[selected]) this.halo(brush, scene, selected);
    const room = scene.layout === "timeline" ? height - AXIS : height;
    if (scene.layout === "timeline") this.axis(brush, scene, width, height);
    this.label(brush, scene, { width, height: room }, named, centre);
    this.tell(scene, width, height);
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
  private axis(brush: CanvasRenderingContext2D, scene: Scene, width: number, height: number): void {
    brush.fillStyle = colours().surface;
    brush.globalAlpha = 0.85;
    brush.fillRect(0, height - AXIS, width, AXIS);
    brush.globalAlpha = 1;
    brush.fillStyle = colours().faint;
    brush.font = font();
    brush.textAlign = "center";
    let free = 0;
    for (const [year, rows] of this.years) {
      const places = rows.slice(0, 200).map((row) => scene.at(row).x);
      const middle = (Math.min(...places) + Math.max(...places)) / 2;
      if (middle - 18 < free || middle + 18 > width) continue;
      brush.fillText(String(year), middle, height - AXIS / 2);
      free = middle + 24;
    }
    brush.textAlign = "left";
  }

  private label(
    brush: CanvasRenderingContext2D,
    scene: Scene,
    size: { width: number; height: number },
    named: readonly number[],
    centre: number | null,
  ): void {
    brush.font = font();
    const most = Math.max(8, Math.floor((size.width * size.height) / ROOM));
    const rows = centre === null ? this.named : named;
    const labels = place(this.wanted(brush, scene, size, rows), size, { height: FONT + 4, most });
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
    rows: readonly number[],
  ): Generator<Wanted> {
    let tried = 0;
    for (const row of rows) {
      if (!scene.mask[row]) continue;
      const { x, y } = scene.at(row);
      if (x < 0 || y < 0 || x > width || y > height) continue;
      if (++tried > TRIED) return;
      const text = shortened(this.literature.labelOf(row));
      let wide = this.widths.get(row);
      if (wide === undefined) {
        wide = brush.measureText(text).width;
        this.widths.set(row, wide);
      }
      const ring = this.literature.isSeed(row) ? 4 : 0;
      yield { text, x, y, radius: this.radius(scene, row) + ring, width: wide };
    }
  }

  /** Say beside the pointer which work it points at. */
  private tell(scene: Scene, width: number, height: number): void {
    const { pointed } = scene;
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

  private cleared(): CanvasRenderingContext2D {
    const { width, height } = this.container.getBoundingClientRect();
    const ratio = devicePixelRatio || 1;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    const brush = this.canvas.getContext("2d");
    if (!brush) throw new Error("this browser has no canvas");
    brush.setTransform(ratio, 0, 0, ratio, 0, 0);
    brush.clearRect(0, 0, width, height);
    brush.textBaseline = "middle";
    return brush;
  }
}

/** The works of each year that is known, the earliest first. */
function byYear(years: readonly (number | null)[]): [number, number[]][] {
  const found = new Map<number, number[]>();
  years.forEach((year, row) => {
    if (year === null) return;
    const rows = found.get(year);
    if (rows) rows.push(row);
    else found.set(year, [row]);
  });
  return [...found].sort(([one], [other]) => one - other);
}

function font(): string {
  return `${FONT}px system-ui, sans-serif`;
}

function shortened(text: string): string {
  return text.length > LONG ? `${text.slice(0, LONG - 1)}…` : text;
}

/** The curve of a citation from the citing work to the cited one, as the programs draw it; on a canvas y runs downwards. */
function curve(brush: CanvasRenderingContext2D, from: Point, to: Point): void {
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
    const half = (TAPER[0] + (TAPER[1] - TAPER[0]) * t) / 2 + 0.4;
    const aside = { x: (-tangent.y / length) * half, y: (tangent.x / length) * half };
    sides[0].push({ x: point.x + aside.x, y: point.y + aside.y });
    sides[1].unshift({ x: point.x - aside.x, y: point.y - aside.y });
  }
  brush.beginPath();
  for (const { x, y } of sides.flat()) brush.lineTo(x, y);
  brush.closePath();
  brush.fill();
}
