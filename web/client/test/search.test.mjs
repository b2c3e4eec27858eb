// Finding texts in the local history.
import assert from "node:assert/strict";
import { test } from "node:test";
import "./lib/typescript.mjs";

const { matches, search, words } = await import("../src/search.ts");
const { createMessages } = await import("../src/conversations.ts");
const uuid = (n) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
const text = (id, sentAt, content) => ({ type: "text", id, sentAt, text: content });
const found = (content, query) => matches(content, words(query))?.map(([start, end]) => content.slice(start, end)) ?? null;

test("case, accents, compatibility forms and order do not matter; every word must be there", () => {
  assert.deepEqual(found("Two Cafés, and tea", "cafe TEA"), ["Café", "tea"]);
  assert.deepEqual(found("Cafe\u0301 noir", "café"), ["Cafe\u0301"]);
  assert.deepEqual(found("ﬁle №５", "file 5"), ["ﬁle", "５"]);
  assert.deepEqual(found("STREET 🙂🙂 Corner", "🙂 corner"), ["🙂🙂", "Corner"]);
  assert.deepEqual(found("İstanbul", "istanbul"), ["İstanbul"]);
  assert.equal(found("tea", "tea cafe"), null);
  assert.equal(found("", "x"), null);
});

test("places that overlap or touch are one", () => {
  assert.deepEqual(matches("banana", words("ana ban")), [[0, 6]]);
  assert.deepEqual(matches("aaaa", words("aa")), [[0, 4]]);
  assert.deepEqual(words("  A  a\ná "), ["a"]);
});

test("the texts of several histories come as one, newest first", async () => {
  const history = async function* (...messages) {
    yield* messages;
  };
  const one = history(text(5, 50, "tea 5"), { type: "deleted", id: 4, sentAt: 40 }, text(2, 20, "tea 2"));
  const two = history(text(3, 30, "tea 3"), text(1, 10, "coffee 1"), text(0, 5, "tea 0"));
  const ids = [];
  for await (const { message } of search([one, two], ["tea"], undefined)) ids.push(message.id);
  assert.deepEqual(ids, [5, 3, 2, 0]);
});

/** Histories of so many messages, served in pages as the worker does. */
function paged(histories) {
  const calls = [];
  const caller = {
    async call(method, id, before, limit) {
      calls.push(method);
      if (method === "conversations") return Object.keys(histories).map((each) => ({ id: each }));
      const older = histories[id].filter(({ order }) => before === undefined || order < before);
      const items = older.slice(-limit);
      return { items, next: items.length < older.length ? items[0].order : null };
    },
  };
  return { messages: createMessages(caller), calls };
}

const long = (count) => Array.from({ length: count }, (_, index) => ({ ...text(uuid(index + 1), index, index % 100 === 0 ? "needle" : "hay"), order: index + 1 }));

test("pages are read as they are needed, in one conversation or in all", async () => {
  const { messages, calls } = paged({ [uuid(1)]: long(950), [uuid(2)]: long(10) });
  const all = [];
  for await (const result of messages.search("NEEDLE")) all.push(result);
  assert.equal(all.length, 11);
  assert.deepEqual(all[0].matches, [[0, 6]]);
  calls.length = 0;
  for await (const { message } of messages.search("needle", { conversationId: uuid(1) })) {
    assert.equal(message.sentAt, 900);
    break;
  }
  assert.deepEqual(calls, ["messages"]);
});

test("a search can be ended, and one for nothing is refused", async () => {
  const { messages } = paged({ [uuid(1)]: long(500) });
  const ending = new AbortController();
  const results = messages.search("needle", { signal: ending.signal });
  assert.equal((await results.next()).done, false);
  ending.abort();
  await assert.rejects(results.next(), { code: "aborted" });
  for (const query of ["", "  ", "x".repeat(1_025), 7]) await assert.rejects(messages.search(query).next(), { code: "invalid-argument" });
  await assert.rejects(messages.search("x", { conversationId: "y" }).next(), { code: "invalid-argument" });
});
