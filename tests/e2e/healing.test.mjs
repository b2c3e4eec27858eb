// What is left of conversations when a profile is put back to what it was, as from a backup of the disk.
import assert from "node:assert/strict";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Demo } from "./lib/demo.mjs";
import { until } from "./lib/wait.mjs";
import { World } from "./lib/world.mjs";

test("T19 a profile that was put back goes on with everybody, in both directions", async (t) => {
  const world = await World.create(t);
  const [alice, bob] = [await world.person("alice"), await world.person("bob")];
  const a = new Demo(alice.page);
  let b = new Demo(bob.page);
  await a.register("alice");
  await b.register("bob");
  await a.startConversation(["bob"]);
  await a.send("one");
  await b.open("alice");
  await b.sees("one");
  await b.send("two");
  await a.sees("two");
  await b.online();

  const copy = join(world.folder, "copy");
  await bob.close();
  cpSync(bob.profile, copy, { recursive: true });
  b = new Demo(await bob.open());
  await b.open("alice");
  await b.send("three");
  await a.sees("three");
  await a.send("four");
  await b.sees("four");
  await b.send("five");
  await a.sees("five");
  await b.online();
  await bob.close();
  rmSync(bob.profile, { recursive: true });
  cpSync(copy, bob.profile, { recursive: true });

  b = new Demo(await bob.open());
  await b.open("alice");
  await b.assertTexts(["one", "two"]);
  // Each side speaks with what the other has moved on from.
  await b.send("six");
  await a.send("seven");
  await until("both have everything that was said since", async () => {
    const [there, here] = [await a.texts(), await b.texts()];
    return [there, here].every((texts) => ["six", "seven"].every((text) => texts.some((shown) => shown.includes(text))));
  }, { timeoutMs: 40_000 });
  await a.assertHealthy();
  await b.assertHealthy();
  const [there, here] = [await a.texts(), await b.texts()];
  assert.deepEqual(there.slice(0, 5), ["one", "two", "three", "four", "five"]);
  assert.equal(new Set(there).size, there.length, "once each");
  assert.equal(new Set(here).size, here.length, "once each");
  await b.send("eight");
  await a.sees("eight");
  await a.send("nine");
  await b.sees("nine");
  world.assertNoProblems();
});
