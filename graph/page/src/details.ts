/** The records behind the works, unpacked a chunk at a time, when one of them is looked at. */

export interface Person {
  name?: string;
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
  other_titles?: { text?: string; language?: string }[];
  authors?: Person[];
  editors?: Person[];
  date?: string;
  language?: string;
  series?: string;
  volume?: string;
  issue?: string;
  pages?: string;
  publisher?: string;
  abstract?: { label?: string; text?: string }[];
  open_access?: { status?: string; url?: string; pdf_url?: string };
  links?: { url?: string; kind?: string }[];
  keywords?: string[];
  notices?: { type?: string; doi?: string; date?: string; asserted_by?: string }[];
  held_by?: string[];
  citation_search?: { directions?: string[]; linked_seeds?: number; score?: number; parts?: Record<string, number> };
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
    const found = this.get(number).then((packed) => unpack<Detail[]>(packed));
    // What could not be had is asked for again the next time.
    found.catch(() => this.unpacked.delete(number));
    this.unpacked.set(number, found);
    return found;
  }
}
