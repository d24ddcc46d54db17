/** Screening below a record: buttons and keys to decide, the reason, and how far the reader has come. */

import type { Detail, Details } from "./details.ts";
import { make } from "./elements.ts";
import { download, fileName } from "./exports/file.ts";
import type { Keeping } from "./keeping.ts";
import type { Keys } from "./keys.ts";
import { DECISIONS, type Decided, type Decision, type Literature } from "./literature.ts";
import { remember, remembered } from "./reader.ts";
import { type Screening, table, told } from "./screening.ts";

export interface ScreeningEvents {
  select(row: number): void;
  /** The works of the table, in its order. */
  order(): readonly number[];
}

const NAME = "harvester-reviewer";

/** So much of a title goes into the name of a file. */
const LONGEST = 60;

export class ScreeningPanel {
  /** What stands below a record. */
  readonly element: HTMLElement;
  /** What stands above everything: how far the reader has come, and a way to go on. */
  readonly button: HTMLButtonElement;
  private readonly literature: Literature;
  private readonly details: Details;
  private readonly screening: Screening;
  private readonly keeping: Keeping;
  private readonly keys: Keys;
  private readonly events: ScreeningEvents;
  private readonly decisions = new Map<Decision, HTMLButtonElement>();
  private readonly reason = make("input", {
    type: "text",
    list: "reasons",
    maxlength: 2_000,
    autocomplete: "off",
    title: "Why the work is excluded, such as wrong population (key r; Enter excludes)",
  });
  private readonly reasons = make("datalist", { id: "reasons" });
  private readonly person = make("input", {
    type: "text",
    maxlength: 200,
    autocomplete: "off",
    title: "Kept with each of your decisions, where you give it",
  });
  private readonly progress = make("p", { class: "progress" });
  /** What has just been decided, and what is opened, for those who hear the page; it must be there before a record is. */
  readonly aloud = make("p", { class: "aloud", role: "status" });
  private readonly status = make("p", { class: "status" });
  private readonly note = make("p", { class: "status", hidden: true });
  private readonly undo: HTMLButtonElement;
  private readonly download: HTMLButtonElement;
  private row: number | null = null;

  constructor(
    literature: Literature,
    details: Details,
    screening: Screening,
    keeping: Keeping,
    keys: Keys,
    events: ScreeningEvents,
  ) {
    this.literature = literature;
    this.details = details;
    this.screening = screening;
    this.keeping = keeping;
    this.keys = keys;
    this.events = events;
    const button = (text: string, title: string, click: () => void) =>
      make("button", { type: "button", title, click }, text);
    for (const { decision, name, mark } of DECISIONS) {
      const key = decision[0] ?? "";
      const made = button(`${mark} ${name}`, `${name} this work and go on (key ${key})`, () => this.decide(decision));
      made.className = decision;
      this.decisions.set(decision, made);
    }
    this.undo = button("Undo", "Take your last decision back (key u)", () => this.takeBack());
    this.download = button(
      "Download decisions",
      "All decisions as a table, which `harvester chase --screening` reads",
      () => this.save(),
    );
    this.button = button("", "Open the next work without a decision; the key ? lists the keys", () => this.begin());
    this.button.className = "screen";
    this.reason.addEventListener("keydown", (event) => this.onReason(event));
    this.person.value = remembered("sessionStorage", NAME);
    this.person.addEventListener("change", () => remember("sessionStorage", NAME, this.person.value));
    this.element = make(
      "section",
      { class: "screening", "aria-label": "Screening" },
      make(
        "div",
        { class: "decisions", role: "group", "aria-label": "Decision" },
        ...this.decisions.values(),
        this.undo,
      ),
      make("label", {}, make("span", {}, "Reason to exclude"), this.reason),
      this.reasons,
      this.progress,
      make(
        "details",
        {},
        make("summary", { title: "Your name, the decisions as a file, and the keys" }, "Name, file and keys"),
        make("label", {}, make("span", {}, "Your name (optional)"), this.person),
        make(
          "p",
          { class: "more-buttons" },
          this.download,
          button("Keys", "What the keys do (key ?)", () => keys.help.showModal()),
          keys.choice,
        ),
      ),
      this.status,
      this.note,
    );
    keys.choice.addEventListener("change", () => this.nameKeys());
    this.nameKeys();
    addEventListener("keydown", (event) => this.onKey(event));
    addEventListener("beforeunload", (event) => {
      if (!this.keeping.unkept) return;
      event.preventDefault();
      // Older browsers ask only for this.
      event.returnValue = "";
    });
    this.tell();
  }

