import assert from "node:assert/strict";
import { test } from "node:test";
import { Device } from "../hub/lib/device.mjs";
import { Demo } from "./lib/demo.mjs";
import { until } from "./lib/wait.mjs";
import { World } from "./lib/world.mjs";

async function registered(world, name) {
  const person = await world.person(name);
  const demo = new Demo(person.page);
  await demo.register(name);
  return { person, demo };
}

test("T01: a relay that shows another account key is noticed; nothing is sent until the person accepts a key", async (t) => {
  const world = await World.create(t);
  const { person: alice, demo: a } = await registered(world, "alice");
  const { demo: b } = await registered(world, "bob");
  await a.startConversation(["bob"]);
  await a.send("under the true key");
  await b.open("alice");
  await b.sees("under the true key");
  const details = await a.details();
  await details.getByRole("button", { name: "Mark as verified" }).click();
  const verified = a.page.getByRole("heading", { name: "bob" }).getByRole("img", { name: "Verified" });
  await verified.waitFor();
  const number = async () => (await details.getByTestId("safety-number").innerText()).replace(/\s/g, "");
  const trueNumber = await number();

  // From now on the relay says that another, well-made identity is bob's.
  const users = /\/api\/users[/?]/;
  await alice.context.route(users, async (route) => {
    const { id } = await (await route.fetch()).json();
    await route.fulfill({ json: new Device(world.relay, "bob", id).document() });
  });
  const banner = a.page.getByRole("region", { name: "bob’s key has changed" });
  const look = () => a.find("bob");
  await look();
  await banner.waitFor();
  assert.equal(await a.composer.isDisabled(), true);
  assert.equal(await verified.count(), 0);
  await until("the number is another", async () => (await number()) !== trueNumber);
  await alice.reload();
  await banner.waitFor();
  assert.equal(await a.composer.isDisabled(), true);

  // A hasty person accepts; nobody with that identity's private keys gets anything, for the relay has none to offer.
  const accept = async () => {
    await a.page.getByRole("button", { name: "Accept new key" }).first().click();
    const question = a.page.getByRole("alertdialog");
    await question.getByTestId("safety-number").waitFor();
    await question.getByRole("button", { name: "Accept", exact: true }).click();
    await banner.waitFor({ state: "hidden" });
    assert.equal(await a.composer.isEnabled(), true);
    assert.equal(await verified.count(), 0);
  };
  await accept();

  // The relay returns to the truth, which is a change once more.
  await alice.context.unrouteAll({ behavior: "wait" });
  await look();
  await banner.waitFor();
  assert.equal(await a.composer.isDisabled(), true);
  await accept();
  assert.equal(await number(), trueNumber);
  await a.send("under the true key again");
  await b.assertTexts(["under the true key", "under the true key again"]);
  await b.send("heard");
  await a.sees("heard");
  for (const demo of [a, b]) await demo.assertHealthy();
  world.assertNoProblems();
});

test("T29: a participant whom a colluding member adds at the relay gets nothing", async (t) => {
  const world = await World.create(t);
  const { demo: a } = await registered(world, "alice");
  const { demo: b } = await registered(world, "bob");
  const insider = await Device.register(world.relay, "insider");
  const outsider = await Device.register(world.relay, "outsider");
  const mailbox = async (device) => (await device.call("GET", "/api/mailbox")).items;
  await a.startConversation(["bob", "insider"], "plans");
  await a.send("before");
  await b.open("plans");
  await b.sees("before");
  const [{ envelope }] = await until("the insider has mail", async () => {
    const items = await mailbox(insider);
    return items.length > 0 && items;
  });

  const path = `/api/conversations/${envelope.conversationId}`;
  const { participantIds } = await insider.post(`${path}/participants`, { userIds: [outsider.userId] });
  assert.ok(participantIds.includes(outsider.userId), "the relay lets the insider");
  const had = (await mailbox(insider)).length;
  await a.send("after, from alice");
  await b.sees("after, from alice");
  await b.send("after, from bob");
  await a.assertTexts(["before", "after, from alice", "after, from bob"]);
  assert.equal((await mailbox(insider)).length, had + 2);
  assert.deepEqual(await mailbox(outsider), []);
  assert.equal((await a.notices()).length, 1, "the members see no new member");
  const members = (await a.details()).getByRole("list", { name: "Members" }).getByRole("listitem");
  assert.equal(await members.count(), 3);
  for (const demo of [a, b]) await demo.assertHealthy();
  world.assertNoProblems();
});
