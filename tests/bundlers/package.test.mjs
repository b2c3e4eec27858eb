// The package as it is published: what tools say of it, and that it works where it is installed.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { formatMessage } from "publint/utils";
import { publint } from "publint";
import { inRoot } from "../../.dev/lib/paths.mjs";
import { temporaryFolder } from "../e2e/lib/folder.mjs";
import { pack } from "./lib/package.mjs";

function packed() {
  const folder = temporaryFolder("package");
  return { folder, tarball: pack(folder) };
}

test("publint finds nothing", async () => {
  const { messages, pkg } = await publint({ pkgDir: inRoot("web/client"), strict: true });
  assert.deepEqual(messages.map((message) => formatMessage(message, pkg)), []);
});

test("are the types wrong? No", () => {
  const { tarball } = packed();
  const { status, stdout, stderr } = spawnSync(inRoot("node_modules/.bin/attw"), [tarball, "--profile", "esm-only", "--format", "ascii", "--no-color", "--exclude-entrypoints", "./package.json"], { encoding: "utf8" });
  assert.equal(status, 0, stdout + stderr);
});

test("installed without a network in a folder of its own, it encrypts in Node and does nothing until it is used", () => {
  const { folder, tarball } = packed();
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "somebody", private: true, type: "module" }));
  execFileSync("npm", ["install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts", tarball], { cwd: folder, stdio: "pipe" });
  const program = `
    import assert from "node:assert/strict";
    import { Sealpost, SealpostError } from "sealpost";
    import init, { Account, Device, Session } from "sealpost/crypto";

    await assert.rejects(Sealpost.open({ relay: "https://relay.invalid" }), { code: "unsupported" });
    assert.throws(() => Account.generate(), (error) => error instanceof SealpostError && error.code === "load" && /default export/.test(error.message));
    await init();
    const now = Date.now();
    const [alice, bob] = [1, 2].map((id) => Device.create(Account.generate(), new Uint8Array(16).fill(id), 1, now));
    const { signedPreKey, kemLastResort } = bob.generatePreKeys({ oneTime: 0, kem: 0, rotate: true, createdAtMs: now });
    const bundle = Uint8Array.from([...bob.certificate, ...signedPreKey, 0, ...kemLastResort]);
    const { message } = Session.initiate(alice, bundle, new TextEncoder().encode("hello"));
    console.log(new TextDecoder().decode(Session.accept(bob, message).plaintext));
  `;
  writeFileSync(join(folder, "program.js"), program);
  const { status, stdout, stderr } = spawnSync(process.execPath, ["program.js"], { cwd: folder, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  assert.equal(stdout.trim(), "hello");
});
