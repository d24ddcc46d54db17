/** Screening as it begins: what is decided already, wherever that is kept, and who keeps what is decided next. */

import type { Held, InLibrary } from "./held.ts";
import { InBrowser, type Keeping, nameOf, Sending } from "./keeping.ts";
import type { Literature } from "./literature.ts";
import type { Screening } from "./screening.ts";

export interface Begun {
  keeping: Keeping;
  /** What the reader should know of the library; null for nothing. */
  warning: string | null;
}

/** Take over what is kept; `told` is called whenever there is more to say of it. */
export async function begun(
  { title, server }: Held,
  literature: Literature,
  screening: Screening,
  told: () => void,
): Promise<Begun> {
  if (server) {
    const inLibrary = await server.decisions().catch(() => null);
    if (inLibrary) literature.decided.clear();
    for (const [key, decision, reason, person] of inLibrary?.decisions ?? []) {
      const row = literature.rowOf(key);
      if (row !== undefined) screening.take(row, { decision, reason, person });
    }
    const keeping = new Sending(server.keep, {
      told,
      refused(key, before) {
        const row = literature.rowOf(key);
        if (row !== undefined) screening.take(row, before);
      },
    });
    return { keeping, warning: warningOf(inLibrary) };
  }
  const keeping = new InBrowser(nameOf(title, literature.columns.keys), store());
  for (const [key, decided] of keeping.kept()) {
    const row = literature.rowOf(key);
    if (row !== undefined) screening.take(row, decided);
  }
  return { keeping, warning: null };
}

function warningOf(inLibrary: InLibrary | null): string | null {
  if (!inLibrary) return "What is decided in the library could not be read; reload the page to see it.";
  if (!inLibrary.has_changed) return null;
  return "The library has changed since this page was made: begin `harvester view` anew to see all of it.";
}

/** What this browser keeps for the page; it may be forbidden to. */
function store(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
