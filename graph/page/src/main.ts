/** The page: it reads what is in the document, makes its parts, and lets each change of the state reach them. */

import { Details, unpack } from "./details.ts";
import { counted, make } from "./elements.ts";
import { apply, facets, type Shown } from "./filters.ts";
import { held } from "./held.ts";
import { type Columns, Literature } from "./literature.ts";
import { LiteratureMap } from "./map.ts";
import { RecordPanel } from "./record.ts";
import { haystack, matching, terms } from "./search.ts";
import { Sidebar } from "./sidebar.ts";
import { fromFragment, type Layout, type State, Store, toFragment, type View } from "./state.ts";
import { Table } from "./table.ts";

const PAUSE = 150;

async function begin(): Promise<void> {
  const source = held();
  const columns = await unpack<Columns>(await source.columns());
  const literature = new Literature(columns);
  const details = new Details(literature.size, source.chunk, source.details);
  const store = new Store(fromFragment(location.hash));
  const divisions = facets(literature);
  const select = (row: number | null) => store.set({ selected: row === null ? null : (columns.keys[row] ?? null) });

  const told = make("p", { class: "told", role: "status" });
  const search = make("input", {
    type: "search",
    placeholder: "Search titles, authors, abstracts…",
    "aria-label": "Search titles, authors, venues and abstracts",
  });
  const container = make("div", {
    class: "canvas",
    tabindex: "0",
    role: "img",
    "aria-label":
      "Map of the works and their citations; the table has the same works. Arrow keys move it, plus and minus zoom, 0 shows all.",
  });
  const sidebar = new Sidebar(literature, divisions, store);
  const table = new Table(literature, { select, sort: (sort) => store.set({ sort }) });
  const record = new RecordPanel(literature, details, { select });
  const layouts = choices<Layout>(
    "Layout",
    [
      ["network", "Network"],
      ["timeline", "Time"],
    ],
    (layout) => store.set({ layout }),
  );
  const views = choices<View>(
    "View",
    [
      ["both", "Both"],
      ["map", "Map"],
      ["table", "Table"],
    ],
    (view) => store.set({ view }),
  );
  const toggle = make(
    "button",
    { type: "button", class: "toggle", "aria-expanded": "false", click: () => openFilters() },
    "Filters",
  );
  const openFilters = () => toggle.setAttribute("aria-expanded", String(document.body.classList.toggle("filtering")));
  const zoom = make(
    "div",
    { class: "zoom" },
    make("button", { type: "button", "aria-label": "Zoom in", click: () => map?.zoom(1 / 1.6) }, "+"),
    make("button", { type: "button", "aria-label": "Zoom out", click: () => map?.zoom(1.6) }, "−"),
    make("button", { type: "button", "aria-label": "Show the whole map", click: () => map?.fit() }, "⤢"),
  );
  document.body.append(
    make("a", { class: "skip", href: "#", click: (event) => skip(event, table) }, "Skip to the table of works"),
    make(
      "header",
      { class: "top" },
      make("h1", { dir: "auto" }, source.title),
      search,
      toggle,
      layouts.element,
      views.element,
      told,
    ),
    make(
      "div",
      { class: "parts" },
      sidebar.element,
      make(
        "main",
        {},
        make("section", { class: "map", "aria-label": "Map" }, container, zoom, legend(literature)),
        table.element,
      ),
      record.element,
    ),
  );
  let map: LiteratureMap | null = null;
  let haystacks: Promise<string[]> | null = null;
  const matches = async (text: string): Promise<Uint8Array | null> => {
    const wanted = terms(text);
    if (!wanted.length) return null;
    haystacks ??= details.all().then((all) => all.map((detail, row) => haystack(literature, row, detail)));
    return matching(await haystacks, wanted);
  };
  let shown: Shown | null = null;
  let framed: boolean | null = null;
  const refilter = async (state: State) => {
    const found = await matches(state.filters.text);
    // While the abstracts were unpacked the reader may have gone on.
    if (store.state.filters !== state.filters) return;
    shown = apply(literature, divisions, state.filters, found);
    sidebar.show(shown, state.filters);
    table.show(shown.mask, state.sort);
    if (framed === null) map = drawn(container, literature, { layout: store.state.layout, mask: shown.mask }, select);
    else map?.show(shown.mask, { frame: state.filters.onlyCited !== framed });
    framed = state.filters.onlyCited;
    const all = counted(literature.size, "work");
    told.textContent = shown.count === literature.size ? all : `${shown.count.toLocaleString()} of ${all}`;
  };
  const reselect = ({ selected }: State) => {
    const row = selected === null ? null : (literature.rowOf(selected) ?? null);
    document.body.classList.toggle("reading", row !== null);
    table.select(row);
    map?.select(row);
    record.show(row);
  };
  const dress = ({ filters, layout, view }: State) => {
    if (document.activeElement !== search) search.value = filters.text;
    layouts.show(layout);
    views.show(view);
    document.body.dataset.view = view;
  };

  store.onChange((state, before) => {
    const address = `#${toFragment(state)}`;
    // A work that is opened is a step that the reader can go back from; filters are not.
    if (state.selected !== before.selected) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
    follow(state, before);
  });
  const follow = (state: State, before: State) => {
    dress(state);
    if (state.layout !== before.layout) map?.arrange(state.layout);
    if (state.filters !== before.filters) refilter(state);
    else if (state.sort !== before.sort && shown) table.show(shown.mask, state.sort);
    if (state.selected !== before.selected) reselect(state);
  };
  addEventListener("popstate", () => {
    const before = store.state;
    store.replace(fromFragment(location.hash));
    follow(store.state, before);
  });
  let waiting: ReturnType<typeof setTimeout> | undefined;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => store.filter({ text: search.value.trim() }), PAUSE);
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && store.state.selected !== null) select(null);
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (event.key === "/" && !typing) {
      event.preventDefault();
      search.focus();
    }
  });
  dress(store.state);
  refilter(store.state).then(() => {
    reselect(store.state);
    document.documentElement.dataset.ready = "true";
  });
}

