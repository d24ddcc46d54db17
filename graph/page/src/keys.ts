/** Keys of one letter: what each does, whether they do it, and what is pressed for another reason. */

import { make } from "./elements.ts";
import { remember, remembered } from "./reader.ts";

const KEYS: readonly [string, string][] = [
  ["i", "include the work that is open, and go on to the next one without a decision"],
  ["e", "exclude it, for the reason that is written there"],
  ["m", "maybe"],
  ["r", "write the reason for an exclusion; Enter excludes"],
  ["u", "take the last decision back"],
  ["n or j", "the next work of the table"],
  ["p or k", "the one before"],
  ["/", "search"],
  ["l", "draw around works on the map"],
  ["?", "these keys"],
];

const NAME = "harvester-keys";
const OFF = "off";

export class Keys {
  /** The list of them, to be laid over everything. */
  readonly help: HTMLDialogElement;
  /** A box that turns them off: who speaks to the computer writes letters everywhere (w3.org/TR/WCAG21, 2.1.4). */
  readonly choice: HTMLElement;
  private readonly box: HTMLInputElement;

  constructor() {
    const keep = () => remember("localStorage", NAME, this.box.checked ? "" : OFF);
    this.box = make("input", { type: "checkbox", change: keep });
    this.box.checked = remembered("localStorage", NAME) !== OFF;
    this.choice = make(
      "label",
      { title: "Untick it, and letters, / and ? do nothing: for who speaks to the computer or hits keys by mistake" },
      this.box,
      make("span", {}, "Keys of one letter"),
    );
    const list = KEYS.flatMap(([key, does]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, does)]);
    this.help = make(
      "dialog",
      { class: "keys", "aria-label": "Keys", keydown: (event) => event.stopPropagation() },
      make("h2", {}, "Keys"),
      make("dl", {}, ...list),
      make("button", { type: "button", click: () => this.help.close() }, "Close"),
    );
  }

  get areOn(): boolean {
    return this.box.checked;
  }

  /** The key that was pressed to have something done; null for letters that are written, and while keys are off. */
  pressed(event: KeyboardEvent): string | null {
    if (!this.areOn || isModified(event) || event.repeat || event.defaultPrevented) return null;
    return isTyping(event.target) || this.help.open ? null : event.key;
  }
}

/** Whether a key is the browser's for another one that is held: Alt and Left go back. */
export function isModified({
  altKey,
  ctrlKey,
  metaKey,
}: {
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
}): boolean {
  return altKey || ctrlKey || metaKey;
}

/** Letters that somebody writes are no keys; boxes to tick take none. */
export function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button", "range"].includes(target.type);
  return target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;
}
