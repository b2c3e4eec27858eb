// Builds what is missing or out of date.
//   node .dev/build.mjs [wasm] [client] [demo] [relay] [tested-relay]      (all but the last, when none is named)
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { ask, dim, Failure, main, must, say, since } from "./lib/run.mjs";
import { renameImports } from "./lib/imports.mjs";
import { namedByLikeness, withoutPanicTexts, withoutPlaces } from "./lib/wasm.mjs";
import { inRoot, lockedVersion, root, targetDir, toolPath } from "./lib/paths.mjs";
import { filesUnder, fresh } from "./lib/stamps.mjs";
import { forBuild, setup } from "./setup.mjs";

const WASM_TARGET = "wasm32-unknown-unknown";
// What rustc 1.95 enables for wasm32 by default, and every browser of the last years has.
const WASM_FEATURES = ["bulk-memory", "mutable-globals", "nontrapping-float-to-int", "sign-ext", "reference-types", "multivalue"];

// Only what is no longer than a call, such as `unreachable`: more would make what is transferred longer, since the code repeats itself less.
const INLINING = ["--always-inline-max-function-size=1", "--one-caller-inline-max-function-size=0", "--flexible-inline-max-function-size=0"];

const generated = inRoot("web/client/src/wasm-gen");
const clientDist = inRoot("web/client/dist");
const stamp = (name) => join(targetDir, "sealpost-stamps", name);
const env = { PATH: toolPath };

const steps = {
  wasm: buildWasm,
  client: buildClient,
  demo: buildDemo,
  relay: buildRelay("build", "-p", "relay-server"),
  // The same program, as the tests of the workspace have built it: cargo would compile most of what it is made of anew with fewer features.
  "tested-relay": buildRelay("test", "--workspace", "--test", "api", "--no-run"),
};
/** What `npm start` needs. */
const parts = ["wasm", "client", "demo", "relay"];

/** Builds the named parts, in order. */
export async function build(names = parts) {
  for (const name of names) {
    const step = steps[name];
    if (!step) throw new Failure(`no such part: ${name} (there are ${Object.keys(steps).join(", ")})`);
    const start = performance.now();
    const made = await step();
    say(`${name} ${made ? "built" : dim("up to date")} ${dim(`(${since(start)})`)}`);
  }
}

/** Crates that are compiled for speed in every module: those that do something for each byte. */
const FAST = ["aes", "aes-gcm", "cipher", "ctr", "ghash", "polyval", "sha2", "subtle"];

/** And those that new sessions spend their time in. */
const FAST_SESSIONS = ["hkdf", "hmac", "keccak", "ml-kem", "module-lattice", "sha3", "x25519-dalek"];

/** One level of optimisation for some crates. */
const at = (level, crates) => Object.fromEntries(crates.map((crate) => [crate, level]));

/** Rounds of SHA-2 and AES are loops and not written out. In WebAssembly that makes messages no slower. */
const COMPACT = ['sha2_backend_soft="compact"', 'aes_backend_soft="compact"'];

/** The modules: the engines of conversations, of topics and of the account's devices, the vault, and the low-level handles. Each has what it exports, and nothing of the others'.
 * `levels` are levels of optimisation other than the profile's, `cfgs` choose among what a crate offers. The module of topics is the largest:
 * there all crates but those above are compiled for size. */
const modules = {
  sealpost: { feature: "engine", levels: { "*": "s", "sealpost-primitives": "s", ...at(3, [...FAST, ...FAST_SESSIONS]) }, cfgs: COMPACT },
  forums: {
    feature: "forums",
    levels: { "*": "s", "sealpost-primitives": "s", ...at(3, [...FAST, "curve25519-dalek"]) },
    cfgs: COMPACT,
  },
  vault: { feature: "vault" },
  link: { feature: "link", levels: { "*": "s", ...at(3, [...FAST, ...FAST_SESSIONS, "curve25519-dalek", "sealpost-primitives"]) } },
  crypto: { feature: "low-level" },
};

async function buildWasm() {
  let made = false;
  for (const [name, how] of Object.entries(modules)) made = (await buildModule(name, how)) || made;
  writeDigests();
  return made;
}

/** What the package checks the modules against when it loads them. */
function writeDigests() {
  const digest = (name) => createHash("sha256").update(readFileSync(join(generated, `${name}_bg.wasm`))).digest("base64");
  const digests = Object.fromEntries(Object.keys(modules).map((name) => [name, digest(name)]));
  const text = `/** SHA-256 of the modules, in base64. */\nexport const digests = ${JSON.stringify(digests)};\n`;
  const file = join(generated, "digests.ts");
  // Written only if it is another, for what depends on it is built by its time.
  if (!existsSync(file) || readFileSync(file, "utf8") !== text) writeFileSync(file, text);
}

