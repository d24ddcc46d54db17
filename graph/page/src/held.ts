/** Where the page has what it shows from: its own document, or the server that it was opened from. */

import type { Packed } from "./details.ts";

/** What the document holds: everything, or only what it takes to ask the server for the rest. */
interface InDocument {
  title: string;
  chunk: number;
  columns?: string;
  details?: string[];
}

export interface Held {
  title: string;
  /** So many records are packed together. */
  chunk: number;
  isServed: boolean;
  columns(): Promise<Packed>;
  details(number: number): Promise<Packed>;
}

export function held(): Held {
  const { title, chunk, columns, details } = JSON.parse(
    document.getElementById("literature")?.textContent ?? "",
  ) as InDocument;
  if (columns !== undefined) {
    return {
      title,
      chunk,
      isServed: false,
      columns: async () => inline(columns),
      details: async (number) => inline(details?.[number] ?? ""),
    };
  }
  return {
    title,
    chunk,
    isServed: true,
    columns: () => fetched("columns"),
    details: (number) => fetched(`details/${number}`),
  };
}

function inline(text: string): Packed {
  return new Blob([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))]);
}

async function fetched(name: string): Promise<Packed> {
  const answer = await fetch(name);
  if (!answer.ok) throw new Error(`${name}: ${answer.status} ${answer.statusText}`);
  return await answer.blob();
}
