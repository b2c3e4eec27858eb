import assert from "node:assert/strict";
import { test } from "node:test";
import { b64, callsOf, FakeEnvironment, fakeEngine, me, outcome } from "./lib/fakes.mjs";

const { SealpostError } = await import("../src/errors.ts");
const { LinkRuntime } = await import("../src/worker/link/runtime.ts");
const { checkLink } = await import("../src/worker/link/arguments.ts");
const { EMOJI } = await import("../src/worker/link/emoji.ts");

const device = { id: 11, name: "Phone", full: true, addedAt: 1, current: false };
const shown = { id: 11, name: "Phone", kind: "full", addedAt: 1, current: false };
const change = { deviceId: 11, deviceList: "AQ", link: { certificate: "Ag", signedPreKey: "Aw", kemLastResort: "BA" } };
const revocation = { deviceId: 11, deviceList: "BQ", link: null };
const compared = { emoji: [0, 1, 2, 3, 4, 5, 63], decimals: [1000, 2000, 3000] };
const text = (bytes) => Buffer.from(bytes).toString();

/** The relay's `/api/links`, with messages in the open: `meddle` may change what is received. */
class Meeting {
  sides = { old: [], new: [] };
  isOpen = false;
  asked = 0;
  meddle = (items) => items;

  call = async (method, path, body) => {
    assert.equal(method, "POST");
    assert.equal(body.id, "meet");
    if (path === "/api/links/end") {
      this.isOpen = false;
      return null;
    }
    if (path === "/api/links") {
      this.isOpen = true;
      return { expiresAt: 600_000 };
    }
    this.asked += 1;
    // Its time is over.
    if (!this.isOpen || this.asked > 100) throw new SealpostError("not-found");
    if (path === "/api/links/send") {
      const queue = this.sides[body.side];
      if (body.number === queue.length) queue.push(body.content);
      return { accepted: true };
    }
    assert.equal(path, "/api/links/receive");
    const others = this.sides[body.side === "old" ? "new" : "old"];
    const items = others.map((content, number) => ({ number, content })).filter(({ number }) => number >= body.from);
    return { items: this.meddle(items, body.side) };
  };
}

const said = (word) => b64(Buffer.from(word));
/** Takes a message, which must be this one, or fails as the engine does. */
const heard = (expected, answer) => (_now, bytes) => {
  if (text(bytes) === "refusal") throw new SealpostError("link-refused");
  if (text(bytes) !== expected) throw new SealpostError("link-tampered");
  return answer;
};

function setUp({ answers = {}, request = async () => ({}), registered = true, meeting = new Meeting() } = {}) {
  const environment = new FakeEnvironment();
  let isRevoked = false;
  const engine = fakeEngine({
    devices: () => (isRevoked ? [] : [device]),
    settle: () => outcome(null, [{ type: "contact", data: "marked" }]),
    rename: () => outcome(null),
    revoke: () => outcome(revocation),
    change: () => null,
    changeAccepted: () => outcome(null, [{ type: "devices", data: null }]),
    changeRefused: () => outcome(null),
    newBegin: () => ({ rendezvous: "meet", code: "the code" }),
    newAccept: heard("accept", said("key")),
    newReveal: heard("reveal", { ...compared, reveal: null }),
    newConfirm: () => said("device"),
    newTake: (now, bytes) => heard(text(bytes) === "part 1" ? "part 1" : "part 2", { content: null, done: text(bytes) === "part 1" ? 5 : 10, total: 10 })(now, bytes),
    newAdopt: () => ({ me, done: said("done") }),
    oldBegin: () => ({ rendezvous: "meet", accept: said("accept") }),
    oldKey: heard("key", { ...compared, reveal: said("reveal") }),
    oldConfirm: () => null,
    oldDevice: heard("device", outcome(change)),
    oldHandover: () => ({ content: null, done: 0, total: 10 }),
    oldPart: (() => {
      const parts = [said("part 1"), said("part 2"), null];
      return () => ({ content: parts.shift(), done: 10 - 5 * (parts.length - 1), total: 10 });
    })(),
    oldDone: heard("done", null),
    refuse: () => said("refusal"),
    ...answers,
  });
  const log = [];
  const state = { me: registered ? me : null };
  const requests = [];
  const runtime = new LinkRuntime(engine, {
    profile: "p",
    environment,
    me: () => state.me,
    request: async (method, path, body) => {
      requests.push([method, path, body]);
      if (method === "DELETE") isRevoked = true;
      return request(method, path, body);
    },
    http: { request: (method, path, { body }) => meeting.call(method, path, body) },
    learn: async (ids) => void log.push(`learn ${ids}`),
    engine: { status: async () => void log.push("status") },
    mailbox: { drain: async () => void log.push("drain") },
    publish: (events) => log.push(...events.map(({ type }) => `publish ${type}`)),
    adopted: (who) => {
      state.me = who;
      log.push("adopted");
    },
    emit: (event) => {
      log.push(event.type === "link-step" ? event.data.step : event);
      if (event.type === "link-step" && event.data.step.type === "compare") onCompare(event.data.id);
    },
  });
  let onCompare = (id) => void runtime.call("answer", [id, true]);
  return {
    environment,
    engine,
    runtime,
    log,
    requests,
    steps: () => log.filter((entry) => typeof entry === "object" && entry.type !== "devices"),
    compareBy: (act) => {
      onCompare = act;
    },
  };
}

