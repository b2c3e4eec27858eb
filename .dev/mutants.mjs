// `npm run mutants`: changes the protocol's modules in every small way that cargo-mutants knows, one at a time, and fails if the tests
// still pass with one of the changes. Which mutants are left out, and for which reason, is in .cargo/mutants.toml.
//   npm run mutants -- [options of cargo mutants]
//     --file 'crypto-wasm/src/ratchet/**'   only these files
//     --re 'SkippedKeys'                    only mutants with such a name
//     --list                                only names
//     --again                               skips what the run before caught, also if it was broken off
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { execute, Failure, green, main, red, say, since } from "./lib/run.mjs";
import { root, targetDir, toolPath } from "./lib/paths.mjs";

const CARGO_MUTANTS = "27.1.0";
const output = join(targetDir, "mutants-report");
const report = join(output, "mutants.out");
const env = { PATH: toolPath, CARGO_TARGET_DIR: targetDir };

/** What is mutated unless `--file` says otherwise. */
const FILES = [
  ...["wire", "identity", "pqxdh", "ratchet", "session"].map((module) => `crypto-wasm/src/${module}/**`),
  "crypto-wasm/primitives/src/**",
].flatMap((files) => ["--file", files]);

/** Both crates, whichever of them is mutated: most tests of the primitives are the protocol's. */
const PACKAGES = ["crypto-wasm", "sealpost-primitives"].flatMap((name) => ["--package", name, "--test-package", name]);

/** Most mutants fail the vectors, which are quick to build and to run. What survives them meets the other tests; no more is built. */
const PASSES = [
  ["--test=vectors"],
  ["--lib", "--test=pairwise"],
  ["--test=wycheproof"],
  ["--test=client"],
];

/** Exit codes of cargo-mutants that mean that it ran: all caught, some missed, some timed out. */
const RAN = [0, 2, 3];

/** The mutants of an outcome in the newest run. */
function mutants(outcome) {
  const file = join(report, `${outcome}.txt`);
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
}

async function cargoMutants(args) {
  const files = args.some((arg) => /^(-f|--file)\b/.test(arg)) ? [] : FILES;
  const { code } = await execute(["cargo", "mutants", ...PACKAGES, ...files, ...args], { cwd: root, env });
  return code;
}

await main(async () => {
  const args = process.argv.slice(2).filter((arg) => arg !== "--again");
  const again = args.length < process.argv.length - 2;
  const version = await execute(["cargo", "mutants", "--version"], { env, quiet: true });
  if (!version.output.includes(CARGO_MUTANTS)) {
    throw new Failure(`cargo-mutants ${CARGO_MUTANTS} is missing: cargo install cargo-mutants --version ${CARGO_MUTANTS} --locked`);
  }
  if (args.includes("--list")) return cargoMutants(args);

  const start = performance.now();
  if (!again) rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  const noticed = new Set(again ? ["caught", "previously_caught", "unviable"].flatMap(mutants) : []);
  for (const [pass, tests] of PASSES.entries()) {
    const iterate = again || pass > 0 ? ["--iterate"] : [];
    const code = await cargoMutants([...args, ...iterate, "--output", output, ...tests.map((test) => `--cargo-arg=${test}`)]);
    if (!RAN.includes(code)) throw new Failure(`cargo mutants failed (exit ${code})`);
    for (const mutant of ["caught", "unviable"].flatMap(mutants)) noticed.add(mutant);
    if (mutants("missed").length + mutants("timeout").length === 0) break;
  }
  const [missed, endless] = [mutants("missed"), mutants("timeout")];
  for (const mutant of endless) say(`never ended: ${mutant}`);
  for (const mutant of missed) console.error(red(`survived: ${mutant}`));
  const sum = `${noticed.size} caught or not compiling, ${endless.length} never ended, ${missed.length} survived (${since(start)})`;
  say(missed.length > 0 ? red(sum) : green(sum));
  return missed.length > 0 ? 1 : 0;
});
