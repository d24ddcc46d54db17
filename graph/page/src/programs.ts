/** How works and citations are drawn: two small WebGL programs for sigma. */

import { EdgeProgram, NodeProgram, type ProgramInfo } from "sigma/rendering";
import type { EdgeDisplayData, NodeDisplayData, RenderParams } from "sigma/types";
import { floatColor } from "sigma/utils";

/** How far a curve leaves the straight line, as a share of its length. */
export const BEND = 0.14;

/** The width of a curve at the citing and at the cited work, in pixels. */
export const TAPER = [2.2, 0.5] as const;

const PARTS = 7;

/** A work: a disc with an outline; a ring around a seed, a cross through what is retracted. */
export interface Disc extends NodeDisplayData {
  line: string;
  seed: boolean;
  retracted: boolean;
}

const DISC_VERTEX = /* glsl */ `
attribute vec2 a_position;
attribute float a_size;
attribute vec4 a_color;
attribute vec4 a_line;
attribute float a_marks;
attribute vec4 a_id;
attribute float a_angle;
uniform mat3 u_matrix;
uniform float u_sizeRatio;
uniform float u_correctionRatio;
varying vec4 v_color;
varying vec4 v_line;
varying vec2 v_from;
varying float v_radius;
varying float v_marks;
void main() {
  float radius = a_size / u_sizeRatio;
  // A triangle around the disc and its marks, no larger than need be: without a graphics card each pixel takes time.
  #ifdef PICKING_MODE
  float room = 6.0;
  #else
  float room = a_marks > 0.5 ? 6.0 : 1.0;
  #endif
  // In pixels, of which each is two units of the correction.
  v_from = 2.0 * (radius + room) * vec2(cos(a_angle), sin(a_angle));
  v_radius = radius;
  v_marks = a_marks;
  vec2 position = a_position + v_from * u_correctionRatio * 2.0;
  gl_Position = vec4((u_matrix * vec3(position, 1)).xy, 0, 1);
  #ifdef PICKING_MODE
  v_color = a_id;
  #else
  v_color = a_color;
  #endif
  v_color.a *= 255.0 / 254.0;
  v_line = vec4(a_line.rgb, 1.0);
}`;

const DISC_FRAGMENT = /* glsl */ `
precision highp float;
varying vec4 v_color;
varying vec4 v_line;
varying vec2 v_from;
varying float v_radius;
varying float v_marks;
void main() {
  float away = length(v_from);
  #ifdef PICKING_MODE
  gl_FragColor = away < max(v_radius, 4.0) + 1.0 ? v_color : vec4(0.0);
  #else
  float inside = clamp(v_radius + 0.5 - away, 0.0, 1.0);
  float edge = clamp(away - v_radius + 1.2, 0.0, 1.0) * 0.55;
  vec4 shown = mix(vec4(v_color.rgb, 1.0), v_line, edge) * inside;
  if (mod(v_marks, 2.0) > 0.5) {
    float ring = clamp(2.0 - abs(away - v_radius - 3.0), 0.0, 1.0);
    shown = mix(shown, v_line, ring);
  }
  if (v_marks > 1.5) {
    float reach = max(v_radius, 4.0) * 1.15;
    float cross = clamp(1.6 - abs(abs(v_from.x) - abs(v_from.y)) * 0.7071, 0.0, 1.0) * step(away, reach);
    shown = mix(shown, v_line, cross);
  }
  gl_FragColor = shown;
  #endif
}`;

export class DiscProgram extends NodeProgram<"u_sizeRatio" | "u_correctionRatio" | "u_matrix"> {
  getDefinition() {
    const { FLOAT, UNSIGNED_BYTE, TRIANGLES } = WebGLRenderingContext;
    return {
      VERTICES: 3,
      VERTEX_SHADER_SOURCE: DISC_VERTEX,
      FRAGMENT_SHADER_SOURCE: DISC_FRAGMENT,
      METHOD: TRIANGLES,
      UNIFORMS: ["u_sizeRatio", "u_correctionRatio", "u_matrix"] as const,
      ATTRIBUTES: [
        { name: "a_position", size: 2, type: FLOAT },
        { name: "a_size", size: 1, type: FLOAT },
        { name: "a_color", size: 4, type: UNSIGNED_BYTE, normalized: true },
        { name: "a_line", size: 4, type: UNSIGNED_BYTE, normalized: true },
        { name: "a_marks", size: 1, type: FLOAT },
        { name: "a_id", size: 4, type: UNSIGNED_BYTE, normalized: true },
      ],
      CONSTANT_ATTRIBUTES: [{ name: "a_angle", size: 1, type: FLOAT }],
      CONSTANT_DATA: [[0], [(2 * Math.PI) / 3], [(4 * Math.PI) / 3]],
    };
  }

