// The house rule for modules that could be crates of their own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pathsOut } from "../house-rules.mjs";

const out = (source, place = "server.rs") => pathsOut(source, place, "hub::protocol");

test("paths within the module are its own affair", () => {
  assert.deepEqual(out("use super::Hub;\nuse crate::hub::protocol::Hub;\n// crate::store is elsewhere\nuse std::sync::Arc;"), []);
  assert.deepEqual(out("mod tests {\n    use super::super::Hub;\n}"), []);
  assert.deepEqual(out("use super::super::Hub;", "tests/queue.rs"), []);
  assert.deepEqual(out("use super::harness;", "tests/mod.rs"), []);
});

test("paths out of it are found, with their lines", () => {
  assert.deepEqual(out("\nuse crate::store::Store;"), [{ line: 2, what: "crate::store::Store" }]);
  assert.deepEqual(out("use crate::hub::protocols::Hub;"), [{ line: 1, what: "crate::hub::protocols::Hub" }]);
  assert.deepEqual(out("use crate::hub::Live;"), [{ line: 1, what: "crate::hub::Live" }]);
  assert.deepEqual(out("fn f() {\n    super::super::live();\n}"), [{ line: 2, what: "super::super::" }]);
  assert.deepEqual(out("use super::Live;", "mod.rs"), [{ line: 1, what: "super::" }]);
  assert.deepEqual(out("mod tests {\n    use super::super::super::Live;\n}"), [{ line: 2, what: "super::super::super::" }]);
  assert.deepEqual(out("use super::super::Live;", "tests/mod.rs"), [{ line: 1, what: "super::super::" }]);
});
