/** The map: works as points and citations as curves, in either of the two layouts that come with the page. */

import { drawn, foremost, Pace } from "./citations.ts";
import { isModified } from "./keys.ts";
import type { Placed } from "./labels.ts";
import { type Area, outlined } from "./lasso.ts";
import { Lasso } from "./lassoing.ts";
import type { Literature, Places } from "./literature.ts";
import { Overlay, type Point, type Route, type Scene } from "./overlay.ts";
import { Curves, Discs, FADED, RETRACTED, SEED, type View } from "./programs.ts";
import { Stage } from "./stage.ts";
import type { Layout } from "./state.ts";
import { colours, onThemeChange, rgb } from "./theme.ts";

const STEP = 0.15;
const FASTER = 1.6;
const EDGE = 20;
/** Pixels beside a point that still count as on it, of a mouse and of a finger. */
const NEAR = 5;
const FINGER = 14;
/** Milliseconds after which a map that does not move any more has all of its citations again. */
const STILL = 150;

export interface MapEvents {
  select(row: number | null): void;
  /** The reader has drawn a region. */
  area(area: Area | null): void;
  /** So many of the citations that there are between the works shown are drawn. */
  citations(drawn: number, total: number): void;
}

/** Works that are shown, and those that only the area leaves out. */
export interface Masks {
  mask: Uint8Array;
  outside: Uint8Array;
}

/** The map as it stands, with all that is drawn. */
export interface Picture extends Scene {
  outside: Uint8Array;
  /** The works in the order in which they are drawn, and their radii at no zoom. */
  order: Uint32Array;
  sizes: Float32Array;
  /** The citations that are drawn, and how strongly. */
  edges: Uint32Array;
  strength: number;
  labels: readonly Placed[];
  years: readonly Placed[];
}

/** Radii of the points, in pixels: the area grows with the citations by works here. */
export function radii(cited: readonly number[]): Float32Array {
  const largest = cited.reduce((most, each) => Math.max(most, each), 1);
  const crowd = Math.min(1, Math.max(0.4, (500 / Math.max(cited.length, 1)) ** 0.25));
  return Float32Array.from(cited, (each) => crowd * (3 + 13 * Math.sqrt(each / largest)));
}

/** How strongly citations are drawn: the more there are, the fainter. */
export function strength(citations: number): number {
  return Math.min(0.55, Math.max(0.05, 0.75 - 0.155 * Math.log10(Math.max(citations, 1))));
}

export class LiteratureMap {
  private readonly literature: Literature;
  private readonly container: HTMLElement;
  private readonly stage: Stage;
  private readonly discs: Discs;
  private readonly curves: Curves;
  private readonly overlay: Overlay;
  private readonly lasso: Lasso;
  private readonly events: MapEvents;
  private readonly sizes: Float32Array;
  /** The works in the order in which they are drawn: small points stand before large ones. */
  private readonly order: Uint32Array;
  private readonly colours: Uint32Array;
  private readonly foremost: Uint32Array;
  private readonly pace = new Pace();
  private layout: Layout;
  private stretch = 1;
  private masks: Masks;
  private works: Uint32Array = new Uint32Array(0);
  private edges: Uint32Array = new Uint32Array(0);
  private area: Area | null = null;
  private routes: readonly Route[] = [];
  private pointed: number | null = null;
  private selected: number | null = null;
  private width = 0;
  private height = 0;
  private moved = Number.NEGATIVE_INFINITY;
  private settling: ReturnType<typeof setTimeout> | undefined;
  private isBegun = false;

  /** Raises `NoWebGL` where the browser cannot draw it. */
  constructor(
    container: HTMLElement,
    literature: Literature,
    { layout, ...masks }: { layout: Layout } & Masks,
    events: MapEvents,
  ) {
    this.literature = literature;
    this.container = container;
    this.layout = layout;
    this.masks = masks;
    this.events = events;
    this.sizes = radii(literature.columns.cited_here);
    this.order = Uint32Array.from(this.sizes.keys()).sort(
      (one, other) => (this.sizes[other] ?? 0) - (this.sizes[one] ?? 0) || one - other,
    );
    this.foremost = foremost(literature);
    this.stage = new Stage(container);
    const { gl } = this.stage;
    this.colours = Uint32Array.from(this.sizes, (_, row) => Number.parseInt(literature.colourOf(row).slice(1), 16));
    this.discs = new Discs(gl);
    this.curves = new Curves(gl);
    this.overlay = new Overlay(container, literature, this.sizes);
    this.lasso = new Lasso(container, (line) => this.outline(line));
    this.dress();
    this.frame();
    this.stage.on("afterRender", () => this.paint());
    this.stage.getCamera().on("updated", () => this.onMove());
    this.stage.on("clickStage", ({ event }) => {
      const isTouch = "touches" in event.original;
      events.select(this.at(event.x, event.y, isTouch ? FINGER : NEAR));
    });
    container.addEventListener("pointermove", (event) => this.onPointer(event));
    container.addEventListener("pointerleave", () => this.pointAt(null));
    // The page's parts come and go beside the map, and sigma looks at the window only.
    new ResizeObserver(() => {
      const { clientWidth, clientHeight } = container;
      const same = clientWidth === this.width && clientHeight === this.height;
      if (!same && clientWidth && clientHeight) this.frame();
    }).observe(container);
    container.addEventListener("keydown", (event) => this.onKey(event));
    onThemeChange(() => this.stage.scheduleRender());
  }

