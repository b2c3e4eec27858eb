// Topics of `sealpost/crypto`, as they are shipped.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import init, { Account, Device, SealpostError, Topic, useInvitation, welcomeReferences } from "sealpost/crypto";

const NOW = 1_760_000_000_000;
const id = (byte) => new Uint8Array(16).fill(byte);
const options = { topicId: id(7), visibility: "open", nowMs: NOW };

/** Checks that a call throws a SealpostError of a code. */
const throwsCode = (code, call) => assert.throws(call, (error) => error instanceof SealpostError && error.code === code);

function person(byte) {
  const account = Account.generate();
  return { account, userId: id(byte), device: Device.create(account, id(byte), 1, NOW) };
}

/** What a relay gives to joiners, when `topic` committed last and the policy never changed. */
const infoOf = (topic) => ({ groupInfo: topic.groupInfo(), tree: topic.tree(), policies: [topic.policy] });

/** A topic of two. */
function pair() {
  const [alice, bob] = [person(0xa1), person(0xb0)];
  const ours = Topic.create(alice.device, options);
  const { topic: theirs, commit } = Topic.joinExternal(bob.device, infoOf(ours));
  ours.process(commit.commit);
  return { alice, bob, ours, theirs };
}

const exporter = (topic) => topic.exportSecret(new TextEncoder().encode("label"), new Uint8Array([1, 2]), 32);

describe("topics", () => {
  before(() => init());

  test("members share a secret, whichever way they came in", () => {
    const { alice, ours, theirs, bob } = pair();
    assert.equal(ours.epoch, 1);
    assert.deepEqual(exporter(ours), exporter(theirs));
    assert.deepEqual(ours.members(), [alice.device.certificate, bob.device.certificate]);
    const carol = person(0xc0);
    const keyPackage = Topic.generateKeyPackage(carol.device, { nowMs: NOW });
    const added = ours.add([keyPackage.keyPackage], NOW);
    assert.deepEqual(welcomeReferences(added.welcome), [keyPackage.reference]);
    ours.applyPending();
    const changes = theirs.process(added.commit);
    assert.deepEqual(changes, { epoch: 2, committer: alice.device.certificate, isExternal: false, added: [carol.device.certificate], removed: [], selfRemoved: false });
    const third = Topic.joinWelcome(carol.device, { ...infoOf(ours), welcome: added.welcome, keyPackage, expectedGenesisHash: ours.genesisHash });
    assert.deepEqual(exporter(third), exporter(ours));
    assert.deepEqual(third.topicId, id(7));
    const removal = ours.remove([{ userId: carol.userId, deviceId: 1 }], NOW);
    ours.applyPending();
    theirs.process(removal.commit);
    assert.equal(third.process(removal.commit).selfRemoved, true);
    assert.deepEqual(exporter(ours), exporter(theirs));
    assert.notDeepEqual(exporter(ours), exporter(third));
  });

  test("an invitation lets one device in", () => {
    const [alice, bob, thief] = [person(1), person(2), person(3)];
    const ours = Topic.create(alice.device, { ...options, visibility: "invite" });
    const link = Account.generate();
    const invitation = ours.invite({ invitationId: id(9), linkPublicKey: link.publicKey });
    const used = useInvitation(invitation, bob.device.certificate, link.seed());
    throwsCode("invitation-refused", () => Topic.joinExternal(thief.device, { ...infoOf(ours), invitation: used }));
    throwsCode("invitation-refused", () => Topic.joinExternal(bob.device, infoOf(ours)));
    Topic.joinExternal(bob.device, { ...infoOf(ours), invitation: used });
    const named = useInvitation(ours.invite({ invitationId: id(9), accountKey: bob.account.publicKey }), bob.device.certificate);
    Topic.joinExternal(bob.device, { ...infoOf(ours), invitation: named });
    throwsCode("topic-mismatch", () => Topic.joinExternal(bob.device, { ...infoOf(ours), expectedTopicId: id(8) }));
    throwsCode("policy-chain", () => Topic.joinExternal(bob.device, { ...infoOf(ours), policies: [] }));
  });

});

