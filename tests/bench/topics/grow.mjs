/**
 * Grows a topic, for the benchmarks: the first thousand members come in by themselves, each by an external commit, as in a topic that people join by links; what is
 * above that is added by the founder, for a joiner looks at every leaf and ten thousand joinings would take hours.
 */
import { randomBytes } from "node:crypto";
import init, { Account, Device, Topic } from "sealpost/crypto";

/** Members that come in by themselves. */
const GROWN = 1_000;
/** Members that one commit adds. */
const BATCH = 250;

const bytes = (length) => Uint8Array.from(randomBytes(length));
const person = (now) => Device.create(Account.generate(), bytes(16), 1, now);

/**
 * A topic of so many members: what a joiner gets, and two members with their secret states.
 * @param {(members: number) => void} onProgress
 */
export async function grow(members, onProgress) {
  await init();
  const now = Date.now();
  const founder = person(now);
  const topic = Topic.create(founder, { topicId: bytes(16), visibility: "open", nowMs: now });
  const policies = [topic.policy];
  let last = null;
  for (let count = 1; count < Math.min(members, GROWN); count += 1) {
    const device = person(now);
    const joined = Topic.joinExternal(device, { groupInfo: topic.groupInfo(), tree: topic.tree(), policies });
    topic.process(joined.commit.commit);
    last = { device, topic: joined.topic };
    if (count % 50 === 0) onProgress(count);
  }
  for (let count = GROWN; count < members; count += BATCH) {
    const added = Math.min(BATCH, members - count);
    const packages = Array.from({ length: added }, () => Topic.generateKeyPackage(person(now), { nowMs: now }).keyPackage);
    const { commit } = topic.add(packages, now);
    topic.applyPending();
    last.topic.process(commit);
    onProgress(count + added);
  }
  const state = ({ device, topic: held }) => ({ device: device.export(), topic: held.export() });
  return { groupInfo: topic.groupInfo(), tree: topic.tree(), policies, founder: state({ device: founder, topic }), member: state(last) };
}
