/** The part of a record that leads on: the shortest ways by citations to another work, and the works around this one. */

import { counted, make } from "./elements.ts";
import type { Literature } from "./literature.ts";
import type { Route } from "./overlay.ts";
import { type Paths, shortestPaths } from "./paths.ts";
import { fold, terms } from "./search.ts";

const FOUND = 8;

export interface RouteEvents {
  /** Show the ways to a work, or none. */
  path(to: number | null): void;
  around(depth: 1 | 2): void;
  open(row: number): void;
}

/** The ways between two works that are asked for. */
export interface Asked {
  start: number;
  end: number;
  found: Paths;
}

export class RoutePart {
  readonly element = make("section", { class: "route" });
  private readonly literature: Literature;
  private readonly events: RouteEvents;
  private row = 0;
  private path: Asked | null = null;
  private waiting = false;
  private titles: string[] | null = null;

  constructor(literature: Literature, events: RouteEvents) {
    this.literature = literature;
    this.events = events;
  }

  /** Whether the next work that is chosen is the end of a path. */
  get isWaiting(): boolean {
    return this.waiting;
  }

  /** Take a work as the end of the path that was asked for. */
  take(row: number): void {
    this.waiting = false;
    this.events.path(row);
    this.element.scrollIntoView({ block: "nearest" });
  }

  /** No longer wait for a work. */
  cancel(): void {
    if (!this.waiting) return;
    this.waiting = false;
    this.fill();
  }

  /** Show what leads on from a work, and the ways of a path that is asked for. */
  show(row: number, path: Asked | null): void {
    const isOther = row !== this.row;
    if (path && (path.start !== this.path?.start || path.end !== this.path.end)) this.waiting = false;
    this.row = row;
    this.path = path;
    this.fill(isOther);
  }

  /** Make the content anew; whoever is at the keyboard within it goes on at the path, or where they can ask for one. */
  private fill(isOther = false): void {
    const isWithin = this.element.contains(document.activeElement);
    const search = this.waiting ? [this.search()] : [];
    this.element.replaceChildren(this.buttons(), ...search, ...this.ways(this.path));
    if (!isWithin) return;
    // The way to another work leads into its record.
    const goesOn = isOther ? this.element.closest<HTMLElement>("[tabindex]") : this.element.querySelector("h3");
    (goesOn ?? this.element.querySelector("button"))?.focus({ preventScroll: true });
  }

  private buttons(): HTMLElement {
    const ask = () => {
      this.waiting = true;
      this.fill();
      this.element.querySelector("input")?.focus();
    };
    const button = (text: string, title: string, click: () => void) =>
      make("button", { type: "button", title, click }, text);
    return make(
      "p",
      { class: "steps" },
      button("Path to…", "Show the shortest way by citations from this work to another one", ask),
      button("Only it and its neighbours", "Show only this work, what it cites, and what cites it", () =>
        this.events.around(1),
      ),
      button(
        "Only it, its neighbours, and theirs",
        "Show only this work, its neighbours, and the neighbours of those",
        () => this.events.around(2),
      ),
    );
  }

  /** A field for the title of the work that the path is to lead to. */
  private search(): HTMLElement {
    const list = make("ul", { class: "linked" });
    const find = () => {
      list.replaceChildren(...this.matches(field.value).map((row) => this.entry(row, () => this.take(row))));
    };
    const label = "Title of the work that the path leads to";
    const field = make("input", { type: "search", placeholder: "Title…", "aria-label": label, input: find });
    return make(
      "div",
      { class: "asking", role: "group", "aria-label": "Path to another work" },
      make("p", {}, "Click the work that it leads to on the map or in the table, or find it by its title:"),
      field,
      make("button", { type: "button", title: "Ask for no path", click: () => this.cancel() }, "Cancel"),
      list,
    );
  }

