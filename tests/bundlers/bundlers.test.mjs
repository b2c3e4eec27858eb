// The packed package in an application of its own, built by each bundler, under a strict policy, in a browser.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../e2e/lib/folder.mjs";
import { Person } from "../e2e/lib/person.mjs";
import { freePort, Relay } from "../e2e/lib/relay.mjs";
import { until } from "../e2e/lib/wait.mjs";
import { builders, withNext, withSource } from "./lib/builders.mjs";
import { installed } from "./lib/package.mjs";
import { serveSite } from "./lib/site.mjs";

const STORY_MS = 90_000;

/** Opens the site and waits until the story is told; `frame` is where it is told. Gives the page. */
async function runs(t, pages, { path = "/", frame = (page) => page.mainFrame() } = {}) {
  const folder = temporaryFolder("bundlers");
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const relay = await Relay.start(join(folder, "relay"), { env: { PUBLIC_ORIGIN: origin } });
  t.after(() => relay.kill());
  await serveSite(t, port, relay.port, pages);
  const refused = [];
  const person = new Person("somebody", { folder, origin, prepare: (context) => watchRefusals(context, refused) });
  t.after(() => person.close());
  const page = await person.open(path);
  await until("the story is told", async () => (await frame(page).title()) !== "Sealpost", { timeoutMs: STORY_MS });
  assert.equal(await frame(page).title(), "done", await frame(page).locator("body").innerText());
  assert.deepEqual([...person.problems, ...refused], []);
  return page;
}

/** Whatever the policy forbids, and files that are not where they are looked for. */
async function watchRefusals(context, refused) {
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => console.error(`the policy forbids: ${violatedDirective} ${blockedURI}`));
  });
  context.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (response.status() >= 400 && !pathname.startsWith("/api/") && pathname !== "/favicon.ico") refused.push(`${response.status()} ${pathname}`);
  });
}

for (const [name, build] of Object.entries(builders)) {
  test(name, async (t) => {
    await runs(t, { folder: await build(withSource(installed(name.replace(" ", "-")))) });
  });
}

test("in a frame", async (t) => {
  const folder = await builders["no bundler"](withSource(installed("frame")));
  writeFileSync(join(folder, "outer.html"), '<!doctype html><html lang="en"><meta charset="utf-8"><title>Outer</title><iframe title="Sealpost" src="/index.html"></iframe></html>\n');
  await runs(t, { folder }, { path: "/outer.html", frame: (page) => page.frames().at(-1) });
});

test("next.js, rendered on the server", async (t) => {
  const folder = withNext(installed("next"));
  const next = createRequire(import.meta.url).resolve("next/dist/bin/next");
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production", CI: "1" };
  const start = (...args) => {
    const child = spawn(process.execPath, [next, ...args], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
    const ended = new Promise((resolve) => child.once("exit", (code) => resolve({ code, output })));
    return { child, ended };
  };
  const { code, output } = await start("build").ended;
  assert.equal(code, 0, output);
  const upstream = await freePort();
  const { child, ended } = start("start", "--hostname", "127.0.0.1", "--port", String(upstream));
  t.after(async () => {
    child.kill();
    await ended;
  });
  await until("next answers", async () => (await fetch(`http://127.0.0.1:${upstream}/`)).ok, { timeoutMs: 30_000 });
  const page = await runs(t, { upstream });
  assert.equal(await page.locator("#server").innerText(), "unsupported");
});
