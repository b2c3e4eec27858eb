// Every main screen, narrow and wide. Pictures are not compared: fonts and Chromium differ between machines. What has to hold on all of them is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Demo } from "./lib/demo.mjs";
import { Devices } from "./lib/devices.mjs";
import { assertLaidOut } from "./lib/layout.mjs";
import { Topics } from "./lib/topics.mjs";
import { World } from "./lib/world.mjs";

const LONG = "a-name-of-all-thirty-two-letters";

test("no main screen is cut off or scrolls sideways", async (t) => {
  const world = await World.create(t);
  const [alice, other] = [await world.person("alice"), await world.person("other")];
  const { page } = alice;
  const [demo, topics, devices] = [new Demo(page), new Topics(page), new Devices(page)];
  await page.getByRole("textbox", { name: "Username" }).waitFor();
  await assertLaidOut(page, "registration");
  await demo.register("alice");
  await assertLaidOut(page, "no conversations");
  await new Demo(other.page).register(LONG);

  await demo.startConversation([LONG]);
  await demo.send(`${"word ".repeat(40)}${"x".repeat(300)} https://example.org/${"path/".repeat(30)}`);
  await demo.allSent();
  await assertLaidOut(page, "a conversation");
  await demo.openMenu("word");
  await assertLaidOut(page, "the menu of a message");
  await page.keyboard.press("Escape");
  await demo.details();
  await assertLaidOut(page, "details");
  await page.getByRole("button", { name: /details/i }).first().click();
  await page.getByRole("button", { name: "New conversation" }).first().click();
  await page.getByRole("dialog").waitFor();
  await assertLaidOut(page, "new conversation");
  await page.keyboard.press("Escape");
  await devices.open();
  await assertLaidOut(page, "devices");
  await devices.close();

  await topics.create("A topic with a title that is longer than any window is wide, so that it has to be shortened");
  await topics.post("x".repeat(400));
  await topics.allSent();
  await assertLaidOut(page, "a topic");
  await topics.details();
  await assertLaidOut(page, "a topic's details");
  world.assertNoProblems();
});

test("what sticks out or is cut off is found", async (t) => {
  const world = await World.create(t);
  const { page } = await world.person("alice");
  await page.getByRole("textbox", { name: "Username" }).waitFor();
  const breaks = {
    "the page is": "width: 3000px",
    "from 2000 to": "position: fixed; left: 2000px; width: 100px",
    "is cut off": "width: 40px; overflow: hidden; white-space: nowrap",
  };
  for (const [what, style] of Object.entries(breaks)) {
    await page.evaluate((css) => {
      const button = Object.assign(document.createElement("button"), { id: "broken", textContent: "Words that are far longer than this" });
      button.style.cssText = css;
      document.body.append(button);
    }, style);
    await assert.rejects(assertLaidOut(page, "broken"), (error) => error.actual.some((line) => line.includes(what)), what);
    await page.evaluate(() => document.querySelector("#broken").remove());
  }
  await assertLaidOut(page, "whole again");
});
