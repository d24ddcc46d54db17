/** The records behind the works, unpacked a chunk at a time, when one of them is looked at. */

export interface Person {
  name?: string;
  given?: string;
  family?: string;
  suffix?: string;
  is_organisation?: boolean;
  orcid?: string;
}

export interface Provenance {
  sources?: string[];
  others?: { source: string; value?: string }[];
}

export interface Detail {
  doi?: string;
  pmid?: string;
  pmcid?: string;
  openalex?: string;
  aliases?: string[];
  subtitle?: string;
  other_titles?: { text?: string; language?: string; source?: string }[];
  authors?: Person[];
  editors?: Person[];
  date?: string;
  language?: string;
  series?: string;
  short_venue?: string;
  issns?: string[];
  isbns?: string[];
  venue_isbns?: string[];
  volume?: string;
  issue?: string;
  first_page?: string;
  last_page?: string;
  article_number?: string;
  page_count?: number;
  publisher?: string;
  publisher_location?: string;
  abstract?: { label?: string; text?: string }[];
  /** The abstract as it was printed, where its parts in lines are not that. */
  abstract_printed?: string;
  open_access?: { status?: string; url?: string; pdf_url?: string };
  links?: { url?: string; kind?: string }[];
  keywords?: string[];
  keywords_plus?: string[];
  keywords_assigned?: string[];
  /** False for a work that is known not to be retracted; those that are stand among the columns. */
  is_retracted?: boolean;
  notices?: { type?: string; doi?: string; date?: string; asserted_by?: string; record_id?: string }[];
  references_listed?: number;
  held_by?: string[];
  citation_search?: {
    directions?: string[];
    linked_seeds?: number;
    /** The keys of the linked seeds, and the indexes that say so. */
    seeds?: string[];
    sources?: string[];
    score?: number;
    parts?: Record<string, number>;
  };
  provenance?: Record<string, Provenance>;
}

/** Bytes that were packed, out of the document or from the server. */
export type Packed = Blob;

/** Unpack a value: JSON, compressed by zlib. */
export async function unpack<Value>(packed: Packed): Promise<Value> {
  const stream = packed.stream().pipeThrough(new DecompressionStream("deflate"));
  return (await new Response(stream).json()) as Value;
}

/** The records, which come from wherever `chunk` gets them. */
export class Details {
  private readonly size: number;
  private readonly length: number;
  private readonly get: (number: number) => Promise<Packed>;
  private readonly unpacked = new Map<number, Promise<Detail[]>>();

  constructor(size: number, length: number, get: (number: number) => Promise<Packed>) {
    this.size = size;
    this.length = length;
    this.get = get;
  }

  /** The details of one work. */
  async of(row: number): Promise<Detail> {
    const records = await this.chunk(Math.floor(row / this.length));
    return records[row % this.length] ?? {};
  }

  /** The details of all works, in order. */
  async all(): Promise<Detail[]> {
    const numbers = Array.from({ length: Math.ceil(this.size / this.length) }, (_, number) => number);
    const unpacked = await Promise.all(numbers.map((number) => this.chunk(number)));
    return unpacked.flat();
  }

  private chunk(number: number): Promise<Detail[]> {
    const before = this.unpacked.get(number);
    if (before) return before;
    const found = this.get(number)
      .then((packed) => unpack<Detail[]>(packed))
      .then((records) => records.map(named));
    // What could not be had is asked for again the next time.
    found.catch(() => this.unpacked.delete(number));
    this.unpacked.set(number, found);
    return found;
  }
}

/** The record with the names of its people whole: one that is what its parts make it is packed as these alone. */
export function named(detail: Detail): Detail {
  for (const person of [...(detail.authors ?? []), ...(detail.editors ?? [])]) {
    const whole = [person.given, person.family, person.suffix].filter(Boolean).join(" ");
    if (whole) person.name ??= whole;
  }
  return detail;
}
