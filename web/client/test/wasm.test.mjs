// What is run is what was looked at.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import "./lib/typescript.mjs";

const { checkWasm } = await import("../src/wasm.ts");
const module = readFileSync(new URL("../dist/vault_bg.wasm", import.meta.url));

test("a module that is changed while it is looked at is not run as changed", async () => {
  const given = Uint8Array.from(module);
  const checked = checkWasm(given, "vault");
  given.fill(0);
  assert.ok(module.equals(await checked));
});

test("views and buffers are taken, a part of a larger buffer too", async () => {
  const larger = new Uint8Array(module.length + 8).fill(7);
  larger.set(module, 4);
  assert.ok(module.equals(await checkWasm(larger.subarray(4, 4 + module.length), "vault")));
  assert.ok(module.equals(await checkWasm(Uint8Array.from(module).buffer, "vault")));
  await assert.rejects(checkWasm(larger, "vault"), /not the WebAssembly module/);
  await assert.rejects(checkWasm(module, "forums"), /not the WebAssembly module/);
});
