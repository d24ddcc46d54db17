/** The record of a work: what is said of it, who says so, what it cites and what cites it. */

import type { Detail, Details, Person, Provenance } from "./details.ts";
import { counted, link, make } from "./elements.ts";
import { resolver } from "./exports/text.ts";
import type { Literature, Neighbour } from "./literature.ts";

const AUTHORS = 12;
const LINKED = 40;

export interface RecordEvents {
  select(row: number | null): void;
}

export class RecordPanel {
  readonly element: HTMLElement;
  private readonly literature: Literature;
  private readonly details: Details;
  private readonly events: RecordEvents;
  /** Parts that others keep, between the heading and the facts. */
  private readonly parts: readonly Node[];
  private readonly content = make("div", { class: "content" });
  private shown: number | null = null;

  /** `below` stays in sight below each record. */
  constructor(
    literature: Literature,
    details: Details,
    events: RecordEvents,
    parts: readonly Node[],
    below: HTMLElement,
  ) {
    this.parts = parts;
    this.literature = literature;
    this.details = details;
    this.events = events;
    const said = { class: "record", "aria-label": "Record", tabindex: "-1", hidden: true };
    this.element = make("aside", said, this.content, below);
  }

  /** Show the record of a work, or none. */
  async show(row: number | null): Promise<void> {
    this.shown = row;
    this.element.hidden = row === null;
    if (row === null) return;
    // Whoever decides meanwhile must not have another work before their eyes.
    this.fill(row, {});
    this.element.scrollTop = 0;
    try {
      const detail = await this.details.of(row);
      // Another work may have been chosen while this one was unpacked.
      if (this.shown === row) this.fill(row, detail);
    } catch {
      if (this.shown === row) this.fill(row, {}, { isLacking: true });
    }
  }

  private fill(row: number, detail: Detail, { isLacking } = { isLacking: false }): void {
    // Whoever follows a citation by the keyboard goes on in the record that it leads to.
    const focused = document.activeElement;
    const isWithin = this.content.contains(focused);
    this.content.replaceChildren(
      this.heading(row, detail),
      ...this.parts,
      ...(isLacking ? [this.lacking(row)] : []),
      ...abstract(detail),
      this.facts(row, detail),
      this.linked("Cites", "references", this.literature.references(row)),
      this.linked("Cited by", "cited-by", this.literature.citedBy(row)),
    );
    // Whoever was writing in a part that stays writes on: their letters must not become decisions.
    const kept = focused instanceof HTMLElement && focused.isConnected ? focused : this.element;
    if (isWithin) kept.focus({ preventScroll: true });
  }

  private lacking(row: number): HTMLElement {
    const again = make("button", { type: "button", class: "more", click: () => this.show(row) }, "Try again");
    return make("p", { class: "empty", role: "alert" }, "The rest of this record could not be read. ", again);
  }

  private heading(row: number, detail: Detail): HTMLElement {
    const close = make(
      "button",
      { type: "button", class: "close", "aria-label": "Close the record", click: () => this.events.select(null) },
      "×",
    );
    const marks = [
      this.literature.isRetracted(row) && make("span", { class: "mark retracted" }, "retracted"),
      this.literature.isSeed(row) && make("span", { class: "mark" }, "seed"),
      this.literature.isOnlyCited(row) && make("span", { class: "mark faint" }, "known only by being cited"),
    ];
    return make(
      "header",
      {},
      close,
      make("h2", { dir: "auto" }, this.literature.nameOf(row)),
      detail.subtitle && make("p", { class: "subtitle", dir: "auto" }, detail.subtitle),
      ...(detail.other_titles ?? []).map((title) =>
        make("p", { class: "subtitle", dir: "auto", lang: title.language }, title.text),
      ),
      make("p", { class: "marks" }, ...marks),
    );
  }

  private facts(row: number, detail: Detail): HTMLElement {
    const { columns } = this.literature;
    const said = detail.provenance ?? {};
    const community = columns.communities[row] ?? -1;
    const dot = make("span", { class: "dot", "aria-hidden": "true" });
    dot.style.backgroundColor = this.literature.colourOf(row);
    const list = make("dl");
    const add = (name: string, value: Node | string | null | undefined, from?: Provenance) => {
      if (value === null || value === undefined || value === "") return;
      list.append(make("dt", {}, name), make("dd", { dir: "auto" }, value, ...provenance(from)));
    };
    add("Authors", people(detail.authors) ?? columns.authors[row], said.authors);
    add("Editors", people(detail.editors), said.editors);
    add("Date", detail.date ?? columns.years[row]?.toString(), said.date ?? said.year);
    add("Venue", [this.literature.venueOf(row), detail.series].filter(Boolean).join(", "), said.venue);
    const issue = detail.issue && `issue ${detail.issue}`;
    const pages =
      [...new Set([detail.first_page, detail.last_page].filter(Boolean))].join("–") || detail.article_number;
    const places = [detail.volume && `volume ${detail.volume}`, issue, pages && `pages ${pages}`];
    add("Where", places.filter(Boolean).join(", "), said.volume ?? said.first_page);
    add("Publisher", detail.publisher, said.publisher);
    add("Type", this.literature.typeOf(row), said.type);
    add("Language", detail.language, said.language);
    add("Identifiers", identifiers(detail, columns.keys[row] ?? ""), said.doi);
    add("Read", reading(detail), said.open_access);
    for (const notice of detail.notices ?? []) {
      const text = [notice.type?.replaceAll("_", " "), notice.date, notice.asserted_by].filter(Boolean).join(", ");
      add("Notice", link(text, notice.doi && resolver(notice.doi)));
    }
    add("Keywords", detail.keywords?.join("; "));
    if (community >= 0) add("Community", make("span", {}, dot, this.literature.communityName(community)));
    add("Cited", cited(columns.cited_here[row] ?? 0, columns.cited_anywhere[row] ?? null));
    add("Held by", detail.held_by?.join(", "));
    return list;
  }

