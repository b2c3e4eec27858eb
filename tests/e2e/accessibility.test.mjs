import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAccessible } from "./lib/accessible.mjs";
import { Demo } from "./lib/demo.mjs";
import { Topics } from "./lib/topics.mjs";
import { until } from "./lib/wait.mjs";
import { World } from "./lib/world.mjs";

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

test("axe finds nothing in any view of forums, wide and narrow, light and dark", async (t) => {
  const world = await World.create(t);
  const { page } = await world.person("alice");
  const a = new Demo(page);
  await a.register("alice");
  const topics = new Topics(page);
  await topics.section();
  await assertAccessible(page, "no topics");
  await page.getByRole("button", { name: "New topic" }).click();
  const dialog = page.getByRole("dialog", { name: "New topic" });
  await dialog.getByRole("textbox", { name: "Title" }).fill("book club");
  await dialog.getByRole("radio", { name: "The last days" }).check();
  await assertAccessible(page, "new topic");
  await dialog.getByRole("button", { name: "Continue" }).click();
  await dialog.getByTestId("policy-words").waitFor();
  await assertAccessible(page, "what the policy means");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });

  await topics.create("walks", { description: "Where to, and when" });
  await topics.post("A first post, and a link: https://example.org/");
  await topics.post("m".repeat(400));
  await topics.allSent();
  await topics.react("A first post", "Thumbs up");
  await topics.menu("A first post", "Pin");
  await topics.reply("A first post", "A reply");
  await assertAccessible(page, "thread");
  await page.keyboard.press("Escape");
  await topics.menu("mmm", "Delete");
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await topics.log.getByText("Deleted by its author").waitFor();
  await assertAccessible(page, "topic");
  await topics.details();
  await assertAccessible(page, "topic details");
  await page.getByRole("button", { name: "Pinned posts" }).click();
  await page.getByRole("region", { name: "Pinned", exact: true }).getByRole("article").waitFor();
  await assertAccessible(page, "pinned posts");
  await page.keyboard.press("Escape");
  const link = await topics.link();

  const b = new Demo((await world.person("bob")).page);
  await b.register("bob");
  const bobs = new Topics(b.page);
  await (await bobs.follow(link)).getByTestId("invitation-title").waitFor();
  await assertAccessible(b.page, "invitation");
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
