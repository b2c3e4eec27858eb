import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAccessible } from "./lib/accessible.mjs";
import { Demo } from "./lib/demo.mjs";
import { Devices } from "./lib/devices.mjs";
import { until } from "./lib/wait.mjs";
import { World } from "./lib/world.mjs";

/** Links a browser of its own to somebody's account. */
async function link(world, old, name, options) {
  const person = await world.person(name);
  const [fresh, devices] = [new Devices(person.page), new Devices(old)];
  const code = await fresh.join(name);
  await devices.open();
  await devices.enter(code, options);
  assert.equal(await devices.shown(), await fresh.shown());
  await devices.confirm();
  await fresh.confirm();
  await person.page.getByRole("button", { name: "New conversation" }).first().waitFor({ timeout: 40_000 });
  await until("the device is in the list", async () => (await devices.rows.allInnerTexts()).some((row) => row.includes(name)), { timeoutMs: 40_000 });
  await devices.close();
  const demo = new Demo(person.page);
  await demo.online();
  return { person, demo, devices: fresh };
}

test("T31: a second device linked in the middle of a conversation has its history, both write, peers see everything once; a revoked one gets nothing more", async (t) => {
  const world = await World.create(t);
  const alice = await world.person("alice");
  const a = new Demo(alice.page);
  await a.register("alice");
  const bob = await world.person("bob");
  const b = new Demo(bob.page);
  await b.register("bob");
  await a.startConversation(["bob"]);
  const texts = [world.canaries.text("first")];
  await a.send(texts[0]);
  await b.open("alice");
  await b.sees(texts[0]);
  const say = async (by, name) => {
    const text = world.canaries.text(name);
    texts.push(text);
    await by.send(text);
    await by.allSent();
  };
  await say(b, "second");
  await a.sees(texts[1]);

  const fresh = new Devices((await world.person("phone-shown")).page);
  await assertAccessible(fresh.page, "the first screen");
  await fresh.join("x");
  await assertAccessible(fresh.page, "a code");
  await fresh.page.getByRole("button", { name: "Cancel" }).click();

  const { demo: p, devices: phone } = await link(world, alice.page, "phone");
  await p.open("bob");
  await p.assertTexts(texts);
  await say(p, "from the phone");
  await a.sees(texts.at(-1));
  await say(a, "from the laptop");
  await b.sees(texts.at(-1));
  await say(b, "to both");
  for (const demo of [a, b, p]) {
    await demo.sees(texts.at(-1));
    await demo.assertTexts(texts);
    await demo.assertHealthy();
  }
  // After a reload, too.
  await phone.page.reload();
  await p.online();
  await p.log.waitFor();
  await p.assertTexts(texts);

  const devices = new Devices(alice.page);
  await devices.open();
  await assertAccessible(alice.page, "devices");
  await devices.revoke("phone");
  await until("one device is left", async () => (await devices.rows.count()) === 1);
  await devices.close();
  await phone.page.getByTestId("revoked").waitFor({ timeout: 40_000 });
  await assertAccessible(phone.page, "revoked");
  await say(a, "without the phone");
  await b.sees(texts.at(-1));
  await say(b, "answer");
  await a.assertTexts(texts);
  await phone.page.getByRole("button", { name: "Read what is here" }).click();
  await p.assertTexts(texts.slice(0, -2));
  assert.equal(await p.log.getByText(texts.at(-1)).count(), 0);
  world.assertNoProblems();
  await world.assertRelayKnowsNoSecret();
});

test("a companion writes, and can neither link nor revoke; no history comes along if none is wanted", async (t) => {
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
  const { demo: p, devices } = await link(world, alice.page, "tablet", { companion: true, history: "None" });
  await p.open("bob");
  assert.deepEqual(await p.texts(), []);
  const after = world.canaries.text("after");
  await p.send(after);
  await b.open("alice");
  await b.assertTexts([before, after]);
  await a.assertTexts([before, after]);
  await devices.open();
  assert.ok(await devices.dialog.getByRole("button", { name: "Link a device" }).isDisabled());
  assert.equal(await devices.dialog.getByRole("button", { name: /^Revoke/ }).count(), 0);
  assert.deepEqual((await devices.rows.allInnerTexts()).map((row) => /Companion|Full device/.exec(row)?.[0]), ["Companion", "Full device"]);
  await devices.close();
  world.assertNoProblems();
});

test("T05: two strings that differ, and a code that is none, link nothing", async (t) => {
  const world = await World.create(t);
  const alice = await world.person("alice");
  await new Demo(alice.page).register("alice");
  const [devices, fresh] = [new Devices(alice.page), new Devices((await world.person("phone")).page)];
  await devices.open();
  await devices.enter("this is no code");
  await devices.dialog.getByRole("alert").filter({ hasText: "This is not the code of a device" }).waitFor();
  await devices.dialog.getByRole("button", { name: "Cancel" }).click();
  const code = await fresh.join("phone");
  await devices.enter(code);
  assert.equal(await devices.shown(), await fresh.shown());
  await assertAccessible(alice.page, "comparing");
  await devices.confirm();
  await fresh.confirm(false);
  const refused = { hasText: "It was refused" };
  await devices.dialog.getByRole("alert").filter(refused).waitFor();
  await fresh.page.getByRole("alert").filter(refused).waitFor();
  await devices.dialog.getByRole("button", { name: "Cancel" }).click();
  await devices.rows.first().waitFor();
  assert.equal(await devices.rows.count(), 1);
  await devices.close();
  world.assertNoProblems();
});

test("how the line is can be read at every width", async (t) => {
  const world = await World.create(t);
  const alice = await world.person("alice");
  await new Demo(alice.page).register("alice");
  for (let width = 320; width <= 1_300; width += 70) {
    await alice.page.setViewportSize({ width, height: 700 });
    const words = alice.page.locator(".connection-words").first();
    const { cut, text } = await words.evaluate((element) => ({
      cut: element.scrollWidth > element.clientWidth || element.getBoundingClientRect().right > (element.closest(".account-text")?.getBoundingClientRect().right ?? 0) + 1,
      text: element.textContent,
    }));
    assert.deepEqual([width, cut, text], [width, false, "Connected"]);
  }
});
