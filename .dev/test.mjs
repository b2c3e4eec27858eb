// `npm test`: set-up, the checks, then every test stage. A failed stage does not stop those after it. The last line is the sum.
//   npm test -- --only e2e,hub      only these stages (`check` is one)
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { bold, dim, execute, Failure, green, main, red, say, since } from "./lib/run.mjs";
import { counts } from "./lib/counts.mjs";
import { inRoot, root, toolPath } from "./lib/paths.mjs";
import { build } from "./build.mjs";
import { check, checkCount } from "./check.mjs";
import { forBuild, setup } from "./setup.mjs";
import { shipped, stages } from "./stages.mjs";

const checkStage = { name: "check", what: "format, lints, types, house rules", setup: forBuild, build: ["wasm", "client"] };
const all = [checkStage, ...stages];

/** What was set up and built in this run, by part. */
const settled = new Map();

await main(async () => {
  const chosen = choose(process.argv.slice(2));
  const results = [];
  for (const stage of chosen) {
    const start = performance.now();
    console.log(`\n${bold(`── ${stage.name}: ${stage.what} `.padEnd(78, "─"))}`);
    const result = await run(stage);
    results.push({ name: stage.name, ...result, seconds: (performance.now() - start) / 1000 });
    say(`${stage.name}: ${summary(result)} ${dim(`(${since(start)})`)}`);
  }
  return report(results);
});

function choose(args) {
  if (args.length === 0) return all;
  const names = args[0] === "--only" ? args.slice(1).flatMap((arg) => arg.split(",")) : [];
  const unknown = names.filter((name) => !all.some((stage) => stage.name === name));
  if (names.length === 0 || unknown.length > 0) {
    throw new Failure(`usage: npm test -- --only <stage>,… with stages of: ${all.map(({ name }) => name).join(", ")}`);
  }
  return all.filter(({ name }) => names.includes(name));
}

async function run(stage) {
  try {
    for (const part of stage.setup ?? []) await once(setup, part);
    for (const part of stage.build ?? []) await once(build, part);
    if (stage === checkStage) {
      const failed = await check();
      return { passed: checkCount - failed.length, failed: failed.length, why: failed.join(", ") };
    }
    const env = { PATH: toolPath, ...stage.env?.() };
    return counts(stage.runner, await execute(stage.command(), { cwd: root, env, timeoutMs: stage.timeoutMs }));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { passed: 0, failed: 1, why: error.message };
  }
}

/** Sets up or builds a part once; where that fails, it fails every stage that needs the part, and no other. */
async function once(make, part) {
  const key = `${make.name} ${part}`;
  if (!settled.has(key)) settled.set(key, make([part]));
  await settled.get(key);
}

function summary({ passed, failed, why }) {
  const text = `${passed} passed, ${failed} failed${why ? `: ${why}` : ""}`;
  return failed > 0 ? red(text) : green(text);
}

/** Prints the table, the sizes and the sum. Returns the exit code. */
function report(results) {
  console.log(`\n${"stage".padEnd(12)}${"passed".padStart(8)}${"failed".padStart(8)}${"seconds".padStart(9)}`);
  for (const { name, passed, failed, seconds, why } of results) {
    const line = `${name.padEnd(12)}${String(passed).padStart(8)}${String(failed).padStart(8)}${seconds.toFixed(1).padStart(9)}`;
    console.log(failed > 0 ? red(`${line}  ${why}`) : line);
  }
  const sizes = shipped.map(measure).filter(Boolean);
  if (sizes.length > 0) console.log(`\nshipped, gzip -9\n${sizes.join("\n")}`);
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  console.log(`\n${sum("passed")} passed, ${sum("failed")} failed`);
  return sum("failed") > 0 ? 1 : 0;
}

function measure({ what, folder, files }) {
  let names;
  try {
    names = readdirSync(inRoot(folder), { recursive: true }).filter((name) => files.test(name));
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
  const bytes = names.reduce((total, name) => total + gzipSync(readFileSync(inRoot(join(folder, name))), { level: 9 }).length, 0);
  return names.length > 0 ? `${what.padEnd(36)}${(bytes / 1024).toFixed(1).padStart(9)} KiB` : null;
}
