import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAccessible } from "./lib/accessible.mjs";
import { Demo } from "./lib/demo.mjs";
import { pair } from "./lib/pair.mjs";
import { until } from "./lib/wait.mjs";

const reactions = async (demo) => demo.log.locator(".reaction").evaluateAll((all) => all.map((one) => one.textContent));

test("what is done to messages shows on both sides: reactions, an edit, a deletion", async (t) => {
  const { world, alice, bob } = await pair(t);
  const first = world.canaries.text("the first words");
  await alice.demo.send(first);
  await bob.demo.open("alice");
  await bob.demo.sees(first);

  await bob.demo.react(first, "Heart");
  await until("both see the reaction", async () => [await reactions(alice.demo), await reactions(bob.demo)].flat().join() === "❤️1,❤️1");
  await alice.demo.log.locator(".reaction").click();
  await until("both see that two reacted", async () => [await reactions(alice.demo), await reactions(bob.demo)].flat().join() === "❤️2,❤️2");
  await bob.demo.log.locator(".reaction").click();
  await until("one is taken back", async () => [await reactions(alice.demo), await reactions(bob.demo)].flat().join() === "❤️1,❤️1");

  // Bob may do nothing else to what he did not write.
  await bob.demo.openMenu(first);
  assert.equal(await bob.person.page.getByRole("button", { name: "Edit", exact: true }).count(), 0);
  await assertAccessible(bob.person.page, "the menu of a message");
  await bob.person.page.keyboard.press("Escape");
  await bob.demo.openPicker(first);
  await assertAccessible(bob.person.page, "choosing a reaction");
  await bob.person.page.keyboard.press("Escape");

  const second = world.canaries.text("the better words");
  await alice.demo.openEditor(first);
  await assertAccessible(alice.person.page, "editing a message");
  await alice.person.page.getByRole("button", { name: "Cancel", exact: true }).click();
  await alice.demo.edit(first, second);
  await bob.demo.sees(second);
  await bob.demo.assertTexts([second]);
  await alice.demo.assertTexts([second]);
  await bob.demo.log.getByText("edited").waitFor();
  await assertAccessible(bob.person.page, "a message with a reaction that was edited");

  // Away when it happens.
  await bob.person.close();
  await alice.demo.delete(second);
  await alice.demo.log.getByText("This message was deleted").waitFor();
  await alice.demo.allSent();
  await bob.person.open();
  const back = new Demo(bob.person.page);
  await back.open("alice");
  await back.log.getByText("This message was deleted").waitFor();
  assert.deepEqual(await back.texts(), []);
  assert.deepEqual(await reactions(back), []);
  await assertAccessible(bob.person.page, "a deleted message");

  world.canaries.control("a username", "alice");
  world.assertNoProblems();
  await world.assertRelayKnowsNoSecret();
});

test("a message is edited, reacted to and deleted by keyboard alone, and the focus is never lost", async (t) => {
  const { world, alice } = await pair(t);
  const { page } = alice.person;
  const focused = async () => page.evaluate(() => document.activeElement?.closest("[data-message-id]") !== null);
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  await alice.demo.send("words");
  const label = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
  // Over the button that attaches files.
  await press("Shift+Tab", "Shift+Tab");
  await until("going back from the composer reaches the log", focused);
  await press("ArrowDown", "Tab");
  assert.equal(await label(), "Add a reaction");
  await press("Enter");
  await page.getByRole("dialog", { name: "Reactions" }).waitFor();
  await press("ArrowRight", "Enter");
  await until("it is there", async () => (await reactions(alice.demo)).join() === "👎1");
  assert.ok(await focused(), "the focus is at the message");

  await alice.demo.log.getByRole("button", { name: "More" }).focus();
  await press("Enter");
  await page.getByRole("dialog", { name: "More" }).waitFor();
  await page.getByRole("button", { name: "Edit", exact: true }).focus();
  await press("Enter");
  await page.getByRole("textbox", { name: "Edit message" }).waitFor();
  await page.keyboard.type(" and more");
  await press("Enter");
  await alice.demo.assertTexts(["words and more"]);
  await until("the focus is at the message", focused);

  await alice.demo.log.getByRole("button", { name: "More" }).focus();
  await press("Enter");
  await page.getByRole("button", { name: "Delete", exact: true }).focus();
  await press("Enter");
  await page.getByRole("alertdialog").waitFor();
  await press("Escape");
  await page.getByRole("alertdialog").waitFor({ state: "hidden" });
  await alice.demo.assertTexts(["words and more"]);
  assert.ok(await page.evaluate(() => document.activeElement !== document.body), "the focus is somewhere");
  world.assertNoProblems();
});
