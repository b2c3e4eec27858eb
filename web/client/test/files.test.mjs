// Sending and reading files: the page's end, the part of the worker, and a relay that speaks tus and may be broken.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeEnvironment, problem, settle, uuid } from "./lib/fakes.mjs";

const { SealpostError } = await import("../src/errors.ts");
const { createFiles } = await import("../src/files.ts");
const { Http } = await import("../src/worker/http.ts");
const { start } = await import("../src/worker/files/main.ts");
const { CHUNK } = await import("../src/worker/files/seal.ts");

const MiB = 1 << 20;
const conversation = (more = {}) => ({ id: uuid(5), active: true, members: [{ keyState: "self" }, { keyState: "pinned" }], ...more });
const plainOf = (size) => Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8) * 17) & 0xff);

/** A relay for blobs. `trouble` may answer, or throw, in its place. */
class Blobs {
  all = new Map();
  log = [];
  trouble = () => null;

  async fetch(url, { method, headers, body, signal }) {
    signal?.throwIfAborted();
    const id = url.split("/api/blobs")[1].slice(1);
    const bytes = body === undefined ? null : new Uint8Array(await new Response(body).arrayBuffer());
    this.log.push(`${method} ${headers["Upload-Offset"] ?? headers.Range ?? ""}${bytes === null ? "" : `+${bytes.length}`}`.trim());
    assert.equal(headers["Tus-Resumable"], "1.0.0");
    assert.equal(headers.Authorization, "Bearer token");
    const instead = await this.trouble({ method, id, headers, bytes, blob: this.all.get(id) });
    if (instead) return instead;
    return this.#answer(method, id, headers, bytes);
  }

  #answer(method, id, headers, bytes) {
    if (method === "POST") {
      const name = atob(headers["Upload-Metadata"].split(" ")[1]);
      this.all.set(name, { length: Number(headers["Upload-Length"]), bytes: new Uint8Array() });
      return new Response(null, { status: 201 });
    }
    const blob = this.all.get(id);
    if (blob === undefined) return problem(404, "not-found");
    const offset = () => ({ "Upload-Offset": String(blob.bytes.length) });
    if (method === "HEAD") return new Response(null, { status: 200, headers: offset() });
    if (method === "DELETE") {
      this.all.delete(id);
      return new Response(null, { status: 204 });
    }
    if (method === "PATCH") {
      if (Number(headers["Upload-Offset"]) !== blob.bytes.length) return problem(409, "conflict");
      blob.bytes = Uint8Array.from([...blob.bytes, ...bytes]);
      return new Response(null, { status: 204, headers: offset() });
    }
    const from = Number(/^bytes=(\d+)-$/.exec(headers.Range ?? "bytes=0-")[1]);
    const length = { "Content-Length": String(blob.bytes.length - from), "Content-Range": `bytes ${from}-${blob.bytes.length - 1}/${blob.bytes.length}` };
    return new Response(blob.bytes.slice(from), { status: headers.Range === undefined ? 200 : 206, headers: length });
  }
}

/** The name and the media type in an encoded attachment, both short. */
function textsOf(attachment) {
  const bytes = Buffer.from(attachment);
  const name = bytes.subarray(89, 89 + bytes[88]);
  const at = 89 + name.length;
  return [String(name), String(bytes.subarray(at + 1, at + 1 + bytes[at]))];
}

/** The page, and behind it the part of the worker with a relay of its own. */
function setUp({ engine = {}, of = conversation() } = {}) {
  const blobs = new Blobs();
  const environment = new FakeEnvironment();
  environment.fetch = (url, init) => blobs.fetch(url, init);
  environment.timer = (callback, ms) => {
    environment.waits.push(ms);
    const timer = ms === 60_000 ? undefined : setImmediate(callback);
    return () => clearImmediate(timer);
  };
  environment.waits = [];
  const sent = [];
  const parts = {
    environment,
    base: "https://relay.example",
    token: async () => "token",
    invalidate: () => assert.fail("the token is good"),
    refusal: (response) => new Http("https://relay.example", environment).refusal(response),
    conversation: async (id) => (id === uuid(5) ? of : null),
    send: async (conversationId, attachment) => {
      sent.push(attachment.slice());
      const [name, mediaType] = textsOf(attachment);
      const size = Number(new DataView(attachment.buffer).getBigUint64(80));
      return { type: "file", conversationId, senderId: uuid(1), id: uuid(9), name, mediaType, size, preview: null };
    },
    stored: async () => Buffer.from(sent.at(-1)).toString("base64url"),
    ...engine,
  };
  const part = start(parts);
  const files = createFiles({ call: (method, call, port) => part.call(call, port).catch((error) => Promise.reject(SealpostError.fromJSON(SealpostError.from(error).toJSON()))) });
  return { blobs, environment, part, files, sent };
}

