import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { Details } from "../src/details.ts";
import { webAddress } from "../src/elements.ts";
import { works } from "./works.ts";

test("citations are seen from both of their works", () => {
  const literature = works();
  const rows = (some: readonly { row: number }[]) => some.map(({ row }) => row);
  assert.deepEqual(rows(literature.references(2)), [0, 1]);
  assert.deepEqual(rows(literature.citedBy(0)), [1, 2, 3]);
  assert.deepEqual(rows(literature.citedBy(4)), []);
  assert.equal(literature.knownBy(1), "crossref, openalex");
});

test("a work without a title or a label is called by its key", () => {
  assert.equal(works().nameOf(4), "openalex:W5");
  assert.equal(works().colourOf(4), "#999999");
  assert.equal(works({ community_names: [] }).communityName(1), "Community 2");
});

test("records are unpacked from the chunk that holds them, each chunk once, and a failed one is asked for again", async () => {
  const pack = (records: object[]) => new Blob([deflateSync(JSON.stringify(records))]);
  const chunks = [pack([{ doi: "10.1/a" }, { doi: "10.1/é" }]), pack([{ doi: "10.1/c" }])];
  const asked: number[] = [];
  const details = new Details(3, 2, async (number) => {
    asked.push(number);
    if (asked.length === 1) throw new Error("offline");
    return chunks[number] ?? new Blob();
  });
  await assert.rejects(details.of(1), /offline/);
  assert.deepEqual(await details.of(1), { doi: "10.1/é" });
  assert.equal((await details.all()).length, 3);
  assert.deepEqual(asked, [0, 0, 1]);
});

test("an address that does not lead to the web is no address", () => {
  assert.equal(webAddress("https://doi.org/10.1/a"), "https://doi.org/10.1/a");
  for (const bad of [
    "javascript:alert(1)",
    "data:text/html,x",
    " JaVaScRiPt:1",
    "file:///etc/passwd",
    "x",
    undefined,
  ]) {
    assert.equal(webAddress(bad), null);
  }
});
