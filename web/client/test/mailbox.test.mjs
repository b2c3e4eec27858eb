import assert from "node:assert/strict";
import { test } from "node:test";
import { bob, callsOf, envelope, FakeEnvironment, fakeEngine, FakeMailbox, json, me, outcome, problem, settle, userDocument, uuid, withLogin } from "./lib/fakes.mjs";

const { SealpostError } = await import("../src/errors.ts");
const { Auth } = await import("../src/worker/auth.ts");
const { Http } = await import("../src/worker/http.ts");
const { Mailbox } = await import("../src/worker/mailbox.ts");
const { Relay } = await import("../src/worker/relay.ts");
const { Users } = await import("../src/worker/users.ts");

function setUp({ stored = 0, users: userAnswer = () => json(userDocument()) } = {}) {
  const environment = new FakeEnvironment();
  const store = new FakeMailbox();
  store.store(stored);
  environment.handle = withLogin((request) => (request.path.startsWith("/api/users/") ? userAnswer(request) : store.handle(request)));
  const received = [];
  // Like the real engine: skips what it has, and stops before an item whose sender it must learn first.
  const state = { cursor: 0, wanted: new Map(), known: new Set() };
  const engine = fakeEngine({
    status: () => ({ me, registration: null, cursor: state.cursor, pending: 0 }),
    receive: (items) => {
      for (const { seq } of items) {
        if (seq <= state.cursor) continue;
        const wanted = state.wanted.get(seq);
        if (wanted !== undefined && !state.known.has(wanted)) return outcome({ cursor: state.cursor, users: [wanted] });
        received.push(seq);
        state.cursor = seq;
      }
      return outcome({ cursor: state.cursor, users: [] }, [`cursor ${state.cursor}`]);
    },
    learnUser: (user) => {
      state.known.add(user.id);
      return outcome(null);
    },
    userMissing: (userId) => {
      state.known.add(userId);
      return outcome(null);
    },
  });
  const http = new Http("https://relay.example", environment);
  const relay = new Relay(http, new Auth(http, engine, environment, () => me));
  const errors = [];
  const events = [];
  const publish = (result) => {
    events.push(...result.events);
    return result.value;
  };
  const parts = { engine, relay, environment, profile: "default", publish, report: (error) => errors.push(error.code) };
  const users = new Users({ ...parts, onChanged: () => {}, onLearnt: () => {} });
  const kicks = [];
  const mailbox = new Mailbox({ ...parts, users, onReceived: () => kicks.push(1) });
  const pages = () => environment.log.filter((line) => line.startsWith("GET /api/mailbox"));
  return { environment, store, engine, mailbox, received, state, errors, events, kicks, pages };
}

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

test("draining takes page after page, in order, and acknowledges once everything is stored", async () => {
  const { mailbox, store, received, environment, pages, events } = setUp({ stored: 450 });
  await mailbox.drain();
  assert.deepEqual(received, range(1, 450));
  assert.deepEqual(pages(), ["GET /api/mailbox?after=0&limit=200", "GET /api/mailbox?after=200&limit=200", "GET /api/mailbox?after=400&limit=200"]);
  assert.equal(events.at(-1), "cursor 450");
  assert.equal(store.acknowledged, 0);
  await environment.advance(1_000);
  assert.equal(store.acknowledged, 450);
  assert.equal(environment.log.filter((line) => line.endsWith("/ack")).length, 1);
});

test("T17: pushed duplicates reach the engine once; a gap is fetched before what follows it", async () => {
  const { mailbox, store, received, pages } = setUp({ stored: 3 });
  await mailbox.drain();
  mailbox.push(3, envelope(3));
  mailbox.push(2, envelope(2));
  await settle();
  assert.equal(pages().length, 1);
  store.store(3);
  mailbox.push(4, envelope(4));
  mailbox.push(6, envelope(6));
  mailbox.push(6, envelope(6));
  await settle();
  assert.deepEqual(received, range(1, 6));
  assert.equal(pages().length, 2);
});

test("pushes are received in batches, and acknowledged over the hub while it is connected", async () => {
  const { mailbox, store, engine, received, environment } = setUp();
  const acknowledged = [];
  mailbox.acknowledgeWith(async (upTo) => acknowledged.push(upTo));
  store.store(50);
  for (const seq of range(1, 50)) mailbox.push(seq, envelope(seq));
  await environment.advance(500);
  assert.deepEqual(received, range(1, 50));
  assert.ok(callsOf(engine, "receive").length <= 2);
  assert.deepEqual(acknowledged, [50]);
  mailbox.acknowledgeWith(null);
  store.store(1);
  mailbox.push(51, envelope(51));
  await environment.advance(500);
  assert.deepEqual([acknowledged, store.acknowledged], [[50], 51]);
});

test("a gap that the relay cannot fill does not stop what follows", async () => {
  const { mailbox, store, received } = setUp({ stored: 8 });
  store.items = store.items.filter(({ seq }) => seq > 5);
  await mailbox.drain();
  assert.deepEqual(received, [6, 7, 8]);
});

