// Whatever is killed at whatever instant: what was called sent arrives, once and in order, what was shown stays on disk, and no message key is used twice (T18, T19).
// SEALPOST_KILLS says how often each story kills, SEALPOST_SEED begins with another instant.
import assert from "node:assert/strict";
import { test } from "node:test";
import { story } from "./lib/story.mjs";
import { faults } from "./lib/verdict.mjs";

const kills = Number(process.env.SEALPOST_KILLS ?? 6);
const seed = Number(process.env.SEALPOST_SEED ?? Math.floor(Math.random() * 2 ** 32));

async function survives(t, options) {
  t.diagnostic(`SEALPOST_SEED=${seed}`);
  const { sides, ciphertexts, errors } = await story(t, { kills, seed, ...options });
  const count = Object.values(sides).reduce((sum, { sent }) => sum + sent.size, 0);
  t.diagnostic(`${kills} kills, ${count} messages called sent, ${sides.alice.history.length} in the end, ${ciphertexts.count} ciphertexts`);
  assert.deepEqual(faults(sides), []);
  assert.deepEqual(ciphertexts.repeated, [], "message keys used twice");
  assert.deepEqual(errors, []);
  assert.ok(count >= kills, "too little was sent for this to say anything");
  assert.ok(ciphertexts.count >= count, "not everything came by here");
}

test("tabs, browsers and the relay are killed while both sides write", async (t) => {
  await survives(t, { tabs: 1, of: ["renderer", "relay", "renderer", "browser", "renderer", "everything"] });
});

test("the same with two tabs each", async (t) => {
  await survives(t, { tabs: 2, of: ["renderer", "tab", "renderer", "both", "renderer", "relay"] });
});
