// The stock SignalR client and the real relay: registration and login over HTTP, pushes and calls over the hub.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { temporaryFolder } from "../e2e/lib/folder.mjs";
import { Relay } from "../e2e/lib/relay.mjs";
import { connectionTo, nextPush, protocols } from "./lib/client.mjs";
import { Device } from "./lib/device.mjs";
import { startProxy } from "./lib/proxy.mjs";

const timeout = 60_000;
let relay;
before(async () => {
  const folder = temporaryFolder("hub");
  relay = await Relay.start(folder, { env: { WEB_ROOT: folder } });
});
after(async () => {
  if (relay?.running) await relay.stop();
});

let names = 0;
const person = (name) => Device.register(relay, `${name}${names++}`);

/** Two people with a conversation, and the second one's hub connection. */
async function connected(t, protocol) {
  const [alice, bob] = [await person("alice"), await person("bob")];
  const conversation = await alice.converse(bob);
  const reconnect = Array.from({ length: 200 }, () => 100);
  const hub = connectionTo(`${relay.url}/hubs/communication`, { token: bob.token, protocol, reconnect });
  t.after(() => hub.stop());
  return { alice, bob, conversation, hub };
}

/** Collects the envelopes pushed to a connection; `until(n)` resolves once there are n. */
function envelopes(hub, protocol) {
  const received = [];
  let check = () => {};
  hub.on("ReceiveEnvelope", (seq, envelope) => {
    received.push({ seq, ...envelope, content: protocol.toBytes(envelope.content) });
    check();
  });
  const until = (count) =>
    new Promise((resolve) => {
      check = () => received.length >= count && resolve(received);
      check();
    });
  return { received, until };
}

for (const protocol of protocols) {
  test(`${protocol.name}: pushes what waited and what comes, in order, byte for byte`, { timeout }, async (t) => {
    const { alice, bob, conversation, hub } = await connected(t, protocol);
    const contents = [Buffer.from([0xfb, 0xff]), randomBytes(65_536), randomBytes(300)].map((content) => Uint8Array.from(content));
    await alice.send(conversation, bob, contents[0]);
    await alice.send(conversation, bob, contents[1]);
    const pushed = envelopes(hub, protocol);
    await hub.start();
    assert.deepEqual(await hub.invoke("Resume", 0), { firstSeq: 1, lastSeq: 2 });
    await alice.send(conversation, bob, contents[2]);
    const received = await pushed.until(3);
    assert.deepEqual(received.map(({ seq }) => seq), [1, 2, 3]);
    assert.deepEqual(received.map(({ content }) => content), contents);
    for (const envelope of received) {
      assert.deepEqual(envelope.sender, { userId: alice.userId, deviceId: alice.deviceId });
      assert.equal(envelope.conversationId, conversation);
      assert.equal(envelope.kind, "ratchet");
      assert.ok(Number.isSafeInteger(envelope.storedAt));
    }
    await hub.invoke("Acknowledge", 2);
    const mailbox = await bob.call("GET", "/api/mailbox?after=0");
    assert.deepEqual([mailbox.firstSeq, mailbox.lastSeq, mailbox.items.map(({ seq }) => seq)], [3, 3, [3]]);
  });

  test(`${protocol.name}: tells of changes`, { timeout }, async (t) => {
    const { alice, bob, conversation, hub } = await connected(t, protocol);
    const low = nextPush(hub, "PreKeysLow");
    await hub.start();
    assert.deepEqual(await low, [{ oneTimePreKeys: 0, kemPreKeys: 0, keyPackages: 0 }]);
    const changed = nextPush(hub, "ParticipantsChanged");
    const carol = await person("carol");
    await alice.post(`/api/conversations/${conversation}/participants`, { userIds: [carol.userId, bob.userId] });
    assert.deepEqual(await changed, [conversation]);
  });

  test(`${protocol.name}: refuses wrong calls and goes on`, { timeout }, async (t) => {
    const { hub } = await connected(t, protocol);
    await hub.start();
    for (const [method, ...args] of [["Resume"], ["Resume", -1], ["Resume", "1"], ["Resume", 1], ["Acknowledge", 2 ** 60], ["Nope"]]) {
      await assert.rejects(hub.invoke(method, ...args), /^Error: (Failed to invoke|An unexpected error occurred invoking) '/, method);
    }
    assert.deepEqual(await hub.invoke("Resume", 0), { firstSeq: 1, lastSeq: 0 });
  });

  for (const end of ["stop", "kill"]) {
    test(`${protocol.name}: comes back after the relay's ${end} and misses nothing`, { timeout }, async (t) => {
      const { alice, bob, conversation, hub } = await connected(t, protocol);
      const pushed = envelopes(hub, protocol);
      await hub.start();
      await hub.invoke("Resume", 0);
      await alice.send(conversation, bob, Buffer.from("before"));
      await pushed.until(1);
      const lost = new Promise((resolve) => hub.onreconnecting(resolve));
      const back = new Promise((resolve) => hub.onreconnected(resolve));
      await relay[end]();
      await lost;
      await relay.start();
      await alice.send(conversation, bob, Buffer.from("meanwhile"));
      await back;
      await hub.invoke("Resume", 1);
      await alice.send(conversation, bob, Buffer.from("after"));
      const received = await pushed.until(3);
      assert.deepEqual(received.map(({ content }) => Buffer.from(content).toString()), ["before", "meanwhile", "after"]);
      assert.deepEqual(received.map(({ seq }) => seq), [1, 2, 3]);
    });
  }

  test(`${protocol.name}: with stateful reconnect a lost socket is no event, and no envelope is lost or doubled`, { timeout }, async (t) => {
    const [alice, bob] = [await person("alice"), await person("bob")];
    const conversation = await alice.converse(bob);
    const proxy = await startProxy(relay.port);
    const url = `http://127.0.0.1:${proxy.port}/hubs/communication`;
    const hub = connectionTo(url, { token: bob.token, protocol, stateful: true, reconnect: [0, 100, 1000] });
    t.after(async () => {
      await hub.stop();
      await proxy.close();
    });
    const events = [];
    hub.onreconnecting(() => events.push("reconnecting"));
    const pushed = envelopes(hub, protocol);
    await hub.start();
    await hub.invoke("Resume", 0);
    const contents = Array.from({ length: 12 }, (_, index) => Uint8Array.from({ length: 500 }, (_, at) => (index + at) % 256));
    for (const [index, content] of contents.entries()) {
      if (index === 3) proxy.cut();
      // In the middle of an envelope.
      const cut = index === 7 ? proxy.cutAfter(300) : undefined;
      await alice.send(conversation, bob, content);
      await cut;
    }
    await pushed.until(contents.length);
    await hub.invoke("Acknowledge", 5);
    assert.deepEqual(pushed.received.map(({ seq }) => seq), contents.map((_, index) => index + 1));
    assert.deepEqual(pushed.received.map(({ content }) => content), contents);
    assert.deepEqual(events, []);
  });

  test(`${protocol.name}: nobody enters without a good token`, { timeout }, async () => {
    const url = `${relay.url}/hubs/communication`;
    await assert.rejects(connectionTo(url, { token: "wrong", protocol }).start(), /Status code '401'/);
    await assert.rejects(connectionTo(url, { token: "", protocol }).start(), /Status code '401'/);
  });
}
