import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "./lib/fakes.mjs";

const { SealpostError } = await import("../src/errors.ts");
const { Texts } = await import("../src/worker/texts.ts");

/** Every commit ends when the test says so. */
function setUp() {
  const commits = [];
  const texts = new Texts((batch) => new Promise((resolve, reject) => {
    const store = () => resolve(batch.map(([, text]) => ({ text })));
    commits.push({ texts: batch.map(([, text]) => text), store, refuse: (code) => reject(new SealpostError(code)) });
  }));
  const send = (text) => texts.send(["c", text, undefined]).then((message) => message.text, ({ code }) => code);
  return { commits, send };
}

test("the first text is stored at once, those that gather meanwhile together, in the order of the calls", async () => {
  const { commits, send } = setUp();
  const sent = ["one", "two", "three"].map(send);
  await settle();
  assert.deepEqual(commits.map(({ texts }) => texts), [["one"]]);
  commits[0].store();
  await settle();
  assert.deepEqual(commits[1].texts, ["two", "three"]);
  sent.push(send("four"));
  commits[1].store();
  await settle();
  assert.deepEqual(commits[2].texts, ["four"]);
  commits[2].store();
  assert.deepEqual(await Promise.all(sent), ["one", "two", "three", "four"]);
  await settle();
  assert.equal(commits.length, 3);
});

test("a refused text fails alone, and the others are stored in their order", async () => {
  const { commits, send } = setUp();
  const sent = ["one", "two", "three", "four"].map(send);
  await settle();
  commits[0].refuse("key-changed");
  await settle();
  commits[1].refuse("invalid-argument");
  await settle();
  for (const [place, text] of [[2, "two"], [3, "three"], [4, "four"]]) {
    assert.deepEqual(commits[place].texts, [text]);
    if (text === "three") commits[place].refuse("not-a-member");
    else commits[place].store();
    await settle();
  }
  assert.deepEqual(await Promise.all(sent), ["key-changed", "two", "not-a-member", "four"]);
});

test("where the disk failed nothing is tried again, and later texts are", async () => {
  const { commits, send } = setUp();
  const sent = ["one", "two", "three"].map(send);
  await settle();
  commits[0].store();
  await settle();
  commits[1].refuse("storage");
  assert.deepEqual(await Promise.all(sent), ["one", "storage", "storage"]);
  await settle();
  assert.equal(commits.length, 2);
  const next = send("four");
  await settle();
  commits[2].store();
  assert.equal(await next, "four");
});

test("a commit has so many texts at most", async () => {
  const { commits, send } = setUp();
  const sent = Array.from({ length: 151 }, (_, n) => send(String(n)));
  await settle();
  for (let commit = 0; commit < 3; commit += 1) {
    commits[commit].store();
    await settle();
  }
  assert.deepEqual(commits.map(({ texts }) => texts.length), [1, 100, 50]);
  assert.equal((await Promise.all(sent)).at(-1), "150");
});
