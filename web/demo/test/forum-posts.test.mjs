import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { postEntries } = await load("lib/post-entries.ts");
const { firstUnreadPost, isFresh, mergePosts, repliesTo, roots, unreadAmong } = await load("lib/posts.ts");
const { completeMention, mentionAt, mentionedIn, mentionSegments, suggestMentions } = await load("lib/mentions.ts");
const { categories, postPreview } = await load("lib/topics.ts");
const { formatRoute, parseRoute } = await load("lib/routes.ts");
const { invitationUrl } = await load("lib/invitation-link.ts");

const MINUTE = 60_000;
const noon = (day) => new Date(2031, 4, day, 12).getTime();
let count = 0;
function post(authorId, sentAt, extra = {}) {
  count += 1;
  return { id: `p${count}`, type: "text", text: "t", authorId, sentAt, order: count, outgoing: authorId === "me", parentId: null, deleted: null, beforeJoin: false, ...extra };
}
const kinds = (entries) => entries.map((entry) => (entry.kind === "run" ? `run:${entry.posts.length}` : entry.kind));
const people = ["alice", "bob", "bob.b", "carol"].map((username) => ({ userId: username.toUpperCase(), username }));

test("one author's posts are one run until somebody else or five minutes come between", () => {
  const at = noon(1);
  const items = [post("bob", at), post("bob", at + MINUTE), post("carol", at + 2 * MINUTE), post("bob", at + 3 * MINUTE), post("bob", at + 9 * MINUTE)];
  assert.deepEqual(kinds(postEntries(items, null)), ["day", "run:2", "run:1", "run:1", "run:1"]);
});

test("days, the unread part and one's joining split runs, each once", () => {
  const items = [post("bob", noon(1), { beforeJoin: true }), post("bob", noon(1)), post("bob", noon(2)), post("bob", noon(2)), post("bob", noon(1))];
  const entries = postEntries(items, items[3].id);
  assert.deepEqual(kinds(entries), ["day", "run:1", "joined", "run:1", "day", "run:1", "unread", "run:1", "run:1"]);
  assert.equal(new Set(entries.map(({ key }) => key)).size, entries.length);
});

test("if all posts are from before one joined, the mark ends them; without such posts there is none", () => {
  assert.deepEqual(kinds(postEntries([post("bob", noon(1), { beforeJoin: true })], null)), ["day", "run:1", "joined"]);
  assert.deepEqual(kinds(postEntries([post("bob", noon(1))], null)), ["day", "run:1"]);
  assert.deepEqual(postEntries([], null), []);
});

test("merging keeps the topic's order, one of each id, and the later version", () => {
  const [a, b, c] = [post("bob", 1), post("me", 2, { state: "sending" }), post("bob", 3)];
  const sent = { ...b, state: "sent", order: c.order + 1 };
  assert.deepEqual(mergePosts([c, b], [a, sent]), [a, c, sent]);
});

test("threads are taken out of the topic, and their unread posts mark the place from which on there is something new", () => {
  const root = post("bob", 1);
  const reply = post("carol", 2, { parentId: root.id });
  const mine = post("me", 3, { parentId: root.id });
  const next = post("bob", 4);
  const items = [root, reply, mine, next];
  assert.deepEqual(roots(items), [root, next]);
  assert.deepEqual(repliesTo(items, root.id), [reply, mine]);
  assert.equal(firstUnreadPost(items, 2), reply.id);
  assert.equal(firstUnreadPost(items, 0), null);
  assert.equal(firstUnreadPost(items, 99), root.id);
  assert.equal(unreadAmong(roots(items), items, reply.id), next.id);
  assert.equal(unreadAmong(repliesTo(items, root.id), items, reply.id), reply.id);
  assert.equal(unreadAmong([root], items, next.id), null);
  assert.equal(unreadAmong(items, items, null), null);
});

test("a name is completed where an @ begins one, and not inside of an address", () => {
  assert.deepEqual(mentionAt("hello @bo", 9), { from: 6, query: "bo" });
  assert.deepEqual(mentionAt("@", 1), { from: 0, query: "" });
  assert.deepEqual(mentionAt("(@Al", 4), { from: 1, query: "al" });
  for (const text of ["a@b", "hello", "@a b", "x/@b"]) assert.equal(mentionAt(text, text.length), null, text);
  assert.deepEqual(suggestMentions(people, "b").map(({ username }) => username), ["bob", "bob.b"]);
  assert.deepEqual(suggestMentions(people, "o").map(({ username }) => username), ["bob", "bob.b", "carol"]);
  assert.deepEqual(suggestMentions(people, "carol"), []);
  assert.deepEqual(suggestMentions(people, "bob").map(({ username }) => username), ["bob", "bob.b"]);
  assert.deepEqual(completeMention("hi @ca, you", 3, 6, "carol"), { text: "hi @carol , you", caret: 10 });
  assert.deepEqual(completeMention("hi @ca you", 3, 6, "carol"), { text: "hi @carol you", caret: 10 });
});

