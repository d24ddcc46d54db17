/** Words are found whatever their case and accents, in titles, authors, venues, keys and abstracts. */

import type { Detail } from "./details.ts";
import type { Literature } from "./literature.ts";

/** Text as it is compared: without case, accents and variants of the same letter. */
export function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** The words and "phrases in quotation marks" of a query, folded. */
export function terms(query: string): string[] {
  const found = fold(query).match(/"[^"]+"|[^\s"]+/g) ?? [];
  return found.map((term) => term.replace(/^"|"$/g, "").trim()).filter((term) => term !== "");
}

/** What is searched in a work, folded. */
export function haystack(literature: Literature, row: number, detail: Detail): string {
  const { keys, titles, authors } = literature.columns;
  const people = detail.authors?.map((each) => each.name).join(" ");
  const abstract = detail.abstract?.map((each) => `${each.label ?? ""} ${each.text ?? ""}`).join(" ");
  const others = detail.other_titles?.map((each) => each.text).join(" ");
  const said = [titles[row], people ?? authors[row], literature.venueOf(row), keys[row], abstract, others];
  return fold([...said, detail.subtitle, detail.keywords?.join(" ")].filter(Boolean).join("\n"));
}

/** Which texts hold every term. */
export function matching(haystacks: readonly string[], wanted: readonly string[]): Uint8Array {
  return Uint8Array.from(haystacks, (text) => (wanted.every((term) => text.includes(term)) ? 1 : 0));
}
