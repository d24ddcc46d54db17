import assert from "node:assert/strict";
import { test } from "node:test";
import { asked, mainPath, routesOf, said } from "../src/route.ts";
import { works } from "./works.ts";

/** The first work and the second cite each other. */
const mutual = works({ starts: [0, 1, 2, 2, 2, 2], cited: [1, 0], main_path: [] });

test("each step of a way says who cites whom", () => {
  const literature = works();
  assert.equal(said(literature, 2, 0), "cites");
  assert.equal(said(literature, 0, 2), "is cited by");
  assert.equal(said(mutual, 0, 1), "cites, and is cited by");
});

test("a way is drawn by its citations in their own direction, and by both of works that cite each other", () => {
  assert.deepEqual(routesOf(works(), { paths: [[0, 2, 1], [4]], count: 2 }), [
    {
      rows: [0, 2, 1],
      citations: [
        [2, 0],
        [2, 1],
      ],
    },
    { rows: [4], citations: [] },
  ]);
  assert.deepEqual(routesOf(mutual, { paths: [[1, 0]], count: 1 })[0]?.citations, [
    [1, 0],
    [0, 1],
  ]);
});

test("the main path is a route of its citations, with each of its works once", () => {
  assert.deepEqual(mainPath(works()), [
    {
      rows: [2, 0, 3, 1],
      citations: [
        [2, 0],
        [3, 1],
      ],
    },
  ]);
  assert.deepEqual(mainPath(works({ main_path: [2, 1] }))[0]?.rows, [2, 1, 0]);
  assert.deepEqual(mainPath(mutual), []);
});

test("a path is asked for by keys that are here", () => {
  const literature = works();
  assert.deepEqual(asked(literature, ["doi:10.1/a", "doi:10.1/c"]), {
    start: 0,
    end: 2,
    found: { paths: [[0, 2]], count: 1 },
  });
  assert.equal(asked(literature, ["doi:10.1/a", "doi:10.1/z"]), null);
  assert.equal(asked(literature, null), null);
});
