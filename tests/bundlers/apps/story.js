// What every application of the matrix does: it uses each part of the package that is a file of its own, and says how it went on the page.
import { Sealpost } from "sealpost";

const TIMEOUT_MS = 60_000;

/** Resolves with the data of the first event of that type that matches. */
function heard(sealpost, type, matches) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${type}`)), TIMEOUT_MS);
    const off = sealpost.on(type, (data) => {
      if (!matches(data)) return;
      clearTimeout(timer);
      off();
      resolve(data);
    });
  });
}

/** Two people on one page: a message, a topic, a passphrase. `files` are options of `Sealpost.open` that say where files are. */
async function story(files) {
  const name = () => `p${crypto.randomUUID().slice(0, 8)}`;
  const [a, b] = [name(), name()];
  const alice = await Sealpost.open({ relay: location.origin, profile: a, ...files });
  const bob = await Sealpost.open({ relay: location.origin, profile: b, ...files });
  await alice.register({ username: a });
  await bob.register({ username: b });

  const { userId } = await alice.contacts.find(b);
  const conversation = await alice.conversations.create({ members: [userId] });
  const arrives = heard(bob, "message", (message) => message.type === "text");
  await alice.messages.send(conversation.id, { text: "Hello" });
  if ((await arrives).text !== "Hello") throw new Error("another text arrived");

  const [forum] = await alice.forums.list();
  const active = heard(alice, "topic", ({ state }) => state === "active");
  const topic = await alice.forums.createTopic({ forumId: forum.id, title: "topic" });
  await active;
  const joined = await bob.forums.join(await alice.forums.createLink(topic.id));
  if (joined.title !== "topic") throw new Error("another topic was joined");

  const passphrase = "violet anchor drums ninety otters";
  await alice.vault.setPassphrase(passphrase);
  await alice.vault.remove("device");
  await alice.vault.lock();
  await alice.vault.unlock({ passphrase });
  const [first] = (await alice.messages.list(conversation.id)).items.filter(({ type }) => type === "text");
  if (first?.text !== "Hello") throw new Error("the message is gone");
  await alice.close();
  await bob.close();
}

/** Runs the story; the page's title says when it is over, its text what went wrong. */
export async function run(files = {}) {
  try {
    await story(files);
    document.title = "done";
  } catch (error) {
    document.body.append(`${error.code ?? error.name}: ${error.stack ?? error.message}; ${error.cause}`);
    document.title = "failed";
  }
}
