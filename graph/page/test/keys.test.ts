import assert from "node:assert/strict";
import { test } from "node:test";
import { isModified } from "../src/keys.ts";

test("a key that is pressed with Alt, Ctrl or Meta is the browser's", () => {
  const alone = { altKey: false, ctrlKey: false, metaKey: false };
  assert.equal(isModified(alone), false);
  for (const other of ["altKey", "ctrlKey", "metaKey"]) assert.equal(isModified({ ...alone, [other]: true }), true);
});
