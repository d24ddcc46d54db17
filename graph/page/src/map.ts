/** The map: works as points and citations as curves, in either of the two layouts that come with the page. */

import Graph from "graphology";
import Sigma from "sigma";
import type { Literature } from "./literature.ts";
import { Overlay } from "./overlay.ts";
import { CurveProgram, DiscProgram } from "./programs.ts";
import type { Layout } from "./state.ts";
import { colours, onThemeChange } from "./theme.ts";

const STEP = 0.15;
const FASTER = 1.6;
const EDGE = 20;
const SLOW = 25;
/** Milliseconds for a picture, more of which in a second would be fewer than thirty. */

export interface MapEvents {
  select(row: number | null): void;
}

/** Radii of the points, in pixels: the area grows with the citations by works here. */
export function radii(cited: readonly number[]): number[] {
  const largest = cited.reduce((most, each) => Math.max(most, each), 1);
  const crowd = Math.min(1, Math.max(0.4, (500 / Math.max(cited.length, 1)) ** 0.25));
  return cited.map((each) => crowd * (3 + 13 * Math.sqrt(each / largest)));
}

/** How strongly citations are drawn: the more there are, the fainter. */
export function strength(citations: number): number {
  return Math.min(0.55, Math.max(0.05, 0.75 - 0.155 * Math.log10(Math.max(citations, 1))));
}

export class LiteratureMap {
  private readonly literature: Literature;
  private readonly sigma: Sigma;
  private readonly graph = new Graph({ type: "directed", multi: false, allowSelfLoops: true });
  private readonly overlay: Overlay;
  private readonly sizes: number[];
  private layout: Layout;
  private stretch = 1;
  private mask: Uint8Array;
  private pointed: number | null = null;
  private selected: number | null = null;
  private width = 0;
  private height = 0;
  private begun = false;

  constructor(
    container: HTMLElement,
    literature: Literature,
    { layout, mask }: { layout: Layout; mask: Uint8Array },
    events: MapEvents,
  ) {
    this.literature = literature;
    this.layout = layout;
    this.sizes = radii(literature.columns.cited_here);
    this.mask = mask;
    this.fill();
    this.sigma = new Sigma(this.graph, container, {
      allowInvalidContainer: true,
      renderLabels: false,
      enableEdgeEvents: false,
      zIndex: false,
      stagePadding: 40,
      minCameraRatio: 0.01,
      maxCameraRatio: 3,
      defaultNodeType: "disc",
      defaultEdgeType: "curve",
      nodeProgramClasses: { disc: DiscProgram as never },
      edgeProgramClasses: { curve: CurveProgram as never },
      nodeHoverProgramClasses: {},
      defaultDrawNodeHover: () => undefined,
      nodeReducer: (node, place) => ({ ...place, ...this.point(Number(node)) }),
      // The works are there at once, and their citations follow: those take longer to draw.
      edgeReducer: () => ({ color: this.lineColour(), hidden: !this.begun }),
    });
    this.overlay = new Overlay(container, literature, this.sizes);
    this.frame();
    this.sigma.on("afterRender", () => this.draw());
    this.sigma.once("afterRender", () => requestAnimationFrame(() => setTimeout(() => this.begin())));
    this.sigma.on("enterNode", ({ node }) => this.pointAt(Number(node)));
    this.sigma.on("leaveNode", () => this.pointAt(null));
    this.sigma.on("clickNode", ({ node }) => events.select(Number(node)));
    this.sigma.on("clickStage", () => events.select(null));
    // The page's parts come and go beside the map, and sigma looks at the window only.
    new ResizeObserver(() => {
      const { clientWidth, clientHeight } = container;
      const same = clientWidth === this.width && clientHeight === this.height;
      if (!same && clientWidth && clientHeight) this.frame();
    }).observe(container);
    container.addEventListener("keydown", (event) => this.onKey(event));
    onThemeChange(() => this.sigma.scheduleRefresh());
  }

  /** Show these works, and the citations between them; `frame` makes them fill the picture. */
  show(mask: Uint8Array, { frame }: { frame: boolean }): void {
    this.mask = mask;
    if (frame) this.fit();
    else this.sigma.scheduleRefresh();
  }

