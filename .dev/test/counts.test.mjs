import assert from "node:assert/strict";
import { test } from "node:test";
import { counts } from "../lib/counts.mjs";

const ok = (passed) => `test result: ok. ${passed} passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s\n`;
const spec = (totals) => Object.entries(totals).map(([name, n]) => `ℹ ${name} ${n}\n`).join("");

test("sums the test binaries of one cargo run", () => {
  assert.deepEqual(counts("rust", { code: 0, output: `running 3 tests\n${ok(3)}Doc-tests\n${ok(2)}${ok(0)}` }), { passed: 5, failed: 0, why: "" });
});

test("counts cargo's failed tests", () => {
  const output = `${ok(3)}test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s\n`;
  assert.deepEqual(counts("rust", { code: 101, output }), { passed: 4, failed: 2, why: "" });
});

test("reads the form of wasm-bindgen's runner, colours and carriage returns included", () => {
  const output = "\x1b[32mtest result: ok. 7 passed; 0 failed; 0 ignored; 0 filtered out; finished in 2.10s\x1b[0m\r\n";
  assert.equal(counts("rust", { code: 0, output }).passed, 7);
});

test("reads node's totals", () => {
  const output = `✔ a (1ms)\n${spec({ tests: 4, suites: 0, pass: 2, fail: 1, cancelled: 1, skipped: 0, todo: 0 })}`;
  assert.deepEqual(counts("node", { code: 1, output }), { passed: 2, failed: 2, why: "" });
});

test("reads the sum that our own programs end with", () => {
  assert.deepEqual(counts("plain", { code: 1, output: "1 passed, 0 failed\nFAIL x\n13 passed, 1 failed\n" }), { passed: 13, failed: 1, why: "" });
  assert.deepEqual(counts("plain", { code: 0, output: "nothing\n" }), { passed: 0, failed: 1, why: "no tests ran" });
});

test("a line a test prints is not taken for a total", () => {
  const output = `log: ℹ pass 900\nℹ pass 900\n${spec({ pass: 1, fail: 0 })}`;
  assert.equal(counts("node", { code: 0, output }).passed, 1);
});

for (const runner of ["rust", "node"]) {
  test(`${runner}: no tests at all is a failure`, () => {
    assert.deepEqual(counts(runner, { code: 0, output: "" }), { passed: 0, failed: 1, why: "no tests ran" });
  });

  test(`${runner}: a command that fails without a failing test is one failure`, () => {
    const output = runner === "rust" ? ok(5) : spec({ pass: 5, fail: 0 });
    assert.deepEqual(counts(runner, { code: 101, output }), { passed: 5, failed: 1, why: "exit 101" });
  });

  test(`${runner}: running out of time is a failure`, () => {
    const output = runner === "rust" ? ok(5) : spec({ pass: 5, fail: 0 });
    assert.deepEqual(counts(runner, { code: 0, output, timedOut: true }), { passed: 5, failed: 1, why: "timed out" });
  });
}

test("a skipped test is a failed one", () => {
  const ignored = "test result: ok. 4 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.1s\n";
  assert.deepEqual(counts("rust", { code: 0, output: ignored }), { passed: 4, failed: 2, why: "2 skipped" });
  assert.deepEqual(counts("node", { code: 0, output: spec({ pass: 4, fail: 0, skipped: 1, todo: 1 }) }), { passed: 4, failed: 2, why: "2 skipped" });
});
