import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { HISTORIES, INVITERS, ROLES, VISIBILITIES, byRole, invitationReads, joinerReads, secrecyCost, whoCanRead } = await load("lib/topic-words.ts");
const { canMakeLink, canModerate, canOwn, canRemove, isLastOwner, postRights } = await load("lib/topic-rights.ts");
const { blockedReason } = await load("lib/topic-blocked.ts");
const { explainJoining, explainPost, explainThrown } = await load("lib/errors.ts");
const { daysFrom, descriptionProblem, titleProblem } = await load("lib/limits.ts");

const topic = (change = {}) => ({
  id: "t", title: "x", state: "active", role: "member", visibility: "invite", history: "everything", historyDays: null, inviters: "moderators", blocked: [], ...change,
});
const post = (change = {}) => ({ type: "text", state: "received", outgoing: false, deleted: null, parentId: null, ...change });

test("an open topic is said to be readable by the relay's operator wherever its policy is put into words", () => {
  const open = { visibility: "open", history: "everything", historyDays: null };
  assert.match(whoCanRead(open).join(" "), /operator/);
  assert.match(VISIBILITIES.find(({ value }) => value === "open").meaning, /operator/);
  for (const visibility of ["invite", "closed"]) assert.doesNotMatch(whoCanRead({ ...open, visibility }).join(" "), /operator/);
});

test("each history policy says what newcomers read and what it costs", () => {
  const words = (history, historyDays = null) => [...whoCanRead({ visibility: "invite", history, historyDays }), secrecyCost({ visibility: "invite", history, historyDays })].join(" ");
  assert.match(words("everything"), /all earlier posts.*all posts, also those from long ago/s);
  assert.match(words("since-joining"), /nothing that was written before.*none from before/s);
  assert.match(words("last-days", 7), /last 7 days.*relay is trusted.*7 days before/s);
  assert.match(words("last-days", 1), /last 1 day;/);
  assert.match(joinerReads("you", { history: "since-joining", historyDays: null }), /^You will read what is written after you joined/);
  assert.match(joinerReads("they", { history: "last-days", historyDays: 30 }), /^They will .*30 days/);
  assert.notEqual(invitationReads(true), invitationReads(false));
  for (const choices of [VISIBILITIES, HISTORIES, INVITERS, ROLES]) {
    for (const { name, meaning } of choices) assert.ok(name !== "" && meaning !== "");
  }
});

test("only what the role permits is offered", () => {
  for (const [role, moderates, owns] of [["member", false, false], ["moderator", true, false], ["owner", true, true]]) {
    assert.equal(canModerate(topic({ role })), moderates);
    assert.equal(canOwn(topic({ role })), owns);
    assert.equal(canModerate(topic({ role, state: "removed" })), false);
  }
  assert.equal(canMakeLink(topic()), false);
  assert.equal(canMakeLink(topic({ inviters: "members" })), true);
  assert.equal(canMakeLink(topic({ role: "moderator" })), true);
  assert.equal(canMakeLink(topic({ visibility: "closed", role: "owner", inviters: "members" })), false);
  assert.equal(canMakeLink(topic({ visibility: "open" })), true);
  assert.equal(canMakeLink(topic({ visibility: "open", state: "left" })), false);
});

test("moderators remove members, owners everybody, nobody themselves", () => {
  const member = (role, change = {}) => ({ userId: "b", role, banned: false, ...change });
  const may = (mine, theirs, change) => canRemove(topic({ role: mine }), member(theirs, change), "a");
  assert.deepEqual(["member", "moderator", "owner"].map((role) => may("member", role)), [false, false, false]);
  assert.deepEqual(["member", "moderator", "owner"].map((role) => may("moderator", role)), [true, false, false]);
  assert.deepEqual(["member", "moderator", "owner"].map((role) => may("owner", role)), [true, true, true]);
  assert.equal(may("owner", "member", { userId: "a" }), false);
  assert.equal(may("owner", "member", { banned: true }), false);
  assert.equal(isLastOwner([member("owner", { userId: "a" }), member("member")], "a"), true);
  assert.equal(isLastOwner([member("owner", { userId: "a" }), member("owner")], "a"), false);
});

