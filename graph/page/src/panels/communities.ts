/** Communities: how many works each has, when they appeared, and which of them are cited most. */

import { counted, make, replace } from "../elements.ts";
import type { Filters, Shown } from "../filters.ts";
import type { Literature } from "../literature.ts";
import type { Panel } from "../panels.ts";
import { follows, opener, rowsOf } from "./parts.ts";

const TOP = 5;
const FEW = 24;

export interface Community {
  number: number;
  works: number;
  /** The years of its works; null where none is known. */
  first: number | null;
  last: number | null;
  seeds: number;
  retracted: number;
  /** The works that works here cite most. */
  top: number[];
}

/** The communities of the works of a mask, the largest first. */
export function communities(literature: Literature, mask: Uint8Array): Community[] {
  const { columns } = literature;
  const members = new Map<number, number[]>();
  for (const row of rowsOf(mask)) {
    const number = columns.communities[row] ?? -1;
    const rows = members.get(number);
    if (rows) rows.push(row);
    else if (number >= 0) members.set(number, [row]);
  }
  const cited = (row: number) => columns.cited_here[row] ?? 0;
  const found = [...members].map(([number, rows]): Community => {
    let first: number | null = null;
    let last: number | null = null;
    for (const row of rows) {
      const year = columns.years[row] ?? null;
      if (year === null) continue;
      first = first === null ? year : Math.min(first, year);
      last = last === null ? year : Math.max(last, year);
    }
    return {
      number,
      works: rows.length,
      first,
      last,
      seeds: rows.filter((row) => literature.isSeed(row)).length,
      retracted: rows.filter((row) => literature.isRetracted(row)).length,
      top: rows.sort((one, other) => cited(other) - cited(one) || one - other).slice(0, TOP),
    };
  });
  return found.sort((one, other) => other.works - one.works || one.number - other.number);
}

export interface CommunityEvents {
  open(row: number): void;
  /** Show this community only, or all of them. */
  filter(code: string | null): void;
}

export class CommunitiesPanel implements Panel {
  readonly name = "communities";
  readonly title = "Communities";
  readonly explained = "Groups of works that cite each other more than others: their terms, years and most cited works";
  readonly element = make("div", { class: "communities" });
  private readonly literature: Literature;
  private readonly events: CommunityEvents;
  private isWhole = false;

  constructor(literature: Literature, events: CommunityEvents) {
    this.literature = literature;
    this.events = events;
  }

  show(shown: Shown, filters: Filters): void {
    const found = communities(this.literature, shown.mask);
    const chosen = filters.chosen.community;
    const listed = this.isWhole ? found : found.slice(0, FEW);
    const next = found[listed.length];
    const all = () => {
      this.isWhole = true;
      this.show(shown, filters);
    };
    const within = found.reduce((sum, each) => sum + each.works, 0);
    const outside = shown.count - within;
    replace(
      this.element,
      follows(shown.count, this.literature),
      make(
        "p",
        { class: "faint" },
        `${counted(found.length, "community", "communities")}.`,
        outside > 0 ? ` ${counted(outside, "work")} in none.` : null,
        chosen.size > 0 ? " Only what is chosen among the communities is shown. " : null,
        chosen.size > 0 &&
          make(
            "button",
            { type: "button", class: "more", "data-code": "all", click: () => this.events.filter(null) },
            "Show all communities",
          ),
      ),
      make("ul", { class: "cards" }, ...listed.map((each) => this.card(each, chosen))),
      next &&
        make(
          "button",
          {
            type: "button",
            class: "more",
            // The reader goes on at the first of those that were not listed.
            "data-code": codeOf(next),
            click: all,
            title: "List the small communities as well",
          },
          `Show all ${found.length}`,
        ),
    );
  }

  private card(community: Community, chosen: ReadonlySet<string>): HTMLElement {
    const { number, works, seeds, retracted, top } = community;
    const code = codeOf(community);
    const isOnly = chosen.size === 1 && chosen.has(code);
    const dot = make("span", { class: "dot", "aria-hidden": "true" });
    dot.style.backgroundColor = this.literature.colour(number);
    const facts = [
      counted(works, "work"),
      years(community),
      seeds > 0 && counted(seeds, "seed"),
      retracted > 0 && `${retracted.toLocaleString()} retracted`,
    ];
    return make(
      "li",
      { class: "card" },
      make(
        "button",
        {
          type: "button",
          class: "name",
          "data-code": code,
          "aria-pressed": String(isOnly),
          title: isOnly ? "Show all communities again" : "Show the works of this community only",
          click: () => this.events.filter(isOnly ? null : code),
        },
        dot,
        make("span", { dir: "auto" }, this.literature.communityName(number)),
      ),
      make("p", { class: "facts" }, facts.filter(Boolean).join(" · ")),
      make("ol", { "aria-label": "Most cited works" }, ...top.map((row) => this.work(row))),
    );
  }

  private work(row: number): HTMLElement {
    const cited = this.literature.columns.cited_here[row] ?? 0;
    return make(
      "li",
      {},
      opener(this.literature, row, this.events.open),
      make(
        "span",
        { class: "count", title: "Citations by works of this library" },
        `cited by ${cited.toLocaleString()}`,
      ),
    );
  }
}

function codeOf({ number }: Community): string {
  return String(number + 1);
}

function years({ first, last }: Community): string {
  if (first === null) return "years not known";
  return first === last ? String(first) : `${first}–${last}`;
}
