import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { Details } from "../src/details.ts";

const CHUNKS = [[{ doi: "10.1/a" }, { doi: "10.1/b" }], [{ authors: [{ given: "Ana", family: "Ruiz" }] }]];

function packed(number: number): Blob {
  return new Blob([new Uint8Array(deflateSync(JSON.stringify(CHUNKS[number])))]);
}

test("records that could not be had are asked for again, and those that were had are not", async () => {
  const asked: number[] = [];
  let isDown = true;
  const details = new Details(3, 2, async (number) => {
    asked.push(number);
    if (isDown && number === 0) throw new Error("details/0: 503 Service Unavailable");
    return packed(number);
  });
  await assert.rejects(details.of(1), /503/);
  await assert.rejects(details.all(), /503/);
  isDown = false;
  assert.equal((await details.of(1)).doi, "10.1/b");
  const all = await details.all();
  assert.deepEqual(
    all.map((each) => each.doi ?? each.authors?.[0]?.name),
    ["10.1/a", "10.1/b", "Ana Ruiz"],
  );
  assert.deepEqual(asked, [0, 0, 1, 0]);
});
