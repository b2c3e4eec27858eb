import assert from "node:assert/strict";
import { test } from "node:test";
import { b64, bob, callsOf, FakeEnvironment, fakeEngine, json, me, outcome, problem, settle, userDocument, uuid, withLogin } from "./lib/fakes.mjs";

const { SealpostError } = await import("../src/errors.ts");
const { Auth } = await import("../src/worker/auth.ts");
const { Http } = await import("../src/worker/http.ts");
const { Outbox } = await import("../src/worker/outbox.ts");
const { Relay } = await import("../src/worker/relay.ts");
const { Users } = await import("../src/worker/users.ts");

const send = (entry, body = { n: 1 }) => ({ type: "request", request: { entry, method: "POST", path: "/api/messages", body } });

/** The engine gives `steps` one after the other; a request stays the step until it is accepted or refused. */
function setUp(steps, handle) {
  const environment = new FakeEnvironment();
  environment.handle = withLogin(handle);
  const next = () => outcome(steps[0] ?? { type: "idle" });
  const done = () => {
    steps.shift();
    return outcome(null);
  };
  const engine = fakeEngine({ outboxStep: next, outboxAccepted: done, outboxRefused: done });
  const http = new Http("https://relay.example", environment);
  const relay = new Relay(http, new Auth(http, engine, environment, () => me));
  const events = [];
  const errors = [];
  const progress = [];
  const parts = {
    engine,
    relay,
    environment,
    profile: "default",
    publish: ({ value, events: published }) => {
      events.push(...published);
      return value;
    },
    report: (error) => errors.push(error.code),
  };
  const users = new Users({ ...parts, onChanged: () => {}, onLearnt: () => {} });
  const mailbox = { drain: async () => void engine.calls.push(["drain"]) };
  const outbox = new Outbox({ ...parts, users, mailbox, onProgress: () => progress.push(1), onIdle: () => {} });
  return { environment, engine, outbox, errors, events, progress, steps, http, mailbox };
}

/** The step is answered by the named call. */
const answering = (setup, name) => {
  setup.engine.answers[name] = () => {
    setup.steps.shift();
    return outcome(null);
  };
};

const messages = (environment) => environment.requests.filter(({ path }) => path === "/api/messages");

/** The entries that the engine was told the relay has. */
const acceptedOf = (engine) => callsOf(engine, "outboxAccepted").map(([entry]) => entry);

test("users, bundles, request, next request: every kind of step, in order, until idle", async () => {
  const steps = [{ type: "users", userIds: [bob.userId] }, { type: "bundles", addresses: [bob] }, send("one"), send("two", { c: "Bw" })];
  const setup = setUp(steps, ({ path }) => {
    if (path.startsWith("/api/users/")) return json(userDocument());
    if (path === "/api/prekey-bundles") return json({ bundles: [{ ...bob, bundle: b64([4]) }], missing: [] });
    return json({ messageId: uuid(1), storedAt: 1 });
  });
  setup.engine.answers.learnUser = () => {
    steps.shift();
    return outcome(null, ["learnt"]);
  };
  answering(setup, "addBundles");
  setup.outbox.kick();
  await settle();
  assert.deepEqual(setup.environment.log.filter((line) => !line.includes("/auth/")), [
    `GET /api/users/${bob.userId}`,
    "POST /api/prekey-bundles",
    "POST /api/messages",
    "POST /api/messages",
  ]);
  assert.deepEqual(callsOf(setup.engine, "addBundles")[0].slice(0, 2), [[{ ...bob, bundle: new Uint8Array([4]) }], []]);
  assert.deepEqual(acceptedOf(setup.engine), ["one", "two"]);
  assert.deepEqual(messages(setup.environment)[1].body, { c: "Bw" });
  assert.deepEqual(setup.events, ["learnt"]);
  assert.equal(setup.progress.length, 2);
});

test("after a network failure the same request is made again, later and later, and only then accepted", async () => {
  let failures = 3;
  const { outbox, engine, environment, errors } = setUp([send("one")], () => {
    failures -= 1;
    if (failures >= 0) return Promise.reject(new TypeError("down"));
    return json({});
  });
  outbox.kick();
  await environment.advance(60_000);
  const sent = messages(environment);
  assert.deepEqual(sent.map(({ body }) => body), Array(4).fill({ n: 1 }));
  assert.deepEqual(sent.map(({ at }) => at - sent[0].at), [0, 1_000, 3_000, 8_000]);
  assert.deepEqual(acceptedOf(engine), ["one"]);
  assert.deepEqual(callsOf(engine, "outboxRefused"), []);
  assert.deepEqual(errors, []);
});

test("only the relay's own decision is a refusal", async () => {
  const temporary = [
    () => problem(401, "unauthorized"),
    () => problem(429, "rate-limited"),
    () => problem(500, "internal"),
    () => problem(503, "unavailable"),
    () => new Response("not here", { status: 404 }),
    () => new Response("<html>", { status: 413 }),
  ];
  for (const answer of temporary) {
    const { outbox, engine } = setUp([send("one")], answer);
    outbox.kick();
    await settle();
    assert.deepEqual([callsOf(engine, "outboxRefused"), callsOf(engine, "outboxAccepted")], [[], []], String(answer));
    outbox.stop();
  }
  const { outbox, engine } = setUp([send("one"), send("two")], () => problem(409, "device-mismatch", { missing: [bob], stale: [] }));
  outbox.kick();
  await settle();
  const refusal = { code: "device-mismatch", missing: [bob], stale: [] };
  assert.deepEqual(callsOf(engine, "outboxRefused"), [["one", refusal], ["two", refusal]]);
});

