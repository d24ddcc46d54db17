/** The colours of the canvas, as the style sheet gives them for light and for dark. */

export interface Rgb {
  red: number;
  green: number;
  blue: number;
}

export interface Colours {
  text: string;
  surface: string;
  faint: string;
  citing: string;
  cited: string;
  /** A path, and the main path. */
  route: string;
  line: Rgb;
}

const dark = matchMedia("(prefers-color-scheme: dark)");

export const LIGHT: Colours = {
  text: "#1c2430",
  surface: "#ffffff",
  faint: "#5b6675",
  citing: "#b3470f",
  cited: "#0b62b0",
  route: "#8a1c7c",
  line: { red: 90, green: 102, blue: 118 },
};
const DARK: Colours = {
  text: "#e9edf3",
  surface: "#171b22",
  faint: "#a7b1c0",
  citing: "#ff9d5c",
  cited: "#6cb8ff",
  route: "#f59be0",
  line: { red: 160, green: 172, blue: 190 },
};

export function colours(): Colours {
  return dark.matches ? DARK : LIGHT;
}

export function onThemeChange(listener: () => void): void {
  dark.addEventListener("change", listener);
}

/** The red, green and blue of `#rrggbb`. */
export function rgb(hex: string): [number, number, number] {
  const number = Number.parseInt(hex.slice(1), 16);
  return [(number >> 16) & 255, (number >> 8) & 255, number & 255];
}
