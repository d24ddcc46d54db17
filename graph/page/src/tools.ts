/** What may be done with the map beside moving it, and what is said of what it shows. */

import { counted, make } from "./elements.ts";
import type { Literature } from "./literature.ts";
import type { State, Store } from "./state.ts";

export interface ToolEvents {
  /** Let the reader draw a region, or no longer. */
  draws(isDrawing: boolean): void;
}

export class MapTools {
  /** The buttons on the map. */
  readonly element: HTMLElement;
  /** What limits the works, and how to have them all again: above the map and the table. */
  readonly limits = make("p", { class: "limits", hidden: true });
  /** How much of the literature the map has: below it. */
  readonly note = make("p", { class: "note" });
  private readonly literature: Literature;
  private readonly store: Store;
  private readonly events: ToolEvents;
  private readonly region: HTMLElement;
  private readonly main: HTMLElement | null;
  private isDrawing = false;

  constructor(literature: Literature, store: Store, events: ToolEvents) {
    this.literature = literature;
    this.store = store;
    this.events = events;
    this.region = make(
      "button",
      {
        type: "button",
        "aria-pressed": "false",
        title: "Draw a line around works: only these are then in the table, the counts and the exports (key l)",
        click: () => this.draws(!this.isDrawing),
      },
      "Draw region",
    );
    const toggle = () => this.store.set({ main: !this.store.state.main });
    this.main = literature.columns.main_path.length
      ? make(
          "button",
          {
            type: "button",
            title: "Draw the main path on top: the citations that most chains of citations run through",
            click: toggle,
          },
          "Main path",
        )
      : null;
    this.element = make("div", { class: "tools" }, this.region, this.main);
  }

  /** Begin to draw a region, or end it. */
  draws(isDrawing: boolean): void {
    this.isDrawing = isDrawing;
    this.region.setAttribute("aria-pressed", String(isDrawing));
    this.events.draws(isDrawing);
  }

  get isOn(): boolean {
    return this.isDrawing;
  }

  /** Show what is chosen. */
  show({ filters, main, layout }: State): void {
    // Above the years, where those stand.
    this.note.classList.toggle("raised", layout === "timeline");
    this.main?.setAttribute("aria-pressed", String(main));
    const { area, around } = filters;
    const said: (Node | string)[] = [];
    const clear = (text: string, title: string, click: () => void) =>
      make("button", { type: "button", class: "more", title, click }, text);
    if (area) {
      said.push(
        "Only works within the region that you drew ",
        clear("clear", "Show the works outside of the region too", () => this.store.filter({ area: null })),
      );
    }
    const row = around ? this.literature.rowOf(around.key) : undefined;
    if (around && row !== undefined) {
      const far = around.depth === 1 ? "its neighbours" : "its neighbours, and theirs";
      said.push(
        ...(said.length ? [" · "] : []),
        make("span", { dir: "auto" }, `Only ${this.literature.labelOf(row)} and ${far} `),
        clear("back to all", "Show the other works too", () => this.store.filter({ around: null })),
      );
    }
    const isWithin = this.limits.contains(document.activeElement);
    this.limits.hidden = said.length === 0;
    this.limits.replaceChildren(...said);
    // Whoever has cleared one limit goes on with the other, or with the tools.
    if (isWithin) (this.limits.querySelector("button") ?? this.region).focus();
  }

  /** Say how many of the citations are drawn, and how many works are not here. */
  tell(drawn: number, total: number): void {
    const { left_out } = this.literature.columns;
    const said: string[] = [];
    if (drawn < total) {
      const all = counted(total, "citation");
      said.push(`${drawn.toLocaleString()} of ${all} are drawn; those of a work that you point at always are.`);
    }
    if (left_out) {
      const are = left_out === 1 ? "is" : "are";
      said.push(`${counted(left_out, "work")} known only by being cited ${are} not on this page.`);
    }
    this.note.hidden = said.length === 0;
    this.note.textContent = said.join(" ");
  }
}
