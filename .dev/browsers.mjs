// `npm run test:browsers`: the store's tests in the browsers' other engines: Firefox, and WebKitGTK for Safari. Chromium is a stage of `npm test`.
//   npm run test:browsers -- firefox      only these
import { existsSync } from "node:fs";
import { join } from "node:path";
import { execute, Failure, main, say } from "./lib/run.mjs";
import { counts } from "./lib/counts.mjs";
import { findProgram, inRoot, root, toolPath, toolsDir } from "./lib/paths.mjs";
import { forBuild, setup } from "./setup.mjs";

const TESTS = ["--test", "indexeddb", "--test", "indexeddb_worker"];
const MINI_BROWSER = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";

const engines = {
  firefox: {
    setup: ["firefox"],
    missing: () => (findProgram("firefox-esr", "firefox") ? null : "Firefox"),
    command: ["wasm-pack", "test", "--mode", "no-install", "--headless", "--firefox", "crypto-wasm", ...TESTS],
    env: () => ({ GECKODRIVER: findProgram("geckodriver") ?? join(toolsDir, "bin", "geckodriver") }),
  },
  webkit: {
    setup: ["webkit"],
    missing: () => (existsSync(MINI_BROWSER) && findProgram("WebKitWebDriver") ? null : "WebKitGTK's WebKitWebDriver and MiniBrowser"),
    command: ["xvfb-run", "-a", "cargo", "test", "-p", "crypto-wasm", "--target", "wasm32-unknown-unknown", ...TESTS],
    env: () => ({ SAFARIDRIVER: findProgram("WebKitWebDriver") ?? "", CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: "wasm-bindgen-test-runner" }),
  },
};

await main(async () => {
  const chosen = process.argv.slice(2);
  const names = chosen.length > 0 ? chosen : Object.keys(engines);
  await setup([...forBuild, "wasm-pack"]);
  const failed = [];
  for (const name of names) {
    const engine = engines[name];
    if (!engine) throw new Failure(`no such engine: ${name} (there are ${Object.keys(engines).join(", ")})`);
    await setup(engine.setup);
    const missing = engine.missing();
    if (missing !== null) throw new Failure(`missing: ${missing}`);
    say(`The store in ${name}`);
    const json = inRoot("crypto-wasm", "webdriver", `${name}.json`);
    const result = await execute(engine.command, { cwd: root, env: { PATH: toolPath, WASM_BINDGEN_TEST_WEBDRIVER_JSON: json, ...engine.env() }, timeoutMs: 20 * 60_000 });
    const sum = counts("rust", result);
    if (sum.failed > 0) failed.push(name);
    say(`${name}: ${sum.passed} passed, ${sum.failed} failed ${sum.why}`);
  }
  if (failed.length > 0) throw new Failure(`failed: ${failed.join(", ")}`);
});
