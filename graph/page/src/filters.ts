/** Which works are shown, and how many each further choice would show. */

import { type Area, inside } from "./lasso.ts";
import { DECISIONS, type Literature } from "./literature.ts";
import { type Around, neighbourhood } from "./paths.ts";

export type FacetName = "community" | "type" | "source" | "found" | "screening";

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
  /** The region of a layout in which works must stand. */
  area: Area | null;
  /** The work of which they must be neighbours. */
  around: Around | null;
}

const NONE: ReadonlySet<string> = new Set();

/** What the page begins with: works that are only cited have no record, and would be most of the picture. */
export const UNFILTERED: Filters = {
  text: "",
  from: null,
  to: null,
  chosen: { community: NONE, type: NONE, source: NONE, found: NONE, screening: NONE },
  openAccess: false,
  seeds: false,
  retracted: "shown",
  onlyCited: false,
  area: null,
  around: null,
};

export interface Shown {
  /** 1 for each work that is shown. */
  mask: Uint8Array;
  count: number;
  /** 1 for each work that the area alone leaves out: the map has it as a shade. */
  outside: Uint8Array;
  /** For each value of a facet, the works that would be shown if it were the only one chosen there. */
  counts: Map<FacetName, number[]>;
  /** The works of each year that all filters but that of years let through. */
  years: Map<number, number>;
}

/** The facets by which these works differ. */
export function facets(literature: Literature): Facet[] {
  const { columns } = literature;
  const groups = columns.communities.reduce((most, each) => Math.max(most, each), -1) + 1;
  const single = singles(groups);
  const community: Facet = {
    name: "community",
    title: "Community",
    names: Array.from({ length: groups }, (_, number) => literature.communityName(number)),
    codes: Array.from({ length: groups }, (_, number) => String(number + 1)),
    of: (row) => single[columns.communities[row] ?? -1] ?? NOTHING,
  };
  const found = [community, ofTypes(literature), ofSources(literature)];
  if (columns.rounds !== null) found.push(ofRounds(literature, columns.rounds));
  found.push(ofScreening(literature));
  return found.filter((facet) => facet.names.length > 1);
}

function ofTypes({ columns: { types } }: Literature): Facet {
  const single = singles(types.names.length + 1);
  const lacking = types.of.includes(null);
  return {
    name: "type",
    title: "Type",
    names: lacking ? [...types.names, "not given"] : types.names,
    codes: lacking ? [...types.names, "none"] : types.names,
    of: (row) => single[types.of[row] ?? types.names.length] ?? NOTHING,
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
  const single = singles(last + 2);
  const names = ["seeds", ...Array.from({ length: last }, (_, round) => `round ${round + 1}`), "otherwise"];
  return {
    name: "found",
    title: "Found by the citation search",
    names,
    codes: ["seed", ...Array.from({ length: last }, (_, round) => String(round + 1)), "none"],
    of: (row) => single[literature.isSeed(row) ? 0 : (rounds[row] ?? last + 1)] ?? NOTHING,
  };
}

/** What was decided on each work, which changes while works are screened. */
function ofScreening(literature: Literature): Facet {
  const single = singles(DECISIONS.length + 1);
  const places = new Map(DECISIONS.map(({ decision }, place) => [decision, place]));
  return {
    name: "screening",
    title: "Screening",
    names: [...DECISIONS.map(({ past }) => past), "not yet"],
    codes: [...places.keys(), "none"],
    of: (row) => {
      const one = literature.decided.get(row);
      return single[one ? (places.get(one.decision) ?? 0) : DECISIONS.length] ?? NOTHING;
    },
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
  const outside = new Uint8Array(size);
  const tests = divisions.map((facet) => ({ facet, ...chosenOf(facet, filters), counts: zeros(facet) }));
  const years = new Map<number, number>();
  const area = filters.area && inside(filters.area, columns[filters.area.layout]);
  const start = filters.around ? literature.rowOf(filters.around.key) : undefined;
  const near = start === undefined || !filters.around ? null : neighbourhood(literature, start, filters.around.depth);
  let count = 0;
  for (let row = 0; row < size; row++) {
    if ((near && !near[row]) || !passes(literature, row, filters, matches)) continue;
    const year = columns.years[row] ?? null;
    const inYears =
      (filters.from === null || (year !== null && year >= filters.from)) &&
      (filters.to === null || (year !== null && year <= filters.to));
    let failures = 0;
    let failed = tests[0];
    for (const test of tests) {
      if (test.isFree || test.facet.of(row).some((value) => test.chosen[value])) continue;
      failures++;
      failed = test;
    }
    if (area && !area[row]) {
      if (failures === 0 && inYears) outside[row] = 1;
      continue;
    }
    if (failures === 0 && year !== null) years.set(year, (years.get(year) ?? 0) + 1);
    if (!inYears || failures > 1) continue;
    if (failures === 0) for (const test of tests) tally(test.counts, test.facet.of(row));
    else if (failed) tally(failed.counts, failed.facet.of(row));
    if (failures === 0) {
      mask[row] = 1;
      count++;
    }
  }
  const counts = new Map(divisions.map((facet, place) => [facet.name, tests[place]?.counts ?? []]));
  return { mask, count, outside, counts, years };
}

function chosenOf(facet: Facet, filters: Filters): { isFree: boolean; chosen: readonly boolean[] } {
  const codes = filters.chosen[facet.name];
  const chosen = facet.codes.map((code) => codes.has(code));
  // A value that is not here has no box that the reader could untick.
  return { isFree: !chosen.includes(true), chosen };
}

function zeros(facet: Facet): number[] {
  return new Array<number>(facet.names.length).fill(0);
}

function tally(counts: number[], values: readonly number[]): void {
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
}

const NOTHING: readonly number[] = [];

/** A list for each value that has only this one, made once for all works. */
function singles(count: number): readonly (readonly number[])[] {
  return Array.from({ length: count }, (_, value) => [value]);
}

function passes(literature: Literature, row: number, filters: Filters, matches: Uint8Array | null): boolean {
  if (matches && !matches[row]) return false;
  if (filters.openAccess && literature.columns.open_access[row] !== true) return false;
  if (filters.seeds && !literature.isSeed(row)) return false;
  if (!filters.onlyCited && literature.isOnlyCited(row)) return false;
  return filters.retracted === "shown" || literature.isRetracted(row) === (filters.retracted === "only");
}
