/** What the reader has chosen, and the address that brings it back. */

import { type FacetName, type Filters, type Retracted, UNFILTERED } from "./filters.ts";
import { fromText, toText } from "./lasso.ts";
import type { Around } from "./paths.ts";

export type Layout = "network" | "timeline";
export type View = "both" | "map" | "table";
export type PanelName = "works" | "communities" | "years" | "coverage" | "missing" | "ranking";
export type SortColumn = "title" | "authors" | "year" | "venue" | "cited_here" | "cited_anywhere" | "type" | "rank";

export interface Sort {
  column: SortColumn;
  descending: boolean;
}

export interface State {
  filters: Filters;
  selected: string | null;
  /** The works between which the shortest ways are shown. */
  path: readonly [string, string] | null;
  /** Whether the main path is drawn on top. */
  main: boolean;
  layout: Layout;
  view: View;
  panel: PanelName;
  sort: Sort;
}

const SORTS: readonly SortColumn[] = [
  "title",
  "authors",
  "year",
  "venue",
  "cited_here",
  "cited_anywhere",
  "type",
  "rank",
];
const PANELS = ["works", "communities", "years", "coverage", "missing", "ranking"] as const;
const FACETS: readonly FacetName[] = ["community", "type", "source", "found", "screening"];

export const BEGINNING: State = {
  filters: UNFILTERED,
  selected: null,
  path: null,
  main: false,
  layout: "network",
  view: "both",
  panel: "works",
  sort: { column: "cited_here", descending: true },
};

/** The fragment of the address for a state; empty for the one that the page begins with. */
export function toFragment({ filters, selected, path, main, layout, view, panel, sort }: State): string {
  const said = new URLSearchParams();
  if (selected !== null) said.set("work", selected);
  if (filters.text !== "") said.set("q", filters.text);
  if (filters.from !== null || filters.to !== null) said.set("years", `${filters.from ?? ""}-${filters.to ?? ""}`);
  for (const name of FACETS) for (const code of filters.chosen[name]) said.append(name, code);
  if (filters.openAccess) said.set("open", "1");
  if (filters.seeds) said.set("seeds", "1");
  if (filters.retracted !== "shown") said.set("retracted", filters.retracted);
  if (filters.onlyCited) said.set("only-cited", "1");
  if (filters.area) said.set("area", toText(filters.area));
  if (filters.around) said.set("around", `${filters.around.key}:${filters.around.depth}`);
  for (const end of path ?? []) said.append("path", end);
  if (main) said.set("main", "1");
  if (layout !== "network") said.set("layout", layout);
  if (view !== "both") said.set("view", view);
  if (panel !== "works") said.set("panel", panel);
  if (sort.column !== BEGINNING.sort.column || sort.descending !== BEGINNING.sort.descending) {
    said.set("sort", (sort.descending ? "-" : "") + sort.column);
  }
  // Both stand for themselves in a fragment, and an area has many.
  return said.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
}

/** The state that an address asks for; whatever it says that is not understood counts as not said. */
export function fromFragment(fragment: string): State {
  const said = new URLSearchParams(fragment.replace(/^#/, ""));
  const [, from, to] = /^(\d{0,4})-(\d{0,4})$/.exec(said.get("years") ?? "") ?? [];
  const sort = said.get("sort") ?? "";
  const [start, end, ...rest] = said.getAll("path");
  const column = SORTS.find((each) => each === sort.replace(/^-/, ""));
  const chosen = Object.fromEntries(FACETS.map((name) => [name, new Set(said.getAll(name))]));
  return {
    filters: {
      text: said.get("q") ?? "",
      from: from ? Number(from) : null,
      to: to ? Number(to) : null,
      chosen: chosen as Record<FacetName, Set<string>>,
      openAccess: said.get("open") === "1",
      seeds: said.get("seeds") === "1",
      retracted: oneOf<Retracted>(said.get("retracted"), ["shown", "hidden", "only"]),
      onlyCited: said.get("only-cited") === "1",
      area: fromText(said.get("area")),
      around: neighbours(said.get("around")),
    },
    selected: said.get("work"),
    path: start !== undefined && end !== undefined && rest.length === 0 ? [start, end] : null,
    main: said.get("main") === "1",
    layout: oneOf<Layout>(said.get("layout"), ["network", "timeline"]),
    view: oneOf<View>(said.get("view"), ["both", "map", "table"]),
    panel: oneOf<PanelName>(said.get("panel"), PANELS),
    sort: column ? { column, descending: sort.startsWith("-") } : BEGINNING.sort,
  };
}

/** `KEY:2`; a key may have colons of its own. */
function neighbours(said: string | null): Around | null {
  const [, key, depth] = /^(.+):([12])$/s.exec(said ?? "") ?? [];
  return key === undefined ? null : { key, depth: depth === "1" ? 1 : 2 };
}

function oneOf<Choice extends string>(said: string | null, choices: readonly [Choice, ...Choice[]]): Choice {
  return choices.find((choice) => choice === said) ?? choices[0];
}

type Listener = (state: State, before: State) => void;

/** The state, whoever is to be told of a change, and the address that follows it. */
export class Store {
  private now: State;
  private readonly listeners: Listener[] = [];

  constructor(now: State) {
    this.now = now;
  }

  get state(): State {
    return this.now;
  }

  /** Change a part of the state; whoever listens is told once. */
  set(change: Partial<State>): void {
    const before = this.now;
    this.now = { ...before, ...change };
    for (const listener of this.listeners) listener(this.now, before);
  }

  /** Change a part of the filters. */
  filter(change: Partial<Filters>): void {
    this.set({ filters: { ...this.now.filters, ...change } });
  }

  /** Take up another state; nobody is told. */
  replace(state: State): void {
    this.now = state;
  }

  onChange(listener: Listener): void {
    this.listeners.push(listener);
  }
}
