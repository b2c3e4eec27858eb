// Measures files in headless Chromium, with a relay on this machine: sending and reading one, beside what bare WebCrypto and bare requests take for as many bytes.
//   npm run bench:files -- [--mib 256] [--rounds 3] [--json FILE]
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { Relay } from "../tests/e2e/lib/relay.mjs";
import { build } from "./build.mjs";
import { findChrome, inRoot } from "./lib/paths.mjs";
import { dim, Failure, main, say } from "./lib/run.mjs";
import { forBuild, setup } from "./setup.mjs";

const MIB = 1 << 20;
const SAMPLE_MS = 50;

/** Resident memory of a process and of those that it has started, in bytes. Each page counts what it shares with others once more. */
function resident(pid) {
  const parents = new Map();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      // After the name in brackets: the state, the parent, …, and twenty further on the pages in memory (proc_pid_stat(5)).
      const fields = readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1).split(" ");
      parents.set(Number(name), { parent: Number(fields[1]), rss: Number(fields[21]) });
    } catch {
      // It has ended.
    }
  }
  const belongs = (id) => {
    for (let at = id; at > 1; at = parents.get(at)?.parent ?? 0) if (at === pid) return true;
    return false;
  };
  const page = 4096;
  return [...parents].filter(([id]) => belongs(id)).reduce((sum, [, { rss }]) => sum + rss * page, 0);
}

/** The most that `sample` gave while something ran, above what it was before. */
async function peak(sample, run) {
  const before = sample();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, sample())), SAMPLE_MS);
  const result = await run();
  clearInterval(timer);
  return { result, bytes: most - before };
}

/** What is measured, in the page. Each gives milliseconds. */
const CASES = {
  "WebCrypto: encrypt": (page) => page.evaluate(() => globalThis.bench.bare("encrypt")),
  "WebCrypto: decrypt": (page) => page.evaluate(() => globalThis.bench.bare("decrypt")),
  "bare requests: upload": (page) => page.evaluate(() => globalThis.bench.put()),
  "bare requests: download": (page) => page.evaluate(() => globalThis.bench.get()),
  "Sealpost: encrypt and upload": (page) => page.evaluate(() => globalThis.bench.send()),
  "Sealpost: download and decrypt": (page) => page.evaluate(() => globalThis.bench.read()),
};

/** The page's part: runs there. */
function prepare(size) {
  const SEGMENT = 1 << 20;
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65_536, size)));
  const file = new File([bytes], "large.bin");
  const timed = async (work) => {
    const begun = performance.now();
    await work();
    return performance.now() - begun;
  };
  const state = {};
  const begin = async () => {
    const { Sealpost } = await import("/sealpost/index.js");
    const open = async (name) => {
      const sealpost = await Sealpost.open({ relay: globalThis.location.origin, profile: name });
      await sealpost.register({ username: name });
      return sealpost;
    };
    const [alice, bob] = [await open("alice"), await open("bob")];
    const contact = await alice.contacts.find("bob");
    const conversation = await alice.conversations.create({ members: [contact.userId] });
    Object.assign(state, { alice, bob, conversation });
    // What is loaded at the first use is no part of what is measured.
    const message = await alice.messages.sendFile(conversation.id, new Blob(["first"]));
    await alice.messages.download(message).blob();
  };
  const bare = async (usage) => {
    const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    const segments = [];
    const iv = (index) => {
      const nonce = new Uint8Array(12);
      new DataView(nonce.buffer).setUint32(7, index);
      return { name: "AES-GCM", iv: nonce };
    };
    const encrypt = async () => {
      for (let at = 0; at < size; at += SEGMENT) segments.push(await crypto.subtle.encrypt(iv(at / SEGMENT), key, await file.slice(at, at + SEGMENT).arrayBuffer()));
    };
    if (usage === "encrypt") return timed(encrypt);
    await encrypt();
    return timed(async () => {
      for (const [index, segment] of segments.entries()) await crypto.subtle.decrypt(iv(index), key, segment);
    });
  };
  /** Uploads as much as the relay takes of anybody, with nothing encrypted: by a worker's token, that is in no page. */
  const put = () => timed(async () => {
    const text = (raw) => btoa(String.fromCharCode(...raw)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    state.blob = text(crypto.getRandomValues(new Uint8Array(16)));
    const headers = { Authorization: `Bearer ${state.token}`, "Tus-Resumable": "1.0.0" };
    await fetch("/api/blobs", { method: "POST", headers: { ...headers, "Upload-Length": String(size), "Upload-Metadata": `id ${btoa(state.blob)}` } });
    const part = 16 * SEGMENT;
    for (let at = 0; at < size; at += part) {
      const answer = await fetch(`/api/blobs/${state.blob}`, { method: "PATCH", headers: { ...headers, "Upload-Offset": String(at), "Content-Type": "application/offset+octet-stream" }, body: file.slice(at, at + part) });
      if (answer.status !== 204) throw new Error(`the relay answered ${answer.status}`);
    }
  });
  const drain = async (stream) => {
    let count = 0;
    const reader = stream.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) count += next.value.length;
    if (count !== size) throw new Error(`${count} bytes`);
  };
  const get = () => timed(async () => drain((await fetch(`/api/blobs/${state.blob}`, { headers: { Authorization: `Bearer ${state.token}` } })).body));
  const send = () => timed(async () => {
    state.message = await state.alice.messages.sendFile(state.conversation.id, file);
  });
  const read = () => timed(() => drain(state.alice.messages.download(state.message).stream()));
  globalThis.bench = { state, begin, bare, put, get, send, read };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

