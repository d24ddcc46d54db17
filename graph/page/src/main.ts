/** The page: it reads what is in the document, makes its parts, and lets each change of the state reach them. */

import { begun } from "./beginning.ts";
import { Details, unpack } from "./details.ts";
import { counted, make } from "./elements.ts";
import { Exports } from "./exports.ts";
import { apply, facets, type Shown } from "./filters.ts";
import { held } from "./held.ts";
import { isTyping, Keys } from "./keys.ts";
import type { Area } from "./lasso.ts";
import { type Columns, Literature } from "./literature.ts";
import { LiteratureMap, type MapEvents, type Masks } from "./map.ts";
import { CommunitiesPanel } from "./panels/communities.ts";
import { CoveragePanel } from "./panels/coverage.ts";
import { MissingPanel } from "./panels/missing.ts";
import { RankingPanel } from "./panels/ranking.ts";
import { worksPanel } from "./panels/works.ts";
import { YearsPanel } from "./panels/years.ts";
import { Panels } from "./panels.ts";
import { RecordPanel } from "./record.ts";
import { asked, mainPath, RoutePart, routesOf } from "./route.ts";
import { Screening } from "./screening.ts";
import { ScreeningPanel } from "./screening-panel.ts";
import { haystack, matching, terms } from "./search.ts";
import { Sidebar } from "./sidebar.ts";
import { NoWebGL } from "./stage.ts";
import { fromFragment, type Layout, type State, Store, toFragment, type View } from "./state.ts";
import { Table } from "./table.ts";
import { MapTools } from "./tools.ts";

const PAUSE = 150;

