// When the engine is asked to look for leaves of revoked devices, and what comes of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { b64, bob, callsOf, json, outcome, settle, uuid } from "./lib/fakes.mjs";
import { contact, FakeTopic, Held, outboxOf, setUpForums, step } from "./lib/forum-fakes.mjs";

const { SealpostError } = await import("../src/errors.ts");

const looks = ({ engine }) => callsOf(engine, "revokedDevices").map(([users]) => users);

test("T31: everybody's devices are looked at when the relay is met, and not at every contact", async () => {
  const setup = setUpForums();
  setup.answers.topics = () => [];
  await contact(setup);
  await contact(setup);
  assert.deepEqual(looks(setup), [null]);
  await setup.environment.advance(60 * 60_000);
  await contact(setup);
  assert.deepEqual(looks(setup), [null, null]);
});

test("T31: everybody's devices are looked at after coming into topics, once, however lately that was done", async () => {
  const items = [];
  const setup = setUpForums({
    topics: { [uuid(501)]: new FakeTopic(), [uuid(502)]: new FakeTopic() },
    joined: [],
    rest: ({ method, path }) => {
      if (path === "/api/forum-topics/welcomes") return json({ items, next: null });
      return method === "DELETE" ? new Response(null, { status: 204 }) : undefined;
    },
    answers: {
      receiveWelcome: ({ topicId: id }) => {
        setup.held.set(id, new Held());
        return outcome(null);
      },
    },
  });
  await contact(setup);
  assert.deepEqual(looks(setup), [null]);
  for (const id of [uuid(501), uuid(502)]) items.push({ topicId: id, forumId: uuid(300), epoch: 4, lastSeq: 0, welcome: b64([1]), tree: b64([2]), policies: [] });
  await contact(setup);
  assert.deepEqual(looks(setup), [null, null]);
});

test("T31: users whose device lists were learnt are looked at by themselves, at once", async () => {
  const setup = setUpForums();
  await contact(setup);
  const before = looks(setup).length;
  setup.runtime.learnt([bob.userId]);
  await settle();
  assert.deepEqual(looks(setup).slice(before), [[bob.userId]]);
});

test("T31: a removal that has to wait is sent when it is due, and then no timer is left", async () => {
  const setup = setUpForums();
  await contact(setup);
  let due = setup.environment.now() + 90_000;
  const steps = [];
  setup.answers.revokedDevices = (_users, now) => outcome(now < due ? due : null);
  Object.assign(setup.answers, outboxOf(steps));
  const commits = () => setup.requests("POST").filter((line) => line.endsWith("/commits"));
  setup.topic.before = (request, rest) => (request.method === "POST" && rest === "commits" ? json({}) : undefined);
  setup.runtime.learnt([bob.userId]);
  await setup.environment.advance(89_000);
  assert.equal(commits().length, 0);
  steps.push(step("1", "commits"));
  await setup.environment.advance(2_000);
  assert.equal(commits().length, 1);
  assert.deepEqual(looks(setup).at(-1), []);
  const after = looks(setup).length;
  await setup.environment.advance(24 * 60 * 60_000);
  assert.equal(looks(setup).length, after);
  // A due time at the end of all days makes no busy loop of timers.
  due = Number.MAX_SAFE_INTEGER;
  setup.runtime.learnt([bob.userId]);
  await setup.environment.advance(60 * 60_000 - 1);
  assert.equal(looks(setup).length, after + 1);
  setup.runtime.stop();
  await setup.environment.advance(24 * 60 * 60_000);
  assert.equal(looks(setup).length, after + 1);
});

test("a look that fails is reported, and the next one is made all the same", async () => {
  const setup = setUpForums();
  await contact(setup);
  setup.answers.revokedDevices = () => {
    throw new SealpostError("storage");
  };
  setup.runtime.learnt([bob.userId]);
  await settle();
  assert.deepEqual(setup.errors, ["storage"]);
  setup.answers.revokedDevices = () => outcome(null);
  const before = looks(setup).length;
  setup.runtime.learnt([bob.userId]);
  await settle();
  assert.equal(looks(setup).length, before + 1);
});
