import assert from "node:assert/strict";
import { test } from "node:test";
import { Device } from "../hub/lib/device.mjs";
import { Demo } from "./lib/demo.mjs";
import { Topics } from "./lib/topics.mjs";
import { until } from "./lib/wait.mjs";
import { World } from "./lib/world.mjs";

const USERS = /\/api\/users[/?]/;

async function people(world, ...names) {
  const all = [];
  for (const name of names) {
    const person = await world.person(name);
    const demo = new Demo(person.page);
    await demo.register(name);
    all.push({ person, page: person.page, demo, topics: new Topics(person.page) });
  }
  return all;
}

/** From now on the relay tells `viewer` that another, well-made identity is that of `username`; gives back what ends it. */
async function lie(world, viewer, username) {
  let device = null;
  await viewer.person.context.route(USERS, async (route) => {
    const document = await (await route.fetch()).json();
    if (document.username !== username) return route.fulfill({ json: document });
    device ??= new Device(world.relay, username, document.id);
    return route.fulfill({ json: device.document() });
  });
  // What is being answered is answered first.
  return () => viewer.person.context.unrouteAll({ behavior: "wait" });
}

const toConversations = ({ page }) => page.getByRole("list", { name: "Sections" }).getByRole("link", { name: /^Conversations/ }).click();

/** Looks somebody up, which asks the relay, and goes back to the topic. */
async function look(viewer, username, title) {
  await toConversations(viewer);
  await viewer.demo.find(username);
  await viewer.topics.open(title);
}

const bannerOf = ({ page }, username) => page.getByRole("region", { name: `${username}’s key has changed` });

/** Nothing can be posted, and the composer says why. */
async function assertHeldBack(viewer, username) {
  await bannerOf(viewer, username).waitFor({ timeout: 30_000 });
  await until("posting is held back", () => viewer.topics.composer.isDisabled());
  await viewer.topics.view.getByText(`Posting is paused until you have decided about the changed key of ${username}.`).waitFor();
}

async function accept(viewer, username) {
  await bannerOf(viewer, username).getByRole("button", { name: "Accept new key" }).click();
  const question = viewer.page.getByRole("alertdialog");
  await question.getByTestId("safety-number").waitFor();
  await question.getByRole("button", { name: "Accept", exact: true }).click();
  await question.waitFor({ state: "hidden" });
}

test("T01: who comes into a topic with another key than the pinned one holds posts back until the person accepts the key", async (t) => {
  const world = await World.create(t);
  const [a, b] = await people(world, "alice", "bob");
  const truth = await lie(world, a, "bob");
  await a.demo.find("bob");
  await truth();
  await a.topics.create("plans");
  await a.topics.post("before bob");
  await b.topics.join(await a.topics.link());
  await assertHeldBack(a, "bob");
  await b.topics.post("from bob");
  await a.person.reload();
  await assertHeldBack(a, "bob");

  // The person compares, and finds that it is bob's: the numbers are those of the keys that the two have.
  await bannerOf(a, "bob").getByRole("button", { name: "Compare" }).click();
  const number = async ({ page }) => (await page.getByTestId("safety-number").first().innerText()).replace(/\s/g, "");
  const seen = await number(a);
  await b.topics.member("alice");
  assert.equal(await number(b), seen);
  await a.page.keyboard.press("Escape");
  await accept(a, "bob");
  await bannerOf(a, "bob").waitFor({ state: "hidden" });
  await until("posting goes on", () => a.topics.composer.isEnabled());
  await a.topics.post("after the decision");
  await b.topics.sees("after the decision");
  assert.deepEqual(await b.topics.texts(), ["before bob", "from bob", "after the decision"]);
  await a.topics.assertTexts(["before bob", "from bob", "after the decision"]);
  await a.person.reload();
  await a.topics.active();
  assert.equal(await bannerOf(a, "bob").count(), 0);
  world.assertNoProblems();
});

test("T01: a member's key that is another one later shows in the topic; once it was accepted nothing is posted beside the old one", async (t) => {
  const world = await World.create(t);
  const [a, b] = await people(world, "alice", "bob");
  await a.demo.find("bob");
  await a.topics.create("plans");
  await b.topics.join(await a.topics.link());
  await a.topics.post("under the true key");
  await b.topics.sees("under the true key");
  const truth = await lie(world, a, "bob");
  await look(a, "bob", "plans");

  // What the relay shows changes nothing for the topic, in which the pinned key is. Its member is marked.
  const details = await a.topics.member("bob");
  await details.getByRole("alert").filter({ hasText: "The key has changed" }).waitFor();
  assert.equal(await bannerOf(a, "bob").count(), 0);
  await a.topics.post("still to the pinned key");
  await b.topics.sees("still to the pinned key");

  // A hasty person accepts: the key in the topic is a stranger's from now on, at once and after a reload.
  await details.getByRole("button", { name: "Accept new key" }).click();
  const question = a.page.getByRole("alertdialog");
  await question.getByTestId("safety-number").waitFor();
  await question.getByRole("button", { name: "Accept", exact: true }).click();
  await question.waitFor({ state: "hidden" });
  await assertHeldBack(a, "bob");
  const second = new Topics(await a.person.newTab());
  await second.open("plans");
  await until("the other tab holds back, too", () => second.composer.isDisabled());
  await a.person.reload();
  await assertHeldBack(a, "bob");

  // The relay returns to the truth, which is a change once more; the person decides again.
  await truth();
  await look(a, "bob", "plans");
  await accept(a, "bob");
  await bannerOf(a, "bob").waitFor({ state: "hidden" });
  await until("posting goes on, in both tabs", async () => (await a.topics.composer.isEnabled()) && (await second.composer.isEnabled()));
  await a.topics.post("under the true key again");
  await second.post("from the other tab");
  const all = ["under the true key", "still to the pinned key", "under the true key again", "from the other tab"];
  for (const view of [b.topics, a.topics, second]) await view.assertTexts(all);
  world.assertNoProblems();
});

test("T01: removing the member whose key has changed lets the others go on", async (t) => {
  const world = await World.create(t);
  const [a, b, c] = await people(world, "alice", "bob", "carol");
  const truth = await lie(world, a, "bob");
  await a.demo.find("bob");
  await truth();
  await a.topics.create("plans");
  const link = await a.topics.link();
  await c.topics.join(link);
  await b.topics.join(link);
  await assertHeldBack(a, "bob");
  // Carol has no other key of bob's, and goes on.
  await c.topics.post("from carol");
  await a.topics.sees("from carol");
  await a.topics.remove("bob");
  await bannerOf(a, "bob").waitFor({ state: "hidden" });
  await until("posting goes on", () => a.topics.composer.isEnabled());
  await a.topics.post("without bob");
  await c.topics.sees("without bob");
  assert.equal((await b.topics.texts()).includes("without bob"), false);
  world.assertNoProblems();
});
