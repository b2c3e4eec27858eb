// What the relay says of posts is read as it should be, or refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { b64, uuid } from "./lib/fakes.mjs";

const { readPost, readPosts } = await import("../src/worker/forums/shapes.ts");

const digest = new Uint8Array(32).fill(7);
const dropped = { generation: 0, epoch: 3, id: uuid(9), digest: b64(digest) };

test("a post is its bytes, or what is left of it", () => {
  assert.deepEqual(readPost({ seq: 4, post: b64([1, 2]), storedAt: 1 }, "post"), { seq: 4, post: new Uint8Array([1, 2]), dropped: null });
  assert.deepEqual(readPost({ seq: 4, post: null, dropped, storedAt: 1 }, "post"), { seq: 4, post: null, dropped: { ...dropped, digest } });
  const page = readPosts({ items: [{ seq: 1, post: null }], authors: [], first: 1, last: 1 });
  assert.deepEqual(page.items, [{ seq: 1, post: null, dropped: null }]);
});

for (const [name, change] of Object.entries({
  "a short digest": { digest: b64([1]) },
  "a long digest": { digest: b64(new Uint8Array(33)) },
  "no epoch": { epoch: undefined },
  "a negative epoch": { epoch: -1 },
  "another id": { id: "x" },
})) {
  test(`what is left of a post is refused with ${name}`, () => {
    assert.throws(() => readPost({ seq: 1, post: null, dropped: { ...dropped, ...change } }, "post"), { code: "relay" });
  });
}
