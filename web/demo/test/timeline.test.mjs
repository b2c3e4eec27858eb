import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { timelineEntries } = await load("lib/timeline-entries.ts");
const { firstUnread, merge } = await load("lib/messages.ts");

const MINUTE = 60_000;
const noon = (day) => new Date(2031, 4, day, 12).getTime();
let count = 0;
function message(senderId, sentAt, extra = {}) {
  count += 1;
  return { id: `m${count}`, type: "text", senderId, sentAt, order: count, outgoing: senderId === "me", state: "sent", ...extra };
}
const kinds = (entries) => entries.map((entry) => (entry.kind === "run" ? `run:${entry.messages.length}` : entry.kind));

test("one sender's messages are one run until somebody else, five minutes, or a notice comes between", () => {
  const at = noon(1);
  const items = [
    message("bob", at),
    message("bob", at + MINUTE),
    message("carol", at + 2 * MINUTE),
    message("bob", at + 3 * MINUTE),
    message("bob", at + 9 * MINUTE),
    message("bob", at + 9 * MINUTE, { type: "membership", revision: 1, added: [], removed: [], name: "" }),
    message("bob", at + 9 * MINUTE),
  ];
  assert.deepEqual(kinds(timelineEntries(items, null)), ["day", "run:2", "run:1", "run:1", "run:1", "notice", "run:1"]);
});

test("a day is headed when it begins, and not again for a message that arrives late", () => {
  const items = [message("bob", noon(1)), message("bob", noon(2)), message("carol", noon(1)), message("carol", noon(3))];
  const entries = timelineEntries(items, null);
  assert.deepEqual(kinds(entries), ["day", "run:1", "day", "run:1", "run:1", "day", "run:1"]);
  assert.equal(new Set(entries.map(({ key }) => key)).size, entries.length);
});

test("the unread marker splits a run at the first unread message", () => {
  const items = [message("bob", noon(1)), message("bob", noon(1)), message("bob", noon(1))];
  assert.deepEqual(kinds(timelineEntries(items, items[1].id)), ["day", "run:1", "unread", "run:2"]);
});

test("a notice knows the membership before it", () => {
  const first = message("bob", noon(1), { type: "membership", revision: 0 });
  const second = message("bob", noon(1), { type: "membership", revision: 1 });
  const notices = timelineEntries([first, message("bob", noon(1)), second], null).filter(({ kind }) => kind === "notice");
  assert.deepEqual(notices.map(({ previous }) => previous), [null, first]);
});

test("the first unread message is counted among incoming ones", () => {
  const items = [message("bob", 1), message("bob", 2), message("me", 3), message("bob", 4)];
  assert.equal(firstUnread(items, 0), null);
  assert.equal(firstUnread(items, 1), items[3].id);
  assert.equal(firstUnread(items, 2), items[1].id);
  assert.equal(firstUnread(items, 99), items[0].id);
  assert.equal(firstUnread([], 2), null);
});

test("merging keeps the order, one of each id, and the later version", () => {
  const [a, b, c] = [message("bob", 1), message("me", 2, { state: "sending" }), message("bob", 3)];
  const sent = { ...b, state: "sent" };
  assert.deepEqual(merge([c, b], [a, sent]), [a, sent, c]);
});
