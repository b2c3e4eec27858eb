/** What is measured with storage. `globalThis.bench` is the promise of the results: `{ name, unit, value, bare, matrix }`. */
import * as bare from "./bare.mjs";
import * as matrix from "./matrix.mjs";
import * as sealpost from "./sealpost.mjs";

const TEXT = "All is well here; the letters arrive. ".repeat(27).slice(0, 1_024);
const MESSAGES = Number(new URLSearchParams(location.search).get("messages") ?? 50_000);
const PEOPLE = Number(new URLSearchParams(location.search).get("sessions") ?? 1_000);
const ROUNDS = 5;

const say = (text) => (document.getElementById("status").textContent = text);
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const rate = (count, milliseconds) => (count * 1_000) / milliseconds;

async function timed(task) {
  const start = performance.now();
  const value = await task();
  return { value, milliseconds: performance.now() - start };
}

/** Rates by turns: `{ name: async (count) => done }`, each called once a round after a first that does not count. */
async function turns(count, sides) {
  const rates = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let round = 0; round <= ROUNDS; round += 1) {
    const order = round % 2 === 0 ? Object.keys(sides) : Object.keys(sides).toReversed();
    for (const name of order) {
      const side = sides[name];
      const prepared = await side.prepare?.(count);
      const { milliseconds, value } = await timed(() => side.run(count, prepared));
      await side.tidy?.(value);
      if (round > 0) rates[name].push(rate(count, milliseconds));
    }
  }
  return Object.fromEntries(Object.entries(rates).map(([name, values]) => [name, median(values)]));
}

async function run() {
  await Promise.all([sealpost.load(), matrix.load()]);
  const ours = await sealpost.pair();
  const theirs = await matrix.pair();
  const database = await bare.open();
  const { alice, bob, id } = ours;
  let number = 0;
  const text = (n) => `${TEXT.slice(0, -8)}${String(n).padStart(8, "0")}`;
  const send = () => alice.call("sendText", id, text((number += 1)), undefined, Date.now());
  const commit = () => bare.commit(database, bare.SEND, (number += 1));
  const deliver = async () => bob.receive(await alice.drain(bob));
  const results = [];
  const add = (name, unit, value, more = {}) => results.push({ name, unit, value, ...more });
  const oneByOne = (task) => async (count) => {
    const done = [];
    for (let i = 0; i < count; i += 1) done.push(await task(i));
    return done;
  };
  const atOnce = (task) => (count) => Promise.all(Array.from({ length: count }, (_, i) => task(i)));

  say("sending, one after another");
  const encrypt = () => matrix.encrypt(theirs.alice, theirs.bob, TEXT);
  const catchUp = (events) => matrix.receive(theirs.bob, events);
  const single = await turns(100, {
    sealpost: { run: oneByOne(send), tidy: deliver },
    bare: { run: oneByOne(commit) },
    matrix: { run: oneByOne(encrypt), tidy: catchUp },
  });
  add("idb-send", "1/s", single.sealpost, single);

  say("sending, without waiting");
  // The package's worker hands texts to the engine in the order of the calls.
  const chained = async (count) => {
    let last = Promise.resolve();
    for (let i = 0; i < count; i += 1) last = last.then(send);
    await last;
  };
  const many = await turns(100, {
    sealpost: { run: chained, tidy: deliver },
    bare: { run: atOnce(commit) },
    matrix: { run: atOnce(encrypt), tidy: catchUp },
  });
  add("idb-send-pipelined", "1/s", many.sealpost, many);

  say("receiving a batch");
  const received = await turns(100, {
    sealpost: {
      prepare: async (count) => {
        await oneByOne(send)(count);
        return alice.drain(bob);
      },
      run: (_, sent) => bob.receive(sent),
    },
    matrix: { prepare: oneByOne(encrypt), run: (_, events) => matrix.receive(theirs.bob, events) },
  });
  add("idb-receive", "1/s", received.sealpost, received);

  say("round trips");
  const trip = await turns(30, {
    sealpost: {
      run: oneByOne(async () => {
        await send();
        await bob.receive(await alice.drain(bob));
        await bob.call("sendText", id, TEXT, undefined, Date.now());
        await alice.receive(await bob.drain(alice));
      }),
    },
    matrix: {
      run: oneByOne(async () => {
        await matrix.receive(theirs.bob, [await matrix.encrypt(theirs.alice, theirs.bob, TEXT)]);
        await matrix.receive(theirs.alice, [await matrix.encrypt(theirs.bob, theirs.alice, TEXT)]);
      }),
    },
  });
  add("idb-round-trip", "1/s", trip.sealpost, trip);

  await fill(ours);
  bob.engine.close();
  return { results, database: bob.database };
}

/** Bob gets sessions with many people, and many texts of Alice. */
async function fill({ alice, bob, id }) {
  for (let i = 0; i < PEOPLE; i += 1) {
    if (i % 50 === 0) say(`sessions: ${i}`);
    const person = await sealpost.Person.register(`person${i}`);
    await bob.call("learnUser", person.document, Date.now());
    await person.call("learnUser", bob.document, Date.now());
    if (bob.preKeys.oneTimePreKeys.length === 0) {
      const more = await bob.call("preKeyUpload", { oneTimePreKeys: 0, kemPreKeys: 0 }, Date.now());
      await bob.call("preKeysUploaded");
      bob.preKeys = { ...bob.preKeys, ...more.value ?? more };
    }
    await person.call("createConversation", [bob.address.userId], "", Date.now());
    await bob.receive(await person.drain(bob));
    person.engine.close();
    indexedDB.deleteDatabase(`sealpost-${person.database}`);
  }
  for (let stored = 0; stored < MESSAGES; ) {
    if (stored % 1_000 === 0) say(`messages: ${stored}`);
    const batch = [];
    for (let i = 0; i < 100; i += 1) await alice.call("sendText", id, TEXT, undefined, Date.now());
    batch.push(...(await alice.drain(bob)));
    await bob.receive(batch);
    stored += batch.length;
  }
}

globalThis.bench = run();
globalThis.bench.catch((error) => say(`Stopped: ${error.stack ?? error}`));
