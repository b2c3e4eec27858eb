// Benchmarks with storage in headless Chromium, on a profile that is on disk: the engine of conversations on IndexedDB, beside the same transactions without
// it and beside matrix-sdk-crypto-wasm.
//   npm run bench:stored -- [--messages 50000] [--sessions 1000] [--json FILE]
import { mkdtempSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { dim, Failure, main, say } from "./lib/run.mjs";
import { findChrome, inRoot } from "./lib/paths.mjs";
import { build } from "./build.mjs";
import { forBuild, setup } from "./setup.mjs";

const folders = { engine: inRoot("web/client/src/wasm-gen"), matrix: inRoot("node_modules/@matrix-org/matrix-sdk-crypto-wasm") };
const page = inRoot("tests/bench/stored");
const types = { ".html": "text/html; charset=utf-8", ".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm" };
const headers = { "Cache-Control": "no-store", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

/** How many times as fast as what is beside it, or in how many milliseconds. */
const goals = {
  "idb-send": { beside: "bare", times: 0.6 },
  "idb-send-pipelined": { beside: "matrix", times: 5 },
  "idb-receive": { beside: "matrix", times: 5 },
  "idb-round-trip": { beside: "matrix", times: 5 },
  "open-ready": { milliseconds: 100 },
};

async function serve() {
  const server = createServer(async (request, response) => {
    try {
      const path = normalize(new URL(request.url, "http://localhost").pathname);
      const [, first, ...rest] = path.split("/");
      const file = Object.hasOwn(folders, first) ? join(folders[first], ...rest) : join(page, path);
      const content = await readFile(file);
      response.writeHead(200, { ...headers, "Content-Type": types[extname(file)] ?? "application/octet-stream" }).end(content);
    } catch {
      response.writeHead(404, headers).end();
    }
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** A page of a profile on disk; what it gives is done when its browser has ended, so that the next one starts cold. */
async function inBrowser(folder, url, task) {
  const executablePath = findChrome();
  if (!executablePath) throw new Failure("Chromium is missing: run npm run setup, or name it in CHROME");
  const args = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  const context = await chromium.launchPersistentContext(folder, { executablePath, args, chromiumSandbox: false });
  try {
    const tab = context.pages()[0] ?? (await context.newPage());
    await tab.goto(url);
    return await task(tab);
  } finally {
    await context.close();
  }
}

async function measure(url, { messages, sessions }) {
  const folder = mkdtempSync(join(tmpdir(), "sealpost-bench-"));
  try {
    const { results, database } = await inBrowser(folder, `${url}/index.html?messages=${messages}&sessions=${sessions}`, async (tab) => {
      const progress = setInterval(() => void tab.textContent("#status").then((text) => say(dim(text)), () => undefined), 10_000);
      return tab.evaluate(() => globalThis.bench).finally(() => clearInterval(progress));
    });
    const opened = [];
    // The first start of a browser reads itself from the disk.
    for (let round = 0; round < 6; round += 1) {
      const found = await inBrowser(folder, `${url}/open.html?${database}`, (tab) => tab.evaluate(() => globalThis.bench));
      if (round > 0) opened.push(found);
    }
    const [ready] = opened.toSorted((a, b) => a.milliseconds - b.milliseconds).slice(2);
    return [...results, { name: "open-ready", unit: "ms", value: ready.milliseconds, memory: ready.memory, module: ready.module, database: ready.database }];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function print(results) {
  const head = ["operation".padEnd(20), "unit".padEnd(5), ...["sealpost", "bare", "matrix", "× bare", "× matrix"].map((name) => name.padStart(10))];
  console.log(`\n${head.join("")}  goal`);
  for (const measured of results) {
    const { name, unit, value, bare, matrix } = measured;
    const cell = (number, digits = 0) => (number === undefined ? "–" : number.toFixed(digits)).padStart(10);
    const ratio = (beside) => cell(beside === undefined ? undefined : value / beside, 2);
    const goal = goals[name];
    const isReached = goal.milliseconds === undefined ? value >= goal.times * measured[goal.beside] : value < goal.milliseconds;
    const aim = goal.milliseconds === undefined ? `${goal.times} × ${goal.beside}` : `${goal.milliseconds} ms`;
    console.log(`${name.padEnd(20)}${unit.padEnd(5)}${cell(value)}${cell(bare)}${cell(matrix)}${ratio(bare)}${ratio(matrix)}  ${aim}, ${isReached ? "reached" : "missed"}`);
    if (measured.memory !== undefined) console.log(dim(`  of these ${measured.module.toFixed(0)} ms the module, ${measured.database.toFixed(0)} ms the database; memory of the module ${(measured.memory / 2 ** 20).toFixed(1)} MiB`));
  }
}

await main(async () => {
  const { values } = parseArgs({ options: { messages: { type: "string", default: "50000" }, sessions: { type: "string", default: "1000" }, json: { type: "string" } } });
  await setup(forBuild);
  await build(["wasm"]);
  const server = await serve();
  try {
    const results = await measure(server.url, values);
    print(results);
    if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(results, null, 2)}\n`);
  } finally {
    server.close();
  }
});
