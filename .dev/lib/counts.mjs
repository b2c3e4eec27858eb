// Reads how many tests passed and failed from what the test runners print.

const ANSI = /\x1b\[[0-9;]*[A-Za-z]/g;

/** `cargo test` and `wasm-bindgen-test-runner`: one line a test binary. Ignored tests are listed apart. */
function rust(output) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const line of output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;/gm)) {
    counts.passed += Number(line[1]);
    counts.failed += Number(line[2]);
    counts.skipped += Number(line[3]);
  }
  return counts;
}

/** `node --test --test-reporter=spec`: a block of totals at the end; what tests print themselves comes before it. */
function node(output) {
  const total = (name) => Number([...output.matchAll(new RegExp(`^ℹ ${name} (\\d+)$`, "gm"))].at(-1)?.[1] ?? 0);
  return { passed: total("pass"), failed: total("fail") + total("cancelled"), skipped: total("skipped") + total("todo") };
}

/** Our own programs: the last line is the sum. */
function plain(output) {
  const sum = [...output.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1);
  return { passed: Number(sum?.[1] ?? 0), failed: Number(sum?.[2] ?? 0), skipped: 0 };
}

const readers = { rust, node, plain };

/**
 * What a stage of the test run comes to. Nothing that went wrong counts as nothing: a failing command without a failing test is
 * one failure, and so is a stage that ran no test at all or was cut off; a skipped test is a failed one.
 * @param {"rust" | "node" | "plain"} runner
 * @param {{ code: number, output: string, timedOut?: boolean }} result
 * @returns {{ passed: number, failed: number, why: string }}
 */
export function counts(runner, { code, output, timedOut = false }) {
  const { passed, failed, skipped } = readers[runner](output.replace(ANSI, "").replaceAll("\r", ""));
  const bad = failed + skipped;
  if (timedOut) return { passed, failed: bad + 1, why: "timed out" };
  if (skipped > 0) return { passed, failed: bad, why: `${skipped} skipped` };
  if (failed > 0) return { passed, failed, why: "" };
  if (code !== 0) return { passed, failed: 1, why: `exit ${code}` };
  if (passed === 0) return { passed, failed: 1, why: "no tests ran" };
  return { passed, failed, why: "" };
}