test("an unknown sender is fetched before the engine gets the rest", async () => {
  const { mailbox, state, received, engine, environment } = setUp({ stored: 5 });
  state.wanted.set(3, bob.userId);
  await mailbox.drain();
  assert.deepEqual(received, range(1, 5));
  assert.deepEqual(callsOf(engine, "learnUser").map(([{ id }]) => id), [bob.userId]);
  assert.deepEqual(callsOf(engine, "receive").map(([items]) => items.map(({ seq }) => seq)), [range(1, 5), range(3, 5)]);
  assert.equal(environment.log.filter((line) => line === `GET /api/users/${bob.userId}`).length, 1);
});

test("T31: a refused user document is reported and does not hold up the mailbox", async () => {
  const { mailbox, state, received, engine, errors } = setUp({ stored: 3 });
  state.wanted.set(2, bob.userId);
  // The engine remembers that it was answered; what it knew of the user before stays.
  engine.answers.learnUser = ({ id }) => {
    state.known.add(id);
    throw new SealpostError("device-list-rollback");
  };
  await mailbox.drain();
  assert.deepEqual(received, range(1, 3));
  assert.deepEqual(errors, ["device-list-rollback"]);
  assert.deepEqual(callsOf(engine, "userMissing"), []);
});

test("a user who could not be stored is not taken for refused", async () => {
  const { mailbox, state, received, engine, errors } = setUp({ stored: 1 });
  state.wanted.set(1, bob.userId);
  engine.answers.learnUser = () => {
    throw new SealpostError("storage");
  };
  await assert.rejects(mailbox.drain(), { code: "storage" });
  assert.deepEqual([received, errors, callsOf(engine, "userMissing")], [[], [], []]);
});

test("a user the relay does not know, or shows malformed or under another id, counts as missing", async () => {
  for (const users of [() => problem(404, "not-found"), () => json({ id: bob.userId }), () => json(userDocument(uuid(77)))]) {
    const { mailbox, state, received, engine } = setUp({ stored: 1, users });
    state.wanted.set(1, bob.userId);
    await mailbox.drain();
    assert.deepEqual(received, [1]);
    assert.deepEqual(callsOf(engine, "userMissing").map(([userId]) => userId), [bob.userId]);
    assert.deepEqual(callsOf(engine, "learnUser"), []);
  }
});

test("while the relay cannot be asked about a user, nothing is skipped", async () => {
  let isDown = true;
  const { mailbox, state, received, engine, environment } = setUp({
    stored: 2,
    users: () => (isDown ? problem(503, "unavailable") : json(userDocument())),
  });
  state.wanted.set(2, bob.userId);
  await assert.rejects(mailbox.drain(), { code: "relay", retryable: true });
  assert.deepEqual([received, callsOf(engine, "userMissing")], [[1], []]);
  mailbox.push(2, envelope(2));
  await settle();
  assert.deepEqual(received, [1]);
  isDown = false;
  await environment.advance(10_000);
  assert.deepEqual(received, [1, 2]);
});

test("a storage failure loses nothing: the mailbox is fetched again", async () => {
  const { mailbox, engine, received, environment, store, errors } = setUp();
  const receive = engine.answers.receive;
  engine.answers.receive = () => {
    throw new SealpostError("storage");
  };
  store.store(2);
  mailbox.push(1, envelope(1));
  mailbox.push(2, envelope(2));
  await settle();
  assert.deepEqual(errors, ["storage"]);
  assert.equal(store.acknowledged, 0);
  engine.answers.receive = receive;
  await environment.advance(5_000);
  assert.deepEqual(received, [1, 2]);
  assert.equal(store.acknowledged, 2);
});

test("malformed pushes are reported and change nothing", async () => {
  const { mailbox, errors, engine } = setUp();
  mailbox.push("1", envelope(1));
  mailbox.push(1, { ...envelope(1), kind: "plain" });
  mailbox.push(1, null);
  await settle();
  assert.deepEqual(errors, ["relay", "relay", "relay"]);
  assert.deepEqual(callsOf(engine, "receive"), []);
});

test("an engine that asks for the same users for ever is not asked for ever", async () => {
  const { mailbox, state, engine } = setUp({ stored: 1 });
  state.wanted.set(1, bob.userId);
  engine.answers.learnUser = () => outcome(null);
  await assert.rejects(mailbox.drain(), { code: "internal" });
  assert.ok(callsOf(engine, "receive").length < 10);
});

test("what another tab stored is not fetched again", async () => {
  const { mailbox, state, received, pages } = setUp({ stored: 5 });
  state.cursor = 4;
  await mailbox.drain();
  assert.deepEqual(received, [5]);
  assert.deepEqual(pages(), ["GET /api/mailbox?after=4&limit=200"]);
});

test("what was stored but not acknowledged before a crash is acknowledged next time", async () => {
  const { mailbox, state, store, received, environment } = setUp({ stored: 5 });
  state.cursor = 5;
  await mailbox.drain();
  await environment.advance(1_000);
  assert.deepEqual([received, store.acknowledged], [[], 5]);
});

test("a flood of pushes is dropped and fetched in pages", async () => {
  const { mailbox, received, pages } = setUp({ stored: 1_500 });
  for (const seq of range(1, 1_500)) mailbox.push(seq, envelope(seq));
  for (let i = 0; i < 10; i += 1) await settle();
  assert.deepEqual(received, range(1, 1_500));
  assert.equal(pages().length, 8);
});
