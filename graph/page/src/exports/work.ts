/** A work as files describe it, put together of the page's columns and its record. */

import type { Detail, Person } from "../details.ts";
import type { Literature } from "../literature.ts";
import { caseless, distinct, oneLine, quoted, resolver, words } from "./text.ts";

/** The page's account of a work; what is not known is undefined, or null where a column says so. */
export interface Work {
  row: number;
  key: string;
  title: string | null;
  year: number | null;
  type: string | null;
  venue: string | null;
  isRetracted: boolean | null;
  isOpenAccess: boolean | null;
  citedAnywhere: number | null;
  /** What the citation search says, where there has been one that says something of this work. */
  search: Search | null;
  detail: Detail;
}

export interface Search {
  isSeed: boolean;
  round: number | null;
  rank: number | null;
  directions: string[];
  seeds: string[];
  sources: string[];
  score: number | null;
  parts: Record<string, number>;
}

/** The work with its record. */
export function described(literature: Literature, row: number, detail: Detail): Work {
  const { columns } = literature;
  return {
    row,
    key: columns.keys[row] ?? "",
    title: columns.titles[row] ?? null,
    year: columns.years[row] ?? null,
    type: literature.typeOf(row),
    venue: literature.venueOf(row),
    isRetracted: literature.isRetracted(row) ? true : (detail.is_retracted ?? null),
    isOpenAccess: columns.open_access[row] ?? null,
    citedAnywhere: columns.cited_anywhere[row] ?? null,
    search: searched(literature, row, detail),
    detail,
  };
}

/** What the search says: something something of it where it was a seed, was found or was ranked. */
function searched(literature: Literature, row: number, detail: Detail): Search | null {
  const { rounds, ranks } = literature.columns;
  const said = detail.citation_search;
  const isSeed = literature.isSeed(row);
  const round = rounds?.[row] ?? null;
  const rank = ranks?.[row] ?? null;
  if (!isSeed && round === null && rank === null && !said) return null;
  return {
    isSeed,
    round,
    rank,
    directions: said?.directions ?? [],
    seeds: said?.seeds ?? [],
    sources: said?.sources ?? [],
    score: said?.score ?? null,
    parts: said?.parts ?? {},
  };
}

/** The sources that hold a record of the work; none for one that is known only by being cited. */
export function sources(work: Work): string[] {
  return work.detail.held_by ?? [];
}

/** The abstract in one piece, each labelled part a paragraph. */
export function abstract({ abstract: parts, abstract_printed: printed }: Detail): string | null {
  if (printed !== undefined) return printed;
  return parts ? parts.map(({ label, text }) => (label ? `${label}: ${text ?? ""}` : (text ?? ""))).join("\n") : null;
}

/** The title with its subtitle, which Crossref gives apart and OpenAlex within the title. */
export function wholeTitle({ title, detail }: Work): string {
  const main = oneLine(title);
  const sub = oneLine(detail.subtitle);
  if (!main || !sub || caseless(main).includes(caseless(sub))) return main || sub;
  return `${main}${":?!.".includes(main.slice(-1)) ? " " : ": "}${sub}`;
}

/** The keywords, each once: the author's own first, those that a machine assigned last. */
export function terms({ keywords, keywords_plus: plus, keywords_assigned: assigned }: Detail): string[] {
  return distinct([...(keywords ?? []), ...(plus ?? []), ...(assigned ?? [])]);
}

/** The notices by which the work is retracted, and with them those by which it is reinstated. */
export function notices({ notices: said = [] }: Detail): NonNullable<Detail["notices"]> {
  if (!said.some(isRetracting)) return [];
  return said.filter((notice) => isRetracting(notice) || /reinstate/i.test(notice.type ?? ""));
}

export function isRetracting({ type }: { type?: string }): boolean {
  return /retract|withdraw|removal/i.test(type ?? "");
}

/** A notice on one line: what it is, its day, what it is known by, and who says so. */
export function told(notice: NonNullable<Detail["notices"]>[number]): string {
  const { type, date, doi, record_id, asserted_by } = notice;
  return [type, date, doi ?? record_id, `(${asserted_by ?? ""})`].filter(Boolean).join(" ");
}

/** Where a reader finds the work: its DOI as a link, else its page, else the page that OpenAlex has of it. */
export function address({ detail: { doi, openalex, links = [] } }: Work): string {
  if (doi) return resolver(oneLine(doi));
  const landing = links.filter(({ kind }) => kind === "landing").map(({ url }) => oneLine(url));
  const page = landing.find((url) => /^https?:/.test(url));
  if (page) return page.replaceAll(" ", "%20");
  return openalex ? `https://openalex.org/${quoted(oneLine(openalex), "/")}` : "";
}

/** A name as `Family, Given`; a comma stands behind the name of an organisation, as EndNote has it. */
export function inverted({ name = "", given, family, suffix, is_organisation }: Person): string {
  const parted = (text: string) => oneLine(text.replace(/[;|\uff1b]/g, ",")).replace(/[, ]+$/, "");
  const closed = (text = "") => oneLine(text.replace(/[,;|\uff0c\uff1b]/g, " "));
  if (is_organisation) {
    const whole = parted(name);
    // Programs take what stands behind a comma for a given name.
    return whole ? `${whole.replace(/ *, */g, " - ")},` : "";
  }
  const [first, last, behind] = [closed(given), closed(family), closed(suffix)];
  if (!last) return parted(name);
  if (!first) return last;
  return [last, first, behind].filter(Boolean).join(", ");
}

/** What an author is called as in "Smith 2020": the family name, or an organisation's whole name. */
export function familyName({ name = "", family, is_organisation }: Person): string {
  if (family || is_organisation) return family ?? name;
  // Where a source gives only a whole name, its last word is taken, with the small words before it.
  const [before = "", ...behind] = name.split(",");
  const given = words(before);
  if (behind.length || given.length < 2) return before.trim();
  let first = given.length - 1;
  while (first > 1 && isSmall(given[first - 1] ?? "")) first--;
  return given.slice(first).join(" ");
}

function isSmall(word: string): boolean {
  return word === word.toLowerCase() && word !== word.toUpperCase();
}
