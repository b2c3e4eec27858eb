import assert from "node:assert/strict";
import { test } from "node:test";
import { deferred, FakeEnvironment, settle } from "./lib/fakes.mjs";

const { SealpostError } = await import("../src/errors.ts");
const { Loop, Mutex } = await import("../src/worker/loop.ts");

function setUp(task) {
  const environment = new FakeEnvironment();
  const runs = [];
  const failures = [];
  const run = async () => {
    runs.push(environment.time);
    await task(runs.length);
  };
  const loop = new Loop(environment, run, { onFailure: (error, retryAt) => failures.push([error.code, retryAt - environment.time]) });
  return { environment, loop, runs, failures };
}

const fail = (code = "network") => {
  throw new SealpostError(code);
};

test("however often it is kicked while it runs, it runs once more", async () => {
  const gates = [deferred(), deferred(), deferred()];
  const { loop, runs } = setUp((n) => gates[n - 1].promise);
  loop.kick();
  loop.kick();
  loop.kick();
  await settle();
  assert.equal(runs.length, 1);
  gates[0].resolve();
  await settle();
  assert.equal(runs.length, 2);
  gates[1].resolve();
  await settle();
  assert.equal(runs.length, 2);
});

test("a kick during a wait takes the place of the run that was due", async () => {
  const { loop, runs, environment } = setUp((n) => (n === 1 ? fail() : undefined));
  loop.kick();
  await settle();
  await environment.advance(300);
  loop.kick();
  await environment.advance(60_000);
  assert.deepEqual(runs.map((time) => time - runs[0]), [0, 300]);
});

test("a success makes the next failure the first again", async () => {
  const { loop, environment, failures } = setUp((n) => (n === 4 ? undefined : fail()));
  loop.kick();
  await environment.advance(10_000);
  loop.kick();
  await settle();
  assert.deepEqual(failures, [["network", 1_000], ["network", 2_000], ["network", 5_000], ["network", 1_000]]);
});

test("a failure that means closing is the end", async () => {
  const { loop, environment, runs, failures } = setUp(() => fail("closed"));
  loop.kick();
  await environment.advance(100_000);
  assert.deepEqual([runs.length, failures], [1, []]);
});

test("stopping during a run prevents the next", async () => {
  const gate = deferred();
  const { loop, environment, runs } = setUp(() => gate.promise);
  loop.kick();
  loop.kick();
  loop.stop();
  gate.resolve();
  await environment.advance(100_000);
  assert.equal(runs.length, 1);
});

test("a mutex keeps the order and survives failures", async () => {
  const mutex = new Mutex();
  const order = [];
  const first = mutex.run(async () => {
    await settle();
    order.push(1);
    throw new Error("first");
  });
  const second = mutex.run(async () => order.push(2));
  await assert.rejects(first, { message: "first" });
  await second;
  assert.deepEqual(order, [1, 2]);
});