  private linked(title: string, name: string, neighbours: readonly Neighbour[]): HTMLElement {
    const { cited_here } = this.literature.columns;
    const order = [...neighbours].sort((a, b) => (cited_here[b.row] ?? 0) - (cited_here[a.row] ?? 0) || a.row - b.row);
    const list = make("ul", { class: "linked" }, ...order.slice(0, LINKED).map((each) => this.entry(each)));
    const section = make("section", { class: name }, make("h3", {}, `${title} ${counted(order.length, "work")} here`));
    if (order.length) section.append(list);
    if (order.length > LINKED) {
      const rest = () => {
        list.append(...order.slice(LINKED).map((each) => this.entry(each)));
        more.remove();
        list.children[LINKED]?.querySelector("button")?.focus();
      };
      const more = make("button", { type: "button", class: "more", click: rest }, `Show all ${order.length}`);
      section.append(more);
    }
    return section;
  }

  private entry({ row, edge }: Neighbour): HTMLElement {
    const open = () => this.events.select(row);
    return make(
      "li",
      {},
      make(
        "button",
        { type: "button", click: open },
        make("span", { class: "short" }, this.literature.labelOf(row)),
        make("span", { class: "title", dir: "auto" }, this.literature.columns.titles[row] ?? ""),
      ),
      make("span", { class: "by" }, this.literature.knownBy(edge)),
    );
  }
}

function provenance(said: Provenance | undefined): Node[] {
  if (!said) return [];
  const found: Node[] = [];
  if (said.sources?.length) found.push(make("span", { class: "by" }, said.sources.join(", ")));
  for (const { source, value } of said.others ?? []) {
    found.push(make("span", { class: "other", dir: "auto" }, `${source} says: ${value ?? "nothing"}`));
  }
  return found;
}

function people(authors: readonly Person[] | undefined): Node | null {
  if (!authors?.length) return null;
  const named = (some: readonly Person[]) =>
    some.flatMap(({ name, orcid }, place) => [
      place ? "; " : "",
      orcid ? link(name ?? "?", `https://orcid.org/${orcid.replace(/^.*\//, "")}`) : (name ?? "?"),
    ]);
  const text = make("span", {}, ...named(authors.slice(0, AUTHORS)));
  if (authors.length > AUTHORS) {
    const rest = make("span", { tabindex: "-1" }, "; ", ...named(authors.slice(AUTHORS)));
    const all = () => {
      more.replaceWith(rest);
      rest.focus();
    };
    const button = make(
      "button",
      { type: "button", class: "more", click: all },
      `and ${authors.length - AUTHORS} more`,
    );
    const more = make("span", {}, " ", button);
    text.append(more);
  }
  return text;
}

function identifiers(detail: Detail, key: string): Node {
  const { doi, pmid, pmcid, openalex } = detail;
  const known: [string, string | undefined, string | undefined][] = [
    [doi ?? "", doi, doi && resolver(doi)],
    [`PubMed ${pmid}`, pmid, `https://pubmed.ncbi.nlm.nih.gov/${pmid}/`],
    [pmcid ?? "", pmcid, `https://pmc.ncbi.nlm.nih.gov/articles/${pmcid}/`],
    [openalex ?? "", openalex, `https://openalex.org/${openalex}`],
  ];
  const given = known.filter(([, identifier]) => identifier);
  if (!given.length) return make("span", {}, key);
  return make("span", {}, ...given.flatMap(([text, , address], place) => [place ? " · " : "", link(text, address)]));
}

function reading(detail: Detail): Node | null {
  const { open_access: access, links } = detail;
  const ways: Node[] = [];
  if (access?.pdf_url) ways.push(link("PDF", access.pdf_url));
  if (access?.url && access.url !== access.pdf_url) ways.push(link("open copy", access.url));
  for (const { url, kind } of links ?? []) {
    if (url && ways.length < 6 && kind === "landing") ways.push(link("page of the publisher", url));
  }
  if (!ways.length && !access?.status) return null;
  const parts = ways.flatMap((way) => [" · ", way]);
  return make(
    "span",
    {},
    access?.status ? `open access: ${access.status}` : "",
    ...(access?.status ? parts : parts.slice(1)),
  );
}

function cited(here: number, anywhere: number | null): string {
  const stated = anywhere === null ? "" : `, ${counted(anywhere, "time")} by an index's count`;
  return `by ${counted(here, "work")} here${stated}`;
}

function abstract(detail: Detail): Node[] {
  if (!detail.abstract) return [];
  const parts = detail.abstract.map(({ label, text }) =>
    make("p", { dir: "auto" }, label && make("strong", {}, `${label} `), text),
  );
  return [
    make(
      "section",
      { class: "abstract" },
      make("h3", {}, "Abstract"),
      ...parts,
      ...provenance(detail.provenance?.abstract),
    ),
  ];
}
