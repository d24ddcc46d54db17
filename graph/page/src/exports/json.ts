/** Works and citations as the JSON that `harvester/formats/dump.py` writes, as far as the page knows them. */

import type { Person, Provenance } from "../details.ts";
import type { Literature } from "../literature.ts";
import { nine } from "./text.ts";
import { abstract, sources, type Work } from "./work.ts";

const VERSION = "citation-harvester/dump/1";

// Ends of lines to Python's splitlines and to some editors, though not to JSON.
const LINE_ENDS = /[\x85\u2028\u2029]/g;

/** A value that lost is packed cut to this length, and then is not what its source said. */
const CUT = 300;

type Json = string | number | boolean | null | undefined | Json[] | { [name: string]: Json };

/**
 * The document, in the order of the keys as its form has it: the works, the citations between them, and no runs, for the
 * page does not know how it was harvested. What is not known of a work is left out.
 */
export function json(literature: Literature, works: readonly Work[]): string {
  const ordered = [...works].sort((one, other) => one.row - other.row);
  const here = new Set(ordered.map(({ row }) => row));
  const citations = ordered.flatMap(({ row, key: citing }) =>
    literature
      .references(row)
      .filter(({ row: cited }) => here.has(cited))
      .map(({ row: cited, edge }) => ({
        citing,
        cited: literature.columns.keys[cited] ?? "",
        sources: knowing(literature, edge),
      })),
  );
  const parts: [string, Json[]][] = [
    ["works", ordered.map(entry)],
    ["citations", citations],
    ["runs", []],
  ];
  const written = parts.map(
    ([name, values]) => `"${name}": [${values.map((value) => `\n${line(value)}`).join(",")}\n]`,
  );
  return `{\n"schema": "${VERSION}",\n${written.join(",\n")}\n}\n`;
}

/** The indexes that know of a citation. */
function knowing({ columns }: Literature, edge: number): string[] {
  return (columns.knowing.of[edge] ?? []).flatMap((number) => columns.knowing.names[number] ?? []);
}

function entry(work: Work): Json {
  const { detail } = work;
  const held = sources(work);
  return {
    key: work.key,
    doi: detail.doi ?? null,
    openalex: detail.openalex ?? null,
    title: work.title,
    year: work.year,
    authors: detail.authors ? detail.authors.map(person) : null,
    ...given({
      pmid: detail.pmid,
      pmcid: detail.pmcid,
      other_identifiers: detail.isbns?.map((isbn) => ["isbn", isbn]),
      subtitle: detail.subtitle,
      other_titles: detail.other_titles?.flatMap(({ text, source, language }) =>
        text && source ? [given({ text, language, source })] : [],
      ),
      ...abstracts(work),
      editors: detail.editors?.map(person),
      type: work.type,
      language: detail.language,
      date: detail.date,
      venue: given({
        name: work.venue,
        short_name: detail.short_venue,
        series: detail.series,
        issns: detail.issns,
        isbns: detail.venue_isbns,
      }),
      volume: detail.volume,
      issue: detail.issue,
      first_page: detail.first_page,
      last_page: detail.last_page,
      article_number: detail.article_number,
      page_count: detail.page_count,
      publisher: detail.publisher,
      publisher_location: detail.publisher_location,
      open_access: given({ is_open: work.isOpenAccess, ...detail.open_access }),
      links: detail.links?.flatMap(({ url, kind }) => (url && kind ? [{ url, kind }] : [])),
      keywords: keywords(work),
      is_retracted: work.isRetracted,
      updates: detail.notices?.flatMap(({ type, doi, date, asserted_by, record_id }) =>
        type && asserted_by ? [{ direction: "updated_by", ...given({ type, doi, date, asserted_by, record_id }) }] : [],
      ),
      aliases: detail.aliases,
      sources: held,
      citation_search: searched(work),
      only_cited: held.length ? null : true,
    }),
    provenance: Object.fromEntries(
      Object.entries(detail.provenance ?? {}).map(([field, said]) => [field, provenance(said)]),
    ),
  };
}

/** What there is of these; what is empty or not known is left out. */
function given(fields: Record<string, Json>): Record<string, Json> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => isGiven(value)));
}

function isGiven(value: Json): boolean {
  if (value === null || value === undefined) return false;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

function person({ name = "", given: first, family, suffix, is_organisation, orcid }: Person): Json {
  return { name, ...given({ given: first, family, suffix, is_organisation, orcid }) };
}

function abstracts({ detail }: Work): Record<string, Json> {
  const parts = detail.abstract ?? [];
  const isOnePiece = parts.length === 1 && !parts[0]?.label && detail.abstract_printed === undefined;
  return {
    abstract: abstract(detail),
    abstract_sections: isOnePiece ? null : parts.map(({ label, text }) => ({ label: label ?? null, text: text ?? "" })),
  };
}

function keywords({ detail }: Work): Json[] {
  const kinds: [string, readonly string[] | undefined][] = [
    ["author", detail.keywords],
    ["plus", detail.keywords_plus],
    ["assigned", detail.keywords_assigned],
  ];
  return kinds.flatMap(([kind, terms = []]) => terms.map((term) => ({ term, kind })));
}

function searched({ search }: Work): Json {
  if (search === null) return null;
  const { isSeed, round, directions, seeds, sources: knowing, rank, score, parts } = search;
  return given({ is_seed: isSeed || null, round, directions, seeds, sources: knowing, rank, score, parts });
}

function provenance({ sources: said = [], others = [] }: Provenance): Json {
  const whole = others.filter(({ value = "" }) => value && !(value.endsWith("…") && [...value].length === CUT));
  return { sources: said, others: whole.map(({ source, value }) => ({ source, value })) };
}

function line(value: Json): string {
  // Nine digits are those that sums in another order have in common.
  const text = JSON.stringify(value, (_, each) =>
    typeof each === "number" && !Number.isInteger(each) ? Number(nine(each)) : each,
  );
  return text.replace(LINE_ENDS, (end) => `\\u${end.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