  /** Show these works, and the citations between them; `frame` makes them fill the picture. */
  show(masks: Masks, area: Area | null, { frame }: { frame: boolean }): void {
    this.masks = masks;
    this.area = area;
    this.dress();
    if (frame) this.fit();
    else this.stage.scheduleRender();
  }

  /** Let the works take their places in a layout. */
  arrange(layout: Layout): void {
    if (layout === this.layout) return;
    this.layout = layout;
    this.place();
    this.fit();
  }

  /** Mark the work that is looked at, with what it cites and what cites it, and bring it into the picture. */
  select(row: number | null): void {
    this.selected = row;
    // The panel beside the map comes and goes with the selection: the map has its new size in the next frame.
    requestAnimationFrame(() => {
      if (row !== null && row === this.selected) this.bringIntoView(row);
      this.draw();
    });
  }

  /** Draw these ways through the citations on top, with the names of their works. */
  trace(routes: readonly Route[]): void {
    this.routes = routes;
    this.draw();
  }

  /** Let the reader draw a region, or no longer. */
  draws(isDrawing: boolean): void {
    this.lasso.show(isDrawing);
  }

  /** Let the works that are shown fill the picture. */
  fit(): void {
    this.frame();
    this.stage.getCamera().setState({ x: 0.5, y: 0.5, ratio: 1, angle: 0 });
  }

  zoom(factor: number): void {
    const camera = this.stage.getCamera();
    camera.setState({ ratio: camera.getBoundedRatio(camera.ratio * factor) });
  }

  /** Where works stand in the picture, as it is now. */
  view(): View & { at(row: number): Point } {
    const view = this.stage.view(this.stretch);
    const { x, y } = this.places;
    return {
      ...view,
      at: (row) => ({ x: view.left + (x[row] ?? 0) * view.across, y: view.top + (y[row] ?? 0) * view.down }),
    };
  }

  /** What an image of the map is made from, as it stands with nothing pointed at. */
  picture(): Picture {
    this.pointAt(null);
    const { order, sizes, edges } = this;
    return {
      ...this.scene(),
      ...this.masks,
      ...this.overlay.written,
      order,
      sizes,
      edges,
      strength: strength(edges.length),
    };
  }

  private get places(): Places {
    return this.literature.columns[this.layout];
  }

  /** Give the works their places, in a box around those that are shown. */
  private frame(): void {
    const { x, y } = this.places;
    const across = extent(x, this.masks.mask);
    const up = extent(y, this.masks.mask);
    // Across are the years, and up nothing that is measured: the picture may be as wide as there is room.
    const { width, height } = this.stage.getDimensions();
    this.stretch = this.layout === "timeline" ? ((width / height) * (up[1] - up[0])) / (across[1] - across[0]) : 1;
    this.stage.resize();
    this.width = this.container.clientWidth;
    this.height = this.container.clientHeight;
    this.stage.setCustomBBox({ x: [across[0] * this.stretch, across[1] * this.stretch], y: up });
    this.stage.scheduleRefresh();
  }

  /** Choose what is drawn: the works that are shown, those outside of the area, and the citations of the former. */
  private dress(): void {
    const { mask, outside } = this.masks;
    this.works = this.order.filter((row) => mask[row] || outside[row]);
    const { edges, total } = drawn(this.literature, this.foremost, mask);
    this.edges = edges;
    this.place();
    this.events.citations(edges.length, total);
  }

  /** Give what is drawn its places in the layout. */
  private place(): void {
    const { outside } = this.masks;
    const marks = Uint8Array.from(
      outside,
      (faded, row) =>
        (this.literature.isSeed(row) ? SEED : 0) |
        (this.literature.isRetracted(row) ? RETRACTED : 0) |
        (faded ? FADED : 0),
    );
    this.discs.set(this.works, { ...this.places, sizes: this.sizes, colours: this.colours, marks });
    this.curves.set(this.edges, { ...this.places, ...this.literature.ends });
  }

