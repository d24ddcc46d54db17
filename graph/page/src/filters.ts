/** Which works are shown, and how many each further choice would show. */

import type { Literature } from "./literature.ts";

export type FacetName = "community" | "type" | "source" | "found";

/** A way to divide the works: its values, and those that each work has. */
export interface Facet {
  name: FacetName;
  title: string;
  /** What a value is called by people, and in the page's address. */
  names: string[];
  codes: string[];
  of(row: number): readonly number[];
}

export type Retracted = "shown" | "hidden" | "only";

export interface Filters {
  text: string;
  from: number | null;
  to: number | null;
  /** The values of a facet of which a work must have one; any does where there are none. */
  chosen: Readonly<Record<FacetName, ReadonlySet<string>>>;
  openAccess: boolean;
  seeds: boolean;
  retracted: Retracted;
  onlyCited: boolean;
}

const NONE: ReadonlySet<string> = new Set();

/** What the page begins with: works that are only cited have no record, and would be most of the picture. */
export const UNFILTERED: Filters = {
  text: "",
  from: null,
  to: null,
  chosen: { community: NONE, type: NONE, source: NONE, found: NONE },
  openAccess: false,
  seeds: false,
  retracted: "shown",
  onlyCited: false,
};

export interface Shown {
  /** 1 for each work that is shown. */
  mask: Uint8Array;
  count: number;
  /** For each value of a facet, the works that would be shown if it were the only one chosen there. */
  counts: Map<FacetName, number[]>;
  /** The works of each year that all filters but that of years let through. */
  years: Map<number, number>;
}

/** The facets by which these works differ. */
export function facets(literature: Literature): Facet[] {
  const { columns } = literature;
  const groups = Math.max(-1, ...columns.communities) + 1;
  const community: Facet = {
    name: "community",
    title: "Community",
    names: Array.from({ length: groups }, (_, number) => literature.communityName(number)),
    codes: Array.from({ length: groups }, (_, number) => String(number + 1)),
    of: (row) => {
      const number = columns.communities[row] ?? -1;
      return number < 0 ? [] : [number];
    },
  };
  const found = [community, ofTypes(literature), ofSources(literature)];
  if (columns.rounds !== null) found.push(ofRounds(literature, columns.rounds));
  return found.filter((facet) => facet.names.length > 1);
}

function ofTypes({ columns: { types } }: Literature): Facet {
  const numbers = types.of.map((number) => [number ?? types.names.length]);
  const lacking = types.of.includes(null);
  return {
    name: "type",
    title: "Type",
    names: lacking ? [...types.names, "not given"] : types.names,
    codes: lacking ? [...types.names, "none"] : types.names,
    of: (row) => numbers[row] ?? [],
  };
}

function ofSources({ columns: { sources } }: Literature): Facet {
  const none = [sources.names.length];
  const lacking = sources.of.some((held) => held.length === 0);
  return {
    name: "source",
    title: "Held by",
    names: lacking ? [...sources.names, "no index here"] : sources.names,
    codes: lacking ? [...sources.names, "none"] : sources.names,
    of: (row) => (sources.of[row]?.length ? sources.of[row] : none),
  };
}

function ofRounds(literature: Literature, rounds: readonly (number | null)[]): Facet {
  const last = rounds.reduce<number>((highest, round) => Math.max(highest, round ?? 0), 0);
  const names = ["seeds", ...Array.from({ length: last }, (_, round) => `round ${round + 1}`), "otherwise"];
  return {
    name: "found",
    title: "Found by the citation search",
    names,
    codes: ["seed", ...Array.from({ length: last }, (_, round) => String(round + 1)), "none"],
    of: (row) => [literature.isSeed(row) ? 0 : (rounds[row] ?? last + 1)],
  };
}

/**
 * Apply the filters. A work that fails one filter only still counts for that one, so that each choice says what it
 * would show. `matches` are the works that have the words searched for, null when there are none.
 */
export function apply(
  literature: Literature,
  divisions: readonly Facet[],
  filters: Filters,
  matches: Uint8Array | null,
): Shown {
  const { columns, size } = literature;
  const mask = new Uint8Array(size);
  const counts = new Map(divisions.map((facet) => [facet.name, new Array<number>(facet.names.length).fill(0)]));
  const years = new Map<number, number>();
  let count = 0;
  for (let row = 0; row < size; row++) {
    if (!passes(literature, row, filters, matches)) continue;
    const year = columns.years[row] ?? null;
    const inYears =
      (filters.from === null || (year !== null && year >= filters.from)) &&
      (filters.to === null || (year !== null && year <= filters.to));
    const failed = divisions.filter((facet) => !has(facet, row, filters.chosen[facet.name]));
    if (failed.length === 0 && year !== null) years.set(year, (years.get(year) ?? 0) + 1);
    if (!inYears || failed.length > 1) continue;
    for (const facet of failed.length ? failed : divisions) {
      const tally = counts.get(facet.name);
      for (const value of facet.of(row)) if (tally) tally[value] = (tally[value] ?? 0) + 1;
    }
    if (failed.length === 0) {
      mask[row] = 1;
      count++;
    }
  }
  return { mask, count, counts, years };
}

function passes(literature: Literature, row: number, filters: Filters, matches: Uint8Array | null): boolean {
  if (matches && !matches[row]) return false;
  if (filters.openAccess && literature.columns.open_access[row] !== true) return false;
  if (filters.seeds && !literature.isSeed(row)) return false;
  if (!filters.onlyCited && literature.isOnlyCited(row)) return false;
  return filters.retracted === "shown" || literature.isRetracted(row) === (filters.retracted === "only");
}

function has(facet: Facet, row: number, chosen: ReadonlySet<string>): boolean {
  return chosen.size === 0 || facet.of(row).some((value) => chosen.has(facet.codes[value] ?? ""));
}