/** Both devices at one rendezvous; the clocks run until both are through. */
async function pair({ older = {}, newer = {}, meeting = new Meeting(), act = () => {} } = {}) {
  const old = setUp({ ...older, meeting });
  const fresh = setUp({ ...newer, meeting, registered: false });
  act(old, fresh, meeting);
  const both = [fresh.runtime.call("join", [1, { name: "Phone" }]), old.runtime.call("link", [2, {}, " the code "])];
  let isOver = false;
  const results = Promise.allSettled(both).then((settled) => {
    isOver = true;
    return settled;
  });
  for (let second = 0; second < 60 && !isOver; second += 1) {
    await fresh.environment.advance(1_000);
    await old.environment.advance(1_000);
  }
  assert.ok(isOver, "nobody waits for ever");
  const [joined, linked] = (await results).map(({ status, value, reason }) => (status === "fulfilled" ? value : reason.code));
  return { old, fresh, meeting, joined, linked };
}

// LNK-4, LNK-8
test("two devices meet, compare, and one gets what makes it a device of the account", async () => {
  const { old, fresh, joined, linked, meeting } = await pair();
  assert.deepEqual(joined, me);
  assert.deepEqual(linked, shown);
  const compare = { type: "compare", emoji: compared.emoji.map((number) => EMOJI[number]), decimals: compared.decimals };
  assert.deepEqual(fresh.steps(), [
    { type: "code", code: "the code", expiresAt: 600_000 },
    compare,
    { type: "confirmed" },
    { type: "transfer", done: 5, total: 10 },
    { type: "transfer", done: 10, total: 10 },
  ]);
  assert.deepEqual(old.steps(), [compare, { type: "confirmed" }, { type: "transfer", done: 5, total: 10 }, { type: "transfer", done: 10, total: 10 }]);
  const { certificate, signedPreKey, kemLastResort } = change.link;
  assert.deepEqual(old.requests, [["PUT", "/api/devices/11", { deviceList: "AQ", certificate, preKeys: { signedPreKey, kemLastResort } }]]);
  // The list is the own one before the mailbox is emptied, and only then comes what is handed over.
  assert.deepEqual(old.log.filter((entry) => typeof entry === "string"), ["publish devices", `learn ${me.userId}`, "drain"]);
  assert.equal(callsOf(old.engine, "oldBegin")[0][1], "the code");
  assert.equal(callsOf(old.engine, "oldDevice")[0][2], true);
  assert.ok(fresh.log.includes("adopted"));
  assert.equal(meeting.isOpen, false);
});

