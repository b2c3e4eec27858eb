import assert from "node:assert/strict";
import { test } from "node:test";
import { b64, bob, envelope, userDocument, uuid } from "./lib/fakes.mjs";

const shapes = await import("../src/worker/shapes.ts");

const refused = (read, value) => assert.throws(() => read(value), { name: "SealpostError", code: "relay" }, JSON.stringify(value));

test("a user document is copied, its bytes decoded", () => {
  const value = JSON.parse(JSON.stringify({ ...userDocument(), extra: 1 }).replace('"extra"', '"__proto__"'));
  const user = shapes.readUser(value);
  assert.deepEqual(user, {
    id: bob.userId,
    username: "bob",
    accountKey: new Uint8Array([1]),
    deviceList: new Uint8Array([2]),
    certificates: [new Uint8Array([3])],
  });
  assert.equal(Object.getPrototypeOf(user), Object.prototype);
});

test("malformed user documents are refused", () => {
  const good = userDocument();
  for (const change of [
    { id: "0189ABCD-0000-7000-8000-000000000002" },
    { id: 1 },
    { username: "Bob" },
    { username: "<b>" },
    { accountKey: "AA==" },
    { deviceList: null },
    { certificates: "AA" },
    { certificates: [1] },
    { certificates: [null] },
  ]) {
    refused(shapes.readUser, { ...good, ...change });
  }
  for (const value of [null, [], "x", 1, undefined]) refused(shapes.readUser, value);
});

test("an envelope comes from JSON as from MessagePack, its bytes copied", () => {
  const frame = new Uint8Array([9, 9, 1]);
  const pushed = shapes.readEnvelope({ ...envelope(1), content: frame.subarray(2) });
  assert.deepEqual(pushed, shapes.readEnvelope(envelope(1)));
  assert.equal(pushed.content.buffer.byteLength, 1);
});

test("malformed envelopes and sequence numbers are refused", () => {
  const good = envelope();
  for (const change of [
    { messageId: "x" },
    { conversationId: null },
    { sender: { ...bob, deviceId: 0 } },
    { sender: { ...bob, deviceId: 2 ** 31 } },
    { sender: { ...bob, deviceId: 1.5 } },
    { sender: [] },
    { kind: "plain" },
    { content: b64(new Uint8Array(64 * 1024 + 1)) },
    { content: [1, 2] },
    { storedAt: -1 },
    { storedAt: "now" },
  ]) {
    refused(shapes.readEnvelope, { ...good, ...change });
  }
  for (const seq of [0, -1, 1.5, "1", null, Number.NaN, 2 ** 53]) refused((value) => shapes.readMailboxItem(value, good), seq);
});

test("one malformed item does not take its page with it, and pages are sorted", () => {
  const page = { items: [{ seq: 2, envelope: envelope(2) }, { seq: 1, envelope: envelope(1) }, { seq: 3, envelope: {} }], next: null, firstSeq: 1, lastSeq: 3 };
  const read = shapes.readMailboxPage(page);
  assert.deepEqual(read.items.map(({ seq }) => seq), [1, 2]);
  assert.equal(read.malformed, 1);
  refused(shapes.readMailboxPage, { ...page, items: {} });
  refused(shapes.readMailboxPage, { ...page, next: "2" });
  refused(shapes.readMailboxPage, { ...page, lastSeq: null });
  refused(shapes.readMailboxPage, { ...page, items: Array(201).fill(page.items[0]) });
});

test("bundles, counts, challenges and tokens", () => {
  const missing = { userId: uuid(3), deviceId: 1 };
  const read = shapes.readBundles({ bundles: [{ ...bob, bundle: b64([5]), more: 1 }], missing: [missing] });
  assert.deepEqual(read, { bundles: [{ ...bob, bundle: new Uint8Array([5]) }], missing: [missing] });
  refused(shapes.readBundles, { bundles: [{ ...bob }], missing: [] });
  refused(shapes.readBundles, { bundles: [] });
  refused(shapes.readPreKeyCounts, { oneTimePreKeys: -1, kemPreKeys: 0 });
  refused(shapes.readPreKeyCounts, { oneTimePreKeys: 1, kemPreKeys: 0, keyPackages: "0" });
  assert.equal(shapes.readPreKeyCounts({ oneTimePreKeys: 1, kemPreKeys: 0 }).keyPackages, null);
  assert.equal(shapes.readPreKeyCounts({ oneTimePreKeys: 1, kemPreKeys: 0, keyPackages: 4 }).keyPackages, 4);
  refused(shapes.readChallenge, { challenge: b64(new Uint8Array(31)), expiresAt: 1 });
  refused(shapes.readToken, { accessToken: "a\nb", expiresIn: 1 });
  refused(shapes.readToken, { accessToken: "", expiresIn: 1 });
  refused(shapes.readToken, { accessToken: "a", expiresIn: "1" });
});
