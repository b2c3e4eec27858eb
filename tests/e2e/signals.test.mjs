// What people hear of each other beside words: requests, what was delivered and read, who is writing, messages that disappear, blocking.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAccessible } from "./lib/accessible.mjs";
import { Demo } from "./lib/demo.mjs";
import { pair } from "./lib/pair.mjs";
import { until } from "./lib/wait.mjs";

/** How far one's own messages have come, in words, as shown. */
const reach = (page) => page.locator(".log .meta-state").evaluateAll((marks) => marks.map((mark) => mark.getAttribute("aria-label")));

test("a request is answered; then what was delivered, read and is being written shows", async (t) => {
  const { world, alice, bob } = await pair(t);
  await alice.demo.send("hello bob");
  await alice.demo.allSent();
  const request = bob.page.getByRole("link", { name: /alice/ });
  await request.getByText("Message request").waitFor();
  await bob.demo.open("alice");
  await bob.demo.sees("hello bob");
  const bar = bob.page.getByRole("region", { name: "Message request" });
  await bar.waitFor();
  await assertAccessible(bob.page, "a message request");
  // Read by somebody who has not accepted: nobody hears of it.
  await until("bob has read", async () => (await bob.page.locator(".row .badge").count()) === 0);
  assert.deepEqual(await reach(alice.page), ["Sent"]);
  await bar.getByRole("button", { name: "Accept" }).click();
  await bar.waitFor({ state: "detached" });

  await alice.demo.send("are you there?");
  await until("alice sees that it was read", async () => (await reach(alice.page)).includes("Read"));
  await bob.page.getByRole("textbox", { name: "Message", exact: true }).pressSequentially("y");
  await alice.page.getByText("bob is writing…").waitFor();
  await assertAccessible(alice.page, "somebody is writing");
  await bob.demo.send("yes");
  await alice.demo.sees("yes");
  await alice.page.getByText("bob is writing…").waitFor({ state: "detached" });

  // Delivered and not read: bob is elsewhere in the app.
  await bob.page.goto(new URL("/", bob.page.url()).href);
  await bob.page.getByRole("link", { name: /alice/ }).waitFor();
  await alice.demo.send("delivered alone");
  await until("it is delivered", async () => (await reach(alice.page)).at(-1) === "Delivered");

  // Bob keeps to himself what he reads.
  await bob.page.getByRole("button", { name: "Settings" }).click();
  await bob.page.getByRole("button", { name: "Privacy" }).click();
  const receipts = bob.page.getByRole("switch", { name: "Read receipts" });
  await receipts.uncheck();
  await assertAccessible(bob.page, "privacy");
  await bob.page.getByRole("button", { name: "Close" }).click();
  await bob.demo.open("alice");
  await bob.demo.sees("delivered alone");
  await bob.demo.send("I saw nothing");
  await alice.demo.sees("I saw nothing");
  assert.equal((await reach(alice.page)).at(-1), "Delivered");
  world.assertNoProblems();
});

test("messages disappear on both sides some time after they were sent and read", async (t) => {
  const { world, alice, bob } = await pair(t);
  await alice.demo.send("stays");
  await bob.demo.open("alice");
  await bob.demo.send("stays too");
  await alice.demo.sees("stays too");
  await alice.page.getByRole("button", { name: "Conversation details" }).click();
  await alice.page.getByLabel("Disappearing messages").selectOption({ label: "After 30 seconds" });
  await bob.demo.log.getByText("alice set messages to disappear after 30 seconds").waitFor();
  await assertAccessible(alice.page, "disappearing messages");
  const words = world.canaries.text("goes away");
  await alice.demo.send(words);
  await bob.demo.sees(words);
  await until("it is gone on both sides", async () => (await alice.demo.texts()).concat(await bob.demo.texts()).every((text) => text !== words), { timeoutMs: 45_000 });
  await alice.demo.assertTexts(["stays", "stays too"]);
  // Also after a reload: it is not only hidden.
  await bob.person.reload();
  const again = new Demo(bob.person.page);
  await again.open("alice");
  await again.assertTexts(["stays", "stays too"]);
  world.assertNoProblems();
});

test("nothing of somebody blocked is shown, until they are not any more", async (t) => {
  const { world, alice, bob } = await pair(t);
  await alice.demo.send("hello");
  await bob.demo.open("alice");
  await bob.demo.sees("hello");
  await bob.page.getByRole("region", { name: "Message request" }).getByRole("button", { name: "Block" }).click();
  const dialog = bob.page.getByRole("alertdialog", { name: "Block alice?" });
  await dialog.waitFor();
  await assertAccessible(bob.page, "blocking somebody");
  await dialog.getByRole("button", { name: "Block" }).click();
  await bob.page.getByText("You have blocked alice.").waitFor();
  await assertAccessible(bob.page, "a conversation with somebody blocked");
  await alice.demo.send("can you hear me?");
  await alice.demo.allSent();
  await bob.page.getByRole("button", { name: "Unblock" }).click();
  await bob.page.getByRole("textbox", { name: "Message", exact: true }).waitFor();
  await alice.demo.send("and now?");
  await bob.demo.sees("and now?");
  await bob.demo.assertTexts(["hello", "and now?"]);
  world.assertNoProblems();
});

test("a message that comes while nobody looks is told of, if the person wants that, and counted in the title", async (t) => {
  const { world, alice, bob } = await pair(t);
  await bob.demo.open("alice");
  await bob.demo.send("hello");
  await alice.demo.sees("hello");
  // A headless browser shows no notifications: what the page asks for is kept.
  await bob.person.context.grantPermissions(["notifications"], { origin: new URL(bob.page.url()).origin });
  await bob.page.addInitScript(() => {
    globalThis.shown = [];
    globalThis.Notification = class {
      static permission = "granted";
      static requestPermission = () => Promise.resolve("granted");
      constructor(title, { body }) {
        globalThis.shown.push([title, body]);
        globalThis.last = this;
      }
      close() {}
    };
  });
  await bob.page.goto(new URL("/", bob.page.url()).href);
  const dialog = bob.page.getByRole("dialog", { name: "Notifications" });
  await bob.page.getByRole("button", { name: "Settings" }).click();
  await bob.page.getByRole("button", { name: "Notifications" }).click();
  await dialog.getByRole("switch", { name: "Tell of new messages" }).check();
  await assertAccessible(bob.page, "notifications");
  await bob.page.evaluate(() => Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true }));
  const shown = () => bob.page.evaluate(() => globalThis.shown);
  await alice.demo.send("the first");
  await until("it is told of without its words", async () => (await shown()).join() === "alice,New message");
  await dialog.getByRole("switch", { name: "Show their words" }).check();
  await alice.demo.send("the second");
  await until("with its words", async () => (await shown()).at(-1).join() === "alice,the second");
  assert.match(await bob.page.title(), /^\(2\) /);
  await dialog.getByRole("switch", { name: "Tell of new messages" }).uncheck();
  await bob.page.evaluate(() => Object.defineProperty(document, "visibilityState", { value: "visible", configurable: true }));
  await dialog.getByRole("button", { name: "Close" }).click();
  await bob.page.evaluate(() => globalThis.last.onclick());
  await bob.demo.sees("the second");
  await until("the title says that all was read", async () => !/^\(/.test(await bob.page.title()));
  assert.equal((await shown()).length, 2);
  world.assertNoProblems();
});
