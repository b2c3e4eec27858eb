// The app without a network: it opens, shows what is on the device, and goes on when the relay is back.
import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { demoRoot } from "../../.dev/lib/paths.mjs";
import { Demo } from "./lib/demo.mjs";
import { temporaryFolder } from "./lib/folder.mjs";
import { until } from "./lib/wait.mjs";
import { World } from "./lib/world.mjs";

const keepsApp = (page) => page.evaluate(async () => {
  await navigator.serviceWorker.ready;
  return true;
});

test("the app opens while the relay and the network are away, shows its messages and takes new ones", async (t) => {
  const world = await World.create(t);
  const alice = await world.person("alice", { serviceWorkers: "allow" });
  const bob = await world.person("bob");
  const a = new Demo(alice.page);
  const b = new Demo(bob.page);
  await a.register("alice");
  await b.register("bob");
  await a.startConversation(["bob"]);
  const before = world.canaries.text("before");
  await a.send(before);
  await a.online();
  await keepsApp(alice.page);

  await world.relay.kill();
  await alice.page.reload();
  await a.open("bob");
  await a.sees(before);
  const meanwhile = world.canaries.text("meanwhile");
  await a.send(meanwhile);

  // A browser that is started anew, as on a journey.
  await alice.close();
  const again = new Demo(await alice.open());
  await again.open("bob");
  await again.sees(meanwhile);
  await world.relay.start();
  await again.online();
  await b.open("alice");
  await b.sees(meanwhile);

  // What is kept is the app, and none of what it says.
  const kept = await alice.page.evaluate(async () => {
    const paths = [];
    for (const name of await caches.keys()) for (const { url } of await (await caches.open(name)).keys()) paths.push(new URL(url).pathname);
    return paths;
  });
  assert.ok(kept.includes("/") && kept.some((path) => path.endsWith(".wasm")));
  assert.deepEqual(kept.filter((path) => /^\/(api|hubs)/.test(path)), []);
  await world.assertRelayKnowsNoSecret();
});

test("a new version of the app waits until no tab shows the old one, which then goes", async (t) => {
  const folder = temporaryFolder("app");
  cpSync(demoRoot, folder, { recursive: true });
  const world = await World.create(t, { env: { WEB_ROOT: folder } });
  const alice = await world.person("alice", { serviceWorkers: "allow" });
  await keepsApp(alice.page);
  await alice.reload();
  const names = () => alice.page.evaluate(() => caches.keys());
  const [old, ...others] = await names();
  assert.deepEqual(others, []);

  const script = join(folder, "sw.js");
  writeFileSync(script, readFileSync(script, "utf8").replace(/VERSION = "[^"]*"/, 'VERSION = "another"'));
  await alice.page.evaluate(async () => (await navigator.serviceWorker.ready).update());
  await until("the new version waits", () => alice.page.evaluate(async () => (await navigator.serviceWorker.ready).waiting !== null));
  assert.deepEqual((await names()).sort(), [old, "sealpost-app-another"].sort());

  await alice.close();
  await alice.open();
  await until("the old version is gone", async () => (await names()).join() === "sealpost-app-another", { timeoutMs: 10_000 });
});

test("the app can be installed", async (t) => {
  const world = await World.create(t);
  const alice = await world.person("alice");
  const session = await alice.context.newCDPSession(alice.page);
  const { errors, data } = await session.send("Page.getAppManifest");
  assert.deepEqual(errors, []);
  const { icons, display } = JSON.parse(data);
  assert.equal(display, "standalone");
  for (const { src, type } of icons) {
    const response = await fetch(new URL(src, world.relay.url));
    assert.equal(response.status, 200, src);
    assert.equal(response.headers.get("content-type"), type);
  }
  const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
  assert.deepEqual(installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito"), []);
});
