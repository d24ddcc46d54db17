/** The table: the works of the map as rows, sorted as the reader likes. */

import { make } from "./elements.ts";
import { DECISIONS, type Literature } from "./literature.ts";
import { Rows } from "./rows.ts";
import type { Sort, SortColumn } from "./state.ts";

interface Column {
  name: SortColumn;
  title: string;
  explained: string;
  numeric: boolean;
  value(row: number): string | number | null;
}

export interface TableEvents {
  select(row: number): void;
  sort(sort: Sort): void;
}

/** The rows of a mask in order; what is not known stands last, either way round. */
export function sorted(
  mask: Uint8Array,
  value: (row: number) => string | number | null,
  { descending }: { descending: boolean },
): number[] {
  const rows: number[] = [];
  for (let row = 0; row < mask.length; row++) if (mask[row]) rows.push(row);
  const keys = new Map(rows.map((row) => [row, value(row)]));
  const alphabet = new Intl.Collator(undefined, { sensitivity: "base", numeric: true });
  const way = descending ? -1 : 1;
  return rows.sort((first, second) => {
    const one = keys.get(first) ?? null;
    const other = keys.get(second) ?? null;
    if (one === null || other === null) return Number(one === null) - Number(other === null) || first - second;
    const order =
      typeof one === "number" && typeof other === "number" ? one - other : alphabet.compare(String(one), String(other));
    return order * way || first - second;
  });
}

export class Table {
  readonly element: HTMLElement;
  private readonly literature: Literature;
  private readonly columns: Column[];
  private readonly events: TableEvents;
  private readonly heads = new Map<SortColumn, HTMLElement>();
  private readonly rows: Rows;

  constructor(literature: Literature, events: TableEvents) {
    this.literature = literature;
    this.events = events;
    this.columns = columnsOf(literature);
    const heads = this.columns.map((column) => this.head(column));
    this.rows = new Rows({
      name: "row",
      label: "Works",
      heads,
      cells: (row) => this.cells(row),
      open: (row) => events.select(row),
    });
    this.element = this.rows.element;
  }

  /** Show the works of a mask in this order. */
  show(mask: Uint8Array, sort: Sort): void {
    const column = this.columns.find((each) => each.name === sort.column) ?? this.columns[0];
    if (!column) return;
    for (const [name, head] of this.heads) {
      const way = sort.descending ? "descending" : "ascending";
      head.setAttribute("aria-sort", name === sort.column ? way : "none");
    }
    this.rows.show(sorted(mask, (row) => column.value(row), sort));
  }

  /** The works that are shown, in order. */
  get order(): readonly number[] {
    return this.rows.order;
  }

  /** Show the rows in sight anew: what is known of a work has changed. */
  refresh(): void {
    this.rows.render();
  }

  /** Mark the work that is looked at, and scroll to it unless it is in sight. */
  select(row: number | null): void {
    this.rows.select(row);
  }

  focus(): void {
    this.rows.focus();
  }

  private head(column: Column): HTMLElement {
    const press = () => {
      const now = this.heads.get(column.name)?.getAttribute("aria-sort");
      const descending = now === "none" ? column.numeric : now === "ascending";
      this.events.sort({ column: column.name, descending });
    };
    const button = make("button", { type: "button", title: column.explained, click: press }, column.title);
    const head = make("th", { scope: "col", class: column.name, "aria-sort": "none" }, button);
    this.heads.set(column.name, head);
    return head;
  }

  private cells(row: number): HTMLElement[] {
    return this.columns.map((column) => {
      const value = column.value(row);
      const text = column.name === "title" ? this.literature.nameOf(row) : (value ?? "");
      const cell = make("td", { class: column.name, dir: column.numeric ? null : "auto" }, String(text));
      if (column.name === "title") cell.prepend(...marks(this.literature, row));
      return cell;
    });
  }
}

/** What is to be seen of a work before its title: its community, and what sets it apart. */
export function marks(literature: Literature, row: number): Node[] {
  const dot = make("span", { class: "dot", "aria-hidden": "true" });
  dot.style.backgroundColor = literature.colourOf(row);
  const found: Node[] = [dot];
  if (literature.isRetracted(row)) found.push(make("span", { class: "mark retracted" }, "retracted"));
  if (literature.isSeed(row)) found.push(make("span", { class: "mark" }, "seed"));
  if (literature.isOnlyCited(row)) found.push(make("span", { class: "mark faint" }, "only cited"));
  const decided = DECISIONS.find(({ decision }) => decision === literature.decided.get(row)?.decision);
  if (decided) found.push(make("span", { class: `mark ${decided.decision}` }, `${decided.mark} ${decided.past}`));
  return found;
}

function columnsOf(literature: Literature): Column[] {
  const { columns } = literature;
  const all: Column[] = [
    { name: "title", title: "Title", explained: "Title", numeric: false, value: (row) => columns.titles[row] ?? null },
    {
      name: "authors",
      title: "Authors",
      explained: "The first authors",
      numeric: false,
      value: (row) => columns.authors[row] ?? null,
    },
    {
      name: "year",
      title: "Year",
      explained: "Year of publication",
      numeric: true,
      value: (row) => columns.years[row] ?? null,
    },
    {
      name: "venue",
      title: "Venue",
      explained: "Journal, book or repository",
      numeric: false,
      value: (row) => literature.venueOf(row),
    },
    {
      name: "cited_here",
      title: "Cited here",
      explained: "Citations by works of this library",
      numeric: true,
      value: (row) => columns.cited_here[row] ?? 0,
    },
    {
      name: "cited_anywhere",
      title: "Cited",
      explained: "The largest number of citations that any index states",
      numeric: true,
      value: (row) => columns.cited_anywhere[row] ?? null,
    },
    { name: "type", title: "Type", explained: "Type of work", numeric: false, value: (row) => literature.typeOf(row) },
    {
      name: "rank",
      title: "Rank",
      explained: "Rank in the citation search, the first to be read",
      numeric: true,
      value: (row) => columns.ranks?.[row] ?? null,
    },
  ];
  return all.filter((column) => column.name !== "rank" || columns.ranks !== null);
}
