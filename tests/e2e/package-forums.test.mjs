// Topics with the package alone, without the demo, in real browsers over a real relay.
import assert from "node:assert/strict";
import { test } from "node:test";
import { packageWorld } from "./lib/package-page.mjs";
import { until } from "./lib/wait.mjs";

/** A topic of this member in the relay's first category, and active. */
async function topicOf(member, options) {
  const topic = await member.do(async ({ sealpost }, more) => {
    const [forum] = await sealpost.forums.list();
    return sealpost.forums.createTopic({ forumId: forum.id, ...more });
  }, options);
  await member.heard("topic", ({ id, state }) => id === topic.id && state === "active");
  return topic.id;
}

const linkOf = (member, id, options = {}) => member.do(({ sealpost }, [topic, more]) => sealpost.forums.createLink(topic, more), [id, options]);
const join = (member, link) =>
  member.do(async ({ sealpost }, target) => {
    const steps = [];
    const topic = await sealpost.forums.join(target, { onProgress: (step) => steps.push(step) });
    return { topic, steps };
  }, link);
const reads = (member, id, expected) => until(`${member.person.name} reads ${expected}`, async () => {
  const texts = await member.texts(id);
  return JSON.stringify(texts) === JSON.stringify(expected) || Promise.reject(new Error(JSON.stringify(texts)));
});

test("a topic: a link, its history, a thread, an edit, reactions, pins, mentions, deleting; the relay learns none of it", async (t) => {
  const world = await packageWorld(t);
  const [alice, bob] = [await world.member("alice"), await world.member("bob")];
  const [title, first, second, third] = ["title", "first", "second", "third"].map((name) => world.canaries.text(name));
  const id = await topicOf(alice, { title, description: world.canaries.text("description") });
  const opening = await alice.send(id, first);
  await alice.heard("post-updated", (post) => post.id === opening.id && post.state === "sent");
  const link = await linkOf(alice, id);
  assert.deepEqual(await bob.do(({ sealpost }, given) => sealpost.forums.readLink(given), `https://app.example/#/join/${link}`), {
    topicId: id,
    title,
    inviterId: alice.me.userId,
    withHistory: true,
  });
  const { topic, steps } = await join(bob, `https://app.example/#/join/${link}`);
  assert.deepEqual(steps, ["fetching", "checking", "joining", "reading"]);
  assert.deepEqual([topic.title, topic.state, topic.role, topic.members], [title, "active", "member", 2]);
  await reads(bob, id, [first]);
  const reply = await bob.send(id, second, { parentId: opening.id, mentions: [alice.me.userId] });
  const mention = await alice.heard("mention", (post) => post.id === reply.id);
  assert.deepEqual([mention.text, mention.parentId, mention.beforeJoin], [second, opening.id, false]);
  const act = (member, name, ...args) => member.do(({ sealpost }, [method, given]) => sealpost.posts[method](...given), [name, [id, ...args]]);
  await act(bob, "edit", reply.id, { text: third });
  await act(alice, "react", reply.id, "👍", true);
  await act(alice, "pin", reply.id, true);
  const seen = await bob.heard("post-updated", (post) => post.id === reply.id && post.pinned && post.reactions.length === 1);
  assert.deepEqual([seen.text, seen.edited, seen.reactions], [third, true, [{ emoji: "👍", userIds: [alice.me.userId] }]]);
  await assert.rejects(act(bob, "pin", opening.id, true), { code: "forbidden" });
  await act(alice, "delete", reply.id);
  const gone = await bob.heard("post-updated", (post) => post.id === reply.id && post.deleted !== null);
  assert.deepEqual([gone.text, gone.deleted], ["", "moderator"]);
  world.assertNoProblems();
  await world.assertRelayKnowsNoSecret();
});

test("by a link with history, people come in and read while everybody else is away", async (t) => {
  const world = await packageWorld(t);
  const alice = await world.member("alice");
  const id = await topicOf(alice, { title: "t" });
  for (const text of ["one", "two"]) await alice.send(id, text);
  const link = await linkOf(alice, id);
  await alice.heard("post-updated", ({ text, state }) => text === "two" && state === "sent");
  await until("everything is sent", async () => (await alice.do(({ sealpost }) => sealpost.connection.pending)) === 0);
  await alice.person.close();
  const [bob, carol] = [await world.member("bob"), await world.member("carol")];
  await join(bob, link);
  await reads(bob, id, ["one", "two"]);
  await bob.send(id, "three");
  await bob.heard("post-updated", ({ text, state }) => text === "three" && state === "sent");
  await bob.person.close();
  await join(carol, link);
  await reads(carol, id, ["one", "two", "three"]);
  world.assertNoProblems();
});

test("since joining: a newcomer reads nothing from before; who is removed reads nothing from after", async (t) => {
  const world = await packageWorld(t);
  const [alice, bob] = [await world.member("alice"), await world.member("bob")];
  await bob.do(({ sealpost }) => sealpost.forums.topics());
  const id = await topicOf(alice, { title: "t", visibility: "closed", history: "since-joining" });
  await alice.send(id, "before");
  // His device gives the relay KeyPackages meanwhile.
  await until("bob can be added", async () => {
    await alice.do(({ sealpost }, [topic, user]) => sealpost.forums.invite(topic, [user]), [id, bob.me.userId]);
    return true;
  });
  await bob.heard("topic", (topic) => topic.id === id && topic.state === "active" && topic.title === "t");
  await alice.send(id, "during");
  await reads(bob, id, ["during"]);
  await alice.do(({ sealpost }, [topic, user]) => sealpost.forums.remove(topic, user, { ban: true }), [id, bob.me.userId]);
  await bob.heard("topic-removed", ({ topicId }) => topicId === id);
  await alice.send(id, "after");
  assert.deepEqual(await bob.texts(id), ["during"]);
  await assert.rejects(bob.send(id, "x"), { code: "not-a-member" });
  assert.deepEqual(await alice.texts(id), ["before", "during", "after"]);
  world.assertNoProblems();
});

