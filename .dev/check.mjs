// `npm run check`: everything that needs no test run. Fast once built.
//   node .dev/check.mjs [fmt] [clippy] [types] [eslint] [docs] [house] [rules] [deny] [typos] [signatures]      (all, when none is named)
import { dim, execute, Failure, green, main, red, say, since } from "./lib/run.mjs";
import { inRoot, root, toolPath } from "./lib/paths.mjs";
import { build } from "./build.mjs";
import { breaches, longFiles } from "./house-rules.mjs";
import { forCheck, setup } from "./setup.mjs";
import { specIndex } from "./spec-index.mjs";

const clippy = (...args) => ["cargo", "clippy", "--quiet", ...args, "--", "-D", "warnings"];
const tsc = (project) => ["tsc", "--noEmit", "--project", inRoot(project)];

/** Each check is a list of commands, or a function that says whether all is well. */
const checks = {
  fmt: [["cargo", "fmt", "--all", "--check"]],
  clippy: [
    clippy("--workspace", "--all-targets"),
    clippy("-p", "relay-server", "--all-targets", "--features", "soak"),
    clippy("-p", "crypto-wasm", "-p", "sealpost-primitives", "--no-default-features"),
    clippy("-p", "crypto-wasm", "--target", "wasm32-unknown-unknown", "--all-targets"),
  ],
  types: [tsc("web/client"), tsc("web/demo")],
  eslint: [["eslint", "--config", inRoot(".dev/eslint.config.mjs"), "--max-warnings", "0", "web", "tests", ".dev"]],
  // Every public item of the package is documented.
  docs: [["node", inRoot(".dev/docs.mjs"), "--check"]],
  house,
  rules,
  // Licences, sources and duplicates of the Rust dependencies.
  deny: [["cargo", "fetch", "--locked", "--quiet"], ["cargo-deny", "--offline", "--config", inRoot(".dev/deny.toml"), "check", "--hide-inclusion-graph", "bans", "licenses", "sources"]],
  typos: [["typos", "--config", inRoot(".dev/typos.toml")]],
  signatures,
};

/** Runs the named checks. Returns the names of those that failed. */
export async function check(names = Object.keys(checks)) {
  const failed = [];
  for (const name of names) {
    const what = checks[name];
    if (!what) throw new Failure(`no such check: ${name} (there are ${Object.keys(checks).join(", ")})`);
    const start = performance.now();
    const good = typeof what === "function" ? await what() : await all(what);
    if (!good) failed.push(name);
    say(`${name} ${good ? green("ok") : red("failed")} ${dim(`(${since(start)})`)}`);
  }
  return failed;
}

async function all(commands) {
  let good = true;
  for (const command of commands) {
    const { code } = await execute(command, { cwd: root, env: { PATH: toolPath } });
    good &&= code === 0;
  }
  return good;
}

function house() {
  const found = breaches();
  for (const breach of found) console.error(breach);
  for (const long of longFiles()) console.warn(`warning: ${long}`);
  return found.length === 0;
}

/** Every rule of the protocol has a check and a test. */
function rules() {
  const { faults } = specIndex();
  for (const fault of faults) console.error(fault);
  return faults.length === 0;
}

/** The registry's signatures of the npm packages; needs the registry's and sigstore's keys, hence a network. */
async function signatures() {
  const { code, output } = await execute(["npm", "audit", "signatures", "--fetch-retries=0", "--loglevel=error"], { cwd: root, quiet: true });
  const unreachable = output.match(/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|no package registry keys/i);
  if (code === 0) say(output.match(/\d+ packages? ha(s|ve) verified registry signatures?/)?.[0] ?? "npm says nothing of signatures");
  else if (unreachable) console.warn(`warning: npm's signatures were not checked: ${unreachable[0]} (no network?)`);
  else console.error(output);
  return code === 0 || unreachable !== null;
}

/** How many checks there are. */
export const checkCount = Object.keys(checks).length;

if (import.meta.filename === process.argv[1]) {
  await main(async () => {
    const names = process.argv.slice(2);
    await setup(forCheck);
    // The types of the client and the demo come from what is built before them.
    if (names.length === 0 || names.some((name) => name === "types" || name === "eslint")) await build(["wasm", "client"]);
    return (await check(names.length > 0 ? names : undefined)).length > 0 ? 1 : 0;
  });
}
