/** Coverage: what each index has of the works and citations shown, what it alone has, and where indexes overlap. */

import { counted, make } from "../elements.ts";
import type { Shown } from "../filters.ts";
import type { Literature } from "../literature.ts";
import type { Panel } from "../panels.ts";
import { follows, gauge, rowsOf } from "./parts.ts";

const FEW = 15;

/** What exactly these indexes have, and no other. */
interface Overlap {
  indexes: readonly number[];
  count: number;
}

export interface Coverage {
  /** All that is counted, whoever has it. */
  total: number;
  /** What no index has. */
  none: number;
  /** What each index has, and what no other has, most first. */
  indexes: { index: number; count: number; alone: number }[];
  /** The overlaps, largest first. */
  overlaps: Overlap[];
}

/** Count what the indexes have of some things, of each of which the indexes that have it are given. */
export function coverage(lists: Iterable<readonly number[]>): Coverage {
  const found = new Map<string, Overlap>();
  let total = 0;
  for (const list of lists) {
    total++;
    const indexes = list.length > 1 ? [...list].sort((one, other) => one - other) : list;
    const name = indexes.join();
    const overlap = found.get(name);
    if (overlap) overlap.count++;
    else found.set(name, { indexes, count: 1 });
  }
  const none = found.get("")?.count ?? 0;
  found.delete("");
  const overlaps = [...found.values()].sort(
    (one, other) => other.count - one.count || one.indexes.length - other.indexes.length || earlier(one, other),
  );
  const counts = new Map<number, { index: number; count: number; alone: number }>();
  for (const { indexes, count } of overlaps) {
    for (const index of indexes) {
      const said = counts.get(index) ?? { index, count: 0, alone: 0 };
      said.count += count;
      if (indexes.length === 1) said.alone = count;
      counts.set(index, said);
    }
  }
  const indexes = [...counts.values()].sort((one, other) => other.count - one.count || one.index - other.index);
  return { total, none, indexes, overlaps };
}

function earlier(one: Overlap, other: Overlap): number {
  const place = one.indexes.findIndex((index, at) => index !== other.indexes[at]);
  return (one.indexes[place] ?? 0) - (other.indexes[place] ?? 0);
}

/** The indexes that hold each work of a mask. */
export function* holding({ columns: { sources } }: Literature, mask: Uint8Array): Generator<readonly number[]> {
  for (const row of rowsOf(mask)) yield sources.of[row] ?? [];
}

/** The indexes that know of each citation between two works of a mask. */
export function* knowing({ columns, ends }: Literature, mask: Uint8Array): Generator<readonly number[]> {
  for (let edge = 0; edge < ends.from.length; edge++) {
    if (mask[ends.from[edge] ?? 0] && mask[ends.to[edge] ?? 0]) yield columns.knowing.of[edge] ?? [];
  }
}

export class CoveragePanel implements Panel {
  readonly name = "coverage";
  readonly title = "Coverage";
  readonly explained = "What each index has of the works and citations, what it alone has, and where indexes overlap";
  readonly element = make("div", { class: "coverage" });
  private readonly literature: Literature;

  constructor(literature: Literature) {
    this.literature = literature;
  }

  show(shown: Shown): void {
    const { sources, knowing: known } = this.literature.columns;
    const works = coverage(holding(this.literature, shown.mask));
    const citations = coverage(knowing(this.literature, shown.mask));
    this.element.replaceChildren(
      follows(shown.count, this.literature),
      part("Works", "held", counted(works.total, "work"), works, sources.names),
      part("Citations among them", "known", counted(citations.total, "citation"), citations, known.names),
    );
  }
}

function part(title: string, verb: string, all: string, found: Coverage, names: readonly string[]): HTMLElement {
  const none = `${found.none.toLocaleString()} of them ${found.none === 1 ? "is" : "are"} ${verb} by no index.`;
  return make(
    "section",
    { class: verb },
    make("h3", {}, title),
    make("p", { class: "faint" }, `${all}. `, found.none > 0 ? none : null),
    ...(found.total > found.none ? [ofIndexes(verb, found, names), ofOverlaps(verb, found, names)] : []),
  );
}

function ofIndexes(verb: string, { total, indexes }: Coverage, names: readonly string[]): HTMLElement {
  const lines = indexes.map(({ index, count, alone }) =>
    make(
      "tr",
      {},
      make("th", { scope: "row" }, names[index] ?? ""),
      make("td", {}, count.toLocaleString()),
      make("td", { class: "bar-cell" }, gauge(count, total), make("span", {}, share(count, total))),
      make("td", {}, alone.toLocaleString()),
    ),
  );
  const heads = make(
    "tr",
    {},
    make("th", { scope: "col" }, "Index"),
    make("th", { scope: "col" }, verb),
    make("th", { scope: "col", title: "The share of all that is counted here" }, "share"),
    make("th", { scope: "col", title: `${verb} by no other index` }, "by it alone"),
  );
  return make("div", {}, make("table", { class: "figures" }, make("thead", {}, heads), make("tbody", {}, ...lines)));
}

function ofOverlaps(verb: string, { indexes, overlaps }: Coverage, names: readonly string[]): HTMLElement {
  const [largest] = overlaps;
  const lines = overlaps.slice(0, FEW).map(({ indexes: having, count }) =>
    make(
      "tr",
      {},
      ...indexes.map(({ index }) => {
        const has = having.includes(index);
        return make(
          "td",
          { class: has ? "has" : "lacks" },
          make("span", { class: "said" }, has ? "yes" : "no"),
          make("span", { class: "point", "aria-hidden": "true" }),
        );
      }),
      make("td", {}, count.toLocaleString()),
      make("td", { class: "bar-cell" }, gauge(count, largest?.count ?? 1)),
    ),
  );
  const rest = overlaps.length - lines.length;
  return make(
    "div",
    { class: "overlaps" },
    make(
      "table",
      { class: "figures" },
      make("caption", { title: "Each line counts what exactly these indexes have, and no other" }, "Overlaps"),
      make(
        "thead",
        {},
        make(
          "tr",
          {},
          ...indexes.map(({ index }) => make("th", { scope: "col" }, names[index] ?? "")),
          make("th", { scope: "col" }, verb),
          make("td", {}),
        ),
      ),
      make("tbody", {}, ...lines),
    ),
    rest > 0 && make("p", { class: "faint" }, `${counted(rest, "smaller overlap")} not shown.`),
  );
}

function share(count: number, total: number): string {
  return (count / Math.max(total, 1)).toLocaleString(undefined, { style: "percent", maximumFractionDigits: 1 });
}
