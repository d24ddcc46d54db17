/** The literature that the page shows: columns as `graph/page/columns.py` writes them, and what follows from them. */

/** Texts that recur, each once, and the number of the one that each work has. */
export interface Numbered {
  names: string[];
  of: (number | null)[];
}

/** The same where a work or a citation has several. */
export interface NumberedLists {
  names: string[];
  of: number[][];
}

export interface Places {
  x: number[];
  y: number[];
}

/** The JSON of the page, column by column. */
export interface Columns {
  keys: string[];
  labels: (string | null)[];
  titles: (string | null)[];
  authors: (string | null)[];
  years: (number | null)[];
  venues: Numbered;
  types: Numbered;
  sources: NumberedLists;
  cited_here: number[];
  cited_anywhere: (number | null)[];
  open_access: (boolean | null)[];
  seeds: number[];
  retracted: number[];
  only_cited: number[];
  rounds: (number | null)[] | null;
  ranks: (number | null)[] | null;
  /** The largest value of each part of the scores of the citation search. */
  largest_parts: Record<string, number> | null;
  communities: number[];
  community_names: string[];
  palette: string[];
  grey: string;
  network: Places;
  /** How long one of the units of `network` is in the layout that it was made from. */
  unit: number;
  timeline: Places;
  starts: number[];
  cited: number[];
  knowing: NumberedLists;
  /** The places of the main path's citations among all. */
  main_path: number[];
  /** What was decided when the page was made: row, decision and reason. */
  decisions: [number, Decision, string | null][];
  /** Works known only by being cited that are not here. */
  left_out: number;
}

export type Decision = "include" | "exclude" | "maybe";

/** What somebody decided on a work when it was screened. */
export interface Decided {
  decision: Decision;
  reason: string | null;
  person: string | null;
}

/** The decisions as a verb, as what a work then is, and as a sign that is told apart without its colour. */
export const DECISIONS: readonly { decision: Decision; name: string; past: string; mark: string }[] = [
  { decision: "include", name: "Include", past: "included", mark: "✓" },
  { decision: "exclude", name: "Exclude", past: "excluded", mark: "✕" },
  { decision: "maybe", name: "Maybe", past: "maybe", mark: "?" },
];

/** A citation seen from one of its works: the other work, and the place of the citation among all. */
export interface Neighbour {
  row: number;
  edge: number;
}

export class Literature {
  readonly columns: Columns;
  readonly size: number;
  /** What was decided on works, which changes while they are screened. */
  readonly decided: Map<number, Decided>;
  private readonly rows: Map<string, number>;
  private readonly seeds: Set<number>;
  private readonly retracted: Set<number>;
  private readonly onlyCited: Set<number>;
  /** The citing and the cited work of each citation. */
  readonly ends: { readonly from: Uint32Array; readonly to: Uint32Array };
  /** The citations that each work makes stand together; those that it receives are at these places, by citing work. */
  private readonly received: { readonly starts: Uint32Array; readonly edges: Uint32Array };

  constructor(columns: Columns) {
    this.columns = columns;
    this.size = columns.keys.length;
    this.rows = new Map(columns.keys.map((key, row) => [key, row]));
    this.decided = new Map(
      columns.decisions.map(([row, decision, reason]) => [row, { decision, reason, person: null }]),
    );
    this.seeds = new Set(columns.seeds);
    this.retracted = new Set(columns.retracted);
    this.onlyCited = new Set(columns.only_cited);
    const to = Uint32Array.from(columns.cited);
    const from = new Uint32Array(to.length);
    const starts = new Uint32Array(this.size + 1);
    for (let row = 0; row < this.size; row++) from.fill(row, columns.starts[row], columns.starts[row + 1]);
    for (const row of to) starts[row + 1] = (starts[row + 1] ?? 0) + 1;
    for (let row = 0; row < this.size; row++) starts[row + 1] = (starts[row + 1] ?? 0) + (starts[row] ?? 0);
    const free = starts.slice();
    const edges = new Uint32Array(to.length);
    for (let edge = 0; edge < to.length; edge++) {
      const row = to[edge] ?? 0;
      const place = free[row] ?? 0;
      edges[place] = edge;
      free[row] = place + 1;
    }
    this.ends = { from, to };
    this.received = { starts, edges };
  }

  /** The row of a work, undefined for a key that is not here. */
  rowOf(key: string): number | undefined {
    return this.rows.get(key);
  }

  /** The works that a work cites. */
  references(row: number): Neighbour[] {
    const { starts, cited } = this.columns;
    const found: Neighbour[] = [];
    for (let edge = starts[row] ?? 0; edge < (starts[row + 1] ?? 0); edge++) {
      found.push({ row: cited[edge] ?? 0, edge });
    }
    return found;
  }

  /** The works that cite a work. */
  citedBy(row: number): Neighbour[] {
    const { starts, edges } = this.received;
    const found: Neighbour[] = [];
    for (const edge of edges.subarray(starts[row], starts[row + 1])) {
      found.push({ row: this.ends.from[edge] ?? 0, edge });
    }
    return found;
  }

  /** The works next to a work, by a citation either way, each as often as there is one. */
  *around(row: number): Generator<number> {
    const { starts } = this.columns;
    for (let edge = starts[row] ?? 0; edge < (starts[row + 1] ?? 0); edge++) yield this.ends.to[edge] ?? 0;
    const { starts: from, edges } = this.received;
    for (let place = from[row] ?? 0; place < (from[row + 1] ?? 0); place++) {
      yield this.ends.from[edges[place] ?? 0] ?? 0;
    }
  }

  /** The indexes that know of a citation. */
  knownBy(edge: number): string {
    const { names, of } = this.columns.knowing;
    return (of[edge] ?? []).map((each) => names[each]).join(", ");
  }

  isSeed(row: number): boolean {
    return this.seeds.has(row);
  }

  isRetracted(row: number): boolean {
    return this.retracted.has(row);
  }

  isOnlyCited(row: number): boolean {
    return this.onlyCited.has(row);
  }

  /** What the work is called in a list: its title, or else its short name. */
  nameOf(row: number): string {
    return this.columns.titles[row] ?? this.labelOf(row);
  }

  /** `Smith 2020`, or whatever short name there is. */
  labelOf(row: number): string {
    return this.columns.labels[row] ?? this.columns.keys[row] ?? "";
  }

  venueOf(row: number): string | null {
    return named(this.columns.venues, row);
  }

  typeOf(row: number): string | null {
    return named(this.columns.types, row);
  }

  /** The colour of a work's community. */
  colourOf(row: number): string {
    return this.colour(this.columns.communities[row] ?? -1);
  }

  /** The colour of a community; grey for those past the palette, and for none. */
  colour(community: number): string {
    return this.columns.palette[community] ?? this.columns.grey;
  }

  /** What a community is called: its terms, or else its number as people count. */
  communityName(community: number): string {
    return this.columns.community_names[community] || `Community ${community + 1}`;
  }
}

function named(column: Numbered, row: number): string | null {
  const number = column.of[row];
  return number === null || number === undefined ? null : (column.names[number] ?? null);
}