const fileOf = (size, name = "data.bin", type = "application/x-data") => new File([plainOf(size)], name, { type });

test("a file that was sent is read again, and its progress is told", async () => {
  const { files, blobs, sent } = setUp();
  for (const size of [0, 10, 3 * MiB + 5]) {
    const told = [];
    const message = await files.sendFile(uuid(5), fileOf(size), { onProgress: (progress) => told.push(progress) });
    assert.deepEqual([message.name, message.mediaType, message.size], ["data.bin", "application/x-data", size]);
    const [blob] = [...blobs.all.values()].slice(-1);
    assert.equal(blob.bytes.length, blob.length);
    await settle();
    assert.deepEqual(told.at(0), { done: 0, total: blob.length });
    assert.deepEqual(told.at(-1), { done: blob.length, total: blob.length });
    const read = [];
    const download = files.download(message);
    const back = await download.blob({ onProgress: ({ done }) => read.push(done) });
    assert.deepEqual(new Uint8Array(await back.arrayBuffer()), plainOf(size));
    assert.equal(read.at(-1) ?? 0, size);
  }
  // Never the same id or key, and neither name nor key is told to the relay.
  assert.equal(new Set(sent.map((attachment) => String(attachment.subarray(16, 48)))).size, 3);
  assert.equal(new Set(blobs.all.keys()).size, 3);
});

// ATT-9
test("the message is sent once the relay has the whole file, and not otherwise", async () => {
  let complete = null;
  const { files, blobs, sent } = setUp({
    engine: {
      send: async () => {
        const [blob] = blobs.all.values();
        complete = blob.bytes.length === blob.length;
        throw new SealpostError("storage-quota");
      },
    },
  });
  await assert.rejects(files.sendFile(uuid(5), fileOf(2 * MiB)), { code: "storage-quota" });
  assert.equal(complete, true);
  await settle();
  assert.equal(blobs.all.size, 0, "what no message names is dropped");
  assert.equal(sent.length, 0);
});

test("an upload that breaks goes on where the relay says it is", async () => {
  const { files, blobs } = setUp();
  let breaks = 3;
  blobs.trouble = ({ method, bytes, blob }) => {
    if (method !== "PATCH" || breaks === 0) return null;
    breaks -= 1;
    // Some of it has come.
    blob.bytes = Uint8Array.from([...blob.bytes, ...bytes.subarray(0, breaks * 1000)]);
    throw new TypeError("broken");
  };
  const message = await files.sendFile(uuid(5), fileOf(5 * MiB));
  assert.equal(blobs.log.filter((line) => line.startsWith("HEAD")).length, 3);
  const offsets = blobs.log.filter((line) => line.startsWith("PATCH")).map((line) => Number(/ (\d+)/.exec(line)[1]));
  assert.deepEqual(offsets.slice(0, 4), [0, 2000, 3000, 3000]);
  const back = await files.download(message).blob();
  assert.deepEqual(new Uint8Array(await back.arrayBuffer()), plainOf(5 * MiB));
});

test("parts grow while they are fast, so that large files take few requests", async () => {
  const { files, blobs } = setUp();
  await files.sendFile(uuid(5), fileOf(30 * MiB));
  const sizes = blobs.log.filter((line) => line.startsWith("PATCH")).map((line) => Math.round(Number(/\+(\d+)/.exec(line)[1]) / MiB));
  assert.deepEqual(sizes, [4, 8, 16, 2]);
});

