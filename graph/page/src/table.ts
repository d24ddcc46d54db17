/** The table: the works of the map as rows, sorted as the reader likes, of which only those in sight are in the page. */

import { make } from "./elements.ts";
import type { Literature } from "./literature.ts";
import type { Sort, SortColumn } from "./state.ts";

const HEIGHT = 34;
const BEYOND = 8;
/** So many rows are made above and below those in sight. */

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
  private readonly grid: HTMLTableElement;
  private readonly body = make("tbody");
  private readonly above = make("tr", { class: "space", "aria-hidden": "true" }, make("td"));
  private readonly below = make("tr", { class: "space", "aria-hidden": "true" }, make("td"));
  private readonly empty = make("p", { class: "empty", hidden: true }, "No work here satisfies all of the filters.");
  private rows: number[] = [];
  private active = 0;
  private selected: number | null = null;

  constructor(literature: Literature, events: TableEvents) {
    this.literature = literature;
    this.events = events;
    this.columns = columnsOf(literature);
    const heads = this.columns.map((column) => this.head(column));
    this.grid = make(
      "table",
      { role: "grid", tabindex: "0", "aria-label": "Works", keydown: (event) => this.onKey(event as KeyboardEvent) },
      make("thead", {}, make("tr", { "aria-rowindex": 1 }, ...heads)),
      this.body,
    );
    this.element = make("div", { class: "scroller", scroll: () => this.render() }, this.grid, this.empty);
    new ResizeObserver(() => this.render()).observe(this.element);
  }

  /** Show the works of a mask in this order. */
  show(mask: Uint8Array, sort: Sort): void {
    const column = this.columns.find((each) => each.name === sort.column) ?? this.columns[0];
    if (!column) return;
    for (const [name, head] of this.heads) {
      const way = sort.descending ? "descending" : "ascending";
      head.setAttribute("aria-sort", name === sort.column ? way : "none");
    }
    this.rows = sorted(mask, (row) => column.value(row), sort);
    this.active = Math.max(0, this.selected === null ? 0 : this.rows.indexOf(this.selected));
    this.empty.hidden = this.rows.length > 0;
    this.grid.setAttribute("aria-rowcount", String(this.rows.length + 1));
    this.element.scrollTop = 0;
    this.bringIntoView();
    this.render();
  }

  /** Mark the work that is looked at, and scroll to it unless it is in sight. */
  select(row: number | null): void {
    this.selected = row;
    const place = row === null ? -1 : this.rows.indexOf(row);
    if (place >= 0) {
      this.active = place;
      this.bringIntoView();
    }
    this.render();
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

  private render(): void {
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / HEIGHT) - BEYOND);
    const last = Math.min(this.rows.length, Math.ceil((scrollTop + clientHeight) / HEIGHT) + BEYOND);
    this.above.style.height = `${first * HEIGHT}px`;
    this.below.style.height = `${(this.rows.length - last) * HEIGHT}px`;
    const shown = this.rows.slice(first, last).map((row, place) => this.line(row, first + place));
    this.body.replaceChildren(this.above, ...shown, this.below);
    const active = this.rows[this.active];
    if (active === undefined) this.grid.removeAttribute("aria-activedescendant");
    else this.grid.setAttribute("aria-activedescendant", `row-${active}`);
  }

  private line(row: number, place: number): HTMLElement {
    const cells = this.columns.map((column) => {
      const value = column.value(row);
      const text = column.name === "title" ? this.literature.nameOf(row) : (value ?? "");
      const cell = make("td", { class: column.name, dir: column.numeric ? null : "auto" }, String(text));
      if (column.name === "title") cell.prepend(...this.marks(row));
      return cell;
    });
    return make(
      "tr",
      {
        id: `row-${row}`,
        class: place === this.active ? "active" : null,
        "aria-rowindex": place + 2,
        "aria-selected": String(row === this.selected),
        click: () => {
          this.active = place;
          this.events.select(row);
        },
      },
      ...cells,
    );
  }

  private marks(row: number): Node[] {
    const dot = make("span", { class: "dot", "aria-hidden": "true" });
    dot.style.backgroundColor = this.literature.colourOf(row);
    const found: Node[] = [dot];
    if (this.literature.isRetracted(row)) found.push(make("span", { class: "mark retracted" }, "retracted"));
    if (this.literature.isSeed(row)) found.push(make("span", { class: "mark" }, "seed"));
    if (this.literature.isOnlyCited(row)) found.push(make("span", { class: "mark faint" }, "only cited"));
    return found;
  }

  private onKey(event: KeyboardEvent): void {
    if (event.target !== this.grid) return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / HEIGHT) - 2);
    const moves: Record<string, number> = {
      ArrowDown: this.active + 1,
      ArrowUp: this.active - 1,
      PageDown: this.active + page,
      PageUp: this.active - page,
      Home: 0,
      End: this.rows.length - 1,
    };
    const to = moves[event.key];
    if (to !== undefined) {
      event.preventDefault();
      this.active = Math.max(0, Math.min(this.rows.length - 1, to));
      this.bringIntoView();
      this.render();
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      const row = this.rows[this.active];
      if (row !== undefined) this.events.select(row);
    }
  }

  private bringIntoView(): void {
    const top = this.active * HEIGHT;
    const room = this.element.clientHeight - 2 * HEIGHT;
    if (top < this.element.scrollTop) this.element.scrollTop = top;
    else if (top > this.element.scrollTop + room) this.element.scrollTop = top - room;
  }
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
