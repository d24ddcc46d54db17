/** The map as it stands in view as a drawing for print: always light, with a legend below it. */

import { counted, shape } from "../elements.ts";
import type { Placed } from "../labels.ts";
import type { Literature } from "../literature.ts";
import type { Picture } from "../map.ts";
import { AXIS, type Point } from "../overlay.ts";
import { BEND, TAPER } from "../programs.ts";
import { LIGHT } from "../theme.ts";
import { legal } from "./text.ts";

const FONT = "system-ui, 'Segoe UI', Helvetica, Arial, sans-serif";
const SIZE = 12;
const LINE = 20;
const MARGIN = 12;
/** How wide a sign of the legend is with the room behind it. */
const SIGN = 22;
/** So many communities are named. */
const NAMED = 12;
const LONG = 48;
/** How much broader a citation on a route is than others, as on the map. */
const BROAD = 1.6;
const RECEDED = 0.22;
const FADED = 0.2;

export interface Drawing {
  /** The drawing as a document of its own. */
  text: string;
  width: number;
  height: number;
}

/** Draw the map. It is the same text for the same state of the page and the same size. */
export function svg(literature: Literature, picture: Picture, title: string): Drawing {
  const width = Math.round(picture.width);
  const legend = new Legend(literature, picture, legal(title) ?? "", width);
  const height = Math.round(picture.height) + legend.height;
  const drawing = shape(
    "svg",
    { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "font-family": FONT, "font-size": SIZE },
    shape("title", {}, legal(title) ?? "Map"),
    shape("clipPath", { id: "map" }, shape("rect", { width, height: picture.height })),
    shape("rect", { width, height, fill: LIGHT.surface }),
    shape("g", { "clip-path": "url(#map)" }, ...map(literature, picture)),
    legend.element(Math.round(picture.height)),
  );
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(drawing)}\n`;
  return { text, width, height };
}

function map(literature: Literature, picture: Picture): (SVGElement | null)[] {
  const { mask, outside, order, edges, selected, routes, area } = picture;
  // A route is followed by itself, as on the map.
  const centre = routes.length || selected === null ? null : selected;
  const { from, to } = literature.ends;
  const { red, green, blue } = LIGHT.line;
  const line = `#${[red, green, blue].map((shade) => shade.toString(16).padStart(2, "0")).join("")}`;
  const citations = [...edges].map((edge) => citation(picture, from[edge] ?? 0, to[edge] ?? 0));
  const works = [...order].filter((row) => mask[row]).map((row) => work(literature, picture, row));
  const faded = [...order].filter((row) => outside[row]).map((row) => work(literature, picture, row));
  return [
    shape(
      "g",
      { opacity: centre !== null || routes.length ? RECEDED : null },
      shape("g", { fill: line, "fill-opacity": rounded(picture.strength, 3) }, ...citations),
      shape("g", { opacity: FADED }, ...faded),
      shape("g", {}, ...works),
    ),
    area && region(picture, area.corners),
    routes.length ? routed(literature, picture) : null,
    centre !== null && mask[centre] ? linked(literature, picture, centre) : null,
    selected !== null && mask[selected] ? halo(picture, selected) : null,
    picture.layout === "timeline" ? axis(picture) : null,
    labels(picture.labels),
  ];
}

/** A work as a disc with an outline; a ring around a seed, a cross through what is retracted. */
function work(literature: Literature, picture: Picture, row: number, outline = 0.55): SVGElement | null {
  const { x, y } = picture.at(row);
  const radius = radiusOf(picture, row);
  if (!isIn(picture, [{ x, y }], radius + 6)) return null;
  const at = { cx: rounded(x), cy: rounded(y) };
  const pen = { stroke: LIGHT.text, "stroke-opacity": outline === 1 ? null : outline };
  const disc = shape("circle", { ...at, r: rounded(radius, 2), fill: literature.colourOf(row), ...pen });
  const isSeed = literature.isSeed(row);
  const isRetracted = literature.isRetracted(row);
  if (!isSeed && !isRetracted) return disc;
  const marks: SVGElement[] = [disc];
  const drawn = { fill: "none", stroke: LIGHT.text, "stroke-width": 2 };
  if (isSeed) marks.push(shape("circle", { ...at, r: rounded(radius + 3, 2), ...drawn }));
  if (isRetracted) marks.push(shape("path", { d: cross({ x, y }, Math.max(radius, 4) * 0.8), ...drawn }));
  return shape("g", {}, ...marks);
}

/** A citation: a curve that is broad at the citing work and thin at the cited one. */
function citation(picture: Picture, citing: number, cited: number, broad = 1): SVGElement | null {
  const from = picture.at(citing);
  const to = picture.at(cited);
  const along = { x: to.x - from.x, y: to.y - from.y };
  const middle = { x: (from.x + to.x) / 2 + along.y * BEND, y: (from.y + to.y) / 2 - along.x * BEND };
  if (!isIn(picture, [from, middle, to], 2)) return null;
  return shape("path", { d: curve(from, middle, to, broad) });
}

