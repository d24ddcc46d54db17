/** Missing: works that are known only by being cited, those first that the works shown cite most. */

import { counted, link, make } from "../elements.ts";
import { download } from "../exports/file.ts";
import { quoted, resolver } from "../exports/text.ts";
import type { Shown } from "../filters.ts";
import type { Literature } from "../literature.ts";
import type { Panel } from "../panels.ts";
import { follows, opener } from "./parts.ts";

const PAGE = 100;

export interface Missing {
  row: number;
  /** How many of the works shown cite it. */
  count: number;
}

/** The works known only by being cited that works of a mask cite, most cited first, as `harvester missing` has them. */
export function missing(literature: Literature, mask: Uint8Array): Missing[] {
  const { from, to } = literature.ends;
  const counts = new Map<number, number>();
  for (let edge = 0; edge < to.length; edge++) {
    const row = to[edge] ?? 0;
    if (mask[from[edge] ?? 0] && literature.isOnlyCited(row)) counts.set(row, (counts.get(row) ?? 0) + 1);
  }
  const found = [...counts].map(([row, count]) => ({ row, count }));
  return found.sort((one, other) => other.count - one.count || one.row - other.row);
}

/** What a key says to look a work up by: the DOI or the number in OpenAlex; null for one of no index. */
export function identifier(key: string): { text: string; address: string } | null {
  const [, scheme, text] = /^(doi|openalex):(\S+)$/.exec(key) ?? [];
  if (!scheme || !text) return null;
  return { text, address: scheme === "doi" ? resolver(text) : `https://openalex.org/${quoted(text, "/")}` };
}

/** The identifiers of works, one in a line, as `harvester doi --from` reads them. */
export function lines(literature: Literature, rows: readonly number[]): string {
  const found = rows.map((row) => identifier(literature.columns.keys[row] ?? ""));
  return found.map((each) => (each ? `${each.text}\n` : "")).join("");
}

export class MissingPanel implements Panel {
  readonly name = "missing";
  readonly title = "Missing";
  readonly explained = "Works that are known only by being cited: nobody has brought their records in";
  readonly element = make("div", { class: "missing" });
  private readonly literature: Literature;
  private readonly open: (row: number) => void;
  private readonly status = make("span", { role: "status", class: "faint" });

  constructor(literature: Literature, open: (row: number) => void) {
    this.literature = literature;
    this.open = open;
  }

  show(shown: Shown): void {
    const found = missing(this.literature, shown.mask);
    const list = make("ol", { class: "cited-most" });
    const goOn = () => {
      const first = list.childElementCount;
      next();
      list.children[first]?.querySelector("button")?.focus();
    };
    const more = make("button", { type: "button", class: "more", click: goOn }, "");
    const next = () => {
      const some = found.slice(list.childElementCount, list.childElementCount + PAGE);
      list.append(...some.map((each) => this.line(each, shown.mask)));
      const rest = found.length - list.childElementCount;
      more.textContent = `Show ${Math.min(PAGE, rest)} more of ${rest.toLocaleString()}`;
      more.hidden = rest === 0;
    };
    next();
    this.status.textContent = "";
    this.element.replaceChildren(
      follows(shown.count, this.literature),
      make(
        "p",
        { class: "faint" },
        `They cite ${counted(found.length, "work")} on this page that the library has no record of. `,
        ...leftOut(this.literature.columns.left_out),
      ),
      found.length ? this.ways(found) : "",
      list,
      more,
    );
  }

  private ways(found: readonly Missing[]): HTMLElement {
    const rows = found.map(({ row }) => row);
    const text = () => lines(this.literature, rows);
    const copy = async () => {
      try {
        await navigator.clipboard.writeText(text());
        this.status.textContent = "Copied.";
      } catch {
        this.status.textContent = "This browser does not let the page copy: download the file.";
      }
    };
    const explained = "The DOI of each, or else its number in OpenAlex, one in a line";
    return make(
      "p",
      { class: "ways" },
      make("button", { type: "button", title: explained, click: copy }, "Copy identifiers"),
      make(
        "button",
        { type: "button", title: explained, click: () => download("missing-works.txt", new Blob([text()])) },
        "Download missing-works.txt",
      ),
      make("span", {}, "To bring them in: ", make("code", {}, "harvester doi --from missing-works.txt")),
      this.status,
    );
  }

  private line({ row, count }: Missing, mask: Uint8Array): HTMLElement {
    const key = this.literature.columns.keys[row] ?? "";
    const known = identifier(key);
    const isNamed = this.literature.labelOf(row) !== key;
    const citing = make("ul");
    const fill = () => {
      if (!who.open || citing.childElementCount) return;
      const rows = this.literature.citedBy(row).filter((each) => mask[each.row]);
      citing.append(...rows.map((each) => make("li", {}, opener(this.literature, each.row, this.open))));
    };
    const who = make(
      "details",
      { toggle: fill },
      make("summary", { title: "Which of the works shown cite it" }, `cited by ${counted(count, "work")}`),
      citing,
    );
    return make(
      "li",
      {},
      opener(this.literature, row, this.open),
      make("span", { class: "by" }, known && link(isNamed ? known.text : "look it up", known.address)),
      who,
    );
  }
}

function leftOut(count: number): (Node | string)[] {
  if (count === 0) return [];
  const more = counted(count, "more work is known", "more works are known");
  const why = "one work here cites each, or they are cited less than these";
  return [
    `${more} only by being cited and not on this page (${why}): `,
    make("code", {}, "harvester missing"),
    " lists them.",
  ];
}
