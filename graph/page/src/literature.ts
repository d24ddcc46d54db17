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
  communities: number[];
  community_names: string[];
  palette: string[];
  grey: string;
  network: Places;
  timeline: Places;
  starts: number[];
  cited: number[];
  knowing: NumberedLists;
  /** The places of the main path's citations among all. */
  main_path: number[];
  /** What was decided: row, `include`, `exclude` or `maybe`, and the reason. */
  decisions: [number, string, string | null][];
  /** Works known only by being cited that are not here. */
  left_out: number;
}

/** A citation seen from one of its works: the other work, and the place of the citation among all. */
export interface Neighbour {
  row: number;
  edge: number;
}

export class Literature {
  readonly columns: Columns;
  readonly size: number;
  private readonly rows: Map<string, number>;
  private readonly seeds: Set<number>;
  private readonly retracted: Set<number>;
  private readonly onlyCited: Set<number>;
  private readonly citing: Neighbour[][];

  constructor(columns: Columns) {
    this.columns = columns;
    this.size = columns.keys.length;
    this.rows = new Map(columns.keys.map((key, row) => [key, row]));
    this.seeds = new Set(columns.seeds);
    this.retracted = new Set(columns.retracted);
    this.onlyCited = new Set(columns.only_cited);
    this.citing = Array.from({ length: this.size }, () => []);
    for (let row = 0; row < this.size; row++) {
      for (const { row: cited, edge } of this.references(row)) this.citing[cited]?.push({ row, edge });
    }
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
  citedBy(row: number): readonly Neighbour[] {
    return this.citing[row] ?? [];
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
