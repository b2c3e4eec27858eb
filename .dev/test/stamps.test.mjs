import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { filesUnder, fresh } from "../lib/stamps.mjs";

function setUp(t) {
  const folder = mkdtempSync(join(tmpdir(), "sealpost-stamps-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const at = (...parts) => join(folder, ...parts);
  mkdirSync(at("src", "dist"), { recursive: true });
  writeFileSync(at("src", "a"), "1");
  const build = { stamp: at("stamps", "x"), inputs: [at("src")], facts: ["v1"], outputs: [at("out")] };
  return { at, build, make: () => writeFileSync(at("out"), "made") };
}

test("builds once, and again when an input, a fact or an output changed", async (t) => {
  const { at, build, make } = setUp(t);
  assert.equal(await fresh(build, make), true);
  assert.equal(await fresh(build, make), false);
  writeFileSync(at("src", "a"), "2");
  assert.equal(await fresh(build, make), true);
  writeFileSync(at("src", "b"), "");
  assert.equal(await fresh(build, make), true);
  assert.equal(await fresh({ ...build, facts: ["v2"] }, make), true);
  rmSync(at("out"));
  assert.equal(await fresh({ ...build, facts: ["v2"] }, make), true);
  assert.equal(await fresh({ ...build, facts: ["v2"] }, make), false);
});

test("a build that failed is not up to date, not even with the inputs of an older one", async (t) => {
  const { at, build, make } = setUp(t);
  await fresh(build, make);
  writeFileSync(at("src", "a"), "2");
  await assert.rejects(fresh(build, () => Promise.reject(new Error("no"))), /no/);
  assert.equal(existsSync(build.stamp), false);
  writeFileSync(at("src", "a"), "1");
  assert.equal(await fresh(build, make), true);
});

test("what was built or installed is not an input", (t) => {
  const { at } = setUp(t);
  writeFileSync(at("src", "dist", "x"), "");
  assert.deepEqual(filesUnder(at("src")), [at("src", "a")]);
});
