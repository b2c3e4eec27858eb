// `npm run bench`: builds the package, measures it beside its peer in a page in headless Chromium, and prints the table. Nothing here
// fails because something is slow.
//   npm run bench -- --json FILE             also writes the results there
//   npm run bench -- --write-docs            also makes docs/benchmarks.md of them
//   npm run bench -- --only encrypt,ready    only these cases
//   npm run bench -- --serve                 only serves the page, for a browser of your own
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { dim, Failure, green, main, red, say } from "./lib/run.mjs";
import { findChrome, inRoot } from "./lib/paths.mjs";
import { build } from "./build.mjs";
import { writeBenchmarks } from "./benchmarks.mjs";
import { forBuild, setup } from "./setup.mjs";
import { goal, reached, show, showRatio } from "../tests/bench/results.mjs";

const folders = { sealpost: inRoot("web/client/dist"), olm: inRoot("node_modules/@matrix-org/olm") };
const page = inRoot("tests/bench");
/** Browsers compile a module while it arrives only if its type is exactly that. */
const types = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
};

/** An isolated page has timers of 5 µs instead of 100. */
const headers = {
  "Cache-Control": "no-store",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "cross-origin",
};

async function serve() {
  const server = createServer(async (request, response) => {
    try {
      const file = locate(new URL(request.url, "http://localhost").pathname);
      const content = await readFile(file);
      response.writeHead(200, { ...headers, "Content-Type": types[extname(file)] ?? "application/octet-stream" }).end(content);
    } catch {
      response.writeHead(404, headers).end();
    }
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

function locate(pathname) {
  const path = normalize(pathname === "/" ? "/index.html" : pathname);
  const [, first, ...rest] = path.split("/");
  return Object.hasOwn(folders, first) ? join(folders[first], ...rest) : join(page, path);
}

/** Opens the page and waits for its results. */
async function measure(url, only) {
  const executablePath = findChrome();
  if (!executablePath) throw new Failure("Chromium is missing: run npm run setup, or name it in CHROME");
  const args = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  const browser = await chromium.launch({ executablePath, args, chromiumSandbox: false });
  try {
    const tab = await browser.newPage();
    tab.on("pageerror", (error) => console.error(error));
    await tab.goto(only === undefined ? url : `${url}?only=${encodeURIComponent(only)}`);
    const progress = setInterval(() => void tab.textContent("#status").then((text) => say(dim(text)), () => undefined), 5_000);
    const results = await tab.evaluate(() => globalThis.bench).finally(() => clearInterval(progress));
    return { results, browser: `Chromium ${browser.version()}` };
  } finally {
    await browser.close();
  }
}

function print(results) {
  const columns = ["operation".padEnd(20), "unit".padEnd(5), ...["sealpost", "olm", "ratio", "goal"].map((name) => name.padStart(10))];
  console.log(`\n${columns.join("")}`);
  for (const measured of results) {
    const { name, unit, value, reference, ratio } = measured;
    const numbers = [show(value), show(reference), showRatio(ratio), goal(name)].map((text) => text.padStart(10)).join("");
    const met = reached(measured);
    const verdict = met === null ? "" : met ? green("  reached") : red("  missed");
    console.log(`${name.padEnd(20)}${unit.padEnd(5)}${numbers}${verdict}`);
  }
}

await main(async () => {
  const { values } = parseArgs({
    options: { json: { type: "string" }, only: { type: "string" }, serve: { type: "boolean" }, "write-docs": { type: "boolean" } },
  });
  await setup(forBuild);
  await build(["wasm", "client"]);
  const server = await serve();
  say(`The page is ${server.url}`);
  if (values.serve) return new Promise(() => undefined);
  try {
    const { results, browser } = await measure(server.url, values.only);
    print(results);
    if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(results, null, 2)}\n`);
    if (values["write-docs"]) await writeBenchmarks(results, browser);
  } finally {
    server.close();
  }
});
