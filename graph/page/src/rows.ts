/** A long list as the rows of a table, of which only those in sight are in the page; arrow keys go through it. */

import { make } from "./elements.ts";
import { isModified } from "./keys.ts";

const HEIGHT = 34;
/** So many rows are made above and below those in sight. */
const BEYOND = 8;

export interface Listing {
  /** What begins the id of each row. */
  name: string;
  label: string;
  heads: readonly HTMLElement[];
  cells(row: number): readonly HTMLElement[];
  open(row: number): void;
}

export class Rows {
  readonly element: HTMLElement;
  private readonly listing: Listing;
  private readonly grid: HTMLTableElement;
  private readonly body = make("tbody");
  private readonly above = make("tr", { class: "space", "aria-hidden": "true" }, make("td"));
  private readonly below = make("tr", { class: "space", "aria-hidden": "true" }, make("td"));
  private readonly empty = make("p", { class: "empty", hidden: true }, "No work here satisfies all of the filters.");
  private rows: readonly number[] = [];
  private made: readonly [number, number] = [0, 0];
  private active = 0;
  private selected: number | null = null;

  constructor(listing: Listing) {
    this.listing = listing;
    this.grid = make(
      "table",
      {
        role: "grid",
        tabindex: "0",
        "aria-label": listing.label,
        keydown: (event) => this.onKey(event as KeyboardEvent),
      },
      make("thead", {}, make("tr", { "aria-rowindex": 1 }, ...listing.heads)),
      this.body,
    );
    this.element = make("div", { class: "scroller", scroll: () => this.follow() }, this.grid, this.empty);
    new ResizeObserver(() => this.follow()).observe(this.element);
  }

  /** The rows in order. */
  get order(): readonly number[] {
    return this.rows;
  }

  /** Show these rows, from the first or from the selected one. */
  show(rows: readonly number[]): void {
    this.rows = rows;
    this.active = Math.max(0, this.selected === null ? 0 : rows.indexOf(this.selected));
    this.empty.hidden = rows.length > 0;
    this.grid.setAttribute("aria-rowcount", String(rows.length + 1));
    this.element.scrollTop = 0;
    this.bringIntoView();
    this.render();
  }

  /** Mark the row that is looked at, and scroll to it unless it is in sight. */
  select(row: number | null): void {
    this.selected = row;
    const place = row === null ? -1 : this.rows.indexOf(row);
    if (place >= 0) {
      this.active = place;
      this.bringIntoView();
    }
    this.render();
  }

  focus(): void {
    this.grid.focus();
  }

  /** Make the rows in sight anew. */
  render(): void {
    const [first, last] = this.inSight();
    this.made = [first, last];
    this.above.style.height = `${first * HEIGHT}px`;
    this.below.style.height = `${(this.rows.length - last) * HEIGHT}px`;
    const shown = this.rows.slice(first, last).map((row, place) => this.line(row, first + place));
    this.body.replaceChildren(this.above, ...shown, this.below);
    // A row that is scrolled out of sight is not in the page.
    const active = this.active >= first && this.active < last ? this.rows[this.active] : undefined;
    if (active === undefined) this.grid.removeAttribute("aria-activedescendant");
    else this.grid.setAttribute("aria-activedescendant", `${this.listing.name}-${active}`);
  }

  /** Make other rows where others are in sight: a row that is made anew is lost to a click that had begun on it. */
  private follow(): void {
    const [first, last] = this.inSight();
    if (first !== this.made[0] || last !== this.made[1]) this.render();
  }

  private inSight(): [number, number] {
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / HEIGHT) - BEYOND);
    return [first, Math.min(this.rows.length, Math.ceil((scrollTop + clientHeight) / HEIGHT) + BEYOND)];
  }

  private line(row: number, place: number): HTMLElement {
    return make(
      "tr",
      {
        id: `${this.listing.name}-${row}`,
        class: place === this.active ? "active" : null,
        "aria-rowindex": place + 2,
        "aria-selected": String(row === this.selected),
        click: () => {
          this.active = place;
          this.listing.open(row);
        },
      },
      ...this.listing.cells(row),
    );
  }

  private onKey(event: KeyboardEvent): void {
    if (event.target !== this.grid || isModified(event)) return;
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
      if (row !== undefined) this.listing.open(row);
    }
  }

  private bringIntoView(): void {
    const top = this.active * HEIGHT;
    const room = this.element.clientHeight - 2 * HEIGHT;
    if (top < this.element.scrollTop) this.element.scrollTop = top;
    else if (top > this.element.scrollTop + room) this.element.scrollTop = top - room;
  }
}
