/**
 * How works and citations are drawn: two WebGL programs that read typed arrays, with no object for a work or citation.
 *
 * All discs are one run of triangles and all curves are one strip; what they are is read from a texture by the number
 * of the vertex. Instances, one for each, would be the usual way, and without a graphics card each is a picture of its
 * own: twenty times as slow.
 */

import type { Places } from "./literature.ts";

/** How far a curve leaves the straight line, as a share of its length. */
export const BEND = 0.14;

/** The width of a curve at the citing and at the cited work, in pixels. */
export const TAPER = [2.2, 0.5] as const;

/** What a disc is drawn with beside its colour, in one byte. */
export const SEED = 1;
export const RETRACTED = 2;
export const FADED = 4;

const PARTS = 7;
/** Vertices of a curve, with one at each end that leads from the curve before and to the next without a trace. */
const STRIP = 2 * (PARTS + 1) + 2;
/** Items in a row of a texture. */
const WIDE = 1024;
/** A size is held in so many parts of a pixel. */
const FINE = 256;

/** Where the units of a layout are in the picture, in pixels from its upper left corner. */
export interface View {
  left: number;
  top: number;
  /** Pixels for each unit across and down. */
  across: number;
  down: number;
  width: number;
  height: number;
  /** Pixels for each unit of a point's size. */
  scale: number;
}

const PLACED = /* glsl */ `
uniform vec4 u_view;
uniform vec2 u_half;
vec2 pixel(vec2 place) { return u_view.xy + place * u_view.zw; }
vec4 shown(vec2 pixels) { return vec4(pixels / u_half - 1.0, 0.0, 1.0) * vec4(1.0, -1.0, 1.0, 1.0); }
precision highp usampler2D;
uniform usampler2D u_items;
uvec4 item(int number) { return texelFetch(u_items, ivec2(number % ${WIDE}, number / ${WIDE}), 0); }
`;

const DISC_VERTEX = /* glsl */ `#version 300 es
uniform float u_scale;
out vec3 v_color;
out vec2 v_from;
out float v_radius;
flat out int v_marks;
${PLACED}
void main() {
  uvec4 disc = item(gl_VertexID / 3);
  v_radius = float(disc.y) / ${FINE.toFixed(1)} * u_scale;
  v_marks = int(disc.w);
  v_color = vec3(disc.z >> 16u & 255u, disc.z >> 8u & 255u, disc.z & 255u) / 255.0;
  // A triangle around the disc and its marks, no larger than need be: without a graphics card each pixel takes time.
  float room = (v_marks & ${SEED | RETRACTED}) != 0 ? 6.0 : 1.0;
  float angle = float(gl_VertexID % 3) * 2.0943951;
  v_from = 2.0 * (v_radius + room) * vec2(cos(angle), sin(angle));
  vec2 place = pixel(vec2(disc.x & 65535u, disc.x >> 16u));
  gl_Position = disc.y > 0u ? shown(place + v_from) : vec4(2.0, 2.0, 2.0, 1.0);
}`;

const DISC_FRAGMENT = /* glsl */ `#version 300 es
precision highp float;
in vec3 v_color;
in vec2 v_from;
in float v_radius;
flat in int v_marks;
uniform vec3 u_line;
out vec4 color;
void main() {
  float away = length(v_from);
  vec4 line = vec4(u_line, 1.0);
  float inside = clamp(v_radius + 0.5 - away, 0.0, 1.0);
  // Of a very small disc there would be nothing but outline, and no colour.
  float edge = clamp(away - v_radius + 1.2, 0.0, 1.0) * 0.55 * smoothstep(1.0, 4.0, v_radius);
  color = mix(vec4(v_color, 1.0), line, edge) * inside;
  if ((v_marks & ${SEED}) != 0) color = mix(color, line, clamp(2.0 - abs(away - v_radius - 3.0), 0.0, 1.0));
  if ((v_marks & ${RETRACTED}) != 0) {
    float reach = max(v_radius, 4.0) * 1.15;
    float cross = clamp(1.6 - abs(abs(v_from.x) - abs(v_from.y)) * 0.7071, 0.0, 1.0) * step(away, reach);
    color = mix(color, line, cross);
  }
  if ((v_marks & ${FADED}) != 0) color *= 0.2;
}`;

/**
 * A citation: a curve that is broad at the citing work and thin at the cited one, which is read faster than arrow heads
 * (D. Holten, J. J. van Wijk, A user study on visualizing directed edges in graphs, CHI 2009). A strip of triangles,
 * so that few pixels are touched: tens of thousands are drawn without a graphics card.
 */
const CURVE_VERTEX = /* glsl */ `#version 300 es
out float v_aside;
out float v_half;
${PLACED}
void main() {
  int corner = clamp(gl_VertexID % ${STRIP} - 1, 0, ${STRIP - 3});
  float t = float(corner / 2) / ${PARTS.toFixed(1)};
  float side = corner % 2 == 0 ? -1.0 : 1.0;
  uvec4 curve = item(gl_VertexID / ${STRIP});
  vec2 from = pixel(vec2(curve.xy));
  vec2 to = pixel(vec2(curve.zw));
  vec2 along = to - from;
  vec2 middle = (from + to) * 0.5 + vec2(along.y, -along.x) * ${BEND.toFixed(3)};
  vec2 point = mix(mix(from, middle, t), mix(middle, to, t), t);
  vec2 tangent = mix(middle - from, to - middle, t);
  vec2 normal = vec2(-tangent.y, tangent.x) / max(length(tangent), 1e-6);
  v_half = mix(${TAPER[0].toFixed(2)}, ${TAPER[1].toFixed(2)}, t) * 0.5;
  v_aside = side * (v_half + 0.5);
  gl_Position = shown(point + normal * v_aside);
}`;

