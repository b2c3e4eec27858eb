import assert from "node:assert/strict";
import { test } from "node:test";
import { Demo } from "./lib/demo.mjs";
import { Topics } from "./lib/topics.mjs";
import { until } from "./lib/wait.mjs";
import { World } from "./lib/world.mjs";

/** People with accounts, each with the forums' side of their page. */
async function people(world, ...names) {
  const all = [];
  for (const name of names) {
    const person = await world.person(name);
    await new Demo(person.page).register(name);
    all.push({ person, topics: new Topics(person.page) });
  }
  return all;
}

test("five people: who joins by a link while all others are away reads the history, and the relay knows none of it", async (t) => {
  const world = await World.create(t);
  const [a, b, c, d, e] = await people(world, "alice", "bob", "carol", "dave", "erin");
  const title = world.canaries.text("title");
  const said = [1, 2, 3, 4].map((number) => world.canaries.text(`post${number}`));
  await a.topics.create(title);
  await a.topics.post(said[0]);
  const link = await a.topics.link();
  for (const [index, { topics }] of [b, c, d].entries()) {
    await topics.join(link);
    await topics.sees(said[0]);
    await topics.post(said[index + 1]);
  }
  for (const { topics } of [a, b, c, d]) await topics.assertTexts(said);

  // A thread, a reaction, a mention, an edit: everybody has the same picture of it.
  const edited = world.canaries.text("edited");
  await b.topics.reply(said[0], "a reply, @alice");
  await a.topics.article(said[0]).getByRole("button", { name: "1 reply" }).waitFor();
  await c.topics.react(said[0], "Party");
  await a.topics.article(said[0]).getByRole("button", { name: /🎉 by carol/ }).waitFor();
  await d.topics.menu(said[3], "Edit");
  await d.person.page.getByRole("textbox", { name: "Edit post" }).fill(edited);
  await d.person.page.getByRole("button", { name: "Save" }).click();
  const now = [...said.slice(0, 3), edited];
  await a.topics.assertTexts(now);
  for (const { topics } of [a, b, c, d]) await topics.allSent();
  for (const { person } of [a, b, c, d]) await person.close();

  await e.topics.join(link);
  await e.topics.assertTexts(now);
  await e.topics.article(said[0]).getByRole("button", { name: "1 reply" }).click();
  await e.topics.thread.getByText("a reply, @alice").waitFor();
  await e.topics.post("nobody is here");
  await e.topics.allSent();
  await a.person.open();
  const back = new Topics(a.person.page);
  await back.open(title);
  await back.assertTexts([...now, "nobody is here"]);
  assert.deepEqual(await back.members(), ["alice", "bob", "carol", "dave", "erin"]);
  world.assertNoProblems();
  await world.assertRelayKnowsNoSecret();
});

test("a topic that lets newcomers read since they joined shows them nothing before", async (t) => {
  const world = await World.create(t);
  const [a, b] = await people(world, "alice", "bob");
  await a.topics.create("from now on", { history: "Nothing" });
  await a.topics.post("before");
  await a.topics.allSent();
  await b.topics.join(await a.topics.link());
  await a.topics.post("after");
  await b.topics.sees("after");
  assert.deepEqual(await b.topics.texts(), ["after"]);
  await b.person.reload();
  await b.topics.sees("after");
  assert.deepEqual(await b.topics.texts(), ["after"]);
  world.assertNoProblems();
});

test("a removed member's open page gets nothing more, and their link has ended", async (t) => {
  const world = await World.create(t);
  const [a, b, c] = await people(world, "alice", "bob", "carol");
  await a.topics.create("us");
  const link = await a.topics.link();
  await b.topics.join(link);
  await b.topics.post("hello");
  await a.topics.sees("hello");
  await a.topics.remove("bob");
  await until("bob is told", async () => await b.topics.composer.isDisabled());
  await a.topics.post("without bob");
  await a.topics.allSent();
  assert.deepEqual(await b.topics.texts(), ["hello"]);
  await b.person.reload();
  await b.topics.sees("hello");
  assert.deepEqual(await b.topics.texts(), ["hello"]);
  const dialog = await c.topics.follow(link);
  await dialog.getByRole("button", { name: "Join", exact: true }).click();
  await dialog.getByRole("alert").filter({ hasText: /does not work any more/ }).waitFor({ timeout: 30_000 });
  assert.equal(await c.topics.row("us").count(), 0);
  world.assertNoProblems();
});

test("two moderators who change the membership at once both succeed, and everybody reads everybody", async (t) => {
  const world = await World.create(t);
  const [a, b, c, d] = await people(world, "alice", "bob", "carol", "dave");
  await a.topics.create("busy", { visibility: "Closed" });
  await a.topics.add("bob");
  await b.topics.open("busy");
  await a.topics.setRole("bob", "Moderator");
  await b.person.page.getByRole("button", { name: "Invite people" }).first().waitFor();
  await Promise.all([a.topics.add("carol"), b.topics.add("dave")]);
  for (const { topics } of [c, d]) await topics.open("busy");
  for (const [index, { topics }] of [a, b, c, d].entries()) await topics.post(`from ${index}`);
  for (const { topics } of [a, b, c, d]) {
    for (const index of [0, 1, 2, 3]) await topics.sees(`from ${index}`);
    assert.deepEqual(await topics.members(), ["alice", "bob", "carol", "dave"]);
  }
  world.assertNoProblems();
});

test("mentions call, moderators delete, a ban keeps out until it is lifted, and leaving ends it", async (t) => {
  const world = await World.create(t);
  const [a, b] = await people(world, "alice", "bob");
  await a.topics.create("square", { visibility: "Open" });
  await b.topics.section();
  await b.person.page.getByRole("button", { name: /^square/ }).click({ timeout: 30_000 });
  const joining = b.person.page.getByRole("dialog", { name: "Join an open topic" });
  await joining.getByText(/operator/).waitFor();
  await joining.getByRole("button", { name: "Join", exact: true }).click();
  await joining.waitFor({ state: "hidden", timeout: 40_000 });
  await b.topics.active();
  await a.person.page.getByRole("list", { name: "Sections" }).getByRole("link", { name: /^Conversations/ }).click();
  await b.topics.composer.pressSequentially("is @al");
  await b.person.page.getByRole("option", { name: "alice" }).click();
  await b.topics.composer.pressSequentially("here?");
  await b.topics.composer.press("Enter");
  await until("alice is called", async () => /^\(1\)/.test(await a.person.page.title()), { timeoutMs: 30_000 });
  await a.topics.open("square");
  await until("it is read", async () => /^square/.test(await a.person.page.title()));

  await a.topics.menu("is @alice here?", "Delete");
  await a.person.page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await b.topics.log.getByText("Removed by a moderator").waitFor({ timeout: 30_000 });

  await a.topics.remove("bob", { ban: true });
  await until("bob is out", async () => await b.topics.composer.isDisabled());
  const details = await a.topics.details();
  await details.getByRole("button", { name: "Lift the ban of bob" }).click();
  await until("the ban is lifted", async () => (await details.getByRole("list", { name: "Banned" }).count()) === 0, { timeoutMs: 30_000 });
  world.assertNoProblems();
});
