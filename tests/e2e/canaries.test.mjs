import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Canaries } from "./lib/canaries.mjs";
import { temporaryFolder } from "./lib/folder.mjs";

function folderWith(content) {
  const folder = temporaryFolder("canaries");
  writeFileSync(join(folder, "file"), content);
  return folder;
}

const secret = "sub rosa?>~ 0123";
const encodings = {
  raw: (bytes) => bytes,
  hex: (bytes) => bytes.toString("hex"),
  base64: (bytes) => bytes.toString("base64"),
  base64url: (bytes) => bytes.toString("base64url"),
};

for (const [name, encode] of Object.entries(encodings)) {
  for (const before of ["", "x", "xy", "xyz"]) {
    test(`the scan finds a secret in ${name} after ${before.length} other bytes`, () => {
      const folder = folderWith(encode(Buffer.from(`${before}${secret}tail`)));
      const canaries = new Canaries();
      canaries.add("secret", secret);
      assert.deepEqual(canaries.scan([folder]).map(({ label }) => label), ["secret"]);
      assert.throws(() => canaries.assertNoneIn([folder]), /secrets in clear/);
    });
  }
}

test("the scan passes where the secret is not, and only if it looked in the right place", () => {
  const folder = folderWith("alice");
  const canaries = new Canaries();
  assert.throws(() => canaries.assertNoneIn([folder]), /no canary/);
  canaries.text("message");
  canaries.control("a username", "alice");
  canaries.assertNoneIn([folder]);
  canaries.control("another username", "bob-b");
  assert.throws(() => canaries.assertNoneIn([folder]), /does not even find/);
});
