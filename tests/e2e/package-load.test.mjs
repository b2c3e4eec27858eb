// What the package loads is what it was built with; a load that failed may be tried again.
import assert from "node:assert/strict";
import { appendFileSync, cpSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { packageWorld } from "./lib/package-page.mjs";

/** A copy of a module with an empty section of somebody's own: still a module, and another one. */
function altered(world, name) {
  const copy = `altered-${name}`;
  cpSync(join(world.webRoot, "sealpost", name), join(world.webRoot, copy));
  appendFileSync(join(world.webRoot, copy), Buffer.from([0, 2, 1, 0x61]));
  return `/${copy}`;
}

const loads = async (page, options, use) =>
  page.evaluate(
    async ([more, code]) => {
      const { Sealpost } = await import("/sealpost/index.js");
      const url = (value) => (typeof value === "string" && value.startsWith("/") ? new URL(value, location.href).href : value);
      const given = Object.fromEntries(Object.entries(more).map(([name, value]) => [name, url(value)]));
      let sealpost = null;
      try {
        sealpost = await Sealpost.open({ relay: location.origin, prepareForums: false, ...given });
        await { open: async () => {}, forums: async () => sealpost.forums.list(), vault: async () => sealpost.vault.read() }[code]();
        return "loaded";
      } catch (error) {
        return error.code;
      } finally {
        await sealpost?.close();
      }
    },
    [options, use],
  );

test("a module with another digest is not run, and the next try may succeed", async (t) => {
  const world = await packageWorld(t);
  const { person } = await world.member("alice");
  const page = await person.newTab();
  for (const [use, option, name] of [["open", "wasmUrl", "sealpost_bg.wasm"], ["forums", "forumsWasmUrl", "forums_bg.wasm"], ["vault", "vaultWasmUrl", "vault_bg.wasm"]]) {
    assert.equal(await loads(page, { [option]: altered(world, name) }, use), "load", use);
    assert.equal(await loads(page, { [option]: "/nothing-here.wasm" }, use), "load", use);
    assert.equal(await loads(page, { [option]: `/sealpost/${name}` }, use), "loaded", use);
    assert.equal(await loads(page, {}, use), "loaded", use);
  }
  world.assertNoProblems();
});

test("a part whose code did not load is loaded by a later call of the same client", async (t) => {
  const world = await packageWorld(t);
  const member = await world.member("alice", { prepareForums: false });
  const { context } = member.person;
  const uses = {
    forums: ({ sealpost }) => sealpost.forums.list().then(() => "loaded"),
    vault: ({ sealpost }) => sealpost.vault.read().then(() => "loaded"),
    link: ({ sealpost }) => sealpost.devices.list().then(() => "loaded"),
  };
  for (const [name, use] of Object.entries(uses)) {
    const failures = [(route) => route.abort(), (route) => route.fulfill({ status: 503, body: "" }), (route) => route.fulfill({ contentType: "text/javascript", body: "export {" })];
    await context.route(`**/sealpost/${name}.js`, (route) => failures.shift()?.(route) ?? route.fallback());
    for (let n = 0; n < 3; n += 1) await assert.rejects(member.do(use), { code: "load" }, `${name}, try ${n}`);
    assert.equal(failures.length, 0, name);
    assert.equal(await member.do(use), "loaded", name);
  }
});