test("several who join at once all come in, and everybody reads everybody", async (t) => {
  const world = await packageWorld(t);
  const alice = await world.member("alice");
  const others = [await world.member("bob"), await world.member("carol"), await world.member("dave")];
  const id = await topicOf(alice, { title: "t" });
  const link = await linkOf(alice, id);
  await Promise.all(others.map((member) => join(member, link)));
  await Promise.all(others.map((member, n) => member.send(id, `hello ${n}`)));
  for (const member of [alice, ...others]) {
    await until(`${member.person.name} has all`, async () => {
      const texts = (await member.texts(id)).toSorted();
      return texts.join() === "hello 0,hello 1,hello 2" || Promise.reject(new Error(texts.join()));
    });
  }
  world.assertNoProblems();
});

test("who comes into an open topic while everybody is away reads its past once somebody who has the keys comes by", async (t) => {
  const world = await packageWorld(t);
  const [alice, bob] = [await world.member("alice"), await world.member("bob")];
  const id = await topicOf(alice, { title: "t", visibility: "open" });
  const first = await alice.send(id, "one");
  await alice.do(({ sealpost }, [topic, post]) => sealpost.posts.react(topic, post, "+", true), [id, first.id]);
  await alice.send(id, "two");
  await until("everything is sent", async () => (await alice.do(({ sealpost }) => sealpost.connection.pending)) === 0);
  await alice.person.reload();
  await bob.do(({ sealpost }, topicId) => sealpost.forums.join({ topicId }), id);
  assert.deepEqual(await bob.texts(id), ["unreadable", "unreadable", "unreadable", "unreadable"]);
  await alice.open();
  await bob.heard("post-updated", ({ text }) => text === "one");
  await reads(bob, id, ["one", "two"]);
  await bob.heard("post-removed", ({ topicId }) => topicId === id);
  world.assertNoProblems();
});

test("without the relay posts wait and calls that change a group reject; after a reload topics go on by themselves", async (t) => {
  const world = await packageWorld(t);
  const [alice, bob] = [await world.member("alice"), await world.member("bob")];
  const id = await topicOf(alice, { title: "t" });
  await join(bob, await linkOf(alice, id));
  await world.relay.kill();
  const waiting = await alice.send(id, "kept");
  assert.equal(waiting.state, "sending");
  await assert.rejects(alice.do(({ sealpost }, topic) => sealpost.forums.setPolicy(topic, { inviters: "members" }), id), { code: "network" });
  await world.relay.start();
  await bob.heard("post", ({ text }) => text === "kept");
  await bob.person.reload();
  await bob.open();
  await alice.heard("topic", (topic) => topic.id === id && topic.inviters === "members");
  await alice.send(id, "later");
  const post = await bob.heard("post", ({ text }) => text === "later");
  assert.equal(post.authorId, alice.me.userId);
  world.assertNoProblems();
});

test("somebody who never opened forums is added to a closed topic and sees it; who wants no code of topics in the background cannot be", async (t) => {
  const world = await packageWorld(t);
  const carol = await world.member("carol", { prepareForums: false });
  const [alice, bob] = [await world.member("alice"), await world.member("bob")];
  const id = await topicOf(alice, { title: "Behind closed doors", visibility: "closed" });
  await alice.send(id, "before Bob");
  const invite = (member) =>
    alice.do(async ({ sealpost }, [topic, user]) => {
      await sealpost.forums.invite(topic, [user]);
      return true;
    }, [id, member.me.userId]);
  const patience = { timeoutMs: 60_000, everyMs: 500 };
  await until("Bob's device can be added", () => invite(bob), patience);
  const topic = await bob.heard("topic", (seen) => seen.id === id && seen.state === "active" && seen.title !== "");
  assert.deepEqual([topic.title, topic.members, topic.role], ["Behind closed doors", 2, "member"]);
  await bob.heard("post", ({ text }) => text === "before Bob");
  await alice.send(id, "after");
  await bob.heard("post", ({ text }) => text === "after");
  // Carol is here for longer than Bob was.
  await assert.rejects(invite(carol), { code: "not-found" });
  await carol.do(({ sealpost }) => sealpost.forums.topics());
  await until("Carol's device can be added, now that she has used forums", () => invite(carol), patience);
  await carol.heard("topic", (seen) => seen.id === id && seen.state === "active");
  world.assertNoProblems();
});

test("an unknown or garbled link is refused, and a topic is not shown to who is not in it", async (t) => {
  const world = await packageWorld(t);
  const [alice, bob] = [await world.member("alice"), await world.member("bob")];
  const id = await topicOf(alice, { title: "t" });
  const link = await linkOf(alice, id);
  await assert.rejects(join(bob, "AAAA"), { code: "decode" });
  await assert.rejects(join(bob, { topicId: id }), { code: "not-found" });
  const [forum] = await bob.do(({ sealpost }) => sealpost.forums.list());
  assert.deepEqual(await bob.do(({ sealpost }, given) => sealpost.forums.discover(given), forum.id), []);
  await assert.rejects(bob.do(({ sealpost }) => sealpost.forums.create("x")), { code: "forbidden" });
  await alice.do(({ sealpost }, topic) => sealpost.forums.setPolicy(topic, { visibility: "closed" }), id);
  await assert.rejects(join(bob, link), (error) => ["not-found", "forbidden", "invitation-refused"].includes(error.code));
  world.assertNoProblems();
});
