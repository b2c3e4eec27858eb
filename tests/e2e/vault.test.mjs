import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAccessible } from "./lib/accessible.mjs";
import { Demo } from "./lib/demo.mjs";
import { Topics } from "./lib/topics.mjs";
import { freePort } from "./lib/relay.mjs";
import { until } from "./lib/wait.mjs";
import { World } from "./lib/world.mjs";

const PASSPHRASE = "violet anchor drums ninety otters";

/** Unlock methods and the locked screen, by what a person reads there. */
class VaultScreens {
  constructor(page) {
    this.page = page;
  }

  get dialog() {
    return this.page.getByRole("dialog");
  }

  get locked() {
    return this.page.getByRole("heading", { name: "This profile is locked" });
  }

  async open() {
    await this.page.getByRole("button", { name: "Settings" }).click();
    await this.page.getByRole("dialog", { name: "Settings" }).getByRole("button", { name: "Unlock methods" }).click();
    await this.methods.first().waitFor();
  }

  get methods() {
    return this.dialog.getByRole("list", { name: "Unlock methods" }).getByRole("listitem");
  }

  async close() {
    await this.page.keyboard.press("Escape");
    await this.dialog.waitFor({ state: "hidden" });
  }

  async setPassphrase(passphrase, { change = false, always = true } = {}) {
    await this.dialog.getByRole("button", { name: change ? "Change passphrase" : "Add a passphrase" }).click();
    await this.dialog.getByLabel("New passphrase", { exact: true }).fill(passphrase);
    await this.dialog.getByLabel("New passphrase again").fill(passphrase);
    if (!change) await this.dialog.getByRole("checkbox").setChecked(always);
    await this.dialog.getByRole("button", { name: change ? "Change passphrase" : "Set passphrase" }).click();
    await this.methods.first().waitFor();
  }

  async lock() {
    await this.dialog.getByRole("button", { name: "Lock now" }).click();
    await this.locked.waitFor();
  }

  async unlock(passphrase) {
    await this.page.getByLabel("Passphrase", { exact: true }).fill(passphrase);
    await this.page.getByRole("button", { name: "Unlock", exact: true }).click();
  }

  async refused(passphrase) {
    await this.unlock(passphrase);
    await this.page.getByRole("alert").filter({ hasText: "This is not the passphrase" }).waitFor();
  }
}

/** How many connections the relay has. */
async function connections(metrics) {
  const [, count] = /^sealpost_hub_connections (\d+)$/m.exec(await (await fetch(`http://${metrics}/metrics`)).text()) ?? [];
  return Number(count);
}

