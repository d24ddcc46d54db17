/** The stage of the map: sigma's camera, mouse and touch, and one canvas on which the page draws by itself. */

import Graph from "graphology";
import Sigma from "sigma";
import type { View } from "./programs.ts";

const SPAN = 10_000;

/** This browser cannot draw the map. */
export class NoWebGL extends Error {}

/** What sigma would draw, were it to draw: its own shaders would be compiled for nothing. */
class Nothing {
  reallocate(): void {}
  process(): void {}
  render(): void {}
  kill(): void {}
}

/**
 * Sigma with nothing to draw. It keeps an object for each node and edge, sets all of them up anew at each change, and
 * draws them a second time to find out what is pointed at: tens of thousands of works are drawn from arrays instead.
 * It gives no matrix without a node.
 */
export class Stage extends Sigma {
  constructor(container: HTMLElement) {
    const graph = new Graph();
    graph.addNode("corner", { x: 0, y: 0 });
    super(graph, container, {
      allowInvalidContainer: true,
      renderLabels: false,
      hideLabelsOnMove: true,
      enableCameraRotation: false,
      stagePadding: 40,
      minCameraRatio: 0.01,
      maxCameraRatio: 3,
      nodeProgramClasses: { circle: Nothing as never },
      nodeHoverProgramClasses: { circle: Nothing as never },
      edgeProgramClasses: { line: Nothing as never, arrow: Nothing as never },
    });
    // At each move of the pointer it would wait for all that is being drawn, to read a pixel.
    Object.assign(this, { getNodeAtPosition: () => null });
  }

  override createWebGLContext(...[id, options]: Parameters<Sigma["createWebGLContext"]>): WebGLRenderingContext {
    try {
      return super.createWebGLContext(id, { ...options, picking: false } as typeof options);
    } catch (error) {
      // It sets up a context without a look at whether there is one.
      throw new NoWebGL("this browser has no WebGL", { cause: error });
    }
  }

  /** The canvas that is drawn on; the others stay empty, and are not shown. */
  get gl(): WebGL2RenderingContext {
    const gl = this.getCanvases().nodes?.getContext("webgl2");
    if (!gl) throw new NoWebGL("this browser has no WebGL 2");
    return gl;
  }

  override clear(): this {
    const gl = this.gl;
    gl.clear(gl.COLOR_BUFFER_BIT);
    return this;
  }

  /** Where a layout stands in the picture as the camera has it; `stretch` makes it that much wider. */
  view(stretch: number): View {
    const { width, height } = this.getDimensions();
    const zero = this.graphToViewport({ x: 0, y: 0 });
    const far = this.graphToViewport({ x: SPAN * stretch, y: SPAN });
    return {
      left: zero.x,
      top: zero.y,
      across: (far.x - zero.x) / SPAN,
      down: (far.y - zero.y) / SPAN,
      width,
      height,
      scale: this.scaleSize(1),
    };
  }
}
