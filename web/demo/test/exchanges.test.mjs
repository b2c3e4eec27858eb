import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { concerns, viewed, written } = await load("lib/exchanges.ts");

const sending = {
  at: 5,
  name: "POST /api/messages",
  request: { messageId: "m1", conversationId: "c1", recipients: ["u1", "u2"], envelopes: [{ userId: "u2", deviceId: 1, kind: "message", content: "AQL_" }] },
  answer: { messageId: "m1", storedAt: 6 },
  status: 200,
};
const receiving = { at: 7, name: "ReceiveEnvelope", request: null, answer: { seq: 3, envelope: { conversationId: "c1", messageId: "m2", content: new Uint8Array(60).fill(10) } }, status: null };

test("an exchange belongs to the conversation that is named in it", () => {
  assert.equal(concerns(sending, "c1"), true);
  assert.equal(concerns(sending, "c2"), false);
  assert.equal(concerns(receiving, "c1"), true);
  assert.equal(concerns({ ...receiving, answer: null }, "c1"), false);
});

test("what was sent and what came is told apart, with the ciphertext's length and the message's id", () => {
  const { direction, bytes, messageId } = viewed(sending, 1);
  assert.deepEqual({ direction, bytes, messageId }, { direction: "up", bytes: 3, messageId: "m1" });
  const view = viewed(receiving, 2);
  assert.deepEqual([view.direction, view.bytes, view.messageId, view.sent], ["down", 60, "m2", null]);
});

test("a value is written in lines, its ciphertext in hexadecimal", () => {
  assert.equal(
    written(sending.request),
    ["messageId: m1", "conversationId: c1", "recipients 1: u1", "recipients 2: u2", "envelopes 1:", "  userId: u2", "  deviceId: 1", "  kind: message", "  content: 01 02 ff (3 bytes)"].join("\n"),
  );
  assert.match(written(receiving.answer), /^ {2}content: (0a ){48}… \(60 bytes\)$/m);
  assert.equal(written({ list: [], content: "not base64!" }), "list: none\ncontent: not base64!");
});
