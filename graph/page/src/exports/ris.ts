/** Works as RIS, tag by tag as `harvester/formats/write_ris.py` writes them; only addresses of authors are not known here. */

import { distinct, oneLine } from "./text.ts";
import { abstract, address, inverted, notices, sources, terms, told, type Work, wholeTitle } from "./work.ts";

const TYPES: Readonly<Record<string, string>> = {
  book: "BOOK",
  "book-chapter": "CHAP",
  "conference-paper": "CONF",
  dataset: "DATA",
  dissertation: "THES",
  other: "GEN",
  paratext: "GEN",
  "peer-review": "GEN",
  preprint: "UNPD",
  "reference-entry": "ENCYC",
  report: "RPRT",
  software: "COMP",
  standard: "STAND",
  "supplementary-materials": "GEN",
};

/** Types that readers know by a word, which is their name but for the capitals. */
const NAMED = new Set([
  ...["book", "book-chapter", "book-review", "conference-abstract", "conference-paper", "data-paper", "dataset"],
  ...["dissertation", "editorial", "erratum", "letter", "preprint", "report", "retraction", "review", "software"],
  ...["software-paper", "standard"],
]);

const IN_SERIES = new Set(["BOOK", "RPRT", "STAND", "THES", "COMP", "DATA"]);
const IN_BOOKS = new Set(["CHAP", "CONF", "ENCYC"]);
const COUNTED_PAGES = new Set(["BOOK", "THES"]);
const RETRACTED = "Retracted Publication";

/** The file: a record for each work that a source holds, each value on one line. */
export function ris(works: Iterable<Work>): string {
  const lines: string[] = [];
  for (const work of works) {
    if (!sources(work).length) continue;
    for (const [tag, value] of fields(work)) lines.push(`${tag}  - ${value}\r\n`);
    lines.push("ER  - \r\n\r\n");
  }
  return lines.join("");
}

/** The tags and values of a work in their order, none of them empty. */
export function fields(work: Work): [tag: string, value: string][] {
  const sort = work.type === null ? "GEN" : (TYPES[work.type] ?? "JOUR");
  return [["TY", sort], ...given(work, sort).filter(([, value]) => value)];
}

function given(work: Work, sort: string): [string, string][] {
  const { detail } = work;
  const title = wholeTitle(work);
  const day = when(work);
  const each = (tag: string, values: readonly string[]): [string, string][] => values.map((value) => [tag, value]);
  return [
    ["TI", title],
    ...each("AU", (detail.authors ?? []).map(inverted)),
    ...each(IN_BOOKS.has(sort) ? "A2" : "ED", (detail.editors ?? []).map(inverted)),
    ...placed(work, sort, title !== ""),
    ["PY", day.slice(0, 4)],
    ["DA", day.length > 4 ? `${[...day.split("-"), "", ""].slice(0, 3).join("/")}/` : ""],
    ["DO", oneLine(detail.doi)],
    ["M3", ["JOUR", "GEN", "UNPD"].includes(sort) ? named(work.type) : ""],
    ["LA", oneLine(detail.language)],
    ["AB", oneLine(abstract(detail))],
    ...each("KW", keywords(work)),
    ["UR", address(work)],
    ["L1", pdf(work)],
    ["C2", oneLine(detail.pmcid)],
    ["DB", sources(work).map(oneLine).filter(Boolean).join(", ")],
    ...each("N1", account(work)),
  ];
}

function placed(work: Work, sort: string, hasTitle: boolean): [string, string][] {
  const { detail } = work;
  const [full, short, series] = [oneLine(work.venue), oneLine(detail.short_venue), oneLine(detail.series)];
  const venue = full || short;
  const first = oneLine(detail.first_page) || oneLine(detail.article_number);
  const last = oneLine(detail.first_page) ? oneLine(detail.last_page) : "";
  const numbers = [detail.issns, [...(detail.isbns ?? []), ...(detail.venue_isbns ?? [])]];
  const titles: [string, string][] = IN_SERIES.has(sort)
    ? [
        ["T2", hasTitle ? series : ""],
        ["JF", venue],
      ]
    : [
        // Readers take T2 for the title of a work that has none.
        [hasTitle ? "T2" : "JF", venue],
        ["T3", series],
      ];
  return [
    ...titles,
    ["JA", full && short !== full ? short : ""],
    ["VL", oneLine(detail.volume)],
    ["IS", oneLine(detail.issue)],
    ["SP", COUNTED_PAGES.has(sort) && !last ? counted(work) : first],
    ["EP", last],
    ["C7", oneLine(detail.article_number)],
    ["PB", oneLine(detail.publisher)],
    ["CY", oneLine(detail.publisher_location)],
    ...numbers.flatMap((some = []) => [...new Set(some.map(oneLine))].map((value): [string, string] => ["SN", value])),
  ];
}

/** What stands where readers look for the number of pages: that, or a page which none will take for it. */
function counted({ detail }: Work): string {
  const page = oneLine(detail.first_page);
  if (detail.page_count) return String(detail.page_count);
  return /^\p{Nd}+$/u.test(page) ? `p. ${page}` : page;
}

/** The year, with the month and day where the date of the work is in that year. */
function when({ year, detail }: Work): string {
  const [day = ""] = /^\d{4}(-\d\d(-\d\d)?)?$/.exec(detail.date ?? "") ?? [];
  if (year === null || day.startsWith(`${year}-`)) return day;
  return year >= 1000 && year <= 2100 ? String(year) : "";
}

function named(type: string | null): string {
  if (type === null || !NAMED.has(type)) return "";
  return type.replaceAll("-", " ").replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
}

function keywords(work: Work): string[] {
  const all = [...terms(work.detail), ...(work.isRetracted ? [RETRACTED] : [])];
  // A semicolon within a term would part it for every reader, and an asterisk before it marks a heading of a thesaurus.
  return distinct(all.map((term) => oneLine(term.replaceAll(";", ",").replace(/^[* \t\r\n]+/, ""))).filter(Boolean));
}

/** The address of the text that may be read freely. */
function pdf({ detail }: Work): string {
  const url = oneLine(detail.open_access?.pdf_url);
  return /^https?:/.test(url) ? url.replaceAll(" ", "%20") : "";
}

/** What a reviewer is to know of a work besides its description, a line for each matter. */
function account(work: Work): string[] {
  const { detail, search } = work;
  const said: string[] = [];
  if (work.isRetracted) said.push(`Retracted: ${notices(detail).map(told).join("; ") || "no notice known"}`);
  const identifiers = [
    detail.pmid && `PMID: ${detail.pmid}`,
    detail.pmcid && `PMCID: ${detail.pmcid}`,
    detail.openalex && `OpenAlex: ${detail.openalex}`,
  ].filter(Boolean);
  if (identifiers.length) said.push(identifiers.join("; "));
  said.push(`Records from: ${sources(work).join(", ")}`);
  if (search) {
    const parts = [
      search.isSeed && "seed",
      search.rank !== null && `rank ${search.rank}`,
      search.round !== null && `round ${search.round}`,
      search.directions.join(", "),
      search.sources.length > 0 && `according to ${search.sources.join(", ")}`,
    ].filter(Boolean);
    if (parts.length) said.push(`Citation search: ${parts.join("; ")}`);
    if (search.seeds.length) said.push(`Related seeds: ${search.seeds.join("; ")}`);
  }
  return said.map(oneLine);
}
