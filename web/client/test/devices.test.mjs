import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { me, settle } from "./lib/fakes.mjs";
import { FakeWorker, script, workers } from "./lib/fake-worker.mjs";

const { Sealpost } = await import("../src/index.ts");

const connection = { state: "offline", retryAt: null, pending: 0 };
const vault = { locked: false, known: false, methods: [], retryAt: null, lockAfter: 0 };
const browser = { Worker: FakeWorker, indexedDB: {} };
const string = { emoji: [{ symbol: "🐶", name: "Dog" }], decimals: [1, 2, 3] };

let calls;

beforeEach(() => {
  Object.assign(globalThis, browser, { addEventListener: mock.fn(), removeEventListener: mock.fn() });
  workers.length = 0;
  calls = [];
  script.mode = "ready";
  script.api = {
    open: async () => ({ me: null, connection, vault }),
    close: async () => {},
    devices: async (method, args) => {
      calls.push([method, ...args]);
      if (method === "join" || method === "link") return new Promise((resolve, reject) => (script.end = { resolve, reject }));
      return method === "list" ? [] : undefined;
    },
  };
});

afterEach(() => {
  for (const name of [...Object.keys(browser), "addEventListener", "removeEventListener"]) delete globalThis[name];
});

const open = () => Sealpost.open({ relay: "https://relay.example" });
const step = (id, of) => workers.at(-1).server.push({ type: "link-step", data: { id, step: of } });

test("joining asks the person, tells the steps, and gives who this device is", async () => {
  const sealpost = await open();
  const steps = [];
  const compare = mock.fn(() => true);
  const joined = sealpost.devices.join({ name: "Phone", compare, onStep: (of) => steps.push(of) });
  await settle();
  const [[method, id, given]] = calls;
  assert.deepEqual([method, given], ["join", { name: "Phone" }]);
  step(id, { type: "code", code: "c", expiresAt: 1 });
  step(id + 1, { type: "code", code: "of another", expiresAt: 1 });
  step(id, { type: "compare", ...string });
  await settle();
  assert.deepEqual(steps, [{ type: "code", code: "c", expiresAt: 1 }]);
  assert.deepEqual(compare.mock.calls[0].arguments, [string]);
  assert.deepEqual(calls.at(-1), ["answer", id, true]);
  script.end.resolve(me);
  assert.deepEqual(await joined, me);
  await sealpost.close();
});

test("anything but true is a no, and so is what the application throws", async () => {
  const sealpost = await open();
  for (const compare of [() => 1, async () => undefined, () => { throw new Error("oops"); }]) {
    const linked = sealpost.devices.link("code", { compare });
    await settle();
    const id = calls.at(-1)[1];
    step(id, { type: "compare", ...string });
    await settle();
    assert.deepEqual(calls.at(-1), ["answer", id, false]);
    script.end.resolve({});
    await linked;
  }
  await sealpost.close();
});

test("a signal gives it up, before and while it runs", async () => {
  const sealpost = await open();
  const compare = () => true;
  await assert.rejects(sealpost.devices.join({ compare, signal: AbortSignal.abort() }), { code: "aborted" });
  assert.deepEqual(calls, []);
  const controller = new AbortController();
  const joined = sealpost.devices.join({ compare, signal: controller.signal });
  await settle();
  controller.abort();
  await settle();
  assert.deepEqual(calls.at(-1), ["cancel", calls[0][1]]);
  script.end.resolve(me);
  await joined;
  await sealpost.close();
});

test("options that cannot be passed on are checked at once, the others where they are used", async () => {
  const sealpost = await open();
  const compare = () => true;
  const wrong = [
    () => sealpost.devices.link("code", {}),
    () => sealpost.devices.link("code", { compare, onStep: 5 }),
    () => sealpost.devices.link("code"),
    () => sealpost.devices.join(),
  ];
  for (const call of wrong) await assert.rejects(call, { code: "invalid-argument" }, String(call));
  assert.deepEqual(calls, []);
  const linked = sealpost.devices.link("code", { compare, kind: "companion", history: { days: 30 } });
  await settle();
  assert.deepEqual(calls, [["link", calls[0][1], { kind: "companion", history: { days: 30 } }, "code"]]);
  script.end.resolve({});
  await linked;
  await sealpost.devices.revoke(11);
  await sealpost.devices.rename(11, "Desk");
  assert.deepEqual(await sealpost.devices.list(), []);
  assert.deepEqual(calls.slice(1), [["revoke", 11], ["rename", 11, "Desk"], ["list"]]);
  await sealpost.close();
});

test("listeners hear how the devices are", async () => {
  const sealpost = await open();
  const heard = [];
  sealpost.on("devices", (devices) => heard.push(devices));
  workers.at(-1).server.push({ type: "devices", data: [{ id: 1 }] });
  await settle();
  assert.deepEqual(heard, [[{ id: 1 }]]);
  await sealpost.close();
});