test("a relay that stays away is given up, and what it refuses is not asked for again", async () => {
  const { files, blobs, environment } = setUp();
  blobs.trouble = () => {
    throw new TypeError("away");
  };
  await assert.rejects(files.sendFile(uuid(5), fileOf(10)), { code: "network", retryable: true });
  assert.ok(environment.waits.filter((ms) => ms !== 60_000).length >= 5);
  for (const [status, code, expected] of [[413, "too-large", "too-large"], [404, "not-found", "not-found"], [400, "bad-request", "relay"]]) {
    const before = blobs.log.length;
    blobs.trouble = ({ method }) => (method === "POST" ? problem(status, code) : null);
    await assert.rejects(files.sendFile(uuid(5), fileOf(10)), { code: expected });
    await settle();
    assert.deepEqual(blobs.log.slice(before), ["POST", "DELETE"]);
  }
});

test("a relay that loses what it had, or has more than was sent, is not believed", async () => {
  const { files, blobs } = setUp();
  for (const offset of ["0", "999999999", "x", "-1"]) {
    blobs.trouble = ({ method }) => (method === "PATCH" ? new Response(null, { status: 204, headers: { "Upload-Offset": offset } }) : null);
    await assert.rejects(files.sendFile(uuid(5), fileOf(10)), { code: "relay" });
  }
});

test("an upload can be ended, and nothing of it stays", async () => {
  const { files, blobs, sent } = setUp();
  const abort = new AbortController();
  blobs.trouble = ({ method, blob }) => {
    if (method === "PATCH" && blob.bytes.length > 0) abort.abort();
    return null;
  };
  await assert.rejects(files.sendFile(uuid(5), fileOf(20 * MiB), { signal: abort.signal }), { code: "aborted" });
  await settle();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(blobs.all.size, 0);
  assert.equal(sent.length, 0);
  await assert.rejects(files.sendFile(uuid(5), fileOf(10), { signal: abort.signal }), { code: "aborted" });
  await assert.rejects(files.sendFile(uuid(5), fileOf(10), { signal: AbortSignal.abort() }), { code: "aborted" });
});

test("what would be refused after the upload is refused before", async () => {
  for (const [of, code] of [
    [conversation({ active: false }), "not-a-member"],
    [conversation({ members: [{ keyState: "changed" }] }), "key-changed"],
    [null, "not-found"],
  ]) {
    const { files, blobs } = setUp({ of });
    await assert.rejects(files.sendFile(uuid(5), fileOf(10)), { code });
    assert.deepEqual(blobs.log, []);
  }
  const { files } = setUp();
  const given = [[uuid(5), "text"], [uuid(5), null], ["x", fileOf(1)], [uuid(5), fileOf(1), null], [uuid(5), fileOf(1), { signal: {} }], [uuid(5), fileOf(1), { onProgress: 1 }], [uuid(5), fileOf(1), { name: 1 }], [uuid(5), fileOf(1), { original: 1 }]];
  for (const args of given) await assert.rejects(files.sendFile(...args), { code: "invalid-argument" });
  for (const message of [null, {}, { type: "text" }, { type: "file", conversationId: "x" }]) assert.throws(() => files.download(message), { code: "invalid-argument" });
});

test("a download that breaks goes on with the next byte, and one that stays away is given up", async () => {
  const { files, blobs } = setUp();
  const message = await files.sendFile(uuid(5), fileOf(3 * MiB));
  let breaks = 3;
  blobs.trouble = ({ method, headers, blob }) => {
    if (method !== "GET" || breaks === 0) return null;
    breaks -= 1;
    const from = Number(/=(\d+)/.exec(headers.Range ?? "=0")[1]);
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(blob.bytes.slice(from, from + 700_001)),
      pull: (controller) => controller.error(new TypeError("broken")),
    });
    const headersOf = { "Content-Range": `bytes ${from}-/${blob.bytes.length}` };
    return new Response(body, { status: headers.Range === undefined ? 200 : 206, headers: headersOf });
  };
  const back = await files.download(message).blob();
  assert.deepEqual(new Uint8Array(await back.arrayBuffer()), plainOf(3 * MiB));
  assert.deepEqual(blobs.log.filter((line) => line.startsWith("GET")), ["GET", "GET bytes=700001-", "GET bytes=1400002-", "GET bytes=2100003-"]);
  blobs.trouble = () => {
    throw new TypeError("away");
  };
  await assert.rejects(files.download(message).blob(), { code: "network" });
});

