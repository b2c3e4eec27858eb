// Fills a relay with people who talk, each line encrypted and sent by the device of whoever says it.
import { CONVERSATIONS, TOPICS } from "./texts.mjs";

/** What is left of a talk when only so many people are there; null if nobody is left to talk to. */
function among(count, { people, lines, ...rest }) {
  const isThere = ([who]) => who < count;
  const left = people.filter((who) => who < count);
  if (left.length < 2) return null;
  const cut = ([who, text, { reactions = [], replies = [], ...more } = {}]) => [who, text, { ...more, reactions: reactions.filter(isThere), replies: replies.filter(isThere) }];
  return { ...rest, people: left, lines: lines.filter(isThere).map(cut) };
}

/**
 * @param {Awaited<ReturnType<import("./accounts.mjs").Accounts["open"]>>[]} accounts registered ones
 * @param {(done: string) => void} tell told of each talk
 */
export async function fill(accounts, tell = () => {}) {
  const talks = (all) => all.map((talk) => among(accounts.length, talk)).filter((talk) => talk !== null);
  for (const talk of talks(TOPICS)) {
    await topic(accounts, talk);
    tell(`topic “${talk.title}”`);
  }
  for (const talk of talks(CONVERSATIONS)) {
    await conversation(accounts, talk);
    tell(talk.name === undefined ? `${talk.people.map((who) => accounts[who].name).join(" and ")}` : `group “${talk.name}”`);
  }
}

async function conversation(accounts, { people, name, lines }) {
  const [founder, ...others] = people.map((who) => accounts[who]);
  const options = { members: others.map(({ me }) => me.userId), ...(name === undefined || others.length < 2 ? {} : { name }) };
  const id = await founder.do(async (sealpost, wanted) => (await sealpost.conversations.create(wanted)).id, options);
  const everyone = people.map((who) => accounts[who]);
  for (const [who, text, { file, edit, reactions }] of lines) {
    const author = accounts[who];
    await author.has("the conversation", async (sealpost, of) => (await sealpost.conversations.get(of)) !== null, id);
    // Who speaks has read what was said.
    await author.do((sealpost, of) => sealpost.conversations.markRead(of).then(() => null), id);
    const message = await author.do(async (sealpost, [to, words, attached]) => {
      if (attached === undefined) return (await sealpost.messages.send(to, { text: words })).id;
      return (await sealpost.messages.sendFile(to, new File([attached.text], attached.name, { type: "text/plain" }))).id;
    }, file === undefined ? [id, text] : [id, text, file]);
    await author.sent();
    const isThere = async (sealpost, [of, wanted]) => (await sealpost.messages.list(of)).items.some((item) => item.id === wanted);
    // Whoever speaks next has heard this.
    for (const each of everyone) await each.has("the message", isThere, [id, message]);
    if (edit !== undefined) await author.do((sealpost, [of, target, words]) => sealpost.messages.edit(of, target, { text: words }), [id, message, edit]);
    for (const [fan, emoji] of reactions) {
      await accounts[fan].do((sealpost, [of, target, sign]) => sealpost.messages.react(of, target, sign, true), [id, message, emoji]);
      await accounts[fan].sent();
    }
    await author.sent();
  }
}

async function topic(accounts, { title, description, people, lines }) {
  const [founder, ...others] = people.map((who) => accounts[who]);
  const id = await founder.do(async (sealpost, info) => {
    const [forum] = await sealpost.forums.list();
    return (await sealpost.forums.createTopic({ forumId: forum.id, ...info })).id;
  }, { title, description });
  const isActive = async (sealpost, of) => (await sealpost.forums.topic(of))?.state === "active";
  await founder.has("the topic", isActive, id);
  const link = await founder.do((sealpost, of) => sealpost.forums.createLink(of, { uses: 100 }), id);
  for (const other of others) {
    await other.do((sealpost, token) => sealpost.forums.join(token), link);
    await other.has("the topic", isActive, id);
  }
  for (const line of lines) await post(accounts, id, line, founder);
}

/** Posts a line and its replies, and gives its id. */
async function post(accounts, topicId, [who, text, { edit, pin, reactions = [], replies = [] } = {}], founder, parentId = undefined) {
  const author = accounts[who];
  const content = { text, ...(parentId === undefined ? {} : { parentId }) };
  const isThere = async (sealpost, [of, wanted, parent]) => {
    const { items } = await sealpost.posts.list(of, { parentId: parent });
    return items.some(({ id: found, state }) => found === wanted && state !== "sending");
  };
  const id = await author.do(async (sealpost, [of, words]) => (await sealpost.posts.send(of, words)).id, [topicId, content]);
  await author.do((sealpost, of) => sealpost.forums.markRead(of).then(() => null), topicId);
  const seenBy = async (account) => account.has("the post", isThere, [topicId, id, parentId ?? null]);
  await seenBy(author);
  if (edit !== undefined) await author.do((sealpost, [of, target, words]) => sealpost.posts.edit(of, target, { text: words }), [topicId, id, edit]);
  if (pin) {
    await seenBy(founder);
    await founder.do((sealpost, [of, target]) => sealpost.posts.pin(of, target, true), [topicId, id]);
  }
  for (const [fan, emoji] of reactions) {
    await seenBy(accounts[fan]);
    await accounts[fan].do((sealpost, [of, target, sign]) => sealpost.posts.react(of, target, sign, true), [topicId, id, emoji]);
    await accounts[fan].sent();
  }
  for (const reply of replies) {
    await seenBy(accounts[reply[0]]);
    await post(accounts, topicId, reply, founder, id);
  }
  await author.sent();
}
