/** Where the page has what it shows from: its own document, or the server that it was opened from. */

import type { Packed } from "./details.ts";
import type { Outcome, Send } from "./keeping.ts";
import type { Decided } from "./literature.ts";

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
  columns(): Promise<Packed>;
  details(number: number): Promise<Packed>;
  /** What keeps decisions; null where the page is a file. */
  server: Server | null;
}

/** What is decided in the library by now: key, decision, reason, and who decided. */
export interface InLibrary {
  decisions: [string, Decided["decision"], string | null, string | null][];
  /** Whether works or citations are others than when the page was made. */
  has_changed: boolean;
}

export interface Server {
  decisions(): Promise<InLibrary>;
  keep: Send;
}

export function held(): Held {
  const { title, chunk, columns, details } = JSON.parse(
    document.getElementById("literature")?.textContent ?? "",
  ) as InDocument;
  if (columns !== undefined) {
    return {
      title,
      chunk,
      columns: async () => inline(columns),
      details: async (number) => inline(details?.[number] ?? ""),
      server: null,
    };
  }
  return {
    title,
    chunk,
    columns: async () => (await fetched("columns")).blob(),
    details: async (number) => (await fetched(`details/${number}`)).blob(),
    server: {
      decisions: async () => (await fetched("decisions")).json() as Promise<InLibrary>,
      keep,
    },
  };
}

function inline(text: string): Packed {
  return new Blob([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))]);
}

async function fetched(name: string): Promise<Response> {
  const answer = await fetch(name);
  if (!answer.ok) throw new Error(`${name}: ${answer.status} ${answer.statusText}`);
  return answer;
}

/** What the server is sent: whoever takes a decision back is the one who took it. */
export function message(key: string, decided: Decided | null, before: Decided | null): string {
  return JSON.stringify({ key, ...(decided ?? { decision: "undecided", person: before?.person ?? null }) });
}

async function keep(key: string, decided: Decided | null, before: Decided | null): Promise<Outcome> {
  const body = message(key, decided, before);
  try {
    const answer = await fetch("decisions", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    if (answer.ok) return { is: "kept" };
    const why = await reason(answer);
    // What the library does not have, or the server does not understand, it will not take later either.
    return { is: answer.status === 409 || answer.status === 400 ? "refused" : "later", why };
  } catch {
    return { is: "later", why: "`harvester view` has ended" };
  }
}

async function reason(answer: Response): Promise<string> {
  try {
    return ((await answer.json()) as { error: string }).error;
  } catch {
    return "`harvester view` has been started anew; open the address that it prints";
  }
}
