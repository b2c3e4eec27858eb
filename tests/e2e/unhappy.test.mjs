import assert from "node:assert/strict";
import { test } from "node:test";
import { Demo } from "./lib/demo.mjs";
import { until } from "./lib/wait.mjs";
import { World } from "./lib/world.mjs";

test("T28: markup in a message is text, links are inert, and the page's policy forbids everything else", async (t) => {
  const world = await World.create(t);
  const alice = await world.person("alice");
  const a = new Demo(alice.page);
  await a.register("alice");
  const b = new Demo((await world.person("bob")).page);
  await b.register("bob");
  await a.startConversation(["bob"]);
  const hostile = [
    `<img src=x onerror="document.title='owned'">`,
    `<script>document.title='owned'</script>`,
    "javascript:alert(1)",
    "__proto__ constructor https://example.org/?q=<b>",
  ];
  for (const text of hostile) await a.send(text);
  await b.open("alice");
  await b.assertTexts(hostile);
  assert.equal(await b.log.locator(".bubble img, .bubble script, .bubble b").count(), 0);
  const links = await b.log.locator(".bubble a").evaluateAll((all) => all.map(({ href, rel, target }) => ({ href, rel, target })));
  assert.equal(links.length, 1);
  assert.ok(links[0].href.startsWith("https://example.org/"));
  assert.match(links[0].rel, /noopener/);
  assert.match(links[0].rel, /noreferrer/);
  assert.notEqual(await b.page.title(), "owned");

  const response = await b.page.request.get(world.relay.url);
  const policy = response.headers()["content-security-policy"];
  assert.match(policy, /default-src 'self'/);
  assert.match(policy, /script-src 'self' 'wasm-unsafe-eval'(;|$)/);
  assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval'(?<!wasm-unsafe-eval')|\*/);
  const inline = await b.page.evaluate(() => {
    const handlers = [...document.querySelectorAll("*")].filter((element) => element.getAttributeNames().some((name) => name.startsWith("on")));
    return { scripts: document.querySelectorAll("script:not([src])").length, handlers: handlers.length };
  });
  assert.deepEqual(inline, { scripts: 0, handlers: 0 });
  world.assertNoProblems();
});

test("registration says what is wrong and can be repaired", async (t) => {
  const world = await World.create(t);
  const a = new Demo((await world.person("alice")).page);
  await a.register("alice");
  const other = await world.person("other");
  const b = new Demo(other.page);
  await other.page.getByRole("textbox", { name: "Username" }).fill("alice");
  await other.page.getByRole("button", { name: "Create account" }).click();
  await until("the name is said to be taken", async () => /already has this username/i.test(await other.page.getByRole("alert").first().innerText()));

  await world.relay.kill();
  await other.page.getByRole("textbox", { name: "Username" }).fill("alice-2");
  await other.page.getByRole("button", { name: "Create account" }).click();
  await until("the relay is said to be away", async () => (await other.page.getByRole("alert").first().innerText()).length > 0, { timeoutMs: 60_000 });
  await world.relay.start();
  // A registration that the relay may or may not have got is repeated by itself, or by the person.
  await other.page.reload();
  const field = other.page.getByRole("textbox", { name: "Username" });
  const ready = other.page.getByRole("button", { name: "New conversation" }).first();
  await field.or(ready).first().waitFor();
  if (await field.isVisible()) await b.register("alice-2");
  await b.online();
  await b.startConversation(["alice"]);
  await b.send("made it");
  await a.open("alice-2");
  await a.sees("made it");
});

test("nobody of that name, oneself, and a page that opens while the relay is away", async (t) => {
  const world = await World.create(t);
  const alice = await world.person("alice");
  const a = new Demo(alice.page);
  await a.register("alice");
  await alice.page.getByRole("button", { name: "New conversation" }).first().click();
  const dialog = alice.page.getByRole("dialog");
  for (const name of ["nobody-here", "alice"]) {
    await dialog.getByRole("textbox", { name: "Find by username" }).fill(name);
    await dialog.getByRole("button", { name: "Find", exact: true }).click();
    await until(`a reason shows for ${name}`, async () => (await dialog.getByRole("alert").first().innerText()).trim() !== "");
    assert.equal(await dialog.getByRole("list", { name: "People to add" }).count(), 0);
  }
  await alice.page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });

  const b = new Demo((await world.person("bob")).page);
  await b.register("bob");
  await a.startConversation(["bob"]);
  await a.send("one");
  await b.open("alice");
  await b.sees("one");

  // Offline: what is written waits, says so, survives a closed browser, and goes out by itself.
  await world.relay.kill();
  await a.send("written while the relay was away");
  await until("it waits", async () => (await a.log.locator("[data-state=sending]").count()) === 1);
  await until("the demo says offline", async () => (await alice.page.locator("[data-connection-state]").first().getAttribute("data-connection-state")) !== "online");
  await alice.close();
  await world.relay.start();
  const again = new Demo(await alice.open());
  await again.open("bob");
  await again.sees("written while the relay was away");
  await again.allSent();
  await b.assertTexts(["one", "written while the relay was away"]);
});