describe("what topics refuse", () => {
  before(() => init());

  test("a topic is its export; what is refused changes nothing", () => {
    const { alice, bob, ours, theirs } = pair();
    const commit = theirs.renew(NOW);
    throwsCode("pending-commit", () => theirs.renew(NOW));
    const state = ours.export();
    const changed = commit.commit.map((byte, index) => (index === commit.commit.length - 1 ? byte ^ 1 : byte));
    throwsCode("commit-refused", () => ours.process(changed));
    assert.deepEqual(ours.export(), state);
    const again = Topic.import(alice.device, state);
    again.process(commit.commit);
    theirs.applyPending();
    assert.deepEqual(exporter(again), exporter(theirs));
    throwsCode("epoch-conflict", () => again.process(commit.commit));
    throwsCode("not-a-member", () => Topic.import(bob.device, state));
    throwsCode("decode", () => Topic.import(alice.device, new Uint8Array(3)));
    ours.renew(NOW);
    ours.clearPending();
    throwsCode("pending-commit", () => ours.applyPending());
  });

  test("posts are for the epoch's members, by one of them", () => {
    const { alice, bob, ours, theirs } = pair();
    // A text "hello" that mentions nobody.
    const body = new Uint8Array([5, ...new TextEncoder().encode("hello"), 0]);
    const post = ours.encryptPost(alice.device, { postId: id(5), sentAtMs: NOW, contentType: 1, body });
    assert.deepEqual(theirs.decryptPost(post), { contentType: 1, body });
    const forged = ours.encryptPost(person(4).device, { postId: id(5), parentId: id(6), sentAtMs: NOW, contentType: 1, body });
    throwsCode("not-a-member", () => theirs.decryptPost(forged));
    const damaged = post.map((byte, index) => (index === post.length - 1 ? byte ^ 1 : byte));
    throwsCode("decrypt", () => theirs.decryptPost(damaged));
    throwsCode("decode", () => ours.encryptPost(bob.device, { postId: id(5), sentAtMs: NOW, contentType: 1, body: body.slice(1) }));
    ours.renew(NOW);
    ours.applyPending();
    throwsCode("epoch-conflict", () => ours.decryptPost(post));
  });

  test("arguments of a wrong type or range are refused", () => {
    const { alice, ours } = pair();
    const join = infoOf(ours);
    for (const call of [
      () => Topic.create("device", options),
      () => Topic.create(alice.device, { ...options, visibility: 3 }),
      () => Topic.generateKeyPackage(alice.device, { lastResort: 1, nowMs: NOW }),
      () => Topic.joinExternal(alice.device, { ...join, policies: join.policies[0] }),
      () => Topic.joinWelcome(alice.device, { ...join, welcome: id(1) }),
      () => ours.add("package", NOW),
      () => ours.remove([{ userId: "a", deviceId: 1 }], NOW),
      () => ours.remove({}, NOW),
      () => ours.invite({ invitationId: id(1) }),
      () => ours.process("commit"),
      () => new Topic({}),
    ]) assert.throws(call, TypeError);
    for (const call of [
      () => Topic.create(alice.device, { ...options, topicId: new Uint8Array(15) }),
      () => Topic.create(alice.device, { ...options, visibility: "secret" }),
      () => Topic.create(alice.device, { ...options, historyDays: 65_536 }),
      () => ours.exportSecret(id(1), id(1), -1),
      () => ours.remove([{ userId: id(1), deviceId: -1 }], NOW),
      () => ours.encryptPost(alice.device, { postId: id(1), sentAtMs: NOW, contentType: 256, body: id(1) }),
      () => useInvitation(id(1), id(1), new Uint8Array(31)),
    ]) assert.throws(call, RangeError);
    throwsCode("policy-chain", () => Topic.create(alice.device, { ...options, historyDays: 3 }));
    throwsCode("commit-refused", () => ours.exportSecret(id(1), id(1), 65_535));
    throwsCode("commit-refused", () => ours.process(id(1)));
    throwsCode("commit-refused", () => welcomeReferences(id(1)));
    throwsCode("decode", () => useInvitation(id(1), alice.device.certificate));
  });
});
