import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAccessible } from "./lib/accessible.mjs";
import { Demo } from "./lib/demo.mjs";
import { World } from "./lib/world.mjs";

const MARK = "sealpost:default";

/** Has the browser delete every database of the origin, as one that runs out of room does, while no page of it is open. */
async function evict(person, origin) {
  const page = person.page;
  await page.goto("about:blank");
  const session = await person.context.newCDPSession(page);
  await session.send("Storage.clearDataForOrigin", { origin, storageTypes: "indexeddb" });
  await session.detach();
  await page.goto(origin);
}

test("a browser that has deleted the database says so and whose it was; one can begin anew, and nothing of the old account comes back", async (t) => {
  const world = await World.create(t);
  const alice = await world.person("alice");
  const a = new Demo(alice.page);
  await a.register("alice");
  const b = new Demo((await world.person("bob")).page);
  await b.register("bob");
  await a.startConversation(["bob"]);
  const before = world.canaries.text("before");
  await a.send(before);
  await a.allSent();
  assert.equal(await alice.page.evaluate((key) => localStorage.getItem(key), MARK), "alice");

  // Only the mark is gone: it is put back, and nothing is said.
  await alice.page.evaluate(() => localStorage.clear());
  await alice.reload();
  await a.online();
  assert.equal(await alice.page.evaluate((key) => localStorage.getItem(key), MARK), "alice");
  await a.open("bob");
  await a.sees(before);

  await evict(alice, world.relay.url);
  const heading = alice.page.getByRole("heading", { name: "This browser has deleted Sealpost’s data" });
  await heading.waitFor();
  await alice.page.getByTestId("lost").filter({ hasText: "alice" }).waitFor();
  await assertAccessible(alice.page, "the database is gone");
  // It is still known after a reload, until the person decides.
  await alice.reload();
  await heading.waitFor();

  await alice.page.getByRole("button", { name: "Start anew" }).click();
  await heading.waitFor({ state: "hidden" });
  await a.register("alice-again");
  assert.equal(await alice.page.evaluate((key) => localStorage.getItem(key), MARK), "alice-again");
  await a.startConversation(["bob"]);
  const after = world.canaries.text("after");
  await a.send(after);
  await b.open("alice-again");
  await b.sees(after);
  await alice.reload();
  await a.online();
  assert.equal(await heading.count(), 0);
  await a.open("bob");
  await a.assertTexts([after]);
  world.assertNoProblems();
  await world.assertRelayKnowsNoSecret();
});

test("T22: the mark of a profile that has to be unlocked has no name", async (t) => {
  const world = await World.create(t);
  const alice = await world.person("alice");
  await new Demo(alice.page).register("alice");
  await alice.page.getByRole("button", { name: "Settings" }).click();
  await alice.page.getByRole("dialog", { name: "Settings" }).getByRole("button", { name: "Unlock methods" }).click();
  const dialog = alice.page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Add a passphrase" }).click();
  await dialog.getByLabel("New passphrase", { exact: true }).fill("violet anchor drums ninety otters");
  await dialog.getByLabel("New passphrase again").fill("violet anchor drums ninety otters");
  await dialog.getByRole("checkbox").setChecked(true);
  await dialog.getByRole("button", { name: "Set passphrase" }).click();
  await dialog.getByRole("list", { name: "Unlock methods" }).getByRole("listitem").first().waitFor();
  assert.equal(await alice.page.evaluate((key) => localStorage.getItem(key), MARK), "");
  await alice.reload();
  await alice.page.getByRole("heading", { name: "This profile is locked" }).waitFor();

  await evict(alice, world.relay.url);
  await alice.page.getByTestId("lost").filter({ hasText: "An account was here" }).waitFor();
  await alice.page.getByRole("button", { name: "Add this device to the account" }).click();
  await alice.page.getByRole("button", { name: "Show a code" }).waitFor();
  world.assertNoProblems();
});
