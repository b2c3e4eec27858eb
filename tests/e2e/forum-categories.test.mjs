import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAccessible } from "./lib/accessible.mjs";
import { Demo } from "./lib/demo.mjs";
import { Topics } from "./lib/topics.mjs";
import { until } from "./lib/wait.mjs";
import { World } from "./lib/world.mjs";

async function registered(world, name) {
  const person = await world.person(name);
  const demo = new Demo(person.page);
  await demo.register(name);
  return { person, page: person.page, demo, topics: new Topics(person.page) };
}

test("an administrator creates a category by keyboard, others see it and cannot; what goes wrong is said in the dialog", async (t) => {
  const world = await World.create(t);
  const a = await registered(world, "alice");
  const b = await registered(world, "bob");
  for (const { topics } of [a, b]) await topics.section();
  const opener = (page) => page.getByRole("button", { name: "New category" });
  for (const { page } of [a, b]) {
    await page.getByText("Categories are created by the relay’s administrators.").waitFor();
    assert.equal(await opener(page).count(), 0);
  }

  // Once she is an administrator, coming back to the list is enough.
  world.relay.grant("alice");
  await a.page.getByRole("list", { name: "Sections" }).getByRole("link", { name: /^Conversations/ }).click();
  await a.topics.section();
  await opener(a.page).waitFor();
  await assertAccessible(a.page, "no topics, for an administrator");
  const dialog = a.page.getByRole("dialog", { name: "New category" });
  const name = dialog.getByRole("textbox", { name: "Name" });
  const create = dialog.getByRole("button", { name: "Create category" });
  const isFocused = (locator) => locator.evaluate((element) => element === document.activeElement);
  await opener(a.page).focus();
  await a.page.keyboard.press("Enter");
  await until("the field has the focus", () => isFocused(name));
  assert.equal(await create.isDisabled(), true, "without a name");
  await assertAccessible(a.page, "new category");
  for (const [typed, words] of [["general", /already/], ["x".repeat(201), /too long/]]) {
    await name.fill(typed);
    await dialog.getByRole("alert").filter({ hasText: words }).waitFor();
    assert.equal(await create.isDisabled(), true, typed);
    assert.equal(await name.getAttribute("aria-invalid"), "true");
  }
  await assertAccessible(a.page, "new category with an error");
  await a.page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  await until("the focus returns", () => isFocused(opener(a.page)));

  // Without the relay nothing is made, and the name stays.
  await a.page.keyboard.press("Enter");
  await until("the field has the focus", () => isFocused(name));
  await a.page.keyboard.type("Sports <b> & games");
  await world.relay.kill();
  await a.page.keyboard.press("Enter");
  await dialog.getByRole("alert").filter({ hasText: /cannot be reached/ }).waitFor({ timeout: 30_000 });
  assert.equal(await name.inputValue(), "Sports <b> & games");
  await world.relay.start();
  await a.demo.online();
  await a.page.keyboard.press("Enter");
  await dialog.waitFor({ state: "hidden", timeout: 30_000 });
  await until("the focus returns", () => isFocused(opener(a.page)));
  const heading = (page) => page.getByRole("heading", { name: "Sports <b> & games", exact: true });
  await heading(a.page).waitFor();
  assert.equal(await heading(a.page).count(), 1);

  // Bob sees it where he starts a topic, and a topic of his is in it.
  await b.page.getByRole("list", { name: "Sections" }).getByRole("link", { name: /^Conversations/ }).click();
  await b.topics.section();
  await heading(b.page).waitFor();
  assert.equal(await opener(b.page).count(), 0);
  await b.page.getByRole("button", { name: "New topic" }).click();
  const topic = b.page.getByRole("dialog", { name: "New topic" });
  await topic.getByRole("textbox", { name: "Title" }).fill("tennis");
  await topic.getByRole("combobox", { name: "Category" }).selectOption({ label: "Sports <b> & games" });
  await topic.getByRole("button", { name: "Continue" }).click();
  await topic.getByRole("button", { name: "Create topic" }).click();
  await b.topics.active();
  await b.page.getByRole("list", { name: "Topics in Sports <b> & games" }).getByText("tennis").waitFor();
  const order = await b.page.locator(".category-name").allInnerTexts();
  assert.deepEqual(order, ["General", "Sports <b> & games"], "in the order in which they were made");
  world.assertNoProblems();
});

test("who is no administrator any more, and a category of somebody quicker, are told in the dialog", async (t) => {
  const world = await World.create(t);
  const a = await registered(world, "alice");
  const b = await registered(world, "bob");
  for (const username of ["alice", "bob"]) world.relay.grant(username);
  const open = async ({ page, topics, person }) => {
    await person.reload();
    await topics.section();
    await page.getByRole("button", { name: "New category" }).click();
    const dialog = page.getByRole("dialog", { name: "New category" });
    await dialog.getByRole("textbox", { name: "Name" }).fill("Films");
    return { dialog, create: dialog.getByRole("button", { name: "Create category" }) };
  };
  const [first, second] = [await open(a), await open(b)];
  await first.create.click();
  await first.dialog.waitFor({ state: "hidden" });
  await second.create.click();
  await second.dialog.getByRole("alert").filter({ hasText: /already/ }).waitFor();
  assert.equal(await b.page.getByRole("heading", { name: "Films", exact: true, includeHidden: true }).count(), 1);

  await b.person.context.route(/\/api\/forums$/, (route) =>
    route.request().method() === "POST"
      ? route.fulfill({ status: 403, contentType: "application/problem+json", json: { type: "about:blank", title: "forbidden", status: 403, code: "forbidden" } })
      : route.fallback(),
  );
  await second.dialog.getByRole("textbox", { name: "Name" }).fill("Books");
  await second.create.click();
  await second.dialog.getByRole("alert").filter({ hasText: /Only administrators/ }).waitFor();
  assert.equal(await b.page.getByRole("heading", { name: "Books", includeHidden: true }).count(), 0);
  world.assertNoProblems();
});
