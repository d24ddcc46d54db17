/** Values as the files hold them: what Python's writers make of a text or a number, made of it here. */

// Python's white space (docs.python.org, str.isspace), which is not quite the browser's.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are white space to Python, and so to every file that it writes
const SPACES = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/gu;

// What XML 1.0 has no way to write, even as a reference (w3.org/TR/xml, 2.2 Char); a half of a pair is one of these.
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

// Halves of pairs, controls that are no white space, and what XML has no way to write.
const UNWRITABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is there to take them out
  /[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\ufeff]/gu;

/** The words of a text. */
export function words(text: string): string[] {
  return text.split(SPACES).filter((word) => word !== "");
}

/** Text on one line, without characters that end a file or a line for some reader. */
export function oneLine(text: string | null | undefined): string {
  return words((text ?? "").replace(UNWRITABLE, "")).join(" ");
}

/** The text without what no XML file can hold; null when nothing readable is left. */
export function legal(text: string | null | undefined): string | null {
  const kept = (text ?? "").replace(NOT_XML, "");
  return words(kept).length ? kept : null;
}

/** Text as it is compared: whatever its capitals. */
export function caseless(text: string): string {
  return text.toLowerCase().replaceAll("ß", "ss").replaceAll("ς", "σ");
}

/** Each text once, in the capitals in which it comes first. */
export function distinct(texts: Iterable<string>): string[] {
  const found = new Map<string, string>();
  for (const text of texts) {
    const same = caseless(text);
    if (!found.has(same)) found.set(same, text);
  }
  return [...found.values()];
}

/** The text as a part of an address, in which these signs beside letters and digits stay as they are. */
export function quoted(text: string, safe = ""): string {
  const escaped = encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, "?"));
  // JavaScript leaves five signs that Python escapes, unless they are safe.
  return escaped
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%[0-9A-F]{2}/g, (code) => {
      const sign = String.fromCharCode(Number.parseInt(code.slice(1), 16));
      return safe.includes(sign) ? sign : code;
    });
}

/** Where a DOI leads. */
export function resolver(doi: string): string {
  return `https://doi.org/${quoted(doi, "/:;()!*,~")}`;
}

/** A number in nine significant digits, as C and Python write it with `%.9g`. */
export function nine(value: number): string {
  if (value === 0) return "0";
  const [digits = "", exponent = "0"] = rounded(Math.abs(value)).split("e");
  const power = Number(exponent);
  const sign = value < 0 ? "-" : "";
  const bare = (text: string) => (text.includes(".") ? text.replace(/\.?0*$/, "") : text);
  if (power < -4 || power > 8) {
    return `${sign}${bare(digits)}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  const all = digits.replace(".", "");
  if (power < 0) return `${sign}${bare(`0.${"0".repeat(-power - 1)}${all}`)}`;
  return `${sign}${bare(`${all.slice(0, power + 1)}.${all.slice(power + 1)}`)}`;
}

/** The nine digits and the exponent; what lies in the very middle goes to the even one, which JavaScript has go up. */
function rounded(value: number): string {
  const exact = value.toExponential(100);
  const isMiddle = /^\d\.\d{7}[02468]50*e/.test(exact);
  return isMiddle ? exact.replace(/50*e/, "e") : value.toExponential(8);
}
