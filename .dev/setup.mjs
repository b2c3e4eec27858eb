// Brings a machine to where it can build and test Sealpost. Safe to run again: what is there is left alone.
//   node .dev/setup.mjs [rust] [npm] [wasm-bindgen] [wasm-pack] [cargo-deny] [typos] [postgres] [nats] [browser]      (all, when none is named)
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ask, dim, execute, Failure, main, must, say, since } from "./lib/run.mjs";
import { findChrome, findChromeDriver, findNats, findPostgres, findProgram, inRoot, lockedVersion, root, toolsDir } from "./lib/paths.mjs";

const WASM_PACK = "0.15.1";
const CARGO_DENY = "0.20.2";
const TYPOS = "1.52.0";
const WASM_TARGET = "wasm32-unknown-unknown";

const steps = {
  rust: installRust,
  npm: installPackages,
  "wasm-bindgen": () => installTool("wasm-bindgen-cli", "wasm-bindgen", lockedVersion("wasm-bindgen")),
  "wasm-pack": () => installTool("wasm-pack", "wasm-pack", WASM_PACK),
  "cargo-deny": () => installTool("cargo-deny", "cargo-deny", CARGO_DENY),
  typos: () => installTool("typos-cli", "typos", TYPOS),
  postgres: installPostgres,
  nats: installNats,
  browser: installBrowser,
};

/** Everything that building needs. */
export const forBuild = ["rust", "npm", "wasm-bindgen"];
/** Everything that the checks need. */
export const forCheck = [...forBuild, "cargo-deny", "typos"];
/** Everything that testing needs. */
export const forTest = Object.keys(steps);

/** Runs the named steps. */
export async function setup(parts) {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Failure(`Node.js 20.19 or newer is needed; this is ${process.versions.node}`);
  }
  for (const part of parts) {
    const step = steps[part];
    if (!step) throw new Failure(`no such part: ${part} (there are ${forTest.join(", ")})`);
    await step();
  }
}

async function installRust() {
  if (!findProgram("cc")) await aptInstall(["build-essential"], "a C compiler (cc)");
  const sysroot = ask("rustc", "--print", "sysroot");
  if (sysroot && existsSync(join(sysroot, "lib", "rustlib", WASM_TARGET))) return;
  if (!findProgram("rustup")) {
    throw new Failure("Rust is missing: install rustup from https://rustup.rs, then run this again");
  }
  say("Installing the Rust toolchain of rust-toolchain.toml");
  await must(["rustup", "toolchain", "install"], { cwd: root });
  await must(["rustup", "target", "add", WASM_TARGET], { cwd: root });
}

async function installPackages() {
  if (packagesInstalled()) return;
  say("Installing npm packages");
  await must(["npm", "ci", "--no-audit", "--no-fund"], { cwd: root });
}

/** Whether node_modules holds what package-lock.json says, by npm's own record of what it installed. */
function packagesInstalled() {
  const record = inRoot("node_modules", ".package-lock.json");
  if (!existsSync(record)) return false;
  const packagesIn = (file) => JSON.parse(readFileSync(file, "utf8")).packages;
  const installed = packagesIn(record);
  return Object.entries(packagesIn(inRoot("package-lock.json")))
    .filter(([path, { optional, link }]) => path.includes("node_modules/") && !optional && !link)
    .every(([path, { integrity }]) => installed[path]?.integrity === integrity);
}

/** Builds a command-line tool from crates.io, unless PATH or the tools folder has this version. */
async function installTool(crate, binary, version) {
  const installed = join(toolsDir, "bin", binary);
  const has = (program) => ask(program, "--version")?.split(" ").includes(version);
  if (has(installed) || has(binary)) return;
  const start = performance.now();
  say(`Building ${crate} ${version} into ${toolsDir} ${dim("(once; takes a few minutes)")}`);
  const install = ["cargo", "install", crate, "--version", version, "--root", toolsDir, "--force"];
  // The tools share what they have in common. They run for moments, so they are compiled quickly and not optimized.
  const env = { CARGO_TARGET_DIR: join(toolsDir, "target"), CARGO_PROFILE_RELEASE_OPT_LEVEL: "0", CARGO_PROFILE_RELEASE_LTO: "off" };
  const locked = await execute([...install, "--locked"], { env });
  if (locked.code !== 0) {
    // A dependency that its lock file names may have been withdrawn from the registry, or not have reached a mirror.
    say(`${crate} does not build with its own lock file: trying the newest compatible dependencies`);
    await must(install, { env });
  }
  say(`Built ${crate} in ${since(start)}`);
}

/** The server that the relay's tests start for themselves; it need not run. */
async function installPostgres() {
  if (findPostgres()) return;
  await aptInstall(["postgresql"], "PostgreSQL's programs (initdb, postgres) on PATH or under /usr/lib/postgresql");
}

/** The server between nodes that the relay's tests start for themselves; it need not run. */
async function installNats() {
  if (findNats()) return;
  await aptInstall(["nats-server"], "nats-server on PATH or in /usr/sbin");
}

async function installBrowser() {
  if (findChrome() && findChromeDriver()) return;
  await aptInstall(["chromium", "chromium-driver"], "Chromium and ChromeDriver (or name them in CHROME and CHROMEDRIVER)");
}

/** Installs Debian packages where that needs no password; elsewhere says what is missing. */
async function aptInstall(packages, what) {
  const missing = new Failure(`missing: ${what}; on Debian: apt-get install ${packages.join(" ")}`);
  const asRoot = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  if (!findProgram("apt-get")) throw missing;
  if (asRoot.length > 0 && ask(...asRoot, "true") === null) throw missing;
  say(`Installing ${packages.join(" and ")}`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const apt = [...asRoot, "apt-get", "-o", "DPkg::Lock::Timeout=900"];
  await must([...apt, "update"], { env, quiet: true });
  await must([...apt, "install", "-y", "--no-install-recommends", ...packages], { env, quiet: true });
}

if (import.meta.filename === process.argv[1]) {
  const parts = process.argv.slice(2);
  await main(() => setup(parts.length > 0 ? parts : forTest));
}
