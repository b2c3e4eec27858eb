import assert from "node:assert/strict";
import { test } from "node:test";
import { Demo } from "./lib/demo.mjs";
import { until } from "./lib/wait.mjs";
import { World } from "./lib/world.mjs";

async function people(world, ...names) {
  const demos = [];
  for (const name of names) {
    const person = await world.person(name);
    const demo = new Demo(person.page);
    await demo.register(name);
    demos.push(demo);
  }
  return demos;
}

test("a group: somebody is added, it is renamed, somebody is removed, somebody leaves", async (t) => {
  const world = await World.create(t);
  const [a, b, c] = await people(world, "alice", "bob", "carol");
  await a.startConversation(["bob", "carol"], "hiking");
  await a.send("who is in?");
  await b.open("hiking");
  await b.sees("who is in?");
  await c.open("hiking");

  // Removed: no more messages, no more sending, and a notice of why.
  const details = await a.details();
  await details.getByRole("button", { name: "Remove carol" }).click();
  await a.page.getByRole("alertdialog").getByRole("button", { name: "Remove", exact: true }).click();
  await until("carol is told", async () => await c.composer.isDisabled());
  await a.send("just the two of us");
  await b.sees("just the two of us");
  assert.equal((await c.texts()).includes("just the two of us"), false, "a removed member reads on");

  // Added again: reads what comes from now on.
  await details.getByRole("button", { name: "Add people" }).click();
  const dialog = a.page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Add carol" }).click();
  await dialog.getByRole("button", { name: "Add to group" }).click();
  await until("carol can write again", async () => await c.composer.isEnabled());
  await c.send("back again");
  await a.sees("back again");
  await b.sees("back again");
  assert.equal((await c.texts()).includes("just the two of us"), false, "what came between was never sent to carol");

  // Renamed by another member.
  const bobs = await b.details();
  await bobs.getByRole("button", { name: "Rename group" }).click();
  const rename = b.page.getByRole("dialog");
  await rename.getByRole("textbox", { name: "Group name" }).fill("climbing");
  await rename.getByRole("button", { name: "Save" }).click();
  await a.row("climbing").waitFor();
  await c.row("climbing").waitFor();

  // Left.
  await bobs.getByRole("button", { name: "Leave group" }).click();
  await b.page.getByRole("alertdialog").getByRole("button", { name: "Leave", exact: true }).click();
  await until("bob cannot write any more", async () => await b.composer.isDisabled());
  await a.send("bob has left");
  await c.sees("bob has left");
  assert.equal((await b.texts()).includes("bob has left"), false);
  for (const demo of [a, b, c]) await demo.assertHealthy();
  world.assertNoProblems();
});

test("both write first: two people who begin at once read each other", async (t) => {
  const world = await World.create(t);
  const [a, b] = await people(world, "alice", "bob");
  await Promise.all([a.startConversation(["bob"]), b.startConversation(["alice"])]);
  const elsewhere = (demo) => demo.page.getByRole("button", { name: "Go on there" });
  await Promise.all([a.composer.fill("alice begins"), b.composer.fill("bob begins")]);
  await Promise.all([a.composer.press("Enter"), b.composer.press("Enter")]);
  // Whose conversation gives way may lose its composer as soon as the other's message is there.
  for (const demo of [a, b]) {
    await until("the text has left the composer", async () => {
      return (await elsewhere(demo).isVisible()) || (await demo.composer.inputValue({ timeout: 500 })) === "";
    });
  }
  await a.allSent();
  await b.allSent();
  const everything = async (demo, peer) => {
    const texts = [];
    for (const row of await demo.row(peer).all()) {
      await row.click();
      await demo.log.waitFor();
      texts.push(...(await demo.texts()));
    }
    return texts;
  };
  for (const [demo, peer] of [[a, "bob"], [b, "alice"]]) {
    await until(`${peer} is read`, async () => {
      const texts = await everything(demo, peer);
      return texts.includes("alice begins") && texts.includes("bob begins");
    });
    await demo.assertHealthy();
  }

  // There may be two conversations; both go on in the same one.
  for (const [demo, peer, text] of [[a, "bob", "alice goes on"], [b, "alice", "bob goes on"]]) {
    await demo.open(peer);
    await demo.composer.or(elsewhere(demo)).waitFor();
    if (await elsewhere(demo).isVisible()) await elsewhere(demo).click();
    await demo.send(text);
  }
  await a.sees("bob goes on");
  await b.sees("alice goes on");
  world.assertNoProblems();
});

test("safety numbers are the same on both sides, and the verified mark stays", async (t) => {
  const world = await World.create(t);
  const [a, b] = await people(world, "alice", "bob");
  await a.startConversation(["bob"]);
  await a.send("compare?");
  await b.open("alice");
  const number = async (demo) => {
    const details = await demo.details();
    return (await details.getByTestId("safety-number").innerText()).replace(/\s+/g, "");
  };
  const [ours, theirs] = [await number(a), await number(b)];
  assert.match(ours, /^\d{60}$/);
  assert.equal(ours, theirs);
  await a.page.getByRole("button", { name: "Mark as verified" }).click();
  await a.page.getByRole("button", { name: "Remove verified mark" }).waitFor();
  await a.page.reload();
  await a.page.getByRole("img", { name: "Verified" }).first().waitFor();
  world.assertNoProblems();
});