  /** Let the works take their places in a layout. */
  arrange(layout: Layout): void {
    if (layout === this.layout) return;
    this.layout = layout;
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

  /** Let the works that are shown fill the picture. */
  fit(): void {
    this.frame();
    this.sigma.getCamera().setState({ x: 0.5, y: 0.5, ratio: 1, angle: 0 });
  }

  zoom(factor: number): void {
    const camera = this.sigma.getCamera();
    camera.setState({ ratio: camera.getBoundedRatio(camera.ratio * factor) });
  }

  private fill(): void {
    for (let row = 0; row < this.literature.size; row++) this.graph.addNode(row, { x: 0, y: 0 });
    for (let row = 0; row < this.literature.size; row++) {
      for (const { row: cited, edge } of this.literature.references(row)) {
        this.graph.addDirectedEdgeWithKey(edge, row, cited);
      }
    }
  }

  /** Give the works their places, in a box around those that are shown. */
  private frame(): void {
    const places = this.literature.columns[this.layout];
    const shown = [...this.mask.keys()].filter((row) => this.mask[row]);
    const x = extent(shown.map((row) => places.x[row] ?? 0));
    const y = extent(shown.map((row) => places.y[row] ?? 0));
    // Across are the years, and up nothing that is measured: the picture may be as wide as there is room.
    const { width, height } = this.sigma.getDimensions();
    this.stretch = this.layout === "timeline" ? ((width / height) * (y[1] - y[0])) / (x[1] - x[0]) : 1;
    this.graph.updateEachNodeAttributes((node) => this.place(Number(node)), { attributes: ["x", "y"] });
    this.sigma.resize();
    this.width = this.sigma.getContainer().clientWidth;
    this.height = this.sigma.getContainer().clientHeight;
    this.sigma.setCustomBBox({ x: [x[0] * this.stretch, x[1] * this.stretch], y });
    this.sigma.scheduleRefresh();
  }

  /** Draw the citations; where that takes long, they are left out while the map moves. */
  private begin(): void {
    this.begun = true;
    this.sigma.scheduleRefresh();
    this.sigma.once("afterRender", () => {
      const gl = this.sigma.getCanvases().edges?.getContext("webgl2");
      const fence = gl?.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
      if (!gl || !fence) return;
      gl.flush();
      const start = performance.now();
      const look = () => {
        const isDrawn = gl.getSyncParameter(fence, gl.SYNC_STATUS) === gl.SIGNALED;
        if (performance.now() - start > SLOW) this.sigma.setSetting("hideEdgesOnMove", true);
        else if (!isDrawn) setTimeout(look, 5);
      };
      setTimeout(look);
    });
  }

  /** The place of a work in the layout. */
  private place(row: number): { x: number; y: number } {
    const { x, y } = this.literature.columns[this.layout];
    return { x: (x[row] ?? 0) * this.stretch, y: y[row] ?? 0 };
  }

  private point(row: number) {
    return {
      hidden: !this.mask[row],
      size: this.sizes[row] ?? 3,
      color: this.literature.colourOf(row),
      line: colours().text,
      seed: this.literature.isSeed(row),
      retracted: this.literature.isRetracted(row),
    };
  }

  private lineColour(): string {
    const { red, green, blue } = colours().line;
    return `rgba(${red},${green},${blue},${strength(this.graph.size)})`;
  }

  private pointAt(row: number | null): void {
    this.pointed = row;
    this.draw();
  }

  private draw(): void {
    const scale = this.sigma.scaleSize(1);
    const at = (row: number) => this.sigma.graphToViewport(this.place(row));
    this.overlay.draw({
      at,
      scale,
      mask: this.mask,
      pointed: this.pointed,
      selected: this.selected,
      layout: this.layout,
    });
  }

  private bringIntoView(row: number): void {
    const { x, y } = this.sigma.graphToViewport(this.place(row));
    const { width, height } = this.sigma.getDimensions();
    const framed = this.sigma.getNodeDisplayData(String(row));
    if (framed && (x < EDGE || y < EDGE || x > width - EDGE || y > height - EDGE)) {
      this.sigma.getCamera().setState({ x: framed.x, y: framed.y });
    }
  }

  private onKey(event: KeyboardEvent): void {
    const camera = this.sigma.getCamera();
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
    const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : actions[event.key];
    if (action) {
      event.preventDefault();
      action();
    }
  }
}

/** The ends of some places; a little room where they are all one, and the unit where there are none. */
function extent(places: readonly number[]): [number, number] {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const place of places) {
    least = Math.min(least, place);
    most = Math.max(most, place);
  }
  if (least < most) return [least, most];
  return places.length ? [least - 1, least + 1] : [0, 1];
}
