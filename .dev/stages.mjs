// What `npm test` runs, in order.
import { findChrome, findChromeDriver, inRoot } from "./lib/paths.mjs";
import { Failure } from "./lib/run.mjs";
import { minutes } from "./lib/stages.mjs";
import { filesUnder } from "./lib/stamps.mjs";

/** Test files under a folder; none is a failure (`node --test` would go looking for others). */
function testFiles(folder) {
  const files = filesUnder(inRoot(folder)).filter((file) => file.endsWith(".test.mjs"));
  if (files.length === 0) throw new Failure(`no test files in ${folder}`);
  return files;
}

/** One test file after another where they start servers and browsers: timing then means something on a small machine. */
const node = (folder, { concurrency } = {}) => {
  const options = ["--test", "--test-reporter=spec", ...(concurrency ? [`--test-concurrency=${concurrency}`] : [])];
  return ["node", ...options, ...testFiles(folder)];
};

const wasmPack = (...options) => ["wasm-pack", "test", "--mode", "no-install", ...options];

/**
 * `setup` and `build` name what must be there first; `runner` says how the output reads (lib/counts.mjs); a stage that needs
 * something that failed to build is failed without being run.
 */
export const stages = [
  { name: "scripts", what: "the scripts' own tests", runner: "node", command: () => node(".dev/test"), timeoutMs: minutes(2) },
  {
    name: "native",
    what: "Rust, native",
    runner: "rust",
    setup: ["rust", "postgres", "nats"],
    command: () => ["cargo", "test", "--workspace", "--no-fail-fast"],
    timeoutMs: minutes(60),
  },
  {
    name: "postgres",
    what: "the relay from outside, on PostgreSQL; several nodes",
    runner: "rust",
    setup: ["rust", "postgres", "nats"],
    command: () => ["cargo", "test", "--workspace", "--test", "api", "--no-fail-fast"],
    env: () => ({ TEST_DATABASE: "postgres" }),
    timeoutMs: minutes(40),
  },
  {
    name: "vectors",
    what: "vectors and Wycheproof in WASM, Node",
    runner: "rust",
    setup: ["rust", "npm", "wasm-bindgen", "wasm-pack"],
    command: () => wasmPack("--node", "crypto-wasm", "--test", "vectors", "--test", "wycheproof"),
    timeoutMs: minutes(20),
  },
  {
    name: "indexeddb",
    what: "store in IndexedDB, Chromium",
    runner: "rust",
    setup: ["rust", "npm", "wasm-bindgen", "wasm-pack", "browser"],
    command: () => wasmPack("--headless", "--chrome", "crypto-wasm", "--test", "indexeddb", "--test", "indexeddb_worker"),
    env: () => ({ CHROMEDRIVER: findChromeDriver() ?? "" }),
    timeoutMs: minutes(20),
  },
  {
    name: "client",
    what: "the package, Node",
    runner: "node",
    setup: ["rust", "npm", "wasm-bindgen"],
    build: ["wasm", "client"],
    command: () => node("web/client/test"),
    timeoutMs: minutes(10),
  },
  {
    name: "interop",
    what: "topics beside another implementation of MLS, Node",
    runner: "node",
    setup: ["rust", "npm", "wasm-bindgen"],
    build: ["wasm", "client"],
    command: () => node("tests/interop"),
    timeoutMs: minutes(5),
  },
  {
    name: "demo",
    what: "the demo's logic, Node",
    runner: "node",
    setup: ["rust", "npm", "wasm-bindgen"],
    build: ["wasm", "client"],
    command: () => node("web/demo/test"),
    timeoutMs: minutes(5),
  },
  {
    name: "hub",
    what: "relay and stock SignalR client",
    runner: "node",
    setup: ["rust", "npm"],
    build: ["wasm", "client", "tested-relay"],
    command: () => node("tests/hub", { concurrency: 1 }),
    timeoutMs: minutes(10),
  },
  {
    name: "bundlers",
    what: "the packed package under bundlers and strict policies",
    runner: "node",
    setup: ["rust", "npm", "wasm-bindgen", "browser"],
    build: ["wasm", "client", "tested-relay"],
    command: () => node("tests/bundlers", { concurrency: 1 }),
    env: () => ({ CHROME: findChrome() ?? "" }),
    timeoutMs: minutes(10),
  },
  {
    name: "kills",
    what: "tabs, browsers and the relay are killed 12 times while people write",
    runner: "node",
    setup: ["rust", "npm", "wasm-bindgen", "browser"],
    build: ["wasm", "client", "tested-relay"],
    command: () => node("tests/kills", { concurrency: 1 }),
    env: () => ({ CHROME: findChrome() ?? "" }),
    timeoutMs: minutes(10),
  },
  {
    name: "e2e",
    what: "people in browsers, end to end",
    runner: "node",
    setup: ["rust", "npm", "wasm-bindgen", "browser"],
    build: ["wasm", "client", "demo", "tested-relay"],
    command: () => node("tests/e2e", { concurrency: 1 }),
    env: () => ({ CHROME: findChrome() ?? "" }),
    timeoutMs: minutes(30),
  },
];