/** The outline of a curve as two arcs, one along each side. */
export function curve(from: Point, middle: Point, to: Point, broad = 1): string {
  const [first, last] = TAPER.map((width) => (broad * width) / 2);
  const [begin = 0, end = 0] = [first, last];
  const start = aside(from, from, middle, begin);
  const bend = aside(middle, from, to, (begin + end) / 2);
  const tip = aside(to, middle, to, end);
  const [near, over, far] = [start, bend, tip].map(([left]) => place(left));
  const [back, under, away] = [start, bend, tip].map(([, right]) => place(right));
  return `M${near}Q${over} ${far}L${away}Q${under} ${back}Z`;
}

/** The two points beside a point, across the way from one to another. */
function aside(point: Point, from: Point, to: Point, away: number): [Point, Point] {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const x = (-(to.y - from.y) / length) * away;
  const y = ((to.x - from.x) / length) * away;
  return [
    { x: point.x + x, y: point.y + y },
    { x: point.x - x, y: point.y - y },
  ];
}

function routed(literature: Literature, picture: Picture): SVGElement {
  const citations = picture.routes.flatMap((route) => route.citations);
  const rows = [...new Set(picture.routes.flatMap((route) => route.rows))];
  return shape(
    "g",
    {},
    shape("g", { fill: LIGHT.route }, ...citations.map(([citing, cited]) => citation(picture, citing, cited, BROAD))),
    ...rows.map((row) => work(literature, picture, row, 1)),
  );
}

/** The works that are linked to a work, and the curves between. */
function linked(literature: Literature, picture: Picture, centre: number): SVGElement {
  const shown = ({ row }: { row: number }) => picture.mask[row] === 1 && row !== centre;
  const cited = literature.references(centre).filter(shown);
  const citing = literature.citedBy(centre).filter(shown);
  const rows = [...new Set([...cited, ...citing].map(({ row }) => row)), centre];
  const half = { "fill-opacity": 0.75 };
  return shape(
    "g",
    {},
    shape("g", { fill: LIGHT.cited, ...half }, ...cited.map(({ row }) => citation(picture, centre, row))),
    shape("g", { fill: LIGHT.citing, ...half }, ...citing.map(({ row }) => citation(picture, row, centre))),
    ...rows.map((row) => work(literature, picture, row, 1)),
  );
}

function halo(picture: Picture, row: number): SVGElement {
  const { x, y } = picture.at(row);
  const pen = { fill: "none", stroke: LIGHT.text, "stroke-width": 2, "stroke-dasharray": "5 3" };
  return shape("circle", { cx: rounded(x), cy: rounded(y), r: rounded(radiusOf(picture, row) + 7), ...pen });
}

function region({ left, top, across, down }: Picture, corners: readonly number[]): SVGElement {
  const points: string[] = [];
  for (let at = 0; at + 1 < corners.length; at += 2) {
    points.push(place({ x: left + (corners[at] ?? 0) * across, y: top + (corners[at + 1] ?? 0) * down }));
  }
  const pen = { stroke: LIGHT.cited, "stroke-width": 2, "stroke-dasharray": "6 4" };
  return shape("polygon", { points: points.join(" "), fill: LIGHT.cited, "fill-opacity": 0.06, ...pen });
}

function axis({ width, height, years }: Picture): SVGElement {
  const band = { y: rounded(height - AXIS), width: rounded(width), height: AXIS };
  return shape(
    "g",
    { "text-anchor": "middle", fill: LIGHT.faint },
    shape("rect", { ...band, fill: LIGHT.surface, "fill-opacity": 0.85 }),
    ...years.map((year) => written(year)),
  );
}

/** The labels, each twice: first its outline in the colour of the ground, since not all programs know `paint-order`. */
function labels(placed: readonly Placed[]): SVGElement {
  const outline = { stroke: LIGHT.surface, "stroke-width": 4, "stroke-linejoin": "round" };
  return shape("g", { fill: LIGHT.text }, ...placed.flatMap((label) => [written(label, outline), written(label)]));
}

/** A text whose middle is at the height given. */
function written({ text, x, y }: Placed, look: Record<string, string | number> = {}): SVGElement {
  // A label that was cut may end in half a letter, which no XML has.
  return shape("text", { x: rounded(x), y: rounded(y + SIZE * 0.35), ...look }, legal(text) ?? "");
}

interface Entry {
  text: string;
  sign?: (at: Point) => SVGElement;
  weight?: "bold";
}

/** What signs and colours mean, in lines below the map. */
class Legend {
  readonly height: number;
  private readonly placed: { entry: Entry; x: number; line: number }[] = [];
  private readonly width: number;

