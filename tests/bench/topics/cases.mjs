/** What is measured of a topic of so many members, in milliseconds, and the bytes that go over the wire. */
import { Account, Device, Topic } from "/sealpost/crypto.js";

const now = Date.now();
const bytes = (length) => crypto.getRandomValues(new Uint8Array(length));
const person = () => Device.create(Account.generate(), bytes(16), 1, now);
/** A text of 200 bytes: content type 1, a vector with a two-byte length, no mentions. */
const BODY = Uint8Array.from([0x40, 200, ...new TextEncoder().encode("a".repeat(200)), 0]);
const TEXT = 1;
const PAGE = 50;

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** The median of `rounds` runs; what `prepare` makes is not on the clock. */
function measure(rounds, prepare, run) {
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    const input = prepare();
    const start = performance.now();
    run(input);
    times.push(performance.now() - start);
  }
  return median(times);
}

const open = ({ device, topic }) => {
  const held = Device.import(device);
  return { device: held, topic: Topic.import(held, topic) };
};

/** All cases of one fixture; `tell` is told what is being measured. */
export async function measureTopic(members, fixture, tell) {
  const rounds = members >= 10_000 ? 3 : members >= 1_000 ? 7 : 21;
  const results = [];
  const add = async (name, milliseconds, size) => {
    results.push({ name: `forum-${name}-${members}`, milliseconds, bytes: size });
    await tell(name);
  };
  const { groupInfo, tree, policies } = fixture;

  let joined;
  await add("join", measure(rounds, person, (device) => { joined = Topic.joinExternal(device, { groupInfo, tree, policies }); }), groupInfo.length + tree.length);
  await add("process-commit", measure(rounds, () => open(fixture.founder), ({ topic }) => topic.process(joined.commit.commit)), joined.commit.commit.length);

  let added;
  const invitee = person();
  const keyPackage = Topic.generateKeyPackage(invitee, { nowMs: now });
  const adding = () => ({ ...open(fixture.founder), packages: [Topic.generateKeyPackage(person(), { nowMs: now }).keyPackage] });
  await add("add", measure(rounds, adding, ({ topic, packages }) => { added = topic.add(packages, now); }), 0);
  results.at(-1).bytes = added.commit.length + added.welcome.length;
  const host = open(fixture.founder);
  const { welcome } = host.topic.add([keyPackage.keyPackage], now);
  host.topic.applyPending();
  const treeAfter = host.topic.tree();
  await add("join-welcome", measure(rounds, () => null, () => Topic.joinWelcome(invitee, { welcome, tree: treeAfter, policies, keyPackage })), welcome.length + treeAfter.length);

  const [address] = [addressOf(open(fixture.member).device.certificate)];
  let removed;
  await add("remove", measure(rounds, () => open(fixture.founder), ({ topic }) => { removed = topic.remove([address], now); }), 0);
  results.at(-1).bytes = removed.commit.length;

  const author = open(fixture.founder);
  const write = () => author.topic.encryptPost(author.device, { postId: bytes(16), sentAtMs: now, contentType: TEXT, body: BODY });
  let post = write();
  await add("post", measure(101, () => null, () => { post = write(); }), post.length);
  const posts = Array.from({ length: PAGE }, write);
  await add("read-page", measure(21, () => null, () => posts.map((each) => author.topic.decryptPost(each))), posts.reduce((sum, { length }) => sum + length, 0));
  return results;
}

/** The address in an encoded certificate. */
function addressOf(certificate) {
  const view = new DataView(certificate.buffer, certificate.byteOffset);
  return { userId: certificate.slice(1, 17), deviceId: view.getUint32(17) };
}
