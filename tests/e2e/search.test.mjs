// Looking for messages in what is on this device.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAccessible } from "./lib/accessible.mjs";
import { Demo } from "./lib/demo.mjs";
import { until } from "./lib/wait.mjs";
import { World } from "./lib/world.mjs";

const MORE_THAN_A_PAGE = 60;

test("messages are found by their words, in all conversations, and one goes there by keyboard", async (t) => {
  const world = await World.create(t);
  const people = [];
  for (const name of ["alice", "bob", "carol"]) {
    const { page } = await world.person(name);
    const demo = new Demo(page);
    await demo.register(name);
    people.push(demo);
  }
  const [alice, bob, carol] = people;
  const { page } = alice;
  assert.equal(await page.getByRole("searchbox").count(), 0, "there is nothing to look in yet");
  await alice.startConversation(["bob"]);
  await alice.send("Two Cafés by the harbour, and bring the map");
  for (let n = 0; n < MORE_THAN_A_PAGE; n += 1) await alice.send(`filling ${n}`);
  await bob.open("alice");
  await bob.send("Which harbour?");
  await carol.startConversation(["alice"]);
  await carol.send("The harbour is closed");
  await alice.row("carol").waitFor();
  await page.reload();
  await alice.online();

  const field = page.getByRole("searchbox", { name: "Search messages" });
  const results = page.getByRole("list", { name: "Messages found" }).getByRole("link");
  const finds = (query, count) => until(`"${query}" finds ${count}`, async () => (await results.count()) === count);
  await field.fill("HARBOUR");
  await finds("HARBOUR", 3);
  await page.getByRole("status").getByText("3 messages").waitFor();
  assert.match(await results.first().innerText(), /carol[^]*The harbour is closed/);
  assert.deepEqual(await results.locator("mark").allInnerTexts(), ["harbour", "harbour", "harbour"]);
  await assertAccessible(page, "messages found");
  await field.fill("nothing of the kind");
  await page.getByRole("status").getByText("No message has these words.").waitFor();
  await assertAccessible(page, "no message found");

  await field.fill("harbour cafe");
  await finds("harbour cafe", 1);
  assert.deepEqual(await results.locator("mark").allInnerTexts(), ["Café", "harbour"]);
  await field.press("ArrowDown");
  await page.keyboard.press("Enter");
  const wanted = alice.log.locator("[data-message-id]").filter({ hasText: "Two Cafés" });
  await until("the message is on screen, and has the focus", () => wanted.evaluate((one) => {
    const { top, bottom } = one.getBoundingClientRect();
    return one.contains(document.activeElement) && top >= 0 && bottom <= innerHeight;
  }));

  await field.press("Escape");
  assert.equal(await field.inputValue(), "");
  await alice.row("bob").waitFor();
});
