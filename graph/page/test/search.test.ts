import assert from "node:assert/strict";
import { test } from "node:test";
import { haystack, matching, terms } from "../src/search.ts";
import { works } from "./works.ts";

const literature = works();
const details = [
  { abstract: [{ label: "Aim", text: "Of ＭＩＮＤ" }] },
  {},
  { authors: [{ name: "Özlem Öz" }] },
  {},
  {},
];
const haystacks = details.map((detail, row) => haystack(literature, row, detail));

function found(query: string): string {
  return matching(haystacks, terms(query)).join("");
}

test("words are found in titles, authors, venues, keys and abstracts, whatever their case and accents", () => {
  assert.equal(found("RECOVERY"), "10100");
  assert.equal(found("evaluation"), "00100");
  assert.equal(found("ozlem"), "00100");
  assert.equal(found("lancet"), "10100");
  assert.equal(found("10.1/B"), "01000");
  assert.equal(found("mind"), "10000");
});

test("every word must be there, and a phrase as it stands", () => {
  assert.equal(found("support peer"), "01000");
  assert.equal(found('"support peer"'), "00000");
  assert.equal(found('"peer support" ng'), "01000");
  assert.deepEqual(terms(' "" "open'), ["open"]);
});
