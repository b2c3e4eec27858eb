import assert from "node:assert/strict";
import { test } from "node:test";
import { Demo } from "./lib/demo.mjs";
import { recordRandomness, drawnSecrets } from "./lib/randomness.mjs";
import { until } from "./lib/wait.mjs";
import { World } from "./lib/world.mjs";

async function registered(world, name, options) {
  const person = await world.person(name, options);
  const demo = new Demo(person.page);
  await demo.register(name);
  return { person, demo };
}

test("three people in three browsers talk in a conversation and a group, and T23: the relay has no plaintext and no private key", async (t) => {
  const world = await World.create(t);
  const alice = await world.person("alice", {}, recordRandomness);
  const a = new Demo(alice.page);
  await a.register("alice");
  const { demo: b } = await registered(world, "bob");
  const { demo: c } = await registered(world, "carol");
  const text = (label) => world.canaries.text(label);

  await a.startConversation(["bob"]);
  const [hello, answer, again] = [text("hello"), text("answer"), text("again")];
  await a.send(hello);
  await b.open("alice");
  await b.sees(hello);
  await b.send(answer);
  await a.sees(answer);
  await a.send(again);
  await b.assertTexts([hello, answer, again]);
  await a.assertTexts([hello, answer, again]);

  const group = text("group name");
  await a.startConversation(["bob", "carol"], group);
  const said = [text("from alice"), text("from bob"), text("from carol")];
  await a.send(said[0]);
  await b.open(group);
  await b.sees(said[0]);
  await b.send(said[1]);
  await c.open(group);
  await c.sees(said[1]);
  await c.send(said[2]);
  for (const demo of [a, b, c]) {
    await demo.assertTexts(said);
    await demo.assertHealthy();
  }

  const secrets = await drawnSecrets(alice.page);
  assert.ok(secrets.length >= 300, `only ${secrets.length} keys were drawn`);
  for (const [index, secret] of secrets.entries()) world.canaries.add(`key ${index}`, secret);

  // Everything stays after a reload.
  await alice.reload();
  await a.open(group);
  await a.assertTexts(said);
  await a.online();

  world.canaries.control("a username", "alice");
  world.assertNoProblems();
  await world.assertRelayKnowsNoSecret();
});

test("somebody who was away gets everything in order, once", async (t) => {
  const world = await World.create(t);
  const { demo: a } = await registered(world, "alice");
  const { person: bob, demo: b } = await registered(world, "bob");
  await a.startConversation(["bob"]);
  await a.send("before");
  await b.open("alice");
  await b.sees("before");
  await bob.close();

  const missed = Array.from({ length: 25 }, (_, index) => `while you were away ${index}`);
  for (const text of missed) await a.send(text);
  await a.allSent();

  const back = new Demo(await bob.open());
  await until("unread messages show in the list", async () => (await back.row("alice").getAttribute("data-unread")) === "25");
  await back.open("alice");
  await back.assertTexts(["before", ...missed]);
  assert.equal(await back.row("alice").getAttribute("data-unread"), "25", "what is not on screen counts as read");
  await back.page.getByRole("button", { name: "Jump to newest" }).click();
  await until("everything is read", async () => (await back.row("alice").getAttribute("data-unread")) === "0");
  await back.assertHealthy();
  await back.send("caught up");
  await a.sees("caught up");
  world.assertNoProblems();
});

test("a page reloaded in the middle of sending sends the rest, once", async (t) => {
  const world = await World.create(t);
  const { person: alice, demo: a } = await registered(world, "alice");
  const { demo: b } = await registered(world, "bob");
  await a.startConversation(["bob"]);
  const texts = Array.from({ length: 12 }, (_, index) => `message ${index}`);
  for (const text of texts) {
    await a.send(text);
    if (text.endsWith(" 3") || text.endsWith(" 7")) {
      await alice.reload();
      await a.composer.waitFor();
    }
  }
  await a.allSent();
  await b.open("alice");
  await b.assertTexts(texts);
  await b.assertHealthy();
  await a.assertTexts(texts);
  world.assertNoProblems();
});

test("a relay that is killed and started again under traffic loses nothing and doubles nothing", async (t) => {
  const world = await World.create(t);
  const { demo: a } = await registered(world, "alice");
  const { demo: b } = await registered(world, "bob");
  await a.startConversation(["bob"]);
  await a.send("first");
  await b.open("alice");
  await b.sees("first");

  const sent = { alice: ["first"], bob: [] };
  const chatter = async (demo, name) => {
    for (let index = 0; index < 15; index += 1) {
      const text = `${name} ${index}`;
      await demo.send(text);
      sent[name].push(text);
    }
  };
  const trouble = async () => {
    for (let round = 0; round < 3; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 400 + 300 * round));
      await world.relay.kill();
      await new Promise((resolve) => setTimeout(resolve, 300));
      await world.relay.start();
    }
  };
  await Promise.all([chatter(a, "alice"), chatter(b, "bob"), trouble()]);
  for (const demo of [a, b]) {
    await demo.online(90_000);
    await until("all messages show", async () => (await demo.texts()).length >= 31, { timeoutMs: 60_000 });
    const shown = await demo.texts();
    assert.equal(shown.length, 31);
    assert.equal(new Set(shown).size, 31, "a message is there twice");
    for (const name of ["alice", "bob"]) {
      assert.deepEqual(shown.filter((text) => sent[name].includes(text)), sent[name], `${name}'s messages are out of order`);
    }
    await demo.assertHealthy();
  }
  world.assertNoProblems();
});

test("two tabs of one browser both send and both show", async (t) => {
  const world = await World.create(t);
  const { person: alice, demo: first } = await registered(world, "alice");
  const { demo: b } = await registered(world, "bob");
  await first.startConversation(["bob"]);
  await first.send("from the first tab");
  const second = new Demo(await alice.newTab());
  await second.open("bob");
  await second.sees("from the first tab");
  await Promise.all([first.send("one"), second.send("two")]);
  await Promise.all([first.send("three"), second.send("four")]);
  await b.open("alice");
  await until("all five messages arrive", async () => (await b.texts()).length >= 5, { timeoutMs: 40_000 });
  assert.deepEqual((await b.texts()).toSorted(), ["four", "from the first tab", "one", "three", "two"]);
  await b.send("to both");
  await first.sees("to both");
  await second.sees("to both");
  for (const demo of [first, second, b]) await demo.assertHealthy();
  assert.deepEqual(await first.texts(), await second.texts());
  world.assertNoProblems();
});
