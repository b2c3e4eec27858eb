// Benchmarks of topics in headless Chromium. Grown topics are kept in target/bench-topics; the first run makes them.
//   npm run bench:topics -- [--members 100,1000] [--json FILE]      10000 takes some minutes to grow
import { existsSync, mkdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { parseArgs } from "node:util";
import { build as bundle } from "esbuild";
import { chromium } from "playwright-core";
import { dim, Failure, main, say } from "./lib/run.mjs";
import { findChrome, inRoot, targetDir } from "./lib/paths.mjs";
import { build } from "./build.mjs";
import { forBuild, setup } from "./setup.mjs";

const grown = join(targetDir, "bench-topics");
const folders = { sealpost: inRoot("web/client/dist"), "topics-grown": grown };
const page = inRoot("tests/bench");
const types = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm", ".json": "application/json" };
const headers = { "Cache-Control": "no-store", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

/** What we set out for, in milliseconds. */
const goals = { "forum-join-1000": 200, "forum-join-10000": 6_000, "forum-process-commit-1000": 15, "forum-post-10000": 1 };

async function fixture(members) {
  const file = join(grown, `${members}.json`);
  if (existsSync(file)) return;
  const { grow } = await import("../tests/bench/topics/grow.mjs");
  mkdirSync(grown, { recursive: true });
  const made = await grow(members, (count) => say(dim(`growing a topic of ${members}: ${count}`)));
  await writeFile(file, JSON.stringify(made, (_key, value) => (value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value)));
}

async function serve() {
  const { outputFiles: [reference] } = await bundle({ entryPoints: [join(page, "topics/reference.mjs")], bundle: true, format: "esm", write: false, minify: true });
  const server = createServer(async (request, response) => {
    try {
      const path = normalize(new URL(request.url, "http://localhost").pathname);
      const [, first, ...rest] = path.split("/");
      const file = Object.hasOwn(folders, first) ? join(folders[first], ...rest) : join(page, path);
      const content = path === "/topics/reference.js" ? reference.contents : await readFile(file);
      response.writeHead(200, { ...headers, "Content-Type": types[extname(path)] ?? "application/octet-stream" }).end(content);
    } catch {
      response.writeHead(404, headers).end();
    }
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

async function measure(url) {
  const executablePath = findChrome();
  if (!executablePath) throw new Failure("Chromium is missing: run npm run setup, or name it in CHROME");
  const browser = await chromium.launch({ executablePath, args: ["--disable-gpu", "--disable-quic", "--no-first-run"], chromiumSandbox: false });
  try {
    const tab = await browser.newPage();
    await tab.goto(url);
    const progress = setInterval(() => void tab.textContent("#status").then((text) => say(dim(text)), () => undefined), 10_000);
    return await tab.evaluate(() => globalThis.bench).finally(() => clearInterval(progress));
  } finally {
    await browser.close();
  }
}

await main(async () => {
  const { values } = parseArgs({ options: { members: { type: "string", default: "100,1000" }, json: { type: "string" } } });
  await setup(forBuild);
  await build(["wasm", "client"]);
  for (const members of values.members.split(",")) await fixture(Number(members));
  const server = await serve();
  try {
    const results = await measure(`${server.url}/topics/index.html?members=${values.members}`);
    console.log(`\n${"operation".padEnd(30)}${"ms".padStart(10)}${"bytes".padStart(12)}${"ts-mls, ms".padStart(12)}${"ratio".padStart(8)}${"goal, ms".padStart(10)}`);
    for (const { name, milliseconds, bytes, reference } of results) {
      const beside = reference === undefined ? ["", ""] : [reference.toFixed(1), `${(reference / milliseconds).toFixed(2)} ×`];
      console.log(`${name.padEnd(30)}${milliseconds.toFixed(2).padStart(10)}${String(bytes).padStart(12)}${beside[0].padStart(12)}${beside[1].padStart(8)}${String(goals[name] ?? "").padStart(10)}`);
    }
    if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(results, null, 2)}\n`);
  } finally {
    server.close();
  }
});
