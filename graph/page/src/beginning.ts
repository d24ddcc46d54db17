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

export interface BeginningEvents {
  /** There is more to say of what is kept. */
  told(): void;
  /** A decision could not be kept, and what was before is again. */
  refused(row: number): void;
}

/** Take over what is kept. */
export async function begun(
  { title, server }: Held,
  literature: Literature,
  screening: Screening,
  events: BeginningEvents,
): Promise<Begun> {
  if (server) {
    const inLibrary = await server.decisions().catch(() => null);
    if (inLibrary) literature.decided.clear();
    for (const [key, decision, reason, person] of inLibrary?.decisions ?? []) {
      const row = literature.rowOf(key);
      if (row !== undefined) screening.take(row, { decision, reason, person });
    }
    const keeping = new Sending(server.keep, {
      told: events.told,
      refused(key, before) {
        const row = literature.rowOf(key);
        if (row === undefined) return;
        screening.refuse(row, before);
        events.refused(row);
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
