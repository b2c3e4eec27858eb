// Runs stages (.dev/stages.mjs, .dev/soak.mjs), and says what they came to.
import { bold, dim, execute, Failure, green, red, say, since } from "./run.mjs";
import { counts } from "./counts.mjs";
import { root, toolPath } from "./paths.mjs";
import { build } from "../build.mjs";
import { setup } from "../setup.mjs";

/** Minutes in milliseconds, for `timeoutMs`. */
export const minutes = (n) => n * 60_000;

/** What was set up and built in this run, by part. */
const settled = new Map();

/** The stages that `--only a,b` names; all, without arguments. */
export function choose(all, args, program) {
  if (args.length === 0) return all;
  const names = args[0] === "--only" ? args.slice(1).flatMap((arg) => arg.split(",")) : [];
  const unknown = names.filter((name) => !all.some((stage) => stage.name === name));
  if (names.length === 0 || unknown.length > 0) {
    throw new Failure(`usage: ${program} -- --only <stage>,… with stages of: ${all.map(({ name }) => name).join(", ")}`);
  }
  return all.filter(({ name }) => names.includes(name));
}

/** Runs stages one after another. A failed stage does not stop those after it. */
export async function runAll(stages) {
  const results = [];
  for (const stage of stages) {
    const start = performance.now();
    console.log(`\n${bold(`── ${stage.name}: ${stage.what} `.padEnd(78, "─"))}`);
    const result = await run(stage);
    results.push({ name: stage.name, ...result, seconds: (performance.now() - start) / 1000 });
    say(`${stage.name}: ${summary(result)} ${dim(`(${since(start)})`)}`);
  }
  return results;
}

/** A stage has a `command` whose output is counted, or counts itself in `run`. */
async function run(stage) {
  try {
    for (const part of stage.setup ?? []) await once(setup, part);
    for (const part of stage.build ?? []) await once(build, part);
    if (stage.run) return await stage.run();
    const env = { PATH: toolPath, ...stage.env?.() };
    const done = await execute(stage.command(), { cwd: root, env, timeoutMs: stage.timeoutMs });
    return { ...counts(stage.runner, done), output: done.output };
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

/** Prints a line for each stage. */
export function printTable(results) {
  console.log(`\n${"stage".padEnd(12)}${"passed".padStart(8)}${"failed".padStart(8)}${"seconds".padStart(9)}`);
  for (const { name, passed, failed, seconds, why } of results) {
    const line = `${name.padEnd(12)}${String(passed).padStart(8)}${String(failed).padStart(8)}${seconds.toFixed(1).padStart(9)}`;
    console.log(failed > 0 ? red(`${line}  ${why}`) : line);
  }
}

/** Prints the sum, which is the last line. Returns the exit code. */
export function printSum(results) {
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  console.log(`\n${sum("passed")} passed, ${sum("failed")} failed`);
  return sum("failed") > 0 ? 1 : 0;
}
