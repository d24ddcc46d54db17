import assert from "node:assert/strict";
import { test } from "node:test";
import { apply, facets, UNFILTERED } from "../src/filters.ts";
import { message } from "../src/held.ts";
import { InBrowser, nameOf, type Outcome, Sending } from "../src/keeping.ts";
import type { Decided, Decision } from "../src/literature.ts";
import { Screening, table, told } from "../src/screening.ts";
import { works } from "./works.ts";

function decided(decision: Decision, reason: string | null = null, person: string | null = null): Decided {
  return { decision, reason, person };
}

test("what was decided when the page was made counts, and undoing brings it back", () => {
  const screening = new Screening(works({ decisions: [[1, "exclude", "no trial"]] }));
  const heard: [number, Decided | null][] = [];
  screening.onChange((row) => heard.push([row, screening.of(row)]));
  screening.decide(1, decided("include", "a reason is for exclusions", "Ana"));
  screening.decide(2, decided("maybe"));
  assert.equal(told(screening.progress()), "2 of 4 screened: 1 included, 0 excluded, 1 maybe");
  assert.equal(screening.undo(), 2);
  assert.equal(screening.undo(), 1);
  assert.equal(screening.undo(), null);
  assert.deepEqual(heard, [
    [1, decided("include", null, "Ana")],
    [2, decided("maybe")],
    [2, null],
    [1, decided("exclude", "no trial")],
  ]);
  assert.equal(told(screening.progress()), "1 of 4 screened: 0 included, 1 excluded, 0 maybe");
});

test("works known only by being cited are not waiting to be screened, and count once they are", () => {
  const screening = new Screening(works());
  assert.equal(told(screening.progress()), "0 of 4 screened");
  screening.decide(4, decided("include"));
  assert.equal(told(screening.progress()), "1 of 5 screened: 1 included, 0 excluded, 0 maybe");
});

test("the next work is the first without a decision in the order of the table, from here and round", () => {
  const screening = new Screening(works({ decisions: [[3, "include", null]] }));
  const order = [2, 3, 0, 1];
  assert.equal(screening.next(order, null), 2);
  assert.equal(screening.next(order, 2), 0);
  assert.equal(screening.next(order, 1), 2);
  assert.equal(screening.next(order, 4), 2);
  for (const row of [0, 1]) screening.decide(row, decided("maybe"));
  assert.equal(screening.next(order, 2), null, "there is none but the one that is open");
});

test("reasons are offered by how often they were given, those of exclusions alone", () => {
  const screening = new Screening(works({ decisions: [[0, "include", "good"]] }));
  screening.decide(1, decided("exclude", "wrong drug"));
  screening.decide(2, decided("exclude", "letter"));
  screening.decide(3, decided("exclude", "wrong drug"));
  assert.deepEqual(screening.reasons(), ["wrong drug", "letter"]);
});

test("the filter follows what is decided", () => {
  const literature = works();
  const divisions = facets(literature);
  const found = () =>
    apply(
      literature,
      divisions,
      { ...UNFILTERED, chosen: { ...UNFILTERED.chosen, screening: new Set(["none"]) } },
      null,
    );
  assert.equal(found().mask.join(""), "11110");
  new Screening(literature).decide(0, decided("exclude"));
  assert.equal(found().mask.join(""), "01110");
  assert.deepEqual(found().counts.get("screening"), [0, 1, 0, 3]);
});

test("no cell of the table runs, and each stays one", () => {
  const written = table([
    ["decision", "title"],
    ["exclude", '=HYPERLINK("https://example.org")'],
    ["maybe", 'a\n"b"; @c\u0000'],
    [null, 2020],
  ]);
  assert.equal(
    written,
    '\ufeff"decision","title"\n"exclude","\'=HYPERLINK(""https://example.org"")"\n"maybe","a ""b""; \'@c"\n"","2020"\n',
  );
});

test("decisions are sent one after the other, and again until each is kept", async () => {
  const sent: string[] = [];
  const paused: number[] = [];
  const refused: [string, Decided | null][] = [];
  const statuses: string[] = [];
  const outcomes: Outcome[] = [
    { is: "later", why: "another program is using this library" },
    { is: "later", why: "another program is using this library" },
    { is: "kept" },
    { is: "refused", why: "b is no work" },
    { is: "kept" },
  ];
  let ended = () => {};
  const end = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const keeping = new Sending(
    async (key, one, before) => {
      sent.push(`${key} ${one?.decision ?? "undecided"} after ${before?.decision ?? "nothing"}`);
      return outcomes.shift() ?? { is: "kept" };
    },
    {
      told: () => {
        statuses.push(keeping.status);
        if (!keeping.unkept) ended();
      },
      refused: (key, before) => refused.push([key, before]),
    },
    async (milliseconds) => {
      paused.push(milliseconds);
    },
  );
  keeping.keep("a", decided("include"), null);
  keeping.keep("b", decided("exclude"), decided("maybe"));
  keeping.keep("a", null, decided("include"));
  assert.equal(keeping.unkept, 3);
  await end;
  assert.deepEqual(sent, [
    ...new Array<string>(3).fill("a include after nothing"),
    "b exclude after maybe",
    "a undecided after include",
  ]);
  assert.deepEqual(paused, [1_000, 2_000]);
  assert.deepEqual(refused, [["b", decided("maybe")]]);
  assert.match(statuses[0] ?? "", /^Not kept yet: another program .*3 decisions wait; trying again/);
  assert.match(statuses[3] ?? "", /b is no work/);
  assert.equal(statuses.at(-1), "Not kept: b is no work.", "said until the next decision");
  keeping.keep("c", decided("include"), null);
  assert.equal(keeping.isTroubled, false);
});

