/** Works as a table for spreadsheets, in the columns of `harvester/formats/table.py` and by its rules. */

import { nine, words } from "./text.ts";
import { abstract, address, isRetracting, notices, sources, terms, told, type Work, wholeTitle } from "./work.ts";

export type Value = string | number | null | undefined;

// A cell that begins with one of these is a formula to a spreadsheet (owasp.org, CSV Injection); spaces and quotes do
// not keep it from being one, nor does a semicolon where the comma is the decimal sign. So do the full-width forms.
const FORMULA = /((?:^|;)[ "]*)(?=[=+@\uff0b\uff0d\uff1d\uff20-])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a zero byte, or one of its kin, ends the file for some readers
const CONTROLS = /[\x00-\x1f\x7f]/g;

const COLUMNS: Readonly<Record<string, (work: Work) => Value>> = {
  title: wholeTitle,
  abstract: ({ detail }) => abstract(detail),
  authors: ({ detail }) => listed(detail.authors?.map(({ name }) => name ?? "")),
  keywords: ({ detail }) => listed(terms(detail)),
  doi: ({ detail }) => detail.doi,
  url: address,
  year: ({ year }) => year,
  key: ({ key }) => key,
  openalex: ({ detail }) => detail.openalex,
  pmid: ({ detail }) => detail.pmid,
  pmcid: ({ detail }) => detail.pmcid,
  type: ({ type }) => type,
  venue: ({ venue }) => venue,
  journal_abbreviation: ({ detail }) => detail.short_venue,
  issn: ({ detail }) => listed(detail.issns),
  volume: ({ detail }) => detail.volume,
  issue: ({ detail }) => detail.issue,
  pages: ({ detail }) => pages(detail.first_page, detail.last_page) ?? detail.article_number,
  publisher: ({ detail }) => detail.publisher,
  language: ({ detail }) => detail.language,
  cited_by_count: ({ citedAnywhere }) => citedAnywhere,
  references_listed: ({ detail }) => detail.references_listed,
  is_retracted: ({ isRetracted }) => truth(isRetracted),
  retraction_date: ({ detail }) => firstDate(notices(detail)),
  retraction_notices: ({ detail }) => listed(notices(detail).map(told)),
  is_open_access: ({ isOpenAccess }) => truth(isOpenAccess),
  pdf_url: ({ detail }) => detail.open_access?.pdf_url,
  sources: (work) => listed(sources(work)),
  rank: ({ search }) => search?.rank,
  seed: ({ search }) => (search?.isSeed ? "true" : null),
  round: ({ search }) => search?.round,
  directions: ({ search }) => listed(search?.directions),
  linked_seeds: ({ search }) => listed(search?.seeds),
  found_by: ({ search }) => listed(search?.sources),
  score: ({ search }) => (typeof search?.score === "number" ? nine(search.score) : null),
  score_parts: ({ search }) =>
    listed(Object.entries(search?.parts ?? {}).map(([name, part]) => `${name} ${nine(part)}`)),
};

/** The file: a row for each work that a source holds a record of, every cell in quotes and on one line. */
export function csv(works: Iterable<Work>): string {
  const found = [line(Object.keys(COLUMNS))];
  for (const work of works) {
    if (sources(work).length) found.push(line(Object.values(COLUMNS).map((column) => column(work))));
  }
  return found.join("");
}

/** A row of a file. */
export function line(values: readonly Value[]): string {
  return `${values.map((value) => `"${cell(value).replaceAll('"', '""')}"`).join(",")}\n`;
}

/** Text on one line that no spreadsheet runs; a number as it is. */
function cell(value: Value): string {
  if (typeof value === "number") return String(value);
  return words((value ?? "").replace(CONTROLS, " "))
    .join(" ")
    .replace(FORMULA, "$1'");
}

function listed(texts: readonly string[] | undefined): string {
  return (texts ?? []).join("; ");
}

function truth(value: boolean | null): string | null {
  return value === null ? null : String(value);
}

function pages(first: string | undefined, last: string | undefined): string | undefined {
  return first && last && first !== last ? `${first}-${last}` : first;
}

function firstDate(said: ReturnType<typeof notices>): string | undefined {
  const dates = said.filter(isRetracting).flatMap(({ date }) => date ?? []);
  return dates.sort()[0];
}
