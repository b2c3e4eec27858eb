// Who is writing, and messages whose time is over: what the worker asks of the engine and the hub, and when.
import assert from "node:assert/strict";
import { test } from "node:test";
import { callsOf, fakeEngine, FakeEnvironment, outcome, settle } from "./lib/fakes.mjs";

const { TypingNotices } = await import("../src/worker/typing.ts");
const { Expiry } = await import("../src/worker/expiry.ts");

const [conversation, alice] = ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-00000000000a"];

function notices(answers = {}) {
  const environment = new FakeEnvironment();
  const engine = fakeEngine({ typing: () => [{ userId: alice, deviceId: 7, content: "AQID" }], receiveTyping: () => outcome(null), ...answers });
  const [sent, events] = [[], []];
  let link = { invoke: async (...call) => void sent.push(call) };
  const typing = new TypingNotices({
    engine,
    environment,
    hub: () => link,
    publish: ({ value, events: told }) => {
      for (const event of told) {
        typing.follow(event);
        events.push(event);
      }
      return value;
    },
    emit: (event) => events.push(event),
  });
  const disconnect = () => {
    link = null;
  };
  return { environment, engine, sent, events, typing, disconnect };
}

test("a notice is sent over the hub, not again within seconds, and taken back once", async () => {
  const { environment, engine, sent, typing } = notices();
  await typing.tell(conversation, false);
  assert.deepEqual(sent, [], "nobody was writing");
  await typing.tell(conversation, true);
  await typing.tell(conversation, true);
  assert.deepEqual(sent, [["SendTyping", conversation, [{ userId: alice, deviceId: 7, content: new Uint8Array([1, 2, 3]) }]]]);
  await environment.advance(5_000);
  await typing.tell(conversation, true);
  assert.equal(sent.length, 2);
  await typing.tell(conversation, false);
  await typing.tell(conversation, false);
  assert.deepEqual(callsOf(engine, "typing").map(([, started]) => started), [true, true, false]);
});

test("whoever sends what they wrote is not writing: nothing is taken back over the hub", async () => {
  const { engine, typing } = notices();
  await typing.tell(conversation, true);
  typing.follow({ type: "message", data: { conversationId: conversation, senderId: "me", outgoing: true } });
  await typing.tell(conversation, false);
  assert.equal(callsOf(engine, "typing").length, 1);
  await typing.tell(conversation, true);
  assert.equal(callsOf(engine, "typing").length, 2);
});

test("without a connection, or with nobody there, nothing is sent; a relay that refuses is no error", async () => {
  const nobody = notices({ typing: () => [] });
  await nobody.typing.tell(conversation, true);
  assert.deepEqual(nobody.sent, []);
  const offline = notices();
  offline.disconnect();
  await offline.typing.tell(conversation, true);
  assert.deepEqual(callsOf(offline.engine, "typing"), [], "no step of a ratchet for nothing");
  const refused = notices();
  refused.sent.push = () => {
    throw new Error("rate-limited");
  };
  await refused.typing.tell(conversation, true);
});

test("what the relay hands on goes to the engine, but for nonsense", async () => {
  const { engine, typing } = notices();
  const content = new Uint8Array([9]);
  for (const nonsense of [null, 7, {}, { conversationId: conversation }, { conversationId: "x", sender: { userId: alice, deviceId: 1 }, content }, { conversationId: conversation, sender: { userId: alice, deviceId: 0 }, content }]) {
    await typing.hear(nonsense);
  }
  assert.deepEqual(callsOf(engine, "receiveTyping"), []);
  const sender = { userId: alice, deviceId: 7 };
  await typing.hear({ conversationId: conversation, sender, content, __proto__: { more: 1 } });
  assert.deepEqual(callsOf(engine, "receiveTyping").map((call) => call.slice(0, 3)), [[conversation, sender, content]]);
});

test("somebody who says nothing more has ceased to write, and so has who sent a message", async () => {
  const { environment, events, typing } = notices();
  const writes = (started) => ({ type: "typing", data: { conversationId: conversation, userId: alice, started } });
  typing.follow(writes(true));
  await environment.advance(11_000);
  typing.follow(writes(true));
  await environment.advance(11_000);
  assert.deepEqual(events, []);
  await environment.advance(1_000);
  assert.deepEqual(events, [writes(false)]);
  typing.follow(writes(true));
  typing.follow({ type: "message", data: { conversationId: conversation, senderId: alice, outgoing: false } });
  assert.deepEqual(events, [writes(false), writes(false)]);
  typing.follow(writes(true));
  typing.follow(writes(false));
  typing.stop();
  await environment.advance(60_000);
  assert.equal(events.length, 2, "said by themselves, or stopped");
});

test("messages whose time is over are deleted then, and the earliest of several times counts", async () => {
  const environment = new FakeEnvironment();
  const start = environment.now();
  let next = start + 10_000;
  const engine = fakeEngine({ expire: () => outcome(next) });
  const errors = [];
  const expiry = new Expiry({ engine, environment, publish: ({ value }) => value, report: (error) => errors.push(error.code) });
  expiry.kick();
  await settle();
  assert.equal(callsOf(engine, "expire").length, 1);
  expiry.due(start + 20_000);
  expiry.due(start + 4_000);
  next = null;
  await environment.advance(3_999);
  assert.equal(callsOf(engine, "expire").length, 1);
  await environment.advance(1);
  assert.equal(callsOf(engine, "expire").length, 2);
  await environment.advance(60_000);
  assert.equal(callsOf(engine, "expire").length, 2, "nothing is left");
  // Far away: looked at now and then, for a clock may be put forward.
  next = start + 30 * 24 * 3_600_000;
  expiry.due(next);
  await environment.advance(3_600_000);
  assert.equal(callsOf(engine, "expire").length, 3);
  expiry.stop();
  await environment.advance(3_600_000);
  assert.equal(callsOf(engine, "expire").length, 3);
  assert.deepEqual(errors, []);
});
