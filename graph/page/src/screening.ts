/** Screening: what was decided on each work, what comes next, and how to take the last decision back. */

import { line, type Value } from "./exports/csv.ts";
import { DECISIONS, type Decided, type Decision, type Literature } from "./literature.ts";

export interface Progress {
  /** The works that have a record, and those that were decided on without one. */
  works: number;
  decided: Record<Decision, number>;
}

type Listener = (row: number, before: Decided | null) => void;

export class Screening {
  private readonly literature: Literature;
  private taken: { row: number; before: Decided | null }[] = [];
  private readonly listeners: Listener[] = [];

  constructor(literature: Literature) {
    this.literature = literature;
  }

  of(row: number): Decided | null {
    return this.literature.decided.get(row) ?? null;
  }

  /** Decide on a work; a reason is one for excluding it. */
  decide(row: number, { decision, reason, person }: Decided): void {
    this.taken.push({ row, before: this.of(row) });
    this.put(row, { decision, reason: decision === "exclude" ? reason : null, person });
  }

  /** Take the last decision of this reader back: what was decided before is again; gives its work. */
  undo(): number | null {
    const last = this.taken.pop();
    if (!last) return null;
    this.put(last.row, last.before);
    return last.row;
  }

  get canUndo(): boolean {
    return this.taken.length > 0;
  }

  /** Take over what is kept elsewhere, null where nothing is decided; whoever keeps decisions is not told. */
  take(row: number, decided: Decided | null): void {
    if (decided) this.literature.decided.set(row, decided);
    else this.literature.decided.delete(row);
  }

  /** Take over that a decision of this reader is not kept: there is nothing to take back, and what was before is again. */
  refuse(row: number, before: Decided | null): void {
    this.taken = this.taken.filter((each) => each.row !== row);
    this.take(row, before);
  }

  /** Be told of each decision that this reader takes, with what was decided before. */
  onChange(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** The first work of an order without a decision, after this one and then from the beginning; null where none is. */
  next(order: readonly number[], after: number | null): number | null {
    const place = after === null ? -1 : order.indexOf(after);
    const around = [...order.slice(place + 1), ...order.slice(0, Math.max(0, place))];
    return around.find((row) => !this.literature.decided.has(row)) ?? null;
  }

  progress(): Progress {
    const { decided, size } = this.literature;
    const found: Progress = { works: 0, decided: { include: 0, exclude: 0, maybe: 0 } };
    for (let row = 0; row < size; row++) {
      const one = decided.get(row);
      if (one) found.decided[one.decision]++;
      if (one || !this.literature.isOnlyCited(row)) found.works++;
    }
    return found;
  }

  /** The reasons that works were excluded for, the most frequent first. */
  reasons(): string[] {
    const times = new Map<string, number>();
    for (const { decision, reason } of this.literature.decided.values()) {
      if (decision === "exclude" && reason) times.set(reason, (times.get(reason) ?? 0) + 1);
    }
    return [...times].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1)).map(([reason]) => reason);
  }

  private put(row: number, decided: Decided | null): void {
    const before = this.of(row);
    this.take(row, decided);
    for (const listener of this.listeners) listener(row, before);
  }
}

/** What a progress says, as a sentence. */
export function told({ works, decided }: Progress): string {
  const all = decided.include + decided.exclude + decided.maybe;
  const parts = DECISIONS.map(({ decision, past }) => `${decided[decision].toLocaleString()} ${past}`);
  const screened = `${all.toLocaleString()} of ${works.toLocaleString()} screened`;
  return all ? `${screened}: ${parts.join(", ")}` : screened;
}

/** A table of decisions, which begins with a mark of its encoding for Excel; `chase --screening` reads it. */
export function table(rows: readonly (readonly Value[])[]): string {
  return `\ufeff${rows.map(line).join("")}`;
}