test("posts: the author edits, moderators pin and delete, and nothing is done to what is gone or unsent", () => {
  assert.deepEqual(postRights(topic(), post()), { reply: true, react: true, edit: false, pin: false, delete: false });
  assert.deepEqual(postRights(topic(), post({ outgoing: true, state: "sent" })), { reply: true, react: true, edit: true, pin: false, delete: true });
  assert.deepEqual(postRights(topic({ role: "moderator" }), post()), { reply: true, react: true, edit: false, pin: true, delete: true });
  assert.equal(postRights(topic(), post({ parentId: "p" })).reply, false);
  const none = { reply: false, react: false, edit: false, pin: false, delete: false };
  assert.deepEqual(postRights(topic({ role: "owner" }), post({ deleted: "author" })), none);
  assert.deepEqual(postRights(topic({ state: "left", role: "owner" }), post()), none);
  assert.deepEqual(postRights(topic(), post({ outgoing: true, state: "sending" })), none);
  assert.deepEqual(postRights(topic({ role: "owner" }), post({ type: "unreadable" })), { ...none, delete: true });
});

test("whoever cannot post is told why", () => {
  const name = (id) => ({ b: "bob", c: "carol" })[id];
  assert.equal(blockedReason(topic(), name), null);
  assert.match(blockedReason(topic({ blocked: ["b", "c"] }), name), /bob and carol/);
  const reasons = ["creating", "joining", "left", "removed", "failed"].map((state) => blockedReason(topic({ state }), name));
  assert.equal(new Set(reasons).size, 5);
  assert.match(blockedReason(topic({ state: "failed", error: { code: "topic-rollback", message: "" } }), name), /older state/);
});

test("every error that a topic can end in has words of its own", () => {
  const codes = ["topic-mismatch", "policy-chain", "topic-rollback", "invitation-refused", "banned", "commit-refused", "epoch-conflict", "forbidden", "last-owner", "not-a-member", "key-changed"];
  const words = codes.map((code) => explainThrown({ code, message: "as it came" }));
  for (const [index, text] of words.entries()) assert.doesNotMatch(text, /as it came/, codes[index]);
  assert.equal(new Set(words).size, codes.length);
  const joining = ["not-found", "invalid-argument", "bad-signature", "not-a-member", "forbidden"];
  for (const code of joining) assert.notEqual(explainJoining({ code, message: "as it came" }), explainThrown({ code, message: "as it came" }), code);
  assert.equal(explainJoining({ code: "invitation-refused", message: "as it came" }), explainThrown({ code: "invitation-refused", message: "as it came" }));
  assert.match(explainPost("decrypt"), /key/);
  assert.equal(explainPost("constructor"), "It failed a check.");
});

test("titles, descriptions and days keep to what the package takes", () => {
  assert.equal(titleProblem(` ${"é".repeat(100)} `), null);
  assert.notEqual(titleProblem("é".repeat(101)), null);
  assert.equal(descriptionProblem("d".repeat(2_000)), null);
  assert.notEqual(descriptionProblem("d".repeat(2_001)), null);
  for (const [typed, days] of [["1", 1], [" 30 ", 30], ["3650", 3650], ["3651", null], ["0", null], ["-1", null], ["1.5", null], ["", null], ["x", null], ["99999", null]]) {
    assert.equal(daysFrom(typed), days, typed);
  }
});

test("owners come first in the list of members", () => {
  const people = [["dave", "member"], ["carol", "moderator"], ["bob", "member"], ["alice", "owner"]].map(([username, role]) => ({ username, role }));
  assert.deepEqual(people.sort(byRole).map(({ username }) => username), ["alice", "carol", "bob", "dave"]);
});
