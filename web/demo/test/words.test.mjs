import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { normaliseUsername, usernameProblem } = await load("lib/username.ts");
const { membershipNotice } = await load("lib/membership-notice.ts");
const { continuation, isShown } = await load("lib/conversation.ts");
const { groupNameProblem } = await load("lib/limits.ts");
const { fullness, initial, isBlank, isOnlyEmoji, oneLine } = await load("lib/text.ts");
const { daysBetween, formatDay, formatRelative, secondsUntil } = await load("lib/time.ts");
const { isVerified, safetyGroups } = await load("lib/safety-number.ts");
const { avatarLook } = await load("lib/avatar.ts");

test("usernames: 2 to 32 of a-z 0-9 . _ -, beginning with a letter or digit", () => {
  for (const good of ["ab", "0-", "a.b_c-d", "a".repeat(32)]) assert.equal(usernameProblem(good), null, good);
  for (const bad of ["", "a", "a".repeat(33), ".ab", "-ab", "_ab", "Ab", "a b", "ä1", "a@b"]) assert.notEqual(usernameProblem(bad), null, bad);
  assert.equal(normaliseUsername(" @Alice "), "alice");
});

test("membership changes read as sentences", () => {
  const context = { kind: "group", me: "a", nameOf: (id) => ({ b: "bob", c: "carol" })[id], previous: null };
  const notice = (change, more = {}) =>
    membershipNotice({ senderId: "b", revision: 1, added: [], removed: [], name: "", ...change }, { ...context, ...more });
  assert.equal(notice({ revision: 0, name: "Walks" }), "bob created the group “Walks”");
  assert.equal(notice({ revision: 0, senderId: "a" }, { kind: "direct" }), "You started the conversation");
  assert.equal(notice({ added: ["a", "c"] }), "bob added you");
  assert.equal(notice({ added: ["a", "b", "c"], name: "Walks" }), "bob added you to the group “Walks”");
  assert.equal(notice({ added: ["c"] }), "bob added carol");
  assert.equal(notice({ removed: ["b"] }), "bob left");
  assert.equal(notice({ removed: ["c"], senderId: "a" }), "You removed carol");
  assert.equal(notice({ name: "New" }), "bob named the group “New”");
  assert.equal(notice({ added: ["c"], name: "New" }, { previous: { name: "Old" } }), "bob added carol and named the group “New”");
  assert.equal(notice({ added: ["c"], name: "Old" }, { previous: { name: "Old" } }), "bob added carol");
});

test("two people who begin at once go on in the conversation with the smaller id", () => {
  const conversation = (id, change = {}) => ({ id, kind: "direct", members: [{ userId: "a" }, { userId: "b" }], unread: 0, lastMessage: null, ...change });
  const [first, second] = [conversation("1"), conversation("2")];
  const other = conversation("0", { members: [{ userId: "a" }, { userId: "c" }] });
  const group = conversation("00", { kind: "group" });
  const all = new Map([second, first, other, group].map((one) => [one.id, one]));
  assert.equal(continuation(second, all, "a"), first);
  for (const one of [first, other, group]) assert.equal(continuation(one, all, "a"), null);
  assert.equal(isShown(second, all, "a"), false);
  assert.equal(isShown(first, all, "a"), true);
  assert.equal(isShown({ ...second, lastMessage: { type: "text" } }, all, "a"), true);
  assert.equal(isShown({ ...second, unread: 1 }, all, "a"), true);
});

test("text for lists, avatars and large emoji", () => {
  assert.equal(oneLine(" a\n\n b\tc "), "a b c");
  assert.equal(oneLine("👩‍👩‍👧‍👦".repeat(4), 2), "👩‍👩‍👧‍👦👩‍👩‍👧‍👦…");
  assert.equal(initial("éa".normalize("NFD")), "É".normalize("NFD"));
  assert.equal(initial(" "), "·");
  for (const [text, only] of [["👍🏽", true], ["👩‍👩‍👧‍👦 🎉", true], ["ok 👍", false], ["7", false], ["", false], ["🎉".repeat(6), false]]) {
    assert.equal(isOnlyEmoji(text), only, text);
  }
});

test("what cannot be seen is blank, and length counts in bytes", () => {
  for (const blank of ["", " \n", "\u200b\u200e", "\u0000"]) assert.equal(isBlank(blank), true, JSON.stringify(blank));
  for (const seen of ["a", "👩‍👩‍👧‍👦", "\u200b."]) assert.equal(isBlank(seen), false, seen);
  assert.ok(fullness("é".repeat(50), 100) <= 1);
  assert.ok(fullness("é".repeat(51), 100) > 1);
  assert.ok(fullness("漢".repeat(33), 100) <= 1);
  assert.equal(fullness("x".repeat(200), 100), 2);
  assert.equal(groupNameProblem(` ${"é".repeat(100)} `), null);
  assert.notEqual(groupNameProblem("é".repeat(101)), null);
});

test("days are counted by the calendar, and times get shorter the nearer they are", () => {
  const now = new Date(2031, 4, 20, 0, 30).getTime();
  assert.equal(daysBetween(new Date(2031, 4, 19, 23, 59).getTime(), now), 1);
  assert.equal(formatDay(now, now), "Today");
  assert.equal(formatDay(new Date(2031, 4, 19, 1).getTime(), now), "Yesterday");
  assert.match(formatDay(new Date(2030, 0, 2).getTime(), now), /2030/);
  assert.equal(formatRelative(now - 10_000, now), "now");
  assert.match(formatRelative(now - 5 * 60_000, now), /^5/);
  assert.equal(secondsUntil(1_001, 1_000), 1);
  assert.equal(secondsUntil(900, 1_000), 1);
  assert.equal(secondsUntil(3_500, 1_000), 3);
});

test("sixty digits make twelve groups of five", () => {
  const groups = safetyGroups("0123456789".repeat(6));
  assert.equal(groups.length, 12);
  assert.ok(groups.every((group) => group.length === 5));
  assert.equal(groups.join(""), "0123456789".repeat(6));
});

test("the verified mark is shown for the pinned key alone (T01)", () => {
  assert.equal(isVerified(null), false);
  for (const [verified, keyState, shown] of [[true, "pinned", true], [true, "changed", false], [false, "pinned", false]]) {
    assert.equal(isVerified({ verified, keyState }), shown);
  }
});

test("an avatar depends on the id alone, and ids spread over the looks", () => {
  assert.deepEqual(avatarLook("a-1"), avatarLook("a-1"));
  const looks = new Set(Array.from({ length: 200 }, (_, n) => JSON.stringify(avatarLook(`user-${n}`))));
  assert.ok(looks.size > 60, String(looks.size));
});

test("T21: codes, names and texts like members of every object are words", async () => {
  const { explain, explainUndecryptable } = await load("lib/errors.ts");
  for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty"]) {
    assert.equal(explain(name, "the relay's words"), "the relay's words");
    assert.equal(explain(name, ""), name);
    assert.equal(explainUndecryptable(name), "It failed a check.");
    assert.equal(oneLine(name), name);
    assert.equal(typeof avatarLook(name), "object");
  }
  assert.equal({}.polluted, undefined);
});
