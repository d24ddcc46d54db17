/** Where decisions are kept: in the library, by way of the server, or in the browser where the page is a file. */

import type { Decided } from "./literature.ts";

/** What becomes of a decision that is sent: kept, refused for good, or to be sent again later. */
export type Outcome = { is: "kept" } | { is: "refused" | "later"; why: string };

export interface Keeping {
  /** How it stands with keeping, for people. */
  readonly status: string;
  /** Whether something goes wrong. */
  readonly isTroubled: boolean;
  /** So many decisions are nowhere but in this page, and lost when it is left. */
  readonly unkept: number;
  /** Keep a decision, null where there is none any more, and what it comes after. */
  keep(key: string, decided: Decided | null, before: Decided | null): void;
  /** The reader has them all as a file. */
  downloaded(): void;
}

/** Milliseconds until a decision is sent again, at first and at last. */
const FIRST = 1_000;
const LONGEST = 30_000;

interface Waiting {
  key: string;
  decided: Decided | null;
  before: Decided | null;
}

/** Sends a decision, null where one is taken back, and what it comes after. */
export type Send = (key: string, decided: Decided | null, before: Decided | null) => Promise<Outcome>;

export interface SendingEvents {
  /** The status is another one. */
  told(): void;
  /** A decision can never be kept; this is what there was before it. */
  refused(key: string, before: Decided | null): void;
}

/** Sends decisions to the server in their order, again and again until each is kept. */
export class Sending implements Keeping {
  private readonly send: Send;
  private readonly events: SendingEvents;
  private readonly pause: (milliseconds: number) => Promise<void>;
  private waiting: Waiting[] = [];
  private trouble: string | null = null;
  /** Why a decision was refused; said until the next one is taken. */
  private refusal: string | null = null;
  private isUnderWay = false;

  constructor(
    send: Send,
    events: SendingEvents,
    pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds)),
  ) {
    this.send = send;
    this.events = events;
    this.pause = pause;
  }

  get status(): string {
    const waits = this.unkept === 1 ? "1 decision waits" : `${this.unkept} decisions wait`;
    if (this.trouble !== null) return `Not kept yet: ${this.trouble}. ${waits}; trying again.`;
    if (this.refusal !== null) return `Not kept: ${this.refusal}.`;
    return this.unkept ? "Being kept…" : "Decisions are kept in the library.";
  }

  get isTroubled(): boolean {
    return this.trouble !== null || this.refusal !== null;
  }

  get unkept(): number {
    return this.waiting.length;
  }

  keep(key: string, decided: Decided | null, before: Decided | null): void {
    this.waiting.push({ key, decided, before });
    this.refusal = null;
    if (!this.isUnderWay) this.go();
  }

  /** They are still to come into the library. */
  downloaded(): void {}

  private async go(): Promise<void> {
    this.isUnderWay = true;
    let delay = FIRST;
    for (let first = this.waiting[0]; first; first = this.waiting[0]) {
      const outcome = await this.send(first.key, first.decided, first.before);
      this.trouble = outcome.is === "later" ? outcome.why : null;
      if (outcome.is === "later") {
        this.events.told();
        await this.pause(delay);
        delay = Math.min(delay * 2, LONGEST);
        continue;
      }
      delay = FIRST;
      if (outcome.is === "refused") {
        // What was decided on the work after that came after what never was.
        this.waiting = this.waiting.filter(({ key }) => key !== first.key);
        this.refusal = outcome.why;
        this.events.refused(first.key, first.before);
      } else this.waiting.shift();
      this.events.told();
    }
    this.isUnderWay = false;
  }
}

/** What a browser keeps for a page, `localStorage` or nothing. */
export type Store = Pick<Storage, "getItem" | "setItem"> | null;

/** Keeps decisions in the browser, under a name for this very literature. */
export class InBrowser implements Keeping {
  private readonly name: string;
  private readonly store: Store;
  /** What this browser would not take; it is offered it again with each decision. */
  private readonly refused = new Map<string, Decided | null>();
  /** What of that is in no file either. */
  private readonly lost = new Set<string>();

  constructor(name: string, store: Store) {
    this.name = name;
    this.store = store;
  }

  get status(): string {
    if (!this.isTroubled) return "Decisions are kept in this browser; download them for the library.";
    return this.refused.size > 0 && this.lost.size === 0
      ? "This browser keeps nothing for this page: your decisions are in the file that you downloaded, and only there."
      : "This browser keeps nothing for this page: download the decisions before you leave it.";
  }

  get isTroubled(): boolean {
    return this.store === null || this.refused.size > 0;
  }

  get unkept(): number {
    return this.lost.size;
  }

  /** What was decided here before, by key; null where a decision that the page was made with was taken back. */
  kept(): Map<string, Decided | null> {
    try {
      const found: unknown = JSON.parse(this.store?.getItem(this.name) ?? "{}");
      if (typeof found !== "object" || found === null) return new Map();
      return new Map(Object.entries(found).filter((each): each is [string, Decided | null] => isDecided(each[1])));
    } catch {
      return new Map();
    }
  }

  keep(key: string, decided: Decided | null): void {
    this.refused.set(key, decided);
    this.lost.add(key);
    try {
      if (!this.store) return;
      // Another tab may have kept others meanwhile.
      const all = new Map([...this.kept(), ...this.refused]);
      this.store.setItem(this.name, JSON.stringify(Object.fromEntries(all)));
      this.refused.clear();
      this.lost.clear();
    } catch {
      // The store is full, or forbidden: they wait for the next decision, or for a download.
    }
  }

  downloaded(): void {
    this.lost.clear();
  }
}

function isDecided(value: unknown): boolean {
  if (value === null) return true;
  const said = value as Partial<Decided>;
  const isText = (text: unknown) => text === null || typeof text === "string";
  return ["include", "exclude", "maybe"].includes(said.decision ?? "") && isText(said.reason) && isText(said.person);
}

/** A name for a literature: another one for other works, or under another title. */
export function nameOf(title: string, keys: readonly string[]): string {
  return `harvester-screening-${fingerprint([title, ...keys].join("\n"))}`;
}

/** FNV-1a (isthe.com/chongo/tech/comp/fnv), twice with 32 bits. */
function fingerprint(text: string): string {
  let one = 0x811c9dc5;
  let other = 0x1000193;
  for (let place = 0; place < text.length; place++) {
    one = Math.imul(one ^ text.charCodeAt(place), 0x01000193);
    other = Math.imul(other ^ text.charCodeAt(text.length - 1 - place), 0x01000193);
  }
  return [one, other].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
}
