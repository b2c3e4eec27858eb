import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
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

test("diagnostics have numbers and codes, and nothing that the profile says", async (t) => {
  const world = await World.create(t);
  const alice = await world.person("alice-xyzzy");
  const a = new Demo(alice.page);
  await a.register("alice-xyzzy");
  await new Demo((await world.person("bob-plugh")).page).register("bob-plugh");
  await a.startConversation(["bob-plugh"]);
  await a.send(world.canaries.text("a text"));
  await a.send(world.canaries.text("another"));
  await a.allSent();

  await alice.page.getByRole("button", { name: "Settings" }).click();
  await alice.page.getByRole("dialog", { name: "Settings" }).getByRole("button", { name: "Storage and diagnostics" }).click();
  await alice.page.getByTestId("storage").waitFor();
  await assertAccessible(alice.page, "storage and diagnostics");
  const [download] = await Promise.all([alice.page.waitForEvent("download"), alice.page.getByRole("button", { name: "Save diagnostics" }).click()]);
  const text = readFileSync(await download.path(), "utf8");
  const told = JSON.parse(text);
  assert.equal(told.format, 1);
  assert.deepEqual(told.account, { registered: true, registering: false, cursor: told.account.cursor, pending: 0, devices: 1 });
  assert.equal(told.database.records.messages, 3, "a membership and two texts");
  assert.equal(told.database.records.sessions, 1);
  assert.deepEqual(told.contacts, { known: 1, verified: 0, changed: 0 });
  assert.deepEqual(told.conversations, [{ id: told.conversations[0].id, kind: "direct", active: true, members: 2, changedKeys: 0, lines: 3, states: { sent: 3 }, codes: {} }]);
  assert.equal(told.preKeys.oneTime, 100);
  assert.ok(told.preKeys.signedAge >= 0 && told.preKeys.signedAge < 600_000);
  assert.ok(told.storage.usage > 0);
  assert.equal(told.tabs.open, 1);
  assert.equal(told.connection.at(-1)[1], "online");
  assert.ok(!text.includes("failed\":"), "every part could be found out");

  // Ids are in the keys of records: 16 bytes each, at their beginning.
  const keys = await alice.page.evaluate(async () => {
    const done = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
    const database = await done(indexedDB.open("sealpost-default"));
    const found = [];
    for (const store of ["users", "conversations", "message-ids"]) found.push(...(await done(database.transaction(store).objectStore(store).getAllKeys())));
    database.close();
    return found.map((key) => [...new Uint8Array(key)].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
  });
  assert.ok(keys.length >= 5, "people, a conversation and messages have ids");
  for (const key of keys) {
    const id = key.slice(0, 32);
    world.canaries.add("an id", Buffer.from(id, "hex"));
    world.canaries.add("an id as text", id.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"));
  }
  for (const name of ["xyzzy", "plugh", new URL(world.relay.url).host]) world.canaries.add("a name", name);
  world.canaries.assertNoneIn([await download.path()]);
  world.assertNoProblems();
});

/** Overwrites records of a collection, those whose place in the order of their keys is chosen, while no engine has them in memory. */
async function damage(person, origin, store, places) {
  await person.page.goto(`${origin}/favicon.svg`);
  const count = await person.page.evaluate(async ([name, chosen]) => {
    const done = (request) => new Promise((resolve, reject) => { request.onsuccess = () => resolve(request.result); request.onerror = () => reject(request.error); });
    const database = await done(indexedDB.open("sealpost-default"));
    const records = database.transaction(name, "readwrite").objectStore(name);
    const keys = (await done(records.getAllKeys())).filter((_, place) => chosen === null || chosen.includes(place));
    for (const key of keys) await done(records.put(new Uint8Array([1, 2, 3]), key));
    database.close();
    return keys.length;
  }, [store, places]);
  assert.ok(count > 0, "nothing was damaged");
  await person.page.goto(origin);
}

test("damaged records cost a line and a session: the rest is there, and people go on writing", async (t) => {
  const world = await World.create(t);
  const alice = await world.person("alice");
  const a = new Demo(alice.page);
  await a.register("alice");
  const b = new Demo((await world.person("bob")).page);
  await b.register("bob");
  await a.startConversation(["bob"]);
  const texts = ["one", "two", "three"].map((label) => world.canaries.text(label));
  for (const text of texts) await a.send(text);
  await a.allSent();
  await b.open("alice");
  await b.assertTexts(texts);

  // The first line is the membership.
  await damage(alice, world.relay.url, "messages", [2]);
  await a.online();
  await a.open("bob");
  await a.assertTexts([texts[0], texts[2]]);
  assert.equal(await a.log.locator("[data-type=undecryptable]").count(), 1);

  await damage(alice, world.relay.url, "sessions", null);
  await a.online();
  await a.open("bob");
  const answer = world.canaries.text("over a session that is gone on the other side");
  await b.send(answer);
  await a.sees(answer);
  const last = world.canaries.text("over a new one");
  await a.send(last);
  await b.sees(last);
  assert.equal(await a.log.locator("[data-type=undecryptable]").count(), 1, "what was asked for has come to its place");
  world.assertNoProblems();
  await world.assertRelayKnowsNoSecret();
});