test("T14: a relay that shows another file, a shorter or a longer one, shows nothing", async () => {
  const { files, blobs } = setUp();
  const message = await files.sendFile(uuid(5), fileOf(3 * MiB));
  const [blob] = blobs.all.values();
  const good = blob.bytes;
  const changed = (at) => {
    const bytes = good.slice();
    bytes[at] ^= 1;
    return bytes;
  };
  for (const [bytes, most] of [[good.slice(0, -1), 0], [Uint8Array.from([...good, 1]), 0], [changed(3), 0], [changed(50), 0], [changed(2 * CHUNK), 1], [changed(good.length - 1), 3]]) {
    blob.bytes = bytes;
    let chunks = 0;
    const reading = (async () => {
      const reader = files.download(message).stream().getReader();
      while (!(await reader.read()).done) chunks += 1;
    })();
    await assert.rejects(reading, { code: "decrypt" });
    assert.ok(chunks <= most, `${chunks} chunks`);
  }
  // Without a length to go by, too.
  blob.bytes = good;
  for (const bytes of [good.slice(0, -1), Uint8Array.from([...good, 1])]) {
    let asked = 0;
    blobs.trouble = ({ method }) => {
      if (method !== "GET") return null;
      asked += 1;
      return asked > 1 ? problem(416, "range-not-satisfiable") : new Response(new ReadableStream({ start: (to) => (to.enqueue(bytes), to.close()) }));
    };
    await assert.rejects(files.download(message).blob(), (error) => ["decrypt", "relay"].includes(error.code));
  }
});

test("nothing is fetched faster than it is read, and a reader may leave", async () => {
  const { files, blobs } = setUp();
  const message = await files.sendFile(uuid(5), fileOf(20 * MiB));
  let pulled = 0;
  blobs.trouble = ({ method, blob }) => {
    if (method !== "GET") return null;
    const body = new ReadableStream({
      pull(controller) {
        controller.enqueue(blob.bytes.slice(pulled, pulled + 65_536));
        pulled += 65_536;
        if (pulled >= blob.bytes.length) controller.close();
      },
    });
    return new Response(body, { headers: { "Content-Length": String(blob.bytes.length) } });
  };
  const reader = files.download(message).stream().getReader();
  await reader.read();
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(pulled < 8 * MiB, `${pulled} bytes`);
  await reader.cancel();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(pulled < 8 * MiB);
  const abort = new AbortController();
  const other = files.download(message).stream({ signal: abort.signal }).getReader();
  pulled = 0;
  await other.read();
  abort.abort();
  await assert.rejects(async () => {
    while (!(await other.read()).done);
  }, { code: "aborted" });
});

test("closing ends uploads and downloads", async () => {
  const { files, blobs, part } = setUp();
  blobs.trouble = ({ method }) => {
    if (method === "PATCH") part.stop();
    return null;
  };
  await assert.rejects(files.sendFile(uuid(5), fileOf(20 * MiB)), { code: "closed" });
});

// ATT-7
test("a file has no type under which a browser would run it", async () => {
  const { files } = setUp();
  for (const [type, expected] of [
    ["image/png", "image/png"],
    ["video/mp4", "video/mp4"],
    ["text/plain", "text/plain"],
    ["text/html", "application/octet-stream"],
    ["image/svg+xml", "application/octet-stream"],
    ["application/xhtml+xml", "application/octet-stream"],
    ["application/javascript", "application/octet-stream"],
    ["application/pdf", "application/octet-stream"],
  ]) {
    const message = await files.sendFile(uuid(5), fileOf(10, "x", type.startsWith("image/png") ? "" : type));
    const back = await files.download({ ...message, mediaType: type }).blob();
    assert.equal(back.type, expected);
  }
});
