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
  provenance?: Record<string, Provenance>;
}

/** Unpack a value: JSON, compressed by zlib, in base64. */
export async function unpack<Value>(packed: string): Promise<Value> {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return (await new Response(stream).json()) as Value;
}

export class Details {
  private readonly chunks: string[];
  private readonly length: number;
  private readonly unpacked = new Map<number, Promise<Detail[]>>();

  constructor(chunks: string[], length: number) {
    this.chunks = chunks;
    this.length = length;
  }

  /** The details of one work. */
  async of(row: number): Promise<Detail> {
    const records = await this.chunk(Math.floor(row / this.length));
    return records[row % this.length] ?? {};
  }

  /** The details of all works, in order. */
  async all(): Promise<Detail[]> {
    const unpacked = await Promise.all(this.chunks.map((_, number) => this.chunk(number)));
    return unpacked.flat();
  }

  private chunk(number: number): Promise<Detail[]> {
    const before = this.unpacked.get(number);
    if (before) return before;
    const found = unpack<Detail[]>(this.chunks[number] ?? "");
    this.unpacked.set(number, found);
    return found;
  }
}
