/** Export: what is shown as a file, of its works or of the map. */

import type { Details } from "./details.ts";
import { counted, make } from "./elements.ts";
import { csv } from "./exports/csv.ts";
import { download, fileName, png } from "./exports/file.ts";
import { graphml } from "./exports/graphml.ts";
import { json } from "./exports/json.ts";
import { svg } from "./exports/picture.ts";
import { ris } from "./exports/ris.ts";
import { described, type Work } from "./exports/work.ts";
import type { Literature } from "./literature.ts";
import type { Picture } from "./map.ts";

/** What there is to export at the time. */
export interface Exported {
  /** The works that are shown, in the order of the table. */
  rows(): readonly number[];
  /** The map, null where it is not in sight. */
  picture(): Picture | null;
}

interface Format {
  name: string;
  ending: string;
  type: string;
  explained: string;
}

interface Listing extends Format {
  /** Whether it has works that are known only by being cited: they have an identifier and nothing to read. */
  hasOnlyCited: boolean;
  write(literature: Literature, works: readonly Work[]): string;
}

interface Image extends Format {
  write(literature: Literature, picture: Picture, title: string): Promise<Blob> | Blob;
}

const LISTINGS: readonly Listing[] = [
  {
    name: "RIS",
    ending: "ris",
    type: "application/x-research-info-systems",
    explained: "References for EndNote, Zotero, Mendeley, Covidence, Rayyan",
    hasOnlyCited: false,
    write: (_, works) => ris(works),
  },
  {
    name: "CSV",
    ending: "csv",
    type: "text/csv",
    explained: "A table for spreadsheets and ASReview",
    hasOnlyCited: false,
    write: (_, works) => csv(works),
  },
  {
    name: "JSON",
    ending: "json",
    type: "application/json",
    explained: "Works with who says what of them, and their citations, for programs",
    hasOnlyCited: true,
    write: json,
  },
  {
    name: "GraphML",
    ending: "graphml",
    type: "application/xml",
    explained: "Works and their citations for Gephi, igraph, networkx",
    hasOnlyCited: true,
    write: graphml,
  },
];

const IMAGES: readonly Image[] = [
  {
    name: "PNG",
    ending: "png",
    type: "image/png",
    explained: "The map as it stands, as a picture of points at twice its size",
    write: (literature, picture, title) => png(svg(literature, picture, title)),
  },
  {
    name: "SVG",
    ending: "svg",
    type: "image/svg+xml",
    explained: "The map as it stands, as a drawing that stays sharp at any size",
    write: (literature, picture, title) => new Blob([svg(literature, picture, title).text], { type: "image/svg+xml" }),
  },
];

export class Exports {
  readonly element: HTMLDetailsElement;
  private readonly literature: Literature;
  private readonly details: Details;
  private readonly title: string;
  private readonly exported: Exported;
  private readonly summary = make("summary", { title: "Save what is shown as a file" }, "Export");
  private readonly works = make("h2", {});
  private readonly note = make("p", { class: "fine" });
  private readonly said = make("p", { class: "fine", role: "status" });
  private readonly listings: HTMLButtonElement[];
  private readonly images: HTMLButtonElement[];
  private isBusy = false;

  constructor(literature: Literature, details: Details, title: string, exported: Exported) {
    this.literature = literature;
    this.details = details;
    this.title = title;
    this.exported = exported;
    this.listings = LISTINGS.map((format) => this.button(format, () => this.list(format)));
    this.images = IMAGES.map((format) => this.button(format, () => this.draw(format)));
    this.element = make(
      "details",
      { class: "export", toggle: () => this.tell(), keydown: (event) => this.onKey(event as KeyboardEvent) },
      this.summary,
      make(
        "div",
        { class: "menu" },
        this.works,
        make("div", { class: "formats" }, ...this.listings),
        this.note,
        make("h2", {}, "The map as"),
        make("div", { class: "formats" }, ...this.images),
        this.said,
      ),
    );
    addEventListener("pointerdown", ({ target }) => {
      if (target instanceof Node && !this.element.contains(target)) this.element.open = false;
    });
  }

  private button({ name, explained }: Format, write: () => Promise<string>): HTMLButtonElement {
    return make("button", { type: "button", title: explained, click: () => this.run(write) }, name);
  }

  /** Say how many works there are, and whether there is a map. */
  private tell(): void {
    if (!this.element.open) return;
    const rows = this.exported.rows();
    const cited = rows.filter((row) => this.literature.isOnlyCited(row)).length;
    const works = counted(rows.length, "work");
    this.works.textContent = `${works} shown as`;
    this.note.textContent = cited
      ? `${counted(cited, "work")} known only by being cited: in JSON and GraphML, not in RIS and CSV.`
      : "";
    this.said.textContent = "";
    const isDrawn = this.exported.picture() !== null;
    for (const button of this.listings) button.disabled = this.isBusy || rows.length === 0;
    for (const button of this.images) button.disabled = this.isBusy || !isDrawn;
    if (!isDrawn) this.said.textContent = "The map is not in sight.";
  }

  private async run(write: () => Promise<string>): Promise<void> {
    if (this.isBusy) return;
    const focused = document.activeElement;
    this.isBusy = true;
    this.tell();
    this.said.textContent = "Writing…";
    let outcome = "";
    try {
      outcome = await write();
    } catch (error) {
      outcome = `Nothing was written (${error instanceof Error ? error.message : String(error)}); try again.`;
    } finally {
      this.isBusy = false;
    }
    this.tell();
    this.said.textContent = outcome;
    if (focused instanceof HTMLElement && this.element.open) focused.focus();
  }

  private async list(format: Listing): Promise<string> {
    const rows = [...this.exported.rows()];
    const details = await this.details.all();
    const all = rows.map((row) => described(this.literature, row, details[row] ?? {}));
    const works = format.hasOnlyCited ? all : all.filter(({ detail }) => detail.held_by?.length);
    const name = fileName(this.title, format.ending);
    download(name, new Blob([format.write(this.literature, works)], { type: format.type }));
    return `${counted(works.length, "work")} written: ${name}`;
  }

  private async draw(format: Image): Promise<string> {
    const picture = this.exported.picture();
    if (!picture) throw new Error("the map is not in sight");
    const name = fileName(this.title, format.ending);
    download(name, await format.write(this.literature, picture, this.title));
    return `The map written: ${name}`;
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key !== "Escape" || !this.element.open) return;
    // The record beside it stays open.
    event.stopPropagation();
    this.element.open = false;
    this.summary.focus();
  }
}