  /** Show what is decided on the work that is open. */
  show(row: number | null): void {
    this.row = row;
    const decided = row === null ? null : this.screening.of(row);
    for (const [decision, button] of this.decisions) {
      button.setAttribute("aria-pressed", String(decided?.decision === decision));
    }
    this.reason.value = (decided?.decision === "exclude" && decided.reason) || "";
  }

  /** Say how far the reader has come, and how it stands with keeping. */
  tell(): void {
    const progress = this.screening.progress();
    const sentence = told(progress);
    const [short] = sentence.split(":");
    this.button.textContent = short ?? "";
    this.progress.textContent = `${sentence}.`;
    this.status.textContent = this.keeping.status;
    this.status.classList.toggle("troubled", this.keeping.isTroubled);
    this.undo.disabled = !this.screening.canUndo;
    this.download.disabled = Object.values(progress.decided).every((count) => count === 0);
    this.reasons.replaceChildren(...this.screening.reasons().map((value) => make("option", { value })));
  }

  /** Say something that concerns all of the page. */
  warn(sentence: string): void {
    this.note.textContent = sentence;
    this.note.hidden = false;
  }

  private decide(decision: Decision): void {
    const { row } = this;
    if (row === null) {
      this.begin();
      return;
    }
    // With a filter for what is undecided the work leaves the table: what follows it is looked up before.
    const next = this.screening.next(this.events.order(), row);
    const decided: Decided = {
      decision,
      reason: this.reason.value.trim() || null,
      person: this.person.value.trim() || null,
    };
    this.screening.decide(row, decided);
    const past = DECISIONS.find((each) => each.decision === decision)?.past;
    if (next === null) {
      this.aloud.textContent = `${past}. All works of the table are screened.`;
      this.show(row);
    } else this.open(next, `${past}. `);
  }

  private takeBack(): void {
    const row = this.screening.undo();
    if (row === null) return;
    this.open(row, "Taken back. ");
    this.show(row);
  }

  private begin(): void {
    const order = this.events.order();
    const next = this.screening.next(order, this.row) ?? order[0];
    if (next !== undefined) this.open(next);
  }

  private step(by: 1 | -1): void {
    const order = this.events.order();
    const place = this.row === null ? -1 : order.indexOf(this.row);
    const row = order[place < 0 ? 0 : place + by];
    if (row !== undefined) this.open(row);
  }

  /** Open a work, and say which one it is. */
  private open(row: number, said = ""): void {
    this.aloud.textContent = `${said}${this.literature.nameOf(row)}`;
    this.events.select(row);
  }

  private onReason(event: KeyboardEvent): void {
    if (event.isComposing) return;
    if (event.key === "Enter") {
      event.preventDefault();
      this.reason.blur();
      this.decide("exclude");
    } else if (event.key === "Escape") {
      event.stopPropagation();
      this.reason.blur();
    }
  }

  private onKey(event: KeyboardEvent): void {
    const acts: Record<string, () => void> = {
      i: () => this.decide("include"),
      e: () => this.decide("exclude"),
      m: () => this.decide("maybe"),
      r: () => this.row !== null && this.reason.focus(),
      u: () => this.takeBack(),
      n: () => this.step(1),
      j: () => this.step(1),
      p: () => this.step(-1),
      k: () => this.step(-1),
      "?": () => this.keys.help.showModal(),
    };
    const act = acts[this.keys.pressed(event) ?? ""];
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** Name the keys of the decisions to those who hear the page, while they do something. */
  private nameKeys(): void {
    for (const [decision, button] of this.decisions) {
      if (this.keys.areOn) button.setAttribute("aria-keyshortcuts", decision[0] ?? "");
      else button.removeAttribute("aria-keyshortcuts");
    }
  }

  private async save(): Promise<void> {
    const { columns, decided } = this.literature;
    const rows = [...decided.keys()].sort((one, other) => one - other);
    // Without its record a decision still has the key of its work; it must not be lost with the server.
    const details: Detail[] = await Promise.all(rows.map((row) => this.details.of(row).catch(() => ({}))));
    const lines = rows.map((row, place) => {
      const one = decided.get(row);
      const facts = [details[place]?.doi, columns.titles[row], columns.authors[row], columns.years[row]];
      return [one?.decision, one?.reason, one?.person, columns.keys[row], ...facts];
    });
    const heading = ["decision", "reason", "reviewer", "key", "doi", "title", "authors", "year"];
    const name = fileName(`${document.title.slice(0, LONGEST)}-decisions`, "csv");
    download(name, new Blob([table([heading, ...lines])], { type: "text/csv" }));
    this.keeping.downloaded();
    this.tell();
  }
}
