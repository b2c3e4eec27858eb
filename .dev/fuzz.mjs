// `npm run fuzz`: runs the fuzz targets of tests/fuzz for a bounded time under libFuzzer. What fails is made small and lands in
// tests/fuzz/regressions, which `npm test` replays.
//   npm run fuzz -- [--target NAME]... [--seconds N] [--jobs N] [--sanitizer address|none] [--keep]
//     --seconds    how long each target runs (10)
//     --jobs       how many run at a time (2)
//     --sanitizer  `none` is about twice as fast; with `address`, a single huge allocation fails too
//     --keep       adds inputs that reached something new to tests/fuzz/corpus
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ask, dim, execute, Failure, green, main, must, red, say, since } from "./lib/run.mjs";
import { inRoot, root, targetDir, toolPath } from "./lib/paths.mjs";

const CARGO_FUZZ = "0.13.2";
const env = { PATH: toolPath, RUSTUP_TOOLCHAIN: "nightly", CARGO_TARGET_DIR: targetDir };

const corpus = (target) => inRoot("tests", "fuzz", "corpus", target);
const regressions = (target) => inRoot("tests", "fuzz", "regressions", target);
/** Inputs that earlier runs on this machine found. */
const found = (target) => join(targetDir, "fuzz", "corpus", target);

/** No single run takes longer than this in seconds, or more memory in MB, or allocates more in MB at once. */
const BOUNDS = ["-timeout=20", "-rss_limit_mb=2048", "-malloc_limit_mb=64", "-max_len=8192"];

/** Builds the instrumented binary that holds all targets. */
async function build(sanitizer) {
  const nightly = ask("rustup", "run", "nightly", "rustc", "-vV");
  if (nightly === null) throw new Failure("Rust's nightly toolchain is missing: rustup toolchain install nightly --profile minimal");
  if ((await execute(["cargo", "fuzz", "--version"], { env, quiet: true })).code !== 0) {
    throw new Failure(`cargo-fuzz is missing: cargo install cargo-fuzz --version ${CARGO_FUZZ} --locked`);
  }
  await must(["cargo", "fuzz", "build", "--fuzz-dir", "tests/fuzz/libfuzzer", "--sanitizer", sanitizer, "run"], { cwd: root, env });
  const [, host] = nightly.match(/^host: (.+)$/m);
  return join(targetDir, host, "release", "run");
}

/** Runs one target. Returns what failed, as paths of regressions. */
async function fuzz(binary, target, seconds) {
  const start = performance.now();
  const artifacts = mkdtempSync(join(tmpdir(), "sealpost-fuzz-"));
  try {
    for (const folder of [found(target), corpus(target)]) mkdirSync(folder, { recursive: true });
    const folders = [found(target), corpus(target), regressions(target)].filter((folder) => existsSync(folder));
    const options = [`-max_total_time=${seconds}`, ...BOUNDS, `-artifact_prefix=${artifacts}/`, "-print_final_stats=1", ...folders];
    const { code, output } = await run(binary, target, artifacts, options);
    const failed = readdirSync(artifacts).filter((name) => /^(crash|oom|timeout|leak)-/.test(name));
    const [, inputs = "0"] = output.match(/stat::number_of_executed_units:\s+(\d+)/) ?? [];
    const coverage = [...output.matchAll(/ cov: (\d+)/g)].at(-1)?.[1] ?? "0";
    const good = code === 0 && failed.length === 0;
    say(`${target} ${good ? green("ok") : red("failed")} ${dim(`(${inputs} inputs, coverage ${coverage}, ${since(start)})`)}`);
    if (good) return [];
    process.stdout.write(tail(output));
    if (failed.length === 0) throw new Failure(`${target} ended with ${code} and left no input`);
    return await Promise.all(failed.map((name) => keepFailure(binary, target, join(artifacts, name), artifacts)));
  } finally {
    rmSync(artifacts, { recursive: true, force: true });
  }
}

/** libFuzzer on one target; the databases of a relay that it starts go where they are removed afterwards. */
function run(binary, target, folder, options) {
  const variables = { SEALPOST_FUZZ_TARGET: target, TMPDIR: folder, ASAN_OPTIONS: "detect_leaks=0" };
  return execute(["nice", "-n", "10", binary, ...options], { cwd: root, env: variables, quiet: true });
}

/** What failed and where, without the fuzzer's progress. */
function tail(output) {
  const at = output.indexOf("panicked at");
  const from = output.lastIndexOf("\n", at < 0 ? Math.max(0, output.length - 3000) : at) + 1;
  return `${output.slice(from, from + 3000)}\n`;
}

/** Makes an input that fails as small as a minute allows, and keeps it. */
async function keepFailure(binary, target, input, folder) {
  const small = join(folder, "small");
  await run(binary, target, folder, ["-minimize_crash=1", "-max_total_time=60", ...BOUNDS, `-exact_artifact_path=${small}`, input]);
  const bytes = readFileSync(existsSync(small) ? small : input);
  mkdirSync(regressions(target), { recursive: true });
  const file = join(regressions(target), createHash("sha256").update(bytes).digest("hex").slice(0, 12));
  writeFileSync(file, bytes);
  return file;
}

/** Adds to the corpus, by as few inputs as possible, what reaches code that nothing there reaches. */
async function keep(binary, target) {
  const folder = mkdtempSync(join(tmpdir(), "sealpost-fuzz-"));
  const options = ["-set_cover_merge=1", "-use_counters=0", ...BOUNDS, `-artifact_prefix=${folder}/`];
  const { code, output } = await run(binary, target, folder, [...options, corpus(target), found(target)]);
  rmSync(folder, { recursive: true, force: true });
  if (code !== 0) throw new Failure(`the corpus of ${target} could not be merged:\n${tail(output)}`);
}

/** Calls `work` with every item, `jobs` at a time. */
async function pool(items, jobs, work) {
  const rest = [...items];
  const worker = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: jobs }, worker));
}

function natural(name, text) {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new Failure(`--${name} takes a number from 1`);
  return number;
}

await main(async () => {
  const { values } = parseArgs({
    options: {
      target: { type: "string", multiple: true },
      seconds: { type: "string", default: "10" },
      jobs: { type: "string", default: String(Math.min(2, availableParallelism())) },
      sanitizer: { type: "string", default: "address" },
      keep: { type: "boolean", default: false },
    },
  });
  const [seconds, jobs] = [natural("seconds", values.seconds), natural("jobs", values.jobs)];
  const all = readdirSync(inRoot("tests", "fuzz", "corpus"));
  const chosen = values.target ?? all;
  for (const name of chosen) if (!all.includes(name)) throw new Failure(`no such target: ${name} (there are ${all.join(", ")})`);

  const binary = await build(values.sanitizer);
  const failures = [];
  await pool(chosen, jobs, async (target) => {
    const failed = await fuzz(binary, target, seconds);
    failures.push(...failed);
    if (values.keep && failed.length === 0) await keep(binary, target);
  });
  for (const file of failures) say(`${red("found")} ${file}`);
  say(`${chosen.length} targets, ${failures.length} failures`);
  return failures.length > 0 ? 1 : 0;
});
