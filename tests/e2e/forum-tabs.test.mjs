import assert from "node:assert/strict";
import { test } from "node:test";
import { Demo } from "./lib/demo.mjs";
import { Topics } from "./lib/topics.mjs";
import { until } from "./lib/wait.mjs";
import { World } from "./lib/world.mjs";

/** Alice's topic with bob in it, and what both see of it. */
async function topicOfTwo(t) {
  const world = await World.create(t);
  const both = [];
  for (const name of ["alice", "bob"]) {
    const person = await world.person(name);
    await new Demo(person.page).register(name);
    both.push({ person, topics: new Topics(person.page) });
  }
  const [a, b] = both;
  await a.topics.create("tabs");
  await b.topics.join(await a.topics.link());
  return { world, a, b };
}

/** Another tab of the same profile on the same topic. */
async function anotherTab(person) {
  const topics = new Topics(await person.newTab());
  await topics.open("tabs");
  await topics.active();
  return topics;
}

/** The same texts at everybody, each once, in one order. */
async function assertSame(views, expected) {
  const [first, ...others] = views;
  await until(`${expected.length} posts show`, async () => (await first.texts()).length >= expected.length, { timeoutMs: 40_000 });
  const order = await first.texts();
  assert.deepEqual(order.toSorted(), expected.toSorted(), "nothing lost, nothing doubled");
  for (const view of others) await view.assertTexts(order);
  return order;
}

const numbered = (name, count) => Array.from({ length: count }, (_, index) => `${name} ${index}`);

test("two tabs of one profile post in one topic at once: nothing is lost or doubled, and the order is the same everywhere", async (t) => {
  const { world, a, b } = await topicOfTwo(t);
  const second = await anotherTab(a.person);
  const [firsts, seconds, bobs] = [numbered("first tab", 6), numbered("second tab", 6), numbered("bob", 6)];
  const all = [...firsts, ...seconds, ...bobs];
  await Promise.all([[a.topics, firsts], [second, seconds], [b.topics, bobs]].map(async ([topics, texts]) => {
    for (const text of texts) await topics.post(text);
  }));
  const order = await assertSame([b.topics, a.topics, second], all);
  for (const texts of [firsts, seconds, bobs]) assert.deepEqual(order.filter((text) => texts.includes(text)), texts, "of one tab in the order in which they were written");
  for (const topics of [a.topics, second, b.topics]) await topics.allSent();

  // What one tab does to a post shows in the other.
  await second.react("first tab 0", "Party");
  await a.topics.article("first tab 0").getByRole("button", { name: /🎉/ }).waitFor();
  await a.topics.menu("second tab 0", "Delete");
  await a.person.page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  for (const topics of [second, b.topics]) await topics.log.getByText("Deleted by its author").waitFor({ timeout: 30_000 });
  await a.person.reload();
  await a.topics.active();
  assert.deepEqual(await b.topics.texts(), order.filter((text) => text !== "second tab 0"));
  await a.topics.assertTexts(order.filter((text) => text !== "second tab 0"));
  world.assertNoProblems();
});

test("a tab reloaded in the middle of sending sends the rest, once, while the other one sends too", async (t) => {
  const { world, a, b } = await topicOfTwo(t);
  const second = await anotherTab(a.person);
  const [firsts, seconds] = [numbered("reloaded", 9), numbered("steady", 9)];
  const reloaded = async () => {
    for (const text of firsts) {
      await a.topics.post(text);
      if (!/ [258]$/.test(text)) continue;
      await a.person.reload();
      await a.topics.active();
    }
  };
  const steady = async () => {
    for (const text of seconds) await second.post(text);
  };
  await Promise.all([reloaded(), steady()]);
  const order = await assertSame([b.topics, a.topics, second], [...firsts, ...seconds]);
  for (const texts of [firsts, seconds]) assert.deepEqual(order.filter((text) => texts.includes(text)), texts);
  for (const topics of [a.topics, second]) await topics.allSent();
  world.assertNoProblems();
});

test("what a tab had on its disk when it was closed is sent by the one that stays, or by the next one", async (t) => {
  const { world, a, b } = await topicOfTwo(t);
  const second = await anotherTab(a.person);
  const said = [...numbered("closing", 4), ...numbered("staying", 4)];
  // With the relay away nothing is sent before the tab is closed.
  await world.relay.kill();
  for (const text of said.slice(0, 4)) await second.post(text);
  await until("all four wait", async () => (await second.log.locator("[data-state=sending]").count()) === 4);
  await second.page.close();
  await world.relay.start();
  for (const text of said.slice(4)) await a.topics.post(text);
  await assertSame([b.topics, a.topics], said);
  await a.topics.allSent();

  // The last tab is closed between two posts of a burst; the browser, too.
  await world.relay.kill();
  const last = numbered("last", 3);
  for (const text of last) await a.topics.post(text);
  await a.person.close();
  await world.relay.start();
  await a.person.open();
  const again = new Topics(a.person.page);
  await again.open("tabs");
  await assertSame([b.topics, again], [...said, ...last]);
  await again.allSent();
  world.assertNoProblems();
});

test("a tab closed while its posts are on their way loses and doubles none of them", async (t) => {
  const { world, a, b } = await topicOfTwo(t);
  const said = [];
  for (let round = 0; round < 4; round += 1) {
    const tab = await anotherTab(a.person);
    const texts = numbered(`round ${round}`, 3);
    for (const text of texts) await tab.post(text);
    // What the composer let go of is on disk: from here on it is somebody else's to send.
    await tab.page.close();
    said.push(...texts);
    await a.topics.post(`after ${round}`);
    said.push(`after ${round}`);
  }
  await assertSame([b.topics, a.topics], said);
  await a.topics.allSent();
  world.assertNoProblems();
});