  constructor(literature: Literature, picture: Picture, title: string, width: number) {
    this.width = width;
    const brush = document.createElement("canvas").getContext("2d");
    const measured = ({ text, sign, weight }: Entry) => {
      if (brush) brush.font = `${weight ?? "normal"} ${SIZE}px ${FONT}`;
      return (sign ? SIGN : 0) + (brush?.measureText(text).width ?? SIZE * text.length);
    };
    const room = width - 2 * MARGIN;
    let [x, line] = [0, 0];
    for (const entry of entries(literature, picture, title)) {
      let wide = measured(entry);
      while (wide > room && entry.text.length > 1) {
        entry.text = shortened(entry.text, Math.min(LONG * 4, [...entry.text].length - 1));
        wide = measured(entry);
      }
      if (x > 0 && x + wide > room) [x, line] = [0, line + 1];
      this.placed.push({ entry, x, line });
      x += wide + MARGIN;
    }
    this.height = (line + 1) * LINE + MARGIN;
  }

  element(top: number): SVGElement {
    const parts = this.placed.flatMap(({ entry, x, line }) => {
      const at = { x: MARGIN + x, y: top + MARGIN / 2 + (line + 0.5) * LINE };
      const text = { text: entry.text, x: at.x + (entry.sign ? SIGN : 0), y: at.y };
      return [
        entry.sign?.({ x: at.x + SIGN / 3, y: at.y }),
        written(text, entry.weight ? { "font-weight": entry.weight } : {}),
      ];
    });
    const rule = shape("path", { d: `M0 ${top}H${this.width}`, stroke: "#d5dbe3" });
    return shape("g", { fill: LIGHT.text }, rule, ...parts);
  }
}

function entries(literature: Literature, { mask, edges }: Picture, title: string): Entry[] {
  const rows = [...mask.keys()].filter((row) => mask[row]);
  const drawn = { fill: "none", stroke: LIGHT.text, "stroke-width": 2 };
  const found: Entry[] = [
    { text: title, weight: "bold" },
    { text: `${counted(rows.length, "work")}, ${counted(edges.length, "citation")} drawn` },
    { text: "size: citations by works here" },
    {
      text: "citation: broad end cites",
      sign: ({ x, y }) => {
        const [from, to] = [x - 7, x + 9].map((each) => ({ x: each, y }));
        return shape("path", { d: from && to ? curve(from, { x, y: y - 3 }, to, 1.5) : "", fill: LIGHT.faint });
      },
    },
  ];
  if (rows.some((row) => literature.isSeed(row))) {
    const sign = ({ x, y }: Point) => shape("circle", { cx: rounded(x), cy: rounded(y), r: 5, ...drawn });
    found.push({ text: "seed", sign });
  }
  if (rows.some((row) => literature.isRetracted(row))) {
    found.push({ text: "retracted", sign: (at) => shape("path", { d: cross(at, 4), ...drawn }) });
  }
  return [...found.filter(({ text }) => text !== ""), ...communities(literature, rows)];
}

/** The communities of the works that have a colour of their own, the largest first. */
function communities(literature: Literature, rows: readonly number[]): Entry[] {
  const sizes = new Map<number, number>();
  for (const row of rows) {
    const community = literature.columns.communities[row] ?? -1;
    if (community >= 0 && literature.colour(community) !== literature.columns.grey) {
      sizes.set(community, (sizes.get(community) ?? 0) + 1);
    }
  }
  const largest = [...sizes].sort(([one, many], [other, more]) => more - many || one - other).slice(0, NAMED);
  return largest.map(([community]) => ({
    text: shortened(legal(literature.communityName(community)) ?? "", LONG),
    sign: ({ x, y }) => shape("circle", { cx: rounded(x), cy: rounded(y), r: 5, fill: literature.colour(community) }),
  }));
}

function radiusOf(picture: Picture, row: number): number {
  return (picture.sizes[row] ?? 3) * picture.scale;
}

/** Whether anything of what lies between these points is in the picture. */
function isIn({ width, height }: Picture, points: readonly Point[], room: number): boolean {
  const across = points.map(({ x }) => x);
  const down = points.map(({ y }) => y);
  return (
    Math.max(...across) > -room &&
    Math.min(...across) < width + room &&
    Math.max(...down) > -room &&
    Math.min(...down) < height + room
  );
}

function cross({ x, y }: Point, reach: number): string {
  const [left, right, top, bottom] = [x - reach, x + reach, y - reach, y + reach].map((each) => rounded(each));
  return `M${left} ${top}L${right} ${bottom}M${left} ${bottom}L${right} ${top}`;
}

function shortened(text: string, most: number): string {
  const letters = [...text];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : text;
}

function place({ x, y }: Point): string {
  return `${rounded(x, 2)} ${rounded(y, 2)}`;
}

function rounded(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}