/** The map, or a sentence in its place where the browser cannot draw it. */
function drawn(
  container: HTMLElement,
  literature: Literature,
  first: { layout: Layout; mask: Uint8Array },
  select: (row: number | null) => void,
): LiteratureMap | null {
  const context = document.createElement("canvas").getContext("webgl2");
  if (context) return new LiteratureMap(container, literature, first, { select });
  container.append(
    make("p", { class: "empty" }, "This browser has no WebGL, which draws the map; the table has the same works."),
  );
  return null;
}

function legend(literature: Literature): HTMLElement {
  const { seeds, retracted } = literature.columns;
  return make(
    "ul",
    { class: "legend" },
    make("li", {}, "size: citations by works here"),
    make("li", {}, "colour: community"),
    seeds.length > 0 && make("li", { class: "ring" }, "seed"),
    retracted.length > 0 && make("li", { class: "cross" }, "retracted"),
    make("li", { class: "taper" }, "citation: broad end cites"),
  );
}

function choices<Choice extends string>(
  title: string,
  named: readonly [Choice, string][],
  choose: (choice: Choice) => void,
): { element: HTMLElement; show(choice: Choice): void } {
  const buttons = named.map(
    ([choice, text]) => [choice, make("button", { type: "button", click: () => choose(choice) }, text)] as const,
  );
  return {
    element: make(
      "div",
      { class: "choices", role: "group", "aria-label": title },
      ...buttons.map(([, button]) => button),
    ),
    show(now) {
      for (const [choice, button] of buttons) button.setAttribute("aria-pressed", String(choice === now));
    },
  };
}

function skip(event: Event, table: Table): void {
  event.preventDefault();
  table.element.querySelector("table")?.focus();
}

begin();