/** Whether it is up to date is not for cargo to say: the modules have the same name there, so that each build is undone by the next. */
async function buildModule(name, { feature, levels = {}, cfgs = [] }) {
  const wasm = join(generated, `${name}_bg.wasm`);
  const glue = join(generated, `${name}.js`);
  const flags = [withoutMachinePaths(), ...cfgs.map((cfg) => `--cfg ${cfg}`)].join(" ");
  const versions = [lockedVersion("wasm-bindgen"), WASM_FEATURES, ask(inRoot("node_modules/.bin/wasm-opt"), "--version"), ask("rustc", "--version"), flags];
  const crates = ["crypto-wasm", "crypto-wasm/primitives"].flatMap((crate) => [`${crate}/src`, `${crate}/Cargo.toml`]);
  const inputs = [...crates, "Cargo.toml", "Cargo.lock", ".dev/build.mjs", ".dev/lib/imports.mjs", ".dev/lib/wasm.mjs"].map((path) => inRoot(path));
  return fresh({ stamp: stamp(`wasm-${name}`), inputs, facts: versions, outputs: [wasm, glue] }, async () => {
    const cargo = ["cargo", "build", "-p", "crypto-wasm", "--lib", "--profile", "wasm", "--target", WASM_TARGET];
    const configs = Object.entries(levels).flatMap(([crate, level]) => ["--config", `profile.wasm.package."${crate}".opt-level=${JSON.stringify(level)}`]);
    await must([...cargo, ...configs, "--no-default-features", "--features", feature], { cwd: root, env: { RUSTFLAGS: flags } });
    const compiled = join(targetDir, WASM_TARGET, "wasm", "crypto_wasm.wasm");
    const bindgen = ["wasm-bindgen", "--target", "web", "--out-name", name, "--out-dir", generated];
    await must([...bindgen, "--omit-default-module-path", "--remove-producers-section", compiled], { env });
    const features = WASM_FEATURES.map((feature) => `--enable-${feature}`);
    const optimize = async (...passes) => must(["wasm-opt", ...passes, ...features, wasm, "-o", wasm], { env, quiet: true });
    const rewrite = (change) => writeFileSync(wasm, change(readFileSync(wasm)));
    rewrite((module) => withoutPlaces(withoutPanicTexts(module)));
    const log = await optimize("-O2", ...INLINING, "--zero-filled-memory", "--minify-imports");
    rewrite(namedByLikeness);
    await optimize("--reorder-functions-by-name");
    writeFileSync(glue, renameImports(readFileSync(glue, "utf8"), log));
  });
}

/** Compiler flags that keep the folders of this machine out of the artefact, so that the same source gives the same bytes. */
function withoutMachinePaths() {
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  const sysroot = ask("rustc", "--print", "sysroot");
  if (sysroot === null) throw new Failure("rustc is missing: run npm run setup");
  // Later mappings win.
  const mappings = [[homedir(), "/home"], [cargoHome, "/cargo"], [sysroot, "/rust"], [root, "/sealpost"]];
  return mappings.map(([from, to]) => `--remap-path-prefix=${from}=${to}`).join(" ");
}

async function buildClient() {
  const folder = inRoot("web/client");
  const inputs = [join(folder, "src"), join(folder, "package.json"), join(folder, "tsconfig.json"), join(folder, "build.mjs"),
    join(folder, "licences.mjs"), join(folder, "marks.mjs"), join(folder, "trim.mjs"), inRoot("Cargo.lock"),
    inRoot("web/tsconfig.base.json"), inRoot("package-lock.json")];
  const outputs = ["index.js", "crypto.js", "worker.js", "forums.js", "files.js", "vault.js", "link.js", "react.js", "index.d.ts", ...Object.keys(modules).map((name) => `${name}_bg.wasm`)].map((name) => join(clientDist, name));
  return fresh({ stamp: stamp("client"), inputs, outputs }, () => must(["node", "build.mjs"], { cwd: folder, env }));
}

async function buildDemo() {
  const folder = inRoot("web/demo");
  const inputs = [...filesUnder(folder), inRoot("package-lock.json"), ...builtFiles(clientDist)];
  const outputs = [join(folder, "dist", "index.html")];
  return fresh({ stamp: stamp("demo"), inputs, outputs }, () => must(["vite", "build", "--logLevel", "warn"], { cwd: folder, env }));
}

function builtFiles(folder) {
  if (!existsSync(folder)) throw new Failure("the demo is built on web/client/dist, which is missing: build `client` first");
  return filesUnder(folder);
}

/** Builds the relay by a command of cargo, which knows whether it is up to date. */
function buildRelay(...command) {
  return async () => {
    await must(["cargo", ...command], { cwd: root });
    return true;
  };
}

if (import.meta.filename === process.argv[1]) {
  await main(async () => {
    await setup(forBuild);
    await build(process.argv.length > 2 ? process.argv.slice(2) : parts);
  });
}
