/** What stands below the map, as tabs: the table of the works, and what is counted of them. */

import { make } from "./elements.ts";
import type { Filters, Shown } from "./filters.ts";
import { isModified } from "./keys.ts";
import type { PanelName } from "./state.ts";

export interface Panel {
  name: PanelName;
  title: string;
  explained: string;
  element: HTMLElement;
  /** The works that it lists, where it lists works one below the other. */
  readonly order?: readonly number[];
  /** Show what the filters let through. */
  show(shown: Shown, filters: Filters): void;
  /** Mark the work that is looked at. */
  select?(row: number | null): void;
  /** What is known of a work has changed. */
  refresh?(): void;
}

/** Tabs after the pattern of ARIA (w3.org/WAI/ARIA/apg/patterns/tabs), of which the open one only is in the page. */
export class Panels {
  readonly element: HTMLElement;
  private readonly panels: readonly Panel[];
  private readonly choose: (name: PanelName) => void;
  private readonly tabs = new Map<PanelName, HTMLButtonElement>();
  private readonly places = new Map<PanelName, HTMLElement>();
  private readonly outdated = new Set<Panel>();
  private open: Panel | null = null;
  private latest: { shown: Shown; filters: Filters } | null = null;
  private selected: number | null = null;

  constructor(panels: readonly Panel[], choose: (name: PanelName) => void) {
    this.panels = panels;
    this.choose = choose;
    for (const { name, title, explained, order } of panels) {
      const tab = make(
        "button",
        {
          type: "button",
          role: "tab",
          id: `tab-${name}`,
          "aria-controls": `panel-${name}`,
          title: explained,
          click: () => this.choose(name),
        },
        title,
      );
      this.tabs.set(name, tab);
      const place = make("div", {
        class: "panel",
        role: "tabpanel",
        id: `panel-${name}`,
        "aria-labelledby": `tab-${name}`,
        // A table takes the keys itself; what else there is to read must be scrolled by them.
        tabindex: order ? null : 0,
      });
      this.places.set(name, place);
    }
    const bar = make(
      "div",
      {
        class: "tabs",
        role: "tablist",
        "aria-label": "Works, and what is counted of them",
        keydown: (event) => this.onKey(event as KeyboardEvent),
      },
      ...this.tabs.values(),
    );
    this.element = make("section", { class: "panels", "aria-label": "Lists and counts" }, bar, ...this.places.values());
  }

  /** The works in the order in which the open panel has them: that of the table where it lists none. */
  get order(): readonly number[] {
    return this.open?.order ?? this.panels[0]?.order ?? [];
  }

  /** Show what the filters let through. */
  show(shown: Shown, filters: Filters): void {
    this.latest = { shown, filters };
    for (const panel of this.panels) this.outdated.add(panel);
    this.fill();
  }

  /** Open a panel; the first one where there is none of this name. */
  turn(name: PanelName): void {
    const open = this.panels.find((panel) => panel.name === name) ?? this.panels[0];
    if (!open || open === this.open) return;
    this.open = open;
    for (const panel of this.panels) {
      const isOpen = panel === open;
      const tab = this.tabs.get(panel.name);
      const place = this.places.get(panel.name);
      tab?.setAttribute("aria-selected", String(isOpen));
      tab?.setAttribute("tabindex", isOpen ? "0" : "-1");
      if (!place) continue;
      place.hidden = !isOpen;
      place.replaceChildren(...(isOpen ? [panel.element] : []));
    }
    this.tabs.get(open.name)?.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.fill();
    // Out of the page it lost its place.
    open.select?.(this.selected);
  }

  /** Mark the work that is looked at. */
  select(row: number | null): void {
    this.selected = row;
    for (const panel of this.panels) panel.select?.(row);
  }

  /** What is known of a work has changed. */
  refresh(): void {
    for (const panel of this.panels) panel.refresh?.();
  }

  private fill(): void {
    if (this.open && this.latest && this.outdated.delete(this.open)) {
      this.open.show(this.latest.shown, this.latest.filters);
    }
  }

  private onKey(event: KeyboardEvent): void {
    if (isModified(event)) return;
    const names = this.panels.map((panel) => panel.name);
    const place = this.open ? names.indexOf(this.open.name) : 0;
    const moves: Record<string, number> = {
      ArrowRight: place + 1,
      ArrowLeft: place - 1,
      Home: 0,
      End: names.length - 1,
    };
    const to = moves[event.key];
    const name = to === undefined ? undefined : names.at(to % names.length);
    if (name === undefined) return;
    event.preventDefault();
    this.choose(name);
    this.tabs.get(name)?.focus();
  }
}
