/** The filters: words, years, and the facets by which the works differ, each choice with what it would show. */

import { counted, make, replace } from "./elements.ts";
import { type Facet, type Filters, type Retracted, type Shown, UNFILTERED } from "./filters.ts";
import { Histogram } from "./histogram.ts";
import type { Literature } from "./literature.ts";
import type { Store } from "./state.ts";

const FEW = 8;

export class Sidebar {
  readonly element: HTMLElement;
  private readonly literature: Literature;
  private readonly divisions: readonly Facet[];
  private readonly store: Store;
  private readonly histogram: Histogram;
  private readonly lists = new Map<Facet, HTMLElement>();
  private readonly opened = new Set<Facet>();
  private readonly switches: { set(filters: Filters): void }[] = [];

  constructor(literature: Literature, divisions: readonly Facet[], store: Store) {
    this.literature = literature;
    this.divisions = divisions;
    this.store = store;
    this.histogram = new Histogram(literature.columns.years, (years) => store.filter(years));
    const fields = divisions.map((facet) => {
      const list = make("div", { class: "values" });
      this.lists.set(facet, list);
      return make("fieldset", { class: "facet" }, make("legend", {}, facet.title), list);
    });
    const clear = () => store.filter(UNFILTERED);
    this.element = make(
      "aside",
      { class: "filters", "aria-label": "Filters" },
      make("h2", {}, "Filters", make("button", { type: "button", class: "clear", click: clear }, "clear all")),
      this.histogram.element,
      this.flags(),
      ...fields,
    );
  }

  /** Show what is chosen, and what each choice would show. */
  show(shown: Shown, filters: Filters): void {
    this.histogram.show(shown.years, filters);
    for (const each of this.switches) each.set(filters);
    for (const facet of this.divisions) this.fill(facet, shown.counts.get(facet.name) ?? [], filters);
  }

  private flags(): HTMLElement {
    const { columns } = this.literature;
    const found: HTMLElement[] = [];
    if (columns.open_access.includes(true)) found.push(this.flag("Open access only", "openAccess"));
    if (columns.seeds.length) found.push(this.flag("Seeds only", "seeds"));
    if (columns.only_cited.length) {
      const works = counted(columns.only_cited.length, "work");
      found.push(this.flag(`With ${works} known only by being cited`, "onlyCited"));
    }
    if (columns.retracted.length) found.push(this.retracted(columns.retracted.length));
    return make("fieldset", { class: "flags", hidden: found.length === 0 }, make("legend", {}, "Show"), ...found);
  }

  private flag(title: string, name: "openAccess" | "seeds" | "onlyCited"): HTMLElement {
    const box = make("input", { type: "checkbox", change: () => this.store.filter({ [name]: box.checked }) });
    this.switches.push({
      set: (filters) => {
        box.checked = filters[name];
      },
    });
    return make("label", {}, box, make("span", {}, title));
  }

  private retracted(count: number): HTMLElement {
    const choices: [Retracted, string][] = [
      ["shown", "shown with the others"],
      ["hidden", "hidden"],
      ["only", "only these"],
    ];
    const choose = () => this.store.filter({ retracted: list.value as Retracted });
    const list = make("select", { change: choose }, ...choices.map(([value, text]) => make("option", { value }, text)));
    this.switches.push({
      set: (filters) => {
        list.value = filters.retracted;
      },
    });
    return make("label", { class: "choice" }, make("span", {}, `${counted(count, "retracted work")}: `), list);
  }

  private fill(facet: Facet, counts: readonly number[], filters: Filters): void {
    const list = this.lists.get(facet);
    if (!list) return;
    const chosen = filters.chosen[facet.name];
    const values = facet.codes.map((_, value) => value);
    const isInOrder = facet.name === "found" || facet.name === "screening";
    if (!isInOrder) values.sort((one, other) => (counts[other] ?? 0) - (counts[one] ?? 0) || one - other);
    const all = this.opened.has(facet);
    const shown = values.filter((value, place) => all || place < FEW || chosen.has(facet.codes[value] ?? ""));
    const more = () => {
      this.opened.add(facet);
      this.fill(facet, counts, this.store.state.filters);
    };
    const next = values.find((value) => !shown.includes(value));
    // What has the focus is made anew, and must not lose it: a reader at the keyboard would begin again. Who has asked
    // for all values goes on at the first of those that were not there.
    replace(
      list,
      ...shown.map((value) => this.choice(facet, value, counts[value] ?? 0, chosen)),
      next !== undefined &&
        make(
          "button",
          { type: "button", class: "more", "data-code": facet.codes[next], click: more },
          `Show all ${values.length}`,
        ),
    );
  }

  private choice(facet: Facet, value: number, count: number, chosen: ReadonlySet<string>): HTMLElement {
    const code = facet.codes[value] ?? "";
    const choose = () => {
      const now = new Set(this.store.state.filters.chosen[facet.name]);
      if (box.checked) now.add(code);
      else now.delete(code);
      this.store.filter({ chosen: { ...this.store.state.filters.chosen, [facet.name]: now } });
    };
    const box = make("input", { type: "checkbox", "data-code": code, change: choose });
    box.checked = chosen.has(code);
    const dot = facet.name === "community" && make("span", { class: "dot", "aria-hidden": "true" });
    if (dot) dot.style.backgroundColor = this.literature.colour(value);
    return make(
      "label",
      { class: count ? null : "nothing" },
      box,
      dot,
      make("span", { class: "name", dir: "auto" }, facet.names[value]),
      make("span", { class: "count" }, count.toLocaleString()),
    );
  }
}
