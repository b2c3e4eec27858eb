import assert from "node:assert/strict";
import { test } from "node:test";
import { ruleIndex } from "../lib/rules.mjs";

const specification = "# P\n\n- **KEY-1** A signature is one\n  of the fields.\n- **RAT-8** At most 25,000. See KEY-1.\n";

const code = "fn verify() {\n    // KEY-1, RAT-8\n    check()?;\n}\n\n#[cfg(test)]\nmod tests {\n    // KEY-1\n    #[test]\n    fn a_forged_one() {}\n}\n";
const tests = "/// Nobody skips more.\n// RAT-8\n#[expect(clippy::panic, reason = \"…\")]\n#[wasm_bindgen_test(unsupported = test)]\nfn the_limit() {}\n";

test("lists where each rule is checked and tested", () => {
  const { rules, faults } = ruleIndex(specification, { "src/sign.rs": code, "tests/limit.rs": tests });
  assert.deepEqual(faults, []);
  assert.deepEqual(rules, [
    {
      id: "KEY-1",
      text: "A signature is one",
      checks: [{ file: "src/sign.rs", line: 2 }],
      tests: [{ file: "src/sign.rs", line: 8, test: "a_forged_one" }],
    },
    {
      id: "RAT-8",
      text: "At most 25,000. See KEY-1.",
      checks: [{ file: "src/sign.rs", line: 2 }],
      tests: [{ file: "tests/limit.rs", line: 2, test: "the_limit" }],
    },
  ]);
});

test("a rule without check or without test is a fault", () => {
  const { faults } = ruleIndex(specification, { "src/sign.rs": "// KEY-1\n", "tests/limit.rs": tests });
  assert.deepEqual(faults, ["KEY-1: no test names it", "RAT-8: no check names it"]);
});

test("an id that is no rule is a fault, in code and in the specification", () => {
  const files = { "src/sign.rs": code + "// KEY-11\n", "src/a.rs": "// KEY-9 XYZ-1\n", "tests/limit.rs": tests };
  const { faults } = ruleIndex(`${specification}See RAT-80.\n`, files);
  assert.deepEqual(faults.slice(0, 2), ["RAT-80: the specification refers to it and does not define it", "src/sign.rs:12: KEY-11 is no rule"]);
  assert.equal(faults[2], "src/a.rs:1: KEY-9 is no rule");
  assert.equal(faults.length, 3);
});

test("a rule is defined once", () => {
  const { faults } = ruleIndex(`${specification}- **KEY-1** Another.\n`, { "src/sign.rs": code, "tests/limit.rs": tests });
  assert.ok(faults.includes("KEY-1: defined twice"));
});

test("among tests an id stands above a test", () => {
  const loose = [
    "// KEY-1\nfn helper() {}\n",
    "#[test]\nfn one() {\n    // KEY-1\n    assert!(true);\n}\n",
    "// KEY-1\n\n#[test]\nfn one() {}\n",
  ];
  for (const text of loose) {
    const { faults } = ruleIndex(specification, { "src/sign.rs": code, "tests/limit.rs": tests, "tests/loose.rs": text });
    assert.match(faults.join(), /^tests\/loose\.rs:\d: KEY-1 does not stand above a test$/);
  }
});

test("knows the tests of scripts", () => {
  const script = "  // KEY-1\n  test(\"a `forged` one\", async () => {\n  });\n// RAT-8\ntest('limit', () => {});\n";
  const { rules, faults } = ruleIndex(specification, { "src/sign.ts": "/* KEY-1 */ // RAT-8\n", "web/test/a.test.mjs": script });
  assert.deepEqual(faults, []);
  assert.deepEqual(rules.map(({ tests: [{ test }] }) => test), ["a `forged` one", "limit"]);
});