  processVisibleItem(id: number, start: number, data: Disc): void {
    const marks = (data.seed ? 1 : 0) + (data.retracted ? 2 : 0);
    this.array.set([data.x, data.y, data.size, floatColor(data.color), floatColor(data.line), marks, id], start);
  }

  setUniforms(params: RenderParams, { gl, uniformLocations }: ProgramInfo): void {
    gl.uniform1f(uniformLocations.u_sizeRatio ?? null, params.sizeRatio);
    gl.uniform1f(uniformLocations.u_correctionRatio ?? null, params.correctionRatio);
    gl.uniformMatrix3fv(uniformLocations.u_matrix ?? null, false, params.matrix);
  }
}

const CURVE_VERTEX = /* glsl */ `
attribute vec2 a_start;
attribute vec2 a_end;
attribute vec4 a_color;
attribute vec4 a_id;
attribute vec2 a_place;
uniform mat3 u_matrix;
uniform float u_correctionRatio;
varying vec4 v_color;
varying float v_aside;
varying float v_half;
void main() {
  float t = a_place.x;
  vec2 along = a_end - a_start;
  vec2 middle = (a_start + a_end) * 0.5 + vec2(-along.y, along.x) * ${BEND.toFixed(3)};
  vec2 point = mix(mix(a_start, middle, t), mix(middle, a_end, t), t);
  vec2 tangent = mix(middle - a_start, a_end - middle, t);
  vec2 normal = vec2(-tangent.y, tangent.x) / max(length(tangent), 1e-9);
  v_half = mix(${TAPER[0].toFixed(2)}, ${TAPER[1].toFixed(2)}, t) * 0.5;
  v_aside = a_place.y * (v_half + 0.5);
  vec2 position = point + normal * v_aside * u_correctionRatio * 2.0;
  gl_Position = vec4((u_matrix * vec3(position, 1)).xy, 0, 1);
  #ifdef PICKING_MODE
  v_color = a_id;
  #else
  v_color = a_color;
  #endif
  v_color.a *= 255.0 / 254.0;
}`;

const CURVE_FRAGMENT = /* glsl */ `
precision mediump float;
varying vec4 v_color;
varying float v_aside;
varying float v_half;
void main() {
  #ifdef PICKING_MODE
  gl_FragColor = v_color;
  #else
  float shown = v_color.a * clamp(v_half + 0.5 - abs(v_aside), 0.0, 1.0);
  gl_FragColor = vec4(v_color.rgb * shown, shown);
  #endif
}`;

/**
 * A citation: a curve that is broad at the citing work and thin at the cited one, which is read faster than arrow heads
 * (D. Holten, J. J. van Wijk, A user study on visualizing directed edges in graphs, CHI 2009). A strip of triangles,
 * so that few pixels are touched: tens of thousands are drawn without a graphics card.
 */
export class CurveProgram extends EdgeProgram<"u_correctionRatio" | "u_matrix"> {
  getDefinition() {
    const { FLOAT, UNSIGNED_BYTE, TRIANGLE_STRIP } = WebGLRenderingContext;
    const places = Array.from({ length: PARTS + 1 }, (_, part) => part / PARTS);
    return {
      VERTICES: places.length * 2,
      VERTEX_SHADER_SOURCE: CURVE_VERTEX,
      FRAGMENT_SHADER_SOURCE: CURVE_FRAGMENT,
      METHOD: TRIANGLE_STRIP,
      UNIFORMS: ["u_correctionRatio", "u_matrix"] as const,
      ATTRIBUTES: [
        { name: "a_start", size: 2, type: FLOAT },
        { name: "a_end", size: 2, type: FLOAT },
        { name: "a_color", size: 4, type: UNSIGNED_BYTE, normalized: true },
        { name: "a_id", size: 4, type: UNSIGNED_BYTE, normalized: true },
      ],
      CONSTANT_ATTRIBUTES: [{ name: "a_place", size: 2, type: FLOAT }],
      CONSTANT_DATA: places.flatMap((place) => [
        [place, -1],
        [place, 1],
      ]),
    };
  }

  processVisibleItem(
    id: number,
    start: number,
    from: NodeDisplayData,
    to: NodeDisplayData,
    data: EdgeDisplayData,
  ): void {
    this.array.set([from.x, from.y, to.x, to.y, floatColor(data.color), id], start);
  }

  setUniforms(params: RenderParams, { gl, uniformLocations }: ProgramInfo): void {
    gl.uniform1f(uniformLocations.u_correctionRatio ?? null, params.correctionRatio);
    gl.uniformMatrix3fv(uniformLocations.u_matrix ?? null, false, params.matrix);
  }
}