async function begin(): Promise<void> {
  const source = held();
  const columns = await unpack<Columns>(await source.columns());
  const literature = new Literature(columns);
  const details = new Details(literature.size, source.chunk, source.details);
  const store = new Store(fromFragment(location.hash));
  const divisions = facets(literature);
  const select = (row: number | null) => {
    if (route.isWaiting && row !== null) route.take(row);
    else if (row === null) {
      route.cancel();
      store.set({ selected: null, path: null });
    } else store.set({ selected: columns.keys[row] ?? null });
  };
  const route = new RoutePart(literature, {
    path(to) {
      const end = to === null ? undefined : columns.keys[to];
      const { selected } = store.state;
      store.set({ path: end === undefined || selected === null ? null : [selected, end] });
    },
    around(depth) {
      const { selected } = store.state;
      if (selected !== null) store.filter({ around: { key: selected, depth } });
    },
    open: select,
  });
  const tools = new MapTools(literature, store, { draws: (isDrawing) => map?.draws(isDrawing) });

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
  const panels = new Panels(
    [
      worksPanel(table),
      new CommunitiesPanel(literature, {
        open: select,
        filter(code) {
          const community = new Set(code === null ? [] : [code]);
          store.filter({ chosen: { ...store.state.filters.chosen, community } });
        },
      }),
      new YearsPanel(literature, (years) => store.filter(years)),
      new CoveragePanel(literature),
      new MissingPanel(literature, select),
      ...(columns.ranks ? [new RankingPanel(literature, details, select)] : []),
    ],
    (panel) => store.set({ panel }),
  );
  const screening = new Screening(literature);
  const { keeping, warning } = await begun(source, literature, screening, {
    told: () => verdicts.tell(),
    refused(row) {
      rescreen();
      if (columns.keys[row] === store.state.selected) verdicts.show(row);
    },
  });
  const keys = new Keys();
  const verdicts = new ScreeningPanel(literature, details, screening, keeping, keys, {
    select: (row) => store.set({ selected: columns.keys[row] ?? null }),
    order: () => panels.order,
  });
  if (warning) verdicts.warn(warning);
  const record = new RecordPanel(literature, details, { select }, [route.element], verdicts.element);
  const skip = (event: Event) => {
    event.preventDefault();
    store.set({ panel: "works" });
    table.focus();
  };
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
  const exports = new Exports(literature, details, source.title, {
    rows: () => table.order,
    picture: () => (container.clientWidth && container.clientHeight ? (map?.picture() ?? null) : null),
  });
  document.body.append(
    make(
      "header",
      { class: "top" },
      make("a", { class: "skip", href: "#", click: skip }, "Skip to the table of works"),
      make("h1", { dir: "auto" }, source.title),
      search,
      toggle,
      layouts.element,
      views.element,
      exports.element,
      told,
      verdicts.button,
      verdicts.aloud,
    ),
    make(
      "div",
      { class: "parts" },
      sidebar.element,
      make(
        "main",
        {},
        tools.limits,
        make(
          "section",
          { class: "map", "aria-label": "Map" },
          container,
          tools.element,
          zoom,
          legend(literature),
          tools.note,
        ),
        panels.element,
      ),
      record.element,
    ),
    keys.help,
  );
  let map: LiteratureMap | null = null;
  let haystacks: Promise<string[]> | null = null;
  const matches = async (text: string): Promise<Uint8Array | null> => {
    const wanted = terms(text);
    if (!wanted.length) return null;
    // Of very many works the abstracts take seconds, once.
    if (!haystacks) told.textContent = "reading the abstracts…";
    haystacks ??= details.all().then((all) => all.map((detail, row) => haystack(literature, row, detail)));
    return matching(await haystacks, wanted);
  };
  let shown: Shown | null = null;
  let matched: Uint8Array | null = null;
  let framed: string | null = null;
  const drew = (area: Area | null) => {
    tools.draws(false);
    if (area) store.filter({ area });
  };
  const refilter = async (state: State) => {
    let isUnsearched = false;
    const found = await matches(state.filters.text).catch(() => {
      haystacks = null;
      isUnsearched = true;
      return null;
    });
    // While the abstracts were unpacked the reader may have gone on.
    if (store.state.filters !== state.filters) return;
    matched = found;
    shown = apply(literature, divisions, state.filters, found);
    sidebar.show(shown, state.filters);
    table.show(shown.mask, store.state.sort);
    panels.show(shown, state.filters);
    const { area, around, onlyCited } = state.filters;
    const frame = JSON.stringify([onlyCited, around]);
    if (framed === null) {
      map = drawn(
        container,
        literature,
        { layout: store.state.layout, ...shown },
        { select, area: drew, citations: (some, all) => tools.tell(some, all) },
      );
    }
    map?.show(shown, area, { frame: framed !== null && frame !== framed });
    framed = frame;
    const all = counted(literature.size, "work");
    const some = shown.count === literature.size ? all : `${shown.count.toLocaleString()} of ${all}`;
    told.textContent = isUnsearched ? `${some}; not searched, for the abstracts could not be read` : some;
  };
  const rescreen = () => {
    verdicts.tell();
    const { filters } = store.state;
    if (filters.chosen.screening.size) refilter(store.state);
    else sidebar.show(apply(literature, divisions, filters, matched), filters);
    panels.refresh();
  };
  const reselect = ({ selected }: State) => {
    const row = selected === null ? null : (literature.rowOf(selected) ?? null);
    document.body.classList.toggle("reading", row !== null);
    panels.select(row);
    map?.select(row);
    const isLeft = row === null && record.element.contains(document.activeElement);
    record.show(row);
    verdicts.show(row);
    // Whoever closes a record goes on among the works.
    if (isLeft) table.focus();
  };
  const retrace = ({ selected, path, main }: State) => {
    const row = selected === null ? undefined : literature.rowOf(selected);
    const ways = asked(literature, path);
    if (row !== undefined) route.show(row, ways);
    map?.trace([...(main ? mainPath(literature) : []), ...(ways ? routesOf(literature, ways.found) : [])]);
  };
  const dress = (state: State) => {
    const { filters, layout, view, panel } = state;
    tools.show(state);
    if (document.activeElement !== search) search.value = filters.text;
    layouts.show(layout);
    views.show(view);
    panels.turn(panel);
    document.body.dataset.view = view;
    document.body.dataset.layout = layout;
  };

  store.onChange((state, before) => {
    const address = `#${toFragment(state)}`;
    follow(state, before);
    // A work that is opened is a step that the reader can go back from; filters are not.
    if (state.selected !== before.selected) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  });
  const follow = (state: State, before: State) => {
    dress(state);
    if (state.layout !== before.layout) map?.arrange(state.layout);
    if (state.filters !== before.filters) refilter(state);
    else if (state.sort !== before.sort && shown) table.show(shown.mask, state.sort);
    if (state.selected !== before.selected) reselect(state);
    if (state.selected !== before.selected || state.path !== before.path || state.main !== before.main) retrace(state);
  };
  addEventListener("popstate", () => {
    const before = store.state;
    store.replace(fromFragment(location.hash));
    follow(store.state, before);
  });
  screening.onChange((row, before) => {
    keeping.keep(columns.keys[row] ?? "", screening.of(row), before);
    rescreen();
  });
  let waiting: ReturnType<typeof setTimeout> | undefined;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => store.filter({ text: search.value.trim() }), PAUSE);
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target !== search) {
      if (tools.isOn) tools.draws(false);
      else if (route.isWaiting) route.cancel();
      else if (store.state.selected !== null && !isTyping(event.target)) select(null);
    }
    const key = keys.pressed(event);
    if (key === "l") tools.draws(!tools.isOn);
    if (key === "/") {
      event.preventDefault();
      search.focus();
    }
  });
  dress(store.state);
  refilter(store.state).then(() => {
    reselect(store.state);
    retrace(store.state);
    document.documentElement.dataset.ready = "true";
  });
}

/** The map, or a sentence in its place where the browser cannot draw it. */
function drawn(
  container: HTMLElement,
  literature: Literature,
  first: { layout: Layout } & Masks,
  events: MapEvents,
): LiteratureMap | null {
  try {
    return new LiteratureMap(container, literature, first, events);
  } catch (error) {
    if (!(error instanceof NoWebGL)) throw error;
    // What is in a picture is not read out, and there is none.
    for (const name of ["role", "tabindex", "aria-label"]) container.removeAttribute(name);
    container.replaceChildren(
      make("p", { class: "empty" }, "This browser has no WebGL, which draws the map; the table has the same works."),
    );
    return null;
  }
}

function legend(literature: Literature): HTMLElement {
  const { seeds, retracted, years } = literature.columns;
  return make(
    "ul",
    { class: "legend" },
    make("li", {}, "size: citations by works here"),
    make("li", {}, "colour: community"),
    seeds.length > 0 && make("li", { class: "ring" }, "seed"),
    retracted.length > 0 && make("li", { class: "cross" }, "retracted"),
    make("li", { class: "taper" }, "citation: broad end cites"),
    years.includes(null) && make("li", { class: "undated" }, "on top: year not known"),
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

begin().catch((error: unknown) => {
  const why = error instanceof Error ? error.message : String(error);
  document.body.append(
    make(
      "p",
      { class: "empty", role: "alert" },
      `The page could not be opened (${why}). A browser of the last three years reads it; a page that \`harvester view\` has opened needs it running.`,
    ),
  );
});
