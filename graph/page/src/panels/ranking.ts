/** Ranking: the works that the citation search found, the first to be read first, and why each stands where it does. */

import type { Detail, Details } from "../details.ts";
import { counted, make } from "../elements.ts";
import type { Shown } from "../filters.ts";
import type { Literature } from "../literature.ts";
import type { Panel } from "../panels.ts";
import { Rows } from "../rows.ts";
import { marks, sorted } from "../table.ts";
import { gauge } from "./parts.ts";

/** The parts of a score as `graph/ranking.py` has them. */
export const PARTS: readonly { name: string; title: string; explained: string }[] = [
  { name: "linked", title: "Links", explained: "How many seeds cite the work or are cited by it" },
  {
    name: "cocitation",
    title: "Cited with",
    explained: "Co-citation: how much the work is cited together with the seeds, from 0 to below 1",
  },
  {
    name: "coupling",
    title: "Shared refs",
    explained: "Bibliographic coupling: how much the references of the work are those of the seeds, from 0 to below 1",
  },
  {
    name: "occurrence",
    title: "Two steps",
    explained: "How many ways of two citations, whatever their direction, lead from a seed to the work",
  },
  {
    name: "text",
    title: "Words",
    explained: "How alike the words of title and abstract are to those of the seeds; the unit means nothing by itself",
  },
  {
    name: "surroundings",
    title: "Words near",
    explained: "How alike to the seeds the words of the works are which it cites and which cite it",
  },
];

const DIRECTIONS: Record<string, string> = {
  backward: "backward: a seed cites it",
  forward: "forward: it cites a seed",
  cocited: "cocited: it is cited together with a seed",
  cociting: "cociting: it cites what a seed cites",
};

/** The works of a mask that have a rank, in its order. */
export function ranked(literature: Literature, mask: Uint8Array): number[] {
  const { ranks } = literature.columns;
  const rankOf = (row: number) => ranks?.[row] ?? null;
  return sorted(mask, rankOf, { descending: false }).filter((row) => rankOf(row) !== null);
}

export class RankingPanel implements Panel {
  readonly name = "ranking";
  readonly title = "Ranking";
  readonly explained = "The works that the citation search found, in the order in which to read them, and why";
  readonly element: HTMLElement;
  private readonly literature: Literature;
  private readonly details: Details;
  private readonly told = make("p", { class: "follows" });
  private readonly rows: Rows;

  constructor(literature: Literature, details: Details, open: (row: number) => void) {
    this.literature = literature;
    this.details = details;
    const score =
      "From 0 to 1: the mean of what citations say (the first four parts) and of what words say (the last two)," +
      " where each part counts as a share of its largest value";
    const heads = [
      head("rank", "Rank", "Where the work stands in the order in which to read, from 1"),
      head("title", "Title", "Title"),
      head("score", "Score", score),
      ...PARTS.map(({ title, explained }) => head("part", title, explained)),
      head("found", "Found", "How the citation search came to it"),
      head("linked", "Seeds", "How many seeds of any round it is linked to"),
    ];
    this.rows = new Rows({ name: "ranked", label: "Works by rank", heads, cells: (row) => this.cells(row), open });
    this.element = make("div", { class: "ranking" }, this.told, this.rows.element);
  }

  get order(): readonly number[] {
    return this.rows.order;
  }

  show(shown: Shown): void {
    const rows = ranked(this.literature, shown.mask);
    const { ranks } = this.literature.columns;
    const last = ranks?.reduce<number>((most, rank) => Math.max(most, rank ?? 0), 0) ?? 0;
    const through = `${shown.count.toLocaleString()} that the filters let through`;
    const some = `The citation search found ${counted(rows.length, "work")} of the ${through}. `;
    const others =
      "Ranks that are not here belong to works which the filters leave out, or which are known only by being cited" +
      " and not on this page.";
    this.told.textContent = some + (rows.length < last ? others : "");
    this.rows.show(rows);
  }

  select(row: number | null): void {
    this.rows.select(row);
  }

  refresh(): void {
    this.rows.render();
  }

  private cells(row: number): HTMLElement[] {
    const { columns } = this.literature;
    const title = make(
      "td",
      { class: "title", dir: "auto" },
      ...marks(this.literature, row),
      this.literature.nameOf(row),
    );
    const score = make("td", { class: "score" });
    const parts = PARTS.map(() => make("td", { class: "part" }));
    const found = make("td", { class: "found" });
    const linked = make("td", { class: "linked" });
    this.details.of(row).then(({ citation_search: said }) => {
      if (!said) return;
      score.textContent = said.score === undefined ? "" : said.score.toFixed(3);
      for (const [place, cell] of parts.entries()) {
        const name = PARTS[place]?.name ?? "";
        const value = said.parts?.[name];
        if (value === undefined) continue;
        cell.append(make("span", {}, brief(value)), gauge(value, columns.largest_parts?.[name] ?? 0));
      }
      this.tell(said, found, linked);
    });
    return [make("td", { class: "rank" }, String(columns.ranks?.[row] ?? "")), title, score, ...parts, found, linked];
  }

  private tell(said: NonNullable<Detail["citation_search"]>, found: HTMLElement, linked: HTMLElement): void {
    const directions = said.directions ?? [];
    found.textContent = directions.join(", ");
    found.title = directions.map((each) => DIRECTIONS[each] ?? each).join("\n");
    linked.textContent = String(said.linked_seeds ?? 0);
    const rows = (said.seeds ?? []).map((key) => this.literature.rowOf(key) ?? key);
    linked.title = rows.map((row) => (typeof row === "number" ? this.literature.labelOf(row) : row)).join("\n");
  }
}

function head(name: string, title: string, explained: string): HTMLElement {
  return make("th", { scope: "col", class: name, title: explained }, title);
}

/** A number in as few digits as tell it from others. */
export function brief(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString();
  return value.toLocaleString(undefined, { maximumSignificantDigits: 2 });
}