const CURVE_FRAGMENT = /* glsl */ `#version 300 es
precision mediump float;
in float v_aside;
in float v_half;
uniform vec4 u_color;
out vec4 color;
void main() {
  color = u_color * clamp(v_half + 0.5 - abs(v_aside), 0.0, 1.0);
}`;

type Colour = readonly [number, number, number];

/** Works as discs with an outline; a ring around a seed, a cross through what is retracted. */
export class Discs {
  private readonly program: Program;

  constructor(gl: WebGL2RenderingContext) {
    this.program = new Program(gl, DISC_VERTEX, DISC_FRAGMENT);
  }

  /** What is drawn, in this order: the works in `rows`, and for each row its place, radius, `0xrrggbb` and marks. */
  set(
    rows: Uint32Array,
    { x, y, sizes, colours, marks }: Places & { sizes: Float32Array; colours: Uint32Array; marks: Uint8Array },
  ): void {
    const items = room(Uint32Array, rows.length);
    rows.forEach((row, place) => {
      items[4 * place] = (x[row] ?? 0) | ((y[row] ?? 0) << 16);
      items[4 * place + 1] = Math.round((sizes[row] ?? 0) * FINE);
      items[4 * place + 2] = colours[row] ?? 0;
      items[4 * place + 3] = marks[row] ?? 0;
    });
    this.program.fill(items);
  }

  /** Draw the first so many of them. */
  draw(view: View, count: number, line: Colour): void {
    const { gl } = this.program;
    this.program.use(view);
    gl.uniform1f(this.program.uniform("u_scale"), view.scale);
    gl.uniform3f(this.program.uniform("u_line"), ...line);
    gl.drawArrays(gl.TRIANGLES, 0, 3 * count);
  }
}

/** Citations as curves. */
export class Curves {
  private readonly program: Program;

  constructor(gl: WebGL2RenderingContext) {
    this.program = new Program(gl, CURVE_VERTEX, CURVE_FRAGMENT);
  }

  /** What is drawn, in this order: the citations in `edges`, from one row to another. */
  set(edges: Uint32Array, { x, y, from, to }: Places & { from: Uint32Array; to: Uint32Array }): void {
    const items = room(Uint16Array, edges.length);
    edges.forEach((edge, place) => {
      const citing = from[edge] ?? 0;
      const cited = to[edge] ?? 0;
      items[4 * place] = x[citing] ?? 0;
      items[4 * place + 1] = y[citing] ?? 0;
      items[4 * place + 2] = x[cited] ?? 0;
      items[4 * place + 3] = y[cited] ?? 0;
    });
    this.program.fill(items);
  }

  /** Draw the first so many of them. */
  draw(view: View, count: number, [red, green, blue]: Colour, alpha: number): void {
    if (count === 0) return;
    const { gl } = this.program;
    this.program.use(view);
    gl.uniform4f(this.program.uniform("u_color"), red * alpha, green * alpha, blue * alpha, alpha);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, STRIP * count);
  }
}

/** An array for so many items of four numbers, in whole rows of the texture. */
function room<Numbers extends Uint16Array | Uint32Array>(
  kind: new (length: number) => Numbers,
  count: number,
): Numbers {
  return new kind(4 * WIDE * Math.max(1, Math.ceil(count / WIDE)));
}

class Program {
  readonly gl: WebGL2RenderingContext;
  private readonly program: WebGLProgram;
  private readonly texture: WebGLTexture | null;
  private readonly uniforms = new Map<string, WebGLUniformLocation | null>();

  constructor(gl: WebGL2RenderingContext, vertex: string, fragment: string) {
    this.gl = gl;
    this.program = gl.createProgram();
    for (const [kind, source] of [
      [gl.VERTEX_SHADER, vertex],
      [gl.FRAGMENT_SHADER, fragment],
    ] as const) {
      const shader = gl.createShader(kind);
      if (!shader) continue;
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(this.program, shader);
    }
    gl.linkProgram(this.program);
    this.texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  }

  /** Give it its items. */
  fill(items: Uint16Array | Uint32Array): void {
    const { gl } = this;
    const [format, type] =
      items instanceof Uint16Array ? [gl.RGBA16UI, gl.UNSIGNED_SHORT] : [gl.RGBA32UI, gl.UNSIGNED_INT];
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, format, WIDE, items.length / (4 * WIDE), 0, gl.RGBA_INTEGER, type, items);
  }

  use({ left, top, across, down, width, height }: View): void {
    // sigma says how to blend, and leaves it to what draws to do so.
    this.gl.enable(this.gl.BLEND);
    this.gl.useProgram(this.program);
    this.gl.bindTexture(this.gl.TEXTURE_2D, this.texture);
    this.gl.uniform4f(this.uniform("u_view"), left, top, across, down);
    this.gl.uniform2f(this.uniform("u_half"), width / 2, height / 2);
  }

  uniform(name: string): WebGLUniformLocation | null {
    const known = this.uniforms.get(name);
    if (known !== undefined) return known;
    const found = this.gl.getUniformLocation(this.program, name);
    this.uniforms.set(name, found);
    return found;
  }
}
