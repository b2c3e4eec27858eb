import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { budget, compressed, conversations, LIMIT, withImports } from "../lib/sizes.mjs";

const files = {
  "index.js": 'import{a}from"./chunk-A.js";import "./chunk-B.js";export{a};new Worker(new URL("./worker.js",import.meta.url));',
  "chunk-A.js": 'export * from "./chunk-B.js";export const a = 1;',
  "chunk-B.js": 'import "./chunk-A.js";export const load = () => import("./chunk-C.js");',
  "chunk-C.js": "export const c = 3;",
  "crypto.js": 'import "./chunk-B.js";import "./chunk-D.js";',
  "chunk-D.js": "export const d = 4;",
  "worker.js": "postMessage(1);",
  "sealpost_bg.wasm": "\0asm".repeat(50),
  "crypto_bg.wasm": "\0asm".repeat(60),
};
const gzipped = (...names) => names.reduce((total, name) => total + gzipSync(files[name], { level: 9 }).length, 0);

function dist(t) {
  const folder = mkdtempSync(join(tmpdir(), "sealpost-sizes-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

test("counts the module, the worker, and the entry with all that it imports; not what only the low-level module needs", (t) => {
  const folder = dist(t);
  assert.deepEqual(conversations(folder), [
    { what: "WebAssembly: sealpost_bg.wasm", bytes: gzipped("sealpost_bg.wasm") },
    { what: "worker: worker.js", bytes: gzipped("worker.js") },
    { what: "page: index.js, chunk-A.js, chunk-B.js, chunk-C.js", bytes: gzipped("index.js", "chunk-A.js", "chunk-B.js", "chunk-C.js") },
  ]);
});

test("a file that is missing is an error, not zero bytes", (t) => {
  const folder = dist(t);
  rmSync(join(folder, "chunk-C.js"));
  assert.throws(() => conversations(folder), { code: "ENOENT" });
  assert.throws(() => compressed([join(folder, "sealpost.wasm")]), { code: "ENOENT" });
  assert.deepEqual(withImports(join(folder, "worker.js")), [join(folder, "worker.js")]);
});

test("the limit may be reached and not passed", () => {
  const parts = [{ what: "a", bytes: LIMIT - 10 }, { what: "b", bytes: 10 }];
  assert.deepEqual(budget(parts), {
    isKept: true,
    over: 0,
    lines: [
      `a${" ".repeat(45)}219,990 bytes`,
      `b${" ".repeat(50)}10 bytes`,
      `together${" ".repeat(38)}220,000 bytes`,
      `limit${" ".repeat(41)}220,000 bytes`,
    ],
  });
  const { isKept, over } = budget([...parts, { what: "c", bytes: 1 }]);
  assert.deepEqual({ isKept, over }, { isKept: false, over: 1 });
});