test("T22: a passphrase locks the profile: in every tab, after a reload, and with a wait between wrong ones that a reload does not end", async (t) => {
  const metrics = `127.0.0.1:${await freePort()}`;
  const world = await World.create(t, { env: { METRICS_ADDR: metrics } });
  const alice = await world.person("alice");
  const a = new Demo(alice.page);
  await a.register("alice");
  const b = new Demo((await world.person("bob")).page);
  await b.register("bob");
  await a.startConversation(["bob"]);
  const before = world.canaries.text("before");
  await a.send(before);
  await a.allSent();
  const vault = new VaultScreens(alice.page);

  await vault.open();
  assert.equal(await vault.methods.count(), 1);
  assert.ok(await vault.dialog.getByRole("button", { name: "Lock now" }).isDisabled(), "a profile that opens by itself cannot be locked");
  assert.equal(await vault.dialog.getByRole("button", { name: /^Remove/ }).count(), 0, "the only method cannot be removed");
  await assertAccessible(alice.page, "unlock methods");
  await vault.dialog.getByRole("button", { name: "Add a passphrase" }).click();
  await vault.dialog.getByLabel("New passphrase", { exact: true }).fill("password1");
  await vault.dialog.getByTestId("strength").filter({ hasText: /weak|at once/i }).waitFor();
  await vault.dialog.getByRole("button", { name: "Set passphrase" }).click();
  await vault.dialog.getByRole("alert").filter({ hasText: "too easy to guess" }).waitFor();
  await assertAccessible(alice.page, "a weak passphrase");
  await vault.dialog.getByRole("button", { name: "Cancel" }).click();
  await vault.setPassphrase(PASSPHRASE);
  await until("only the passphrase is left", async () => (await vault.methods.allInnerTexts()).join().startsWith("Passphrase") && (await vault.methods.count()) === 1);
  await vault.close();

  // Another tab asks, although this one is open; and both lock together.
  const second = await alice.newTab();
  const other = new VaultScreens(second);
  await other.locked.waitFor();
  assert.equal(await second.getByText(before).count(), 0);
  await other.unlock(PASSPHRASE);
  await new Demo(second).online();
  await until("three tabs are connected", async () => (await connections(metrics)) === 3);
  await vault.open();
  await vault.lock();
  await other.locked.waitFor();
  await until("only bob is connected", async () => (await connections(metrics)) === 1);
  for (const page of [alice.page, second]) assert.equal(await page.getByText(before).count(), 0, "a message still shows");
  await assertAccessible(alice.page, "locked");

  // What is written meanwhile waits at the relay: nobody is connected.
  await b.open("alice");
  const meanwhile = world.canaries.text("meanwhile");
  await b.send(meanwhile);
  await b.allSent();

  await alice.reload();
  await vault.locked.waitFor();
  for (const wrong of ["violet", "anchor", "drums"]) await vault.refused(wrong);
  await vault.page.getByTestId("unlock-wait").filter({ hasText: "The next try is possible in" }).waitFor();
  await until("the wait is over", () => vault.page.getByRole("button", { name: "Unlock", exact: true }).isEnabled());
  await vault.refused("ninety");
  await until("the wait is over", () => vault.page.getByRole("button", { name: "Unlock", exact: true }).isEnabled());
  await vault.refused("otters");
  await assertAccessible(alice.page, "a wrong passphrase");
  await alice.reload();
  await vault.locked.waitFor();
  await alice.page.getByTestId("unlock-wait").filter({ hasText: "The next try is possible in" }).waitFor();
  assert.ok(await vault.page.getByRole("button", { name: "Unlock", exact: true }).isDisabled(), "a reload does not end the wait");
  await until("the wait is over", () => vault.page.getByRole("button", { name: "Unlock", exact: true }).isEnabled());
  await vault.unlock(PASSPHRASE);
  await a.open("bob");
  await a.sees(before);
  await a.sees(meanwhile);

  // The other way round: a changed passphrase, then the browser opens by itself again.
  await vault.open();
  await vault.setPassphrase(`${PASSPHRASE} again`, { change: true });
  await vault.lock();
  await vault.refused(PASSPHRASE);
  await vault.unlock(`${PASSPHRASE} again`);
  await a.online();
  await vault.open();
  await vault.dialog.getByRole("button", { name: "Open in this browser without asking" }).click();
  await until("both methods are there", async () => (await vault.methods.count()) === 2);
  await alice.reload();
  await a.online();
  await a.open("bob");
  await a.send("back again");
  await b.sees("back again");
  await world.assertRelayKnowsNoSecret();
  world.assertNoProblems();
});