await main(async () => {
  const { values } = parseArgs({ options: { mib: { type: "string", default: "256" }, rounds: { type: "string", default: "3" }, json: { type: "string" } } });
  const [size, rounds] = [Number(values.mib) * MIB, Number(values.rounds)];
  await setup(forBuild);
  await build(["wasm", "client", "relay"]);
  const folder = mkdtempSync(join(tmpdir(), "sealpost-bench-"));
  mkdirSync(join(folder, "web"));
  cpSync(inRoot("web/client/dist"), join(folder, "web", "sealpost"), { recursive: true });
  writeFileSync(join(folder, "web", "index.html"), "<!doctype html><html lang=en><meta charset=utf-8><title>Sealpost</title>");
  const env = { WEB_ROOT: join(folder, "web"), RUST_LOG: "warn", BLOB_MAX_BYTES: String(2 * size), BLOB_QUOTA_BYTES: String(100 * size) };
  const relay = await Relay.start(join(folder, "relay"), { env });
  const executablePath = findChrome();
  if (!executablePath) throw new Failure("Chromium is missing: run npm run setup, or name it in CHROME");
  const profile = join(folder, "profile");
  const context = await chromium.launchPersistentContext(profile, { executablePath, args: ["--disable-gpu", "--disable-quic", "--no-first-run"], chromiumSandbox: false });
  try {
    const page = context.pages()[0] ?? (await context.newPage());
    // The token of the worker's own requests, for the bare ones.
    let token = null;
    context.on("request", (request) => (token = request.headers().authorization ?? token));
    await page.goto(relay.url);
    await page.evaluate(`(${prepare})(${size})`);
    await page.evaluate(() => globalThis.bench.begin());
    if (token === null) throw new Failure("no request of the worker's was seen");
    await page.evaluate((text) => void (globalThis.bench.state.token = text), token.replace("Bearer ", ""));
    const browser = Number(execFileSync("pgrep", ["-f", "-o", profile], { encoding: "utf8" }));
    const results = Object.keys(CASES).map((name) => ({ name, times: [], page: 0, relay: 0 }));
    for (let round = 0; round < rounds; round += 1) {
      for (const result of results) {
        say(dim(`round ${round + 1}: ${result.name}`));
        const { result: inRelay, bytes } = await peak(() => resident(browser), () => peak(() => resident(relay.pid), () => CASES[result.name](page)));
        result.times.push(inRelay.result);
        result.page = Math.max(result.page, bytes);
        result.relay = Math.max(result.relay, inRelay.bytes);
      }
    }
    const rate = ({ times }) => size / MIB / (median(times) / 1000);
    const bare = { encrypt: rate(results[0]), decrypt: rate(results[1]) };
    console.log(`\n${`${values.mib} MiB, median of ${rounds}`.padEnd(34)}${"ms".padStart(9)}${"MiB/s".padStart(9)}${"of WebCrypto".padStart(14)}${"browser +MiB".padStart(14)}${"relay +MiB".padStart(12)}`);
    for (const result of results) {
      const share = rate(result) / (/encrypt|upload/.test(result.name) ? bare.encrypt : bare.decrypt);
      console.log(`${result.name.padEnd(34)}${median(result.times).toFixed(0).padStart(9)}${rate(result).toFixed(0).padStart(9)}${`${(share * 100).toFixed(0)} %`.padStart(14)}${(result.page / MIB).toFixed(0).padStart(14)}${(result.relay / MIB).toFixed(0).padStart(12)}`);
    }
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ size, results }, null, 2)}\n`);
  } finally {
    await context.close();
    await relay.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
