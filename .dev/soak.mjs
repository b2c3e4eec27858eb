// `npm run soak`: what takes minutes and says more the longer it runs. Logs and results.json lie in target/soak.
//   npm run soak -- --only timing      only these stages
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { main, say } from "./lib/run.mjs";
import { findChrome, inRoot, targetDir } from "./lib/paths.mjs";
import { choose, minutes, printSum, printTable, runAll } from "./lib/stages.mjs";

/** As in stages.mjs. */
const stages = [
  {
    name: "timing",
    what: "does time tell secrets apart? native",
    runner: "plain",
    setup: ["rust"],
    command: () => ["cargo", "run", "--release", "-p", "sealpost-primitives", "--example", "timing", "--features", "client"],
    timeoutMs: minutes(20),
  },
  {
    name: "timing-wasm",
    what: "does time tell secrets apart? WASM in Node",
    runner: "plain",
    setup: ["rust", "npm", "wasm-bindgen"],
    build: ["wasm", "client"],
    command: () => ["node", inRoot(".dev/soak/timing.mjs")],
    timeoutMs: minutes(20),
  },
  {
    name: "topics",
    what: "topics: thousands of comings, goings and posts at random",
    runner: "rust",
    setup: ["rust"],
    command: () => ["cargo", "test", "--release", "-p", "crypto-wasm", "--features", "conformance", "--test", "client", "forums::storm"],
    env: () => ({ SEALPOST_STORM_STEPS: "5000" }),
    timeoutMs: minutes(20),
  },
  {
    name: "kill-sqlite",
    what: "the relay is killed 50 times under traffic, SQLite",
    runner: "rust",
    setup: ["rust"],
    command: () => ["cargo", "test", "--workspace", "--test", "api", "killing::relay"],
    env: () => ({ SEALPOST_KILLS: "50" }),
    timeoutMs: minutes(10),
  },
  {
    name: "kill-postgres",
    what: "the relay is killed 20 times under traffic, PostgreSQL",
    runner: "rust",
    setup: ["rust", "postgres"],
    command: () => ["cargo", "test", "--workspace", "--test", "api", "killing::relay"],
    env: () => ({ SEALPOST_KILLS: "20", TEST_DATABASE: "postgres" }),
    timeoutMs: minutes(10),
  },
  {
    name: "kill-server",
    what: "PostgreSQL is killed 20 times under traffic",
    runner: "rust",
    setup: ["rust", "postgres"],
    command: () => ["cargo", "test", "--workspace", "--test", "api", "killing::server"],
    env: () => ({ SEALPOST_SERVER_KILLS: "20" }),
    timeoutMs: minutes(10),
  },
  {
    name: "kills",
    what: "browsers and the relay are killed 200 times while people write",
    runner: "node",
    setup: ["rust", "npm", "wasm-bindgen", "browser"],
    build: ["wasm", "client", "tested-relay"],
    command: () => ["node", "--test", "--test-reporter=spec", inRoot("tests/kills/kills.test.mjs")],
    env: () => ({ CHROME: findChrome() ?? "", SEALPOST_KILLS: "100" }),
    timeoutMs: minutes(40),
  },
  {
    name: "nodes",
    what: "relays on one database: NATS and lines away for a minute, nodes killed again and again",
    runner: "rust",
    setup: ["rust", "postgres", "nats"],
    command: () => ["cargo", "test", "--workspace", "--features", "relay-server/soak", "--test", "api", "nodes::", "--", "--test-threads=2"],
    env: () => ({ SEALPOST_OUTAGE_SECONDS: "60", SEALPOST_KILL_ROUNDS: "20" }),
    timeoutMs: minutes(20),
  },
  {
    name: "reproducible",
    what: "two builds of the WebAssembly modules in two folders give the same bytes",
    runner: "plain",
    setup: ["rust", "npm", "wasm-bindgen"],
    command: () => ["node", inRoot(".dev/soak/reproducible.mjs")],
    timeoutMs: minutes(30),
  },
  {
    name: "api",
    what: "the relay and its OpenAPI document, Schemathesis",
    runner: "plain",
    setup: ["rust"],
    build: ["relay"],
    command: () => ["node", inRoot(".dev/soak/api.mjs")],
    timeoutMs: minutes(10),
  },
];

await main(async () => {
  const chosen = choose(stages, process.argv.slice(2), "npm run soak");
  say(`at most ${chosen.reduce((sum, { timeoutMs }) => sum + timeoutMs, 0) / minutes(1)} minutes, and what building takes`);
  const results = await runAll(chosen);
  const folder = join(targetDir, "soak");
  mkdirSync(folder, { recursive: true });
  for (const { name, output = "" } of results) writeFileSync(join(folder, `${name}.log`), output);
  writeFileSync(join(folder, "results.json"), JSON.stringify(results.map((result) => ({ ...result, output: undefined })), null, 2));
  printTable(results);
  return printSum(results);
});
