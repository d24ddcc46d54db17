/** What the reader has chosen, and the address that brings it back. */

import { type FacetName, type Filters, type Retracted, UNFILTERED } from "./filters.ts";

export type Layout = "network" | "timeline";
export type View = "both" | "map" | "table";
export type SortColumn = "title" | "authors" | "year" | "venue" | "cited_here" | "cited_anywhere" | "type" | "rank";

export interface Sort {
  column: SortColumn;
  descending: boolean;
}

export interface State {
  filters: Filters;
  selected: string | null;
  layout: Layout;
  view: View;
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
const FACETS: readonly FacetName[] = ["community", "type", "source", "found"];

export const BEGINNING: State = {
  filters: UNFILTERED,
  selected: null,
  layout: "network",
  view: "both",
  sort: { column: "cited_here", descending: true },
};

/** The fragment of the address for a state; empty for the one that the page begins with. */
export function toFragment({ filters, selected, layout, view, sort }: State): string {
  const said = new URLSearchParams();
  if (selected !== null) said.set("work", selected);
  if (filters.text !== "") said.set("q", filters.text);
  if (filters.from !== null || filters.to !== null) said.set("years", `${filters.from ?? ""}-${filters.to ?? ""}`);
  for (const name of FACETS) for (const code of filters.chosen[name]) said.append(name, code);
  if (filters.openAccess) said.set("open", "1");
  if (filters.seeds) said.set("seeds", "1");
  if (filters.retracted !== "shown") said.set("retracted", filters.retracted);
  if (filters.onlyCited) said.set("only-cited", "1");
  if (layout !== "network") said.set("layout", layout);
  if (view !== "both") said.set("view", view);
  if (sort.column !== BEGINNING.sort.column || sort.descending !== BEGINNING.sort.descending) {
    said.set("sort", (sort.descending ? "-" : "") + sort.column);
  }
  return said.toString();
}

/** The state that an address asks for; whatever it says that is not understood counts as not said. */
export function fromFragment(fragment: string): State {
  const said = new URLSearchParams(fragment.replace(/^#/, ""));
  const [, from, to] = /^(\d{0,4})-(\d{0,4})$/.exec(said.get("years") ?? "") ?? [];
  const sort = said.get("sort") ?? "";
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
    },
    selected: said.get("work"),
    layout: oneOf<Layout>(said.get("layout"), ["network", "timeline"]),
    view: oneOf<View>(said.get("view"), ["both", "map", "table"]),
    sort: column ? { column, descending: sort.startsWith("-") } : BEGINNING.sort,
  };
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