  private matches(query: string): number[] {
    const wanted = terms(query);
    const found: number[] = [];
    if (!wanted.length) return found;
    this.titles ??= this.literature.columns.keys.map((_, row) =>
      fold(`${this.literature.nameOf(row)} ${this.literature.labelOf(row)}`),
    );
    for (let row = 0; row < this.titles.length && found.length < FOUND; row++) {
      if (row !== this.row && wanted.every((term) => this.titles?.[row]?.includes(term))) found.push(row);
    }
    return found;
  }

  private ways(path: Asked | null): HTMLElement[] {
    if (!path) return [];
    const { start, end, found } = path;
    const close = make(
      "button",
      { type: "button", class: "more", title: "Show no path", click: () => this.events.path(null) },
      "close",
    );
    const name = (row: number) => this.literature.labelOf(row);
    const heading = make("h3", { dir: "auto", tabindex: "-1" }, `Path from ${name(start)} to ${name(end)} `, close);
    const [first, ...others] = found.paths;
    if (!first) {
      return [heading, make("p", { class: "no-path" }, "No citations lead from one to the other, whichever way.")];
    }
    const most = found.count > found.paths.length ? `, of which ${found.paths.length} are drawn` : "";
    const ways = found.count === 1 ? "the only path so short" : `${found.count.toLocaleString()} paths so short${most}`;
    return [
      heading,
      make("p", { class: "by" }, `${counted(first.length - 1, "citation")}, ${ways}`),
      this.way(first),
      ...others.map((other) =>
        make(
          "details",
          {},
          make("summary", { dir: "auto" }, `by ${other.slice(1, -1).map(name).join(", ")}`),
          this.way(other),
        ),
      ),
    ];
  }

  private way(path: readonly number[]): HTMLElement {
    const items = path.map((row, place) => {
      const next = path[place + 1];
      const item = this.entry(row, () => this.events.open(row));
      if (next !== undefined) item.append(make("span", { class: "by" }, `${said(this.literature, row, next)} ↓`));
      return item;
    });
    return make("ol", { class: "linked way" }, ...items);
  }

  private entry(row: number, click: () => void): HTMLLIElement {
    return make(
      "li",
      {},
      make(
        "button",
        { type: "button", click },
        make("span", { class: "short" }, this.literature.labelOf(row)),
        make("span", { class: "title", dir: "auto" }, this.literature.columns.titles[row] ?? ""),
      ),
    );
  }
}

/** What a work does to the next one of a way. */
export function said(literature: Literature, row: number, next: number): string {
  const cites = literature.references(row).some((each) => each.row === next);
  const cited = literature.citedBy(row).some((each) => each.row === next);
  return cites && cited ? "cites, and is cited by" : cites ? "cites" : "is cited by";
}

/** The citations of ways between works, each in its own direction. */
export function routesOf(literature: Literature, { paths }: Paths): Route[] {
  return paths.map((path) => ({
    rows: path,
    citations: path.slice(1).flatMap((row, place) => {
      const before = path[place] ?? row;
      const found: (readonly [number, number])[] = [];
      if (literature.references(before).some((each) => each.row === row)) found.push([before, row]);
      if (literature.references(row).some((each) => each.row === before)) found.push([row, before]);
      return found;
    }),
  }));
}

/** The main path, as a route; none where the literature has none. */
export function mainPath(literature: Literature): Route[] {
  const { from, to } = literature.ends;
  const citations = literature.columns.main_path.map((edge) => [from[edge] ?? 0, to[edge] ?? 0] as const);
  return citations.length ? [{ rows: [...new Set(citations.flat())], citations }] : [];
}

/** The ways between two works as a state names them; null where it names none that are here. */
export function asked(literature: Literature, path: readonly [string, string] | null): Asked | null {
  const [start, end] = (path ?? []).map((key) => literature.rowOf(key));
  if (start === undefined || end === undefined) return null;
  return { start, end, found: shortestPaths(literature, start, end) };
}