test("a recipient who takes part no more: the mailbox is drained before the engine hears of it, and further tries are spread over time", async () => {
  let refusals = 4;
  const setup = setUp([send("one")], () => {
    refusals -= 1;
    return refusals >= 0 ? problem(409, "not-participant", { userIds: [bob.userId] }) : json({});
  });
  setup.engine.answers.outboxRefused = () => outcome(null);
  setup.outbox.kick();
  await setup.environment.advance(60_000);
  const calls = setup.engine.calls.map(([name]) => name).filter((name) => ["drain", "outboxRefused", "outboxAccepted"].includes(name));
  assert.deepEqual(calls, [...Array(4).fill(["drain", "outboxRefused"]).flat(), "outboxAccepted"]);
  const sent = messages(setup.environment);
  assert.deepEqual(sent.map(({ at }) => at - sent[0].at), [0, 0, 1_000, 3_000, 8_000]);
  assert.deepEqual(setup.errors, []);
});

test("while the mailbox cannot be drained, the engine does not hear that a recipient takes part no more", async () => {
  const setup = setUp([send("one")], () => problem(409, "not-participant", { userIds: [bob.userId] }));
  setup.mailbox.drain = () => Promise.reject(new SealpostError("network"));
  setup.outbox.kick();
  await setup.environment.advance(60_000);
  assert.deepEqual(callsOf(setup.engine, "outboxRefused"), []);
  assert.ok(messages(setup.environment).length > 3);
  assert.deepEqual(setup.errors, []);
});

test("a kick does not undercut Retry-After, but cuts short any other wait", async () => {
  let answer = () => problem(429, "rate-limited", {}, { "Retry-After": "20" });
  const { outbox, environment } = setUp([send("one")], () => answer());
  outbox.kick();
  await settle();
  outbox.kick();
  await environment.advance(19_000);
  outbox.kick();
  await settle();
  assert.equal(messages(environment).length, 1);
  answer = () => Promise.reject(new TypeError("down"));
  await environment.advance(1_000);
  assert.equal(messages(environment).length, 2);
  outbox.kick();
  await settle();
  assert.equal(messages(environment).length, 3);
});

test("kicks during a run make one more run, not two at once", async () => {
  let open = 0;
  let most = 0;
  const { outbox, environment, engine } = setUp([send("one"), send("two")], async () => {
    open += 1;
    most = Math.max(most, open);
    await settle();
    open -= 1;
    return json({});
  });
  for (let i = 0; i < 5; i += 1) outbox.kick();
  await environment.advance(0);
  await settle();
  await settle();
  assert.equal(most, 1);
  assert.deepEqual(acceptedOf(engine), ["one", "two"]);
});

test("one refused bundle does not harm the others: it counts as missing", async () => {
  const [a, b] = [{ userId: uuid(10), deviceId: 1 }, { userId: uuid(11), deviceId: 2 }];
  const setup = setUp([{ type: "bundles", addresses: [a, b, bob] }], () =>
    json({ bundles: [{ ...a, bundle: b64([1]) }, { ...b, bundle: b64([2]) }, { userId: uuid(12), deviceId: 1, bundle: b64([3]) }], missing: [] }),
  );
  const heard = new Set();
  setup.engine.answers.addBundles = (bundles, missing) => {
    if (bundles.some(({ bundle }) => bundle[0] === 2)) throw new SealpostError("bad-signature");
    for (const { userId } of bundles) heard.add(`bundle ${userId}`);
    for (const { userId } of missing) heard.add(`missing ${userId}`);
    if (heard.size === 3) setup.steps.shift();
    return outcome(null);
  };
  setup.outbox.kick();
  await settle();
  assert.deepEqual([...heard].sort(), [`bundle ${a.userId}`, `missing ${b.userId}`, `missing ${bob.userId}`].sort());
  assert.deepEqual(setup.errors, ["bad-signature"]);
  assert.deepEqual(setup.steps, []);
});

test("a storage failure while bundles are added is not blamed on the bundles", async () => {
  const setup = setUp([{ type: "bundles", addresses: [bob] }], () => json({ bundles: [{ ...bob, bundle: b64([1]) }], missing: [] }));
  setup.engine.answers.addBundles = () => {
    throw new SealpostError("storage-quota");
  };
  setup.outbox.kick();
  await settle();
  assert.equal(callsOf(setup.engine, "addBundles").length, 1);
  assert.deepEqual(setup.errors, ["storage-quota"]);
});

test("an engine that asks for the same thing for ever is stopped and asked again later", async () => {
  const setup = setUp([{ type: "users", userIds: [bob.userId] }], () => problem(404, "not-found"));
  setup.outbox.kick();
  await settle();
  await settle();
  const asked = callsOf(setup.engine, "outboxStep").length;
  assert.ok(asked > 5 && asked < 50, `${asked}`);
  assert.deepEqual(setup.errors, ["internal"]);
  assert.equal(setup.environment.timers.length, 1);
});

test("after stop nothing is tried again", async () => {
  const { outbox, environment } = setUp([send("one")], () => Promise.reject(new TypeError("down")));
  outbox.kick();
  await settle();
  outbox.stop();
  outbox.kick();
  await environment.advance(100_000);
  assert.equal(messages(environment).length, 1);
});
