/** A layer over the map on which a region is drawn: with a mouse, a finger or a pen. */

import { make } from "./elements.ts";
import type { Point } from "./overlay.ts";

export class Lasso {
  private readonly element = make("canvas", { class: "lasso", hidden: true, "aria-hidden": "true" });
  private readonly onDrawn: (line: readonly Point[]) => void;
  private line: Point[] = [];
  private pointer: number | null = null;

  constructor(container: HTMLElement, onDrawn: (line: readonly Point[]) => void) {
    this.onDrawn = onDrawn;
    this.element.addEventListener("pointerdown", (event) => this.begin(event));
    this.element.addEventListener("pointermove", (event) => this.draw(event));
    this.element.addEventListener("pointerup", (event) => this.end(event));
    this.element.addEventListener("pointercancel", () => this.clear());
    container.append(this.element);
  }

  /** Take the pointer from the map, or give it back. */
  show(isShown: boolean): void {
    this.element.hidden = !isShown;
    this.clear();
  }

  private begin(event: PointerEvent): void {
    if (event.button !== 0 || this.pointer !== null) return;
    event.preventDefault();
    this.pointer = event.pointerId;
    this.element.setPointerCapture(event.pointerId);
    const { width, height } = this.element.getBoundingClientRect();
    this.element.width = width;
    this.element.height = height;
    this.line = [this.point(event)];
  }

  private draw(event: PointerEvent): void {
    if (event.pointerId !== this.pointer) return;
    this.line.push(this.point(event));
    const brush = this.element.getContext("2d");
    if (!brush) return;
    brush.clearRect(0, 0, this.element.width, this.element.height);
    traced(brush, this.line, getComputedStyle(this.element).color);
  }

  private end(event: PointerEvent): void {
    if (event.pointerId !== this.pointer) return;
    const { line } = this;
    this.clear();
    this.onDrawn(line);
  }

  private clear(): void {
    this.pointer = null;
    this.line = [];
    this.element.getContext("2d")?.clearRect(0, 0, this.element.width, this.element.height);
  }

  private point(event: PointerEvent): Point {
    const { left, top } = this.element.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }
}

/** Draw the outline of a region. */
export function traced(brush: CanvasRenderingContext2D, line: readonly Point[], colour: string): void {
  brush.beginPath();
  for (const { x, y } of line) brush.lineTo(x, y);
  brush.closePath();
  brush.strokeStyle = colour;
  brush.lineWidth = 2;
  brush.setLineDash([6, 4]);
  brush.stroke();
  brush.setLineDash([]);
  brush.globalAlpha = 0.06;
  brush.fillStyle = colour;
  brush.fill();
  brush.globalAlpha = 1;
}