test("two decisions on a work that is refused leave what was before the first, and the reader nothing to take back", async () => {
  const literature = works();
  const screening = new Screening(literature);
  const key = literature.columns.keys[0] ?? "";
  await new Promise<void>((resolve) => {
    const keeping = new Sending(async () => ({ is: "refused", why: "it is no work" }), {
      told: () => keeping.unkept || resolve(),
      refused: (_, before) => screening.refuse(0, before),
    });
    screening.onChange((row, before) => keeping.keep(key, screening.of(row), before));
    screening.decide(0, decided("include"));
    screening.decide(0, decided("exclude"));
  });
  assert.equal(screening.of(0), null);
  assert.equal(screening.canUndo, false);
});

test("a browser keeps decisions beside those of other tabs, and what is broken there counts as nothing", () => {
  const held = new Map<string, string>();
  const store = {
    getItem: (name: string) => held.get(name) ?? null,
    setItem: (name: string, text: string) => held.set(name, text),
  };
  const name = nameOf("Review", ["doi:10.1/a", "__proto__"]);
  const one = new InBrowser(name, store);
  const other = new InBrowser(name, store);
  one.keep("doi:10.1/a", decided("include"));
  other.keep("__proto__", decided("exclude", "no trial", "Ana"));
  one.keep("doi:10.1/b", null);
  assert.deepEqual(Object.fromEntries([...one.kept()].map(([key, said]) => [`of ${key}`, said?.reason ?? null])), {
    "of doi:10.1/a": null,
    "of __proto__": "no trial",
    "of doi:10.1/b": null,
  });
  assert.equal(one.unkept, 0);
  assert.notEqual(nameOf("Review", ["doi:10.1/b"]), name);
  for (const broken of ["", "null", "[1]", '{"a": 1, "b": {"decision": "burn"}}', "{"]) {
    held.set(name, broken);
    assert.deepEqual([...one.kept()], []);
  }
});

test("a browser that keeps nothing says so, until the decisions are downloaded", () => {
  const full = {
    getItem: () => null,
    setItem: () => {
      throw new Error("QuotaExceededError");
    },
  };
  for (const store of [null, full]) {
    const keeping = new InBrowser("x", store);
    keeping.keep("a", decided("include"));
    assert.deepEqual([keeping.unkept, keeping.isTroubled], [1, true]);
    assert.match(keeping.status, /download the decisions before you leave/);
    keeping.downloaded();
    assert.deepEqual([keeping.unkept, keeping.isTroubled], [0, true]);
    assert.match(keeping.status, /keeps nothing .* in the file that you downloaded/);
    keeping.keep("b", decided("maybe"));
    assert.equal(keeping.unkept, 1, "the file does not have it");
    assert.match(keeping.status, /download the decisions before you leave/);
  }
});

test("a browser that has room again keeps what it would not take before", () => {
  const held = new Map<string, string>();
  let isFull = true;
  const keeping = new InBrowser("x", {
    getItem: (name) => held.get(name) ?? null,
    setItem: (name, text) => {
      if (isFull) throw new Error("QuotaExceededError");
      held.set(name, text);
    },
  });
  keeping.keep("a", decided("include"));
  keeping.downloaded();
  keeping.keep("b", decided("exclude", "letter"));
  isFull = false;
  keeping.keep("c", null);
  assert.deepEqual(
    [...keeping.kept()],
    [
      ["a", decided("include")],
      ["b", decided("exclude", "letter")],
      ["c", null],
    ],
  );
  assert.deepEqual([keeping.unkept, keeping.isTroubled], [0, false]);
  assert.match(keeping.status, /kept in this browser/);
});

test("what is taken back is sent with the person who had decided it", () => {
  const sent = (now: Decided | null, before: Decided | null) => JSON.parse(message("a", now, before));
  assert.deepEqual(sent(null, decided("exclude", "letter", "Ana")), {
    key: "a",
    decision: "undecided",
    person: "Ana",
  });
  assert.equal(sent(null, decided("maybe")).person, null);
  assert.deepEqual(sent(decided("include", null, "Ben"), decided("exclude", "letter", "Ana")), {
    key: "a",
    decision: "include",
    reason: null,
    person: "Ben",
  });
});