test("the emoji are those of Matrix: sixty-four, each once", () => {
  assert.equal(EMOJI.length, 64);
  assert.equal(new Set(EMOJI.map(({ symbol }) => symbol)).size, 64);
  assert.deepEqual([EMOJI[0], EMOJI[36], EMOJI[63]], [{ symbol: "🐶", name: "Dog" }, { symbol: "👍", name: "Thumbs Up" }, { symbol: "📌", name: "Pin" }]);
});

// LNK-4, LNK-7
test("T05: nothing is certified or sent unless both people confirm", async () => {
  for (const who of ["old", "new"]) {
    const { old, fresh, joined, linked } = await pair({
      act: (older, newer) => {
        const side = who === "old" ? older : newer;
        side.compareBy((id) => void side.runtime.call("answer", [id, false]));
      },
    });
    assert.deepEqual([joined, linked], ["link-refused", "link-refused"], who);
    assert.deepEqual(old.requests, []);
    assert.ok(!fresh.log.includes("adopted"));
    assert.deepEqual(callsOf(old.engine, "oldHandover"), []);
    if (who === "new") assert.deepEqual(callsOf(fresh.engine, "newConfirm"), []);
  }
});

// LNK-7
test("T02: a changed, missing or repeated message ends it on both, with a typed error", async () => {
  const meddlers = {
    changed: (items) => items.map((item) => ({ ...item, content: said("other") })),
    missing: (items) => items.filter(({ number }) => number !== 0).slice(0, 1),
    repeated: (items, side) => (side === "new" ? items.map((item) => ({ ...item, number: item.number + 1 })) : items),
    garbage: () => "what",
  };
  for (const [name, meddle] of Object.entries(meddlers)) {
    const meeting = new Meeting();
    meeting.meddle = meddle;
    const { old, fresh, joined, linked } = await pair({ meeting });
    for (const code of [joined, linked]) assert.match(String(code), /^(link-tampered|link-expired|link-refused|relay)$/, `${name}: ${code}`);
    assert.deepEqual(old.requests, []);
    assert.ok(!fresh.log.includes("adopted"), name);
  }
});

// LNK-10
test("T05: a device that does not get through is taken off the list again", async () => {
  const broken = () => {
    throw new SealpostError("storage-quota");
  };
  const { old, joined, linked } = await pair({ newer: { answers: { newAdopt: broken } } });
  assert.deepEqual([joined, linked], ["storage-quota", "link-refused"]);
  assert.deepEqual(old.requests.map(([method, path]) => `${method} ${path}`), ["PUT /api/devices/11", "DELETE /api/devices/11"]);
  assert.deepEqual(old.requests[1][2], { deviceList: "BQ" });
});

// LNK-6
test("T31: a list whose outcome is not known is shown to the relay again before anything else is signed", async () => {
  let pending = change;
  const accepted = () => {
    pending = null;
    return outcome(null);
  };
  const { runtime, requests, engine } = setUp({ answers: { change: () => pending, changeAccepted: accepted } });
  await runtime.call("revoke", [11]);
  assert.deepEqual(requests.map(([method, path, { deviceList }]) => [method, path, deviceList]), [
    ["PUT", "/api/devices/11", "AQ"],
    ["DELETE", "/api/devices/11", "BQ"],
  ]);
  assert.equal(callsOf(engine, "changeAccepted").length, 2);
});

test("a list that the relay refuses is dropped, and the newest one fetched; without an answer it stays", async () => {
  const refusal = Object.assign(new SealpostError("relay", "sequence-conflict"), { isFinal: true });
  const refused = setUp({ request: () => Promise.reject(refusal) });
  await assert.rejects(refused.runtime.call("revoke", [11]), { code: "relay" });
  assert.equal(callsOf(refused.engine, "changeRefused").length, 1);
  assert.deepEqual(refused.log, [`learn ${me.userId}`]);
  const lost = setUp({ request: () => Promise.reject(new SealpostError("network")) });
  await assert.rejects(lost.runtime.call("revoke", [11]), { code: "network" });
  assert.deepEqual(callsOf(lost.engine, "changeRefused"), []);
  assert.deepEqual(callsOf(lost.engine, "changeAccepted"), []);
});

