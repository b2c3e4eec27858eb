// Topics beside another implementation of MLS: over the same bytes, both derive the same secrets.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { acceptAll, createCommit, emptyPskIndex, encodeMlsMessage, joinGroup, joinGroupExternal, processPublicMessage } from "ts-mls";
import init, { Account, Device, Topic } from "sealpost/crypto";
import { exportSecret, foreignPerson, groupInfoOf, message, publicMessage, ratchetTree, suite } from "./lib/foreign.mjs";

const NOW = Date.now();
const LABEL = "sealpost topic archive";
const LENGTH = 32;

await init();

const bytes = (length) => Uint8Array.from(randomBytes(length));

function founder(visibility) {
  const device = Device.create(Account.generate(), bytes(16), 1, NOW);
  const topic = Topic.create(device, { topicId: bytes(16), visibility, nowMs: NOW });
  return { device, topic };
}

/** Both have the same epoch's secrets. */
async function assertAgreed(topic, state) {
  assert.equal(topic.epoch, Number(state.groupContext.epoch));
  const ours = topic.exportSecret(new TextEncoder().encode(LABEL), topic.topicId, LENGTH);
  const theirs = await exportSecret(state, LABEL, topic.topicId, LENGTH);
  assert.deepEqual(Buffer.from(ours), Buffer.from(theirs));
}

/** A commit of theirs, that we process. */
function take(topic, commit) {
  return topic.process(encodeMlsMessage(commit));
}

/** A commit of ours, that they process. */
async function give(state, commit) {
  const { publicMessage: content } = message(commit);
  const { newState } = await processPublicMessage(state, content, emptyPskIndex, suite, acceptAll);
  return newState;
}

async function added(visibility) {
  const { device, topic } = founder(visibility);
  const person = await foreignPerson(NOW);
  const { commit, welcome } = topic.add([person.keyPackage], NOW);
  assert.ok(commit.length > 0);
  topic.applyPending();
  const { welcome: decoded } = message(welcome);
  const state = await joinGroup(decoded, person.publicPackage, person.privatePackage, emptyPskIndex, suite, ratchetTree(topic.tree()));
  return { device, topic, person, state };
}

test("a member of the other implementation comes in by our Welcome", async () => {
  const { topic, state } = await added("closed");
  await assertAgreed(topic, state);
});

test("commits go both ways", async () => {
  const { topic, state: joined } = await added("closed");
  let state = joined;
  const { commit } = topic.renew(NOW);
  topic.applyPending();
  state = await give(state, commit);
  await assertAgreed(topic, state);
  const theirs = await createCommit({ state, cipherSuite: suite }, { wireAsPublicMessage: true });
  state = theirs.newState;
  assert.equal(take(topic, theirs.commit).isExternal, false);
  await assertAgreed(topic, state);
});

test("a device of the other implementation joins an open topic by itself", async () => {
  const { topic } = founder("open");
  const person = await foreignPerson(NOW);
  const groupInfo = groupInfoOf(topic.groupInfo());
  const made = await joinGroupExternal(groupInfo, person.publicPackage, person.privatePackage, false, suite, ratchetTree(topic.tree()));
  const changes = topic.process(publicMessage(made.publicMessage));
  assert.deepEqual(changes.added.map((certificate) => Buffer.from(certificate)), [Buffer.from(person.certificate)]);
  await assertAgreed(topic, made.newState);
});

test("whom our rules keep out, no other implementation brings in", async () => {
  const { topic } = founder("closed");
  const person = await foreignPerson(NOW);
  const groupInfo = groupInfoOf(topic.groupInfo());
  const made = await joinGroupExternal(groupInfo, person.publicPackage, person.privatePackage, false, suite, ratchetTree(topic.tree()));
  const before = topic.export();
  assert.throws(() => topic.process(publicMessage(made.publicMessage)), { code: "forbidden" });
  assert.deepEqual(topic.export(), before);
});

test("a plain member of the other implementation removes nobody", async () => {
  const { topic, state } = await added("closed");
  const remove = { proposalType: "remove", remove: { removed: 0 } };
  const theirs = await createCommit({ state, cipherSuite: suite }, { wireAsPublicMessage: true, extraProposals: [remove] });
  assert.throws(() => take(topic, theirs.commit), { code: /forbidden|commit-refused/ });
});
