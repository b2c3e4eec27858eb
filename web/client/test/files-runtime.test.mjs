// What the worker does about files before and beside the part that is loaded for them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { callsOf, FakeEnvironment, fakeEngine, me, outcome, problem, settle, uuid, withLogin } from "./lib/fakes.mjs";

const { SealpostError } = await import("../src/errors.ts");
const { Runtime } = await import("../src/worker/runtime.ts");

async function setUp({ registered = true, loadFiles, stored = () => Promise.reject(new SealpostError("not-found")) }) {
  const environment = new FakeEnvironment();
  environment.handle = withLogin(() => problem(404, "not-found"));
  const engine = fakeEngine({
    status: () => ({ me: registered ? me : null, registration: null, pending: 0, cursor: 0 }),
    storedFile: stored,
    sendFile: (conversationId, file) => outcome({ type: "file", conversationId, file }),
    deleteMessage: () => outcome({ type: "deleted" }),
  });
  const runtime = new Runtime({ engine, relay: "https://relay.example", profile: "p", environment, emit: () => {}, loadFiles, prepareForums: false });
  await runtime.start();
  await settle();
  return { runtime, engine };
}

/** A part that was loaded, and what was asked of it. */
function fakePart() {
  const asked = [];
  const part = { call: async (call) => (asked.push(call), null), drop: (stored) => asked.push(stored), stop: () => asked.push("stop") };
  return { part, asked };
}

test("the part for files is loaded once, with the first call, and a load that failed is tried again", async () => {
  const { part, asked } = fakePart();
  const loads = [];
  const { runtime } = await setUp({
    loadFiles: async (parts) => {
      loads.push(parts);
      if (loads.length === 1) throw new SealpostError("load");
      return part;
    },
  });
  assert.equal(loads.length, 0);
  await assert.rejects(runtime.files({ type: "read" }, null), { code: "load", retryable: true });
  await runtime.files({ type: "read" }, null);
  await runtime.files({ type: "send" }, null);
  assert.equal(loads.length, 2);
  assert.deepEqual(asked, [{ type: "read" }, { type: "send" }]);
  assert.equal(loads[1].base, "https://relay.example");
  assert.deepEqual(await loads[1].send(uuid(5), new Uint8Array([1])), { type: "file", conversationId: uuid(5), file: new Uint8Array([1]) });
  await runtime.close();
  await settle();
  assert.equal(asked.at(-1), "stop");
});

test("who is not registered sends no file", async () => {
  const { runtime } = await setUp({ registered: false, loadFiles: () => assert.fail("loaded for nothing") });
  await assert.rejects(runtime.files({ type: "send" }, null), { code: "not-registered" });
});

// ATT-8
test("a file that is taken back is dropped at the relay, once the message is deleted here", async () => {
  const { part, asked } = fakePart();
  const { runtime, engine } = await setUp({ loadFiles: async () => part, stored: () => "the stored one" });
  await runtime.deleteMessage(uuid(5), uuid(6));
  await settle();
  assert.deepEqual(asked, ["the stored one"]);
  assert.deepEqual(callsOf(engine, "storedFile"), [[uuid(5), me.userId, uuid(6)]]);
  // A deletion that fails drops nothing; a text has nothing to drop.
  engine.answers.deleteMessage = () => Promise.reject(new SealpostError("not-found"));
  await assert.rejects(runtime.deleteMessage(uuid(5), uuid(6)), { code: "not-found" });
  await settle();
  assert.equal(asked.length, 1);
  const text = await setUp({ loadFiles: () => assert.fail("loaded for nothing") });
  assert.deepEqual(await text.runtime.deleteMessage(uuid(5), uuid(6)), { type: "deleted" });
});