test("mentions are known names, the longest that fits, and the pieces put together are the text", () => {
  const text = "@bob. and @bob.b, @Carol! not a@bob or @nobody, nor https://x.example/@alice";
  assert.deepEqual(mentionedIn(text, people), ["BOB", "BOB.B", "CAROL"]);
  assert.equal(mentionSegments(text, people).map((segment) => segment.text).join(""), text);
  assert.deepEqual(mentionedIn("@bob @bob", people), ["BOB"]);
  for (const name of ["@constructor", "@__proto__"]) assert.deepEqual(mentionedIn(name, people), []);
  const many = Array.from({ length: 60 }, (_, index) => ({ userId: String(index), username: `u${index}` }));
  assert.equal(mentionedIn(many.map(({ username }) => `@${username}`).join(" "), many).length, 50);
});

test("categories have the topics one is in, and offer the open ones one is not in", () => {
  const topic = (id, forumId, title, state = "active") => ({ id, forumId, title, state });
  const open = (id, visibility = "open") => ({ id, title: id, visibility });
  const joined = new Map([topic("b", "1", "beta"), topic("a", "1", "alpha"), topic("c", "9", "lost"), topic("d", "1", "delta", "left")].map((one) => [one.id, one]));
  const offered = new Map([["1", [open("z"), open("a"), open("y"), open("d"), open("closed", "invite")]]]);
  const [first, second, third] = categories([{ id: "1", name: "One" }, { id: "2", name: "Two" }], joined, offered);
  assert.deepEqual(first.topics.map(({ id }) => id), ["a", "b", "d"]);
  assert.deepEqual(first.open.map(({ id }) => id), ["d", "y", "z"]);
  assert.deepEqual([second.topics, second.open], [[], []]);
  assert.deepEqual(third.topics.map(({ id }) => id), ["c"]);
});

test("what a post is in one line", () => {
  assert.equal(postPreview(post("bob", 1, { text: "a\n b" })), "a b");
  assert.notEqual(postPreview(post("bob", 1, { deleted: "author" })), "t");
  assert.notEqual(postPreview(post("bob", 1, { type: "unreadable" })), "t");
});

test("every place in the app has an address that leads back to it", () => {
  const id = "00000000-0000-4000-8000-000000000001";
  const places = [
    {},
    { section: "forums" },
    { conversationId: id },
    { conversationId: id, panel: { kind: "conversation" } },
    { conversationId: id, panel: { kind: "contact", userId: id } },
    { topicId: id },
    { topicId: id, topicPanel: { kind: "topic" } },
    { topicId: id, topicPanel: { kind: "member", userId: id } },
    { topicId: id, topicPanel: { kind: "thread", postId: id } },
    { topicId: id, topicPanel: { kind: "pinned" } },
    { invitation: "AQID_-x" },
  ];
  for (const place of places) {
    const hash = formatRoute(place);
    const route = parseRoute(hash);
    for (const [name, value] of Object.entries(place)) assert.deepEqual(route[name], value, hash);
    assert.equal(formatRoute(route), hash);
    assert.equal(route.section, hash.startsWith("#/c/") || hash === "#/" ? "conversations" : "forums");
  }
  assert.equal(new Set(places.map(formatRoute)).size, places.length);
});

test("addresses of nothing lead to the beginning", () => {
  for (const hash of ["", "#", "#/x", "#/t/1", "#/join/", "#/join/a/b", "#/join/<b>", "#/t/00000000-0000-4000-8000-000000000001/x"]) {
    assert.equal(formatRoute(parseRoute(hash)), "#/", hash);
  }
});

test("an invitation link has its secret behind the # and nowhere else", () => {
  const url = new URL(invitationUrl("SECRET", new URL("https://chat.example/app/?profile=a#/t/x")));
  assert.equal(url.hash, "#/join/SECRET");
  assert.equal(`${url.origin}${url.pathname}${url.search}`.includes("SECRET"), false);
  assert.equal(parseRoute(url.hash).invitation, "SECRET");
});

test("only what was written after all that the relay has placed is news", () => {
  const [first, second] = [post("bob", 1, { state: "received" }), post("bob", 2, { state: "received" })];
  const sending = post("me", 3, { state: "sending", order: Number.MAX_SAFE_INTEGER });
  const later = post("carol", 4, { state: "received" });
  assert.equal(isFresh([first, second, sending], later), true);
  assert.equal(isFresh([second, sending], first), false);
  assert.equal(isFresh([first, second], second), false);
  assert.equal(isFresh([first], { ...later, beforeJoin: true }), false);
  assert.equal(isFresh([], later), true);
});
