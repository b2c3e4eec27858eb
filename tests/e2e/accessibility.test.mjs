import assert from "node:assert/strict";
import { test } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { Demo } from "./lib/demo.mjs";
import { until } from "./lib/wait.mjs";
import { World } from "./lib/world.mjs";

const SIZES = [{ width: 1180, height: 760 }, { width: 360, height: 720 }];
const SCHEMES = ["light", "dark"];

/** Asserts that axe finds nothing on the page, wide and narrow, light and dark, and that nothing sticks out sideways. */
async function assertAccessible(page, state) {
  const before = page.viewportSize();
  for (const colorScheme of SCHEMES) {
    for (const size of SIZES) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize(size);
      // Colours that are still on their way are nobody's contrast.
      await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
      const where = `${state}, ${colorScheme}, ${size.width} px`;
      const { violations } = await new AxeBuilder({ page }).analyze();
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join("; ")}`);
      assert.deepEqual(found, [], where);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(overflow, 0, `${where}: the page scrolls sideways`);
    }
  }
  await page.setViewportSize(before);
}

test("axe finds nothing in any state, wide and narrow, light and dark", async (t) => {
  const world = await World.create(t);
  const alice = await world.person("alice");
  const a = new Demo(alice.page);
  await alice.page.getByRole("textbox", { name: "Username" }).waitFor();
  await assertAccessible(alice.page, "registration");
  await alice.page.getByRole("textbox", { name: "Username" }).fill("-");
  await alice.page.getByRole("button", { name: "Create account" }).click();
  await assertAccessible(alice.page, "registration with an error");
  await a.register("alice");
  await assertAccessible(alice.page, "no conversations");

  const b = new Demo((await world.person("bob")).page);
  await b.register("bob");
  await alice.page.getByRole("button", { name: "New conversation" }).first().click();
  await alice.page.getByRole("dialog").waitFor();
  await assertAccessible(alice.page, "new conversation");
  await alice.page.keyboard.press("Escape");
  await alice.page.getByRole("dialog").waitFor({ state: "hidden" });

  await a.startConversation(["bob"]);
  await a.send("A first line, and a link: https://example.org/");
  await a.send("m".repeat(400));
  await a.send("🦀");
  await b.open("alice");
  await b.sees("A first line");
  await b.send("An answer");
  await a.sees("An answer");
  await assertAccessible(alice.page, "conversation");
  const details = await a.details();
  await details.getByTestId("safety-number").waitFor();
  await assertAccessible(alice.page, "contact details");
  await alice.page.keyboard.press("Escape");

  await world.relay.kill();
  await a.send("not yet");
  await until("it waits", async () => (await a.log.locator("[data-state=sending]").count()) === 1);
  await assertAccessible(alice.page, "offline");
  world.assertNoProblems();
});

test("everything from registration to a sent message works by keyboard alone", async (t) => {
  const world = await World.create(t);
  const b = new Demo((await world.person("bob")).page);
  await b.register("bob");
  const { page } = await world.person("alice");
  const a = new Demo(page);
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "");
  const tabTo = async (name) => {
    for (let presses = 0; presses < 40; presses += 1) {
      if ((await focused()).trim() === name) return;
      await page.keyboard.press("Tab");
    }
    assert.fail(`Tab never reaches ${name}`);
  };
  await page.getByRole("textbox", { name: "Username" }).waitFor();
  await page.keyboard.type("alice");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "New conversation" }).first().waitFor();
  await a.online();
  await tabTo("New conversation");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await until("the focus returns", async () => (await focused()) === "New conversation");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await until("the field has the focus", () => page.evaluate(() => document.activeElement?.matches("input") === true));
  await page.keyboard.type("bob");
  await page.keyboard.press("Enter");
  await page.getByRole("list", { name: "People to add" }).getByText("bob", { exact: true }).waitFor();
  await tabTo("Start conversation");
  await page.keyboard.press("Enter");
  await a.composer.waitFor();
  await until("the composer has the focus", async () => (await focused()) === "Message");
  await page.keyboard.type("typed");
  await page.keyboard.press("Enter");
  await a.sees("typed");
  await b.open("alice");
  await b.sees("typed");
  world.assertNoProblems();
});