test("a passkey unlocks the profile, and topics open with it", async (t) => {
  const world = await World.create(t);
  const alice = await world.person("alice");
  // Passkeys are of names, not of addresses.
  const origin = world.relay.url.replace("127.0.0.1", "localhost");
  await alice.page.goto(origin);
  const { page } = alice;
  const devtools = await alice.context.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", ctap2Version: "ctap2_1", transport: "internal", hasResidentKey: true, hasUserVerification: true, hasPrf: true, isUserVerified: true },
  });
  const a = new Demo(page);
  await a.register("alice");
  const vault = new VaultScreens(page);
  await vault.open();
  await vault.dialog.getByRole("button", { name: "Add a passkey" }).click();
  await vault.dialog.getByRole("textbox", { name: "Name" }).fill("My key");
  await assertAccessible(page, "a new passkey");
  await vault.dialog.getByRole("button", { name: "Add passkey" }).click();
  await vault.methods.filter({ hasText: "My key" }).waitFor();
  await vault.dialog.getByRole("button", { name: "Remove This browser" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await until("only the passkey is left", async () => (await vault.methods.count()) === 1);
  await vault.lock();

  await page.getByRole("button", { name: "Unlock with a passkey" }).click();
  await a.online();
  await page.reload();
  await vault.locked.waitFor();
  await page.getByRole("button", { name: "Unlock with a passkey" }).click();
  await a.online();
  // The engine of topics has the key although nothing on the disk opens by itself.
  const topics = new Topics(page);
  await topics.create("walks");
  await topics.post("locked away");
  await topics.allSent();
  await vault.open();
  await vault.lock();
  // Whoever has the key but not the finger.
  await devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
  await page.getByRole("button", { name: "Unlock with a passkey" }).click();
  await page.getByRole("alert").filter({ hasText: "was not used" }).waitFor();
  await assertAccessible(page, "a passkey that was not used");
  world.assertNoProblems();
});

/** Has the worker keep hold of the memories of its WebAssembly modules, so that they can be looked into. */
async function keepMemories(context) {
  const keep = `{
    const { instantiateStreaming } = WebAssembly;
    globalThis.memories = [];
    WebAssembly.instantiateStreaming = async (...args) => {
      const made = await instantiateStreaming(...args);
      globalThis.memories.push(Object.values(made.instance.exports).find((it) => it instanceof WebAssembly.Memory));
      return made;
    };
  }
`;
  await context.route(/\/assets\/worker-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: keep + (await response.text()) });
  });
}

/** How often the text is in the memory of any WebAssembly module of the page's worker, and how many modules there are. */
function inMemories(page, text) {
  return page.workers()[0].evaluate((wanted) => {
    const needle = new TextEncoder().encode(wanted);
    let found = 0;
    for (const { buffer } of globalThis.memories) {
      const bytes = new Uint8Array(buffer);
      for (let at = bytes.indexOf(needle[0]); at !== -1; at = bytes.indexOf(needle[0], at + 1)) {
        if (needle.every((byte, index) => bytes[at + index] === byte)) found += 1;
      }
    }
    return { found, modules: globalThis.memories.length };
  }, text);
}

test("T22: nothing of a locked profile is left in the modules' memory", async (t) => {
  const world = await World.create(t);
  const b = new Demo((await world.person("bob")).page);
  await b.register("bob");
  const { page } = await world.person("alice", undefined, keepMemories);
  const a = new Demo(page);
  await a.register("alice-of-the-canaries");
  const vault = new VaultScreens(page);
  await vault.open();
  await vault.setPassphrase(PASSPHRASE);
  await vault.close();
  await a.startConversation(["bob"]);
  await a.send("the canary that alice sends");
  await b.open("alice-of-the-canaries");
  await b.sees("the canary that alice sends");
  await b.send("the canary that bob answers");
  await a.sees("the canary that bob answers");
  // The account is read with every step and stays in memory; a text that was shown is gone already.
  const canaries = ["alice-of-the-canaries", "the canary that alice sends", "the canary that bob answers", PASSPHRASE];
  const before = await Promise.all(canaries.map((canary) => inMemories(page, canary)));
  assert.ok(before[0].modules >= 2, "the modules were not looked into");
  assert.ok(before[0].found > 0, "what is open is not found either");
  await vault.open();
  await vault.lock();
  for (const canary of canaries) assert.equal((await inMemories(page, canary)).found, 0, canary);
  await vault.unlock(PASSPHRASE);
  await a.open("bob");
  await a.sees("the canary that bob answers");
  assert.equal((await inMemories(page, PASSPHRASE)).found, 0, "the passphrase");
  world.assertNoProblems();
});
