// The panel that shows a sceptical person what the relay gets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAccessible } from "./lib/accessible.mjs";
import { Demo } from "./lib/demo.mjs";
import { until } from "./lib/wait.mjs";
import { World } from "./lib/world.mjs";

test("what the relay sees of a conversation: ciphertext and who writes to whom, live, and nothing that could be read", async (t) => {
  const world = await World.create(t);
  const [alice, bob] = [await world.person("alice"), await world.person("bob")];
  const [first, second] = [new Demo(alice.page), new Demo(bob.page)];
  await first.register("alice");
  await second.register("bob");
  await first.startConversation(["bob"]);
  await alice.page.getByRole("button", { name: "Conversation details" }).click();
  await alice.page.getByRole("button", { name: "What the relay sees" }).click();
  await alice.page.getByRole("heading", { name: "What the relay sees" }).waitFor();
  await alice.page.getByText("Nothing yet.").waitFor();
  await assertAccessible(alice.page, "what the relay sees, of nothing");

  const question = world.canaries.text("question");
  await first.send(question);
  const entries = alice.page.getByRole("list", { name: "On the wire" }).getByRole("listitem");
  const sent = entries.filter({ hasText: "POST /api/messages" }).filter({ hasText: question });
  await sent.first().waitFor();
  await second.open("alice");
  const answer = world.canaries.text("answer");
  await second.send(answer);
  const received = entries.filter({ hasText: "ReceiveEnvelope" }).filter({ hasText: answer });
  await received.waitFor();

  await sent.first().locator("summary").click();
  const wire = await sent.first().getByLabel("What this browser sent").innerText();
  const ids = await alice.page.evaluate(() => location.hash.slice(4, 40));
  assert.match(wire, new RegExp(`conversationId: ${ids}`));
  assert.match(wire, /content: ([0-9a-f]{2} ){20,}/);
  await received.locator("summary").click();
  await until("the envelope is shown", async () => /content: [0-9a-f]{2} /.test(await received.getByLabel("What the relay sent").innerText()));
  const all = (await entries.locator("pre").allInnerTexts()).join("\n");
  for (const secret of [question, answer]) assert.ok(!all.includes(secret));
  await assertAccessible(alice.page, "what the relay sees");

  await alice.page.getByRole("heading", { name: "What the relay sees" }).focus();
  await alice.page.keyboard.press("Escape");
  await alice.page.getByRole("heading", { name: "Contact" }).waitFor();
  await world.assertRelayKnowsNoSecret();
});