  /** Whether the camera moved just now, or is held: pictures may come seldom where they take long. */
  private isMoving(now: number): boolean {
    const { isMouseDown, draggedEvents } = this.stage.getMouseCaptor();
    const isHeld = (isMouseDown && draggedEvents > 0) || this.stage.getTouchCaptor().isMoving;
    return now - this.moved < STILL || isHeld || this.stage.getCamera().isAnimated();
  }

  private onMove(): void {
    this.moved = performance.now();
    this.pointed = null;
    this.settle();
  }

  /** Draw all of the citations again once the map does not move any more. */
  private settle(): void {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      if (this.isMoving(performance.now())) this.settle();
      else this.stage.scheduleRender();
    }, STILL);
  }

  private paint(): void {
    const view = this.stage.view(this.stretch);
    const now = performance.now();
    const isMoving = this.isMoving(now);
    if (!isMoving) this.pace.rest();
    const { red, green, blue } = colours().line;
    const all = { works: this.works.length, citations: this.edges.length };
    const { works, citations } = isMoving ? this.pace.next(now, all) : all;
    // The works are there at once, and their citations follow: those take longer to draw.
    const count = this.isBegun ? citations : 0;
    this.curves.draw(view, count, [red / 255, green / 255, blue / 255], strength(all.citations));
    const [r, g, b] = rgb(colours().text);
    this.discs.draw(view, works, [r / 255, g / 255, b / 255]);
    if (isMoving) this.overlay.follow(view, this.layout);
    else this.draw();
    if (!this.isBegun) {
      this.isBegun = true;
      requestAnimationFrame(() => setTimeout(() => this.stage.scheduleRender(), STILL));
    }
  }

  private pointAt(row: number | null): void {
    if (row === this.pointed) return;
    this.pointed = row;
    this.draw();
  }

  private onPointer(event: PointerEvent): void {
    if (event.pointerType === "touch" || event.buttons) return;
    const { left, top } = this.container.getBoundingClientRect();
    this.pointAt(this.at(event.clientX - left, event.clientY - top, NEAR));
  }

  /** The work at a place of the picture: the topmost, or else the nearest within so many pixels. */
  private at(x: number, y: number, near: number): number | null {
    const view = this.stage.view(this.stretch);
    const places = this.places;
    let found: number | null = null;
    let least = near;
    for (const row of this.order) {
      if (!this.masks.mask[row]) continue;
      const across = view.left + (places.x[row] ?? 0) * view.across - x;
      const down = view.top + (places.y[row] ?? 0) * view.down - y;
      const away = Math.max(0, Math.sqrt(across * across + down * down) - (this.sizes[row] ?? 0) * view.scale);
      if (away > least) continue;
      found = row;
      least = away;
    }
    return found;
  }

  /** What was drawn by hand in the picture, in the units of the layout. */
  private outline(line: readonly Point[]): void {
    const view = this.stage.view(this.stretch);
    const drawn = line.flatMap(({ x, y }) => [(x - view.left) / view.across, (y - view.top) / view.down]);
    this.events.area(outlined(this.layout, drawn));
  }

  private draw(): void {
    this.overlay.draw(this.scene());
  }

  private scene(): Scene {
    return {
      ...this.view(),
      mask: this.masks.mask,
      pointed: this.pointed,
      selected: this.selected,
      layout: this.layout,
      area: this.area?.layout === this.layout ? this.area : null,
      routes: this.routes,
    };
  }

  private bringIntoView(row: number): void {
    const { width, height, at } = this.view();
    const { x, y } = at(row);
    if (x >= EDGE && y >= EDGE && x <= width - EDGE && y <= height - EDGE) return;
    this.stage.getCamera().setState(this.stage.viewportToFramedGraph({ x, y }));
  }

  private onKey(event: KeyboardEvent): void {
    const camera = this.stage.getCamera();
    const { x, y, ratio } = camera.getState();
    const move = STEP * ratio;
    const actions: Record<string, () => void> = {
      ArrowLeft: () => camera.setState({ x: x - move }),
      ArrowRight: () => camera.setState({ x: x + move }),
      ArrowUp: () => camera.setState({ y: y + move }),
      ArrowDown: () => camera.setState({ y: y - move }),
      "+": () => this.zoom(1 / FASTER),
      "=": () => this.zoom(1 / FASTER),
      "-": () => this.zoom(FASTER),
      "0": () => this.fit(),
    };
    const action = isModified(event) ? undefined : actions[event.key];
    if (action) {
      event.preventDefault();
      action();
    }
  }
}

/** The ends of the places of works; a little room where they are all one, and the unit where there are none. */
function extent(places: readonly number[], mask: Uint8Array): [number, number] {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  places.forEach((place, row) => {
    if (!mask[row]) return;
    least = Math.min(least, place);
    most = Math.max(most, place);
  });
  if (least < most) return [least, most];
  return least === most ? [least - 1, least + 1] : [0, 1];
}