test("giving up ends it on the other device, too, and leaves room for another try", async () => {
  const { joined, linked, fresh } = await pair({ act: (older, newer) => newer.compareBy((id) => void newer.runtime.call("cancel", [id])) });
  assert.deepEqual([joined, linked], ["aborted", "link-refused"]);
  const again = assert.rejects(fresh.runtime.call("join", [3, {}]), { code: "aborted" });
  await assert.rejects(fresh.runtime.call("join", [4, {}]), { code: "invalid-argument" });
  void fresh.runtime.call("cancel", [3]);
  await again;
});

test("who has an account joins no other, and who has none links nobody", async () => {
  const { runtime } = setUp();
  await assert.rejects(runtime.call("join", [1, {}]), { code: "already-registered" });
  const stranger = setUp({ registered: false });
  const calls = [["list", []], ["rename", [1, "x"]], ["revoke", [1]], ["link", [1, {}, "code"]]];
  for (const [method, args] of calls) await assert.rejects(stranger.runtime.call(method, args), { code: "not-registered" });
  await stranger.runtime.call("settle", []);
  assert.deepEqual(stranger.engine.calls, []);
});

test("a code that nobody waits with is expired, and the relay that cannot be reached is tried again", async () => {
  const alone = setUp();
  await assert.rejects(alone.runtime.call("link", [1, {}, "the code"]), { code: "link-expired" });
  const meeting = new Meeting();
  let failures = 2;
  const call = meeting.call;
  meeting.call = async (...args) => {
    if (failures-- > 0) throw new SealpostError("network");
    return call(...args);
  };
  const { joined } = await pair({ meeting });
  assert.ok(joined === "link-expired" || joined === me || joined.userId === me.userId);
});

test("settling publishes what changed and tells how the devices are", async () => {
  const { runtime, log } = setUp();
  await runtime.call("settle", []);
  assert.deepEqual(log, ["publish contact", { type: "devices", data: [shown] }]);
});

test("what comes along, and wrong arguments", async () => {
  const asked = async (options) => {
    const { runtime, engine, environment } = setUp({ answers: { oldBegin: () => Promise.reject(new SealpostError("link-code")) } });
    environment.time = 100 * 24 * 3_600_000;
    await assert.rejects(runtime.call("link", [1, options, "code"]), { code: "link-code" });
    assert.equal(callsOf(engine, "oldBegin").length, 1);
  };
  for (const options of [{}, { kind: "companion", history: "none" }, { history: { days: 30 } }]) await asked(options);
  assert.deepEqual(checkLink({}, "code", 5), { code: "code", full: true, since: 0 });
  assert.deepEqual(checkLink({ kind: "companion", history: "none" }, "code", 5), { code: "code", full: false, since: Number.MAX_SAFE_INTEGER });
  assert.equal(checkLink({ history: { days: 30 } }, "code", 100 * 24 * 3_600_000).since, 70 * 24 * 3_600_000);
  const { runtime, engine } = setUp();
  const wrong = [
    ["link", [1, {}, 7]],
    ["link", [1, {}]],
    ["link", [1, { kind: "half" }, "code"]],
    ["link", [1, { history: "some" }, "code"]],
    ["link", [1, { history: null }, "code"]],
    ["link", [1, { history: { days: 0 } }, "code"]],
    ["join", [1, { name: "x".repeat(65) }]],
    ["join", [1, { name: 5 }]],
    ["revoke", ["11"]],
    ["revoke", [0]],
    ["rename", [11, 5]],
    ["rename", [11]],
  ];
  for (const [method, args] of wrong) await assert.rejects(runtime.call(method, args), { code: "invalid-argument" }, `${method} ${JSON.stringify(args)}`);
  assert.deepEqual(engine.calls, []);
});
