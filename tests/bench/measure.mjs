/** Two libraries beside one another: batches of both in turn, and the medians of their times. */

/** Shorter than what a scheduler gives a process at a time: on a busy machine most batches are not interrupted. */
const BATCH_MS = 1;
/** On a busy machine the browser takes that long to compile hot code for speed, on threads of its own. */
const WARM_UP_MS = 2_000;
/** So often the page paints. */
const PAUSE_MS = 100;
const MAX_BATCH = 1_000;

/**
 * Measures one case with each library. Only its `run` is on the clock. A case has
 * - `setUp(library)`, which gives what its calls share, and `tearDown(shared)`,
 * - `run(shared, input)`, the call that is measured, with the inputs that `prepare(shared, count)` makes for a batch,
 * - `tidy(shared, outputs)` after a batch,
 * - `rounds`, and `calls` a batch, or else `maxBatch`, where the usual does not fit.
 *
 * @returns {Promise<number[]>} milliseconds a call, a number for each library
 */
export async function compare(testCase, libraries, onProgress) {
  const { rounds = 301, calls } = testCase;
  const runners = libraries.map((library) => ({ library, shared: testCase.setUp(library), samples: [], count: calls ?? 1 }));
  onProgress(0, rounds);
  for (const runner of runners) await warmUp(testCase, runner);
  let paused = 0;
  for (let round = 0; round < rounds; round += 1) {
    if (performance.now() - paused > PAUSE_MS) {
      onProgress(round, rounds);
      await pause();
      paused = performance.now();
    }
    // The first of a round may find the machine as the round before left it, so they take turns.
    const order = round % 2 === 0 ? runners : runners.toReversed();
    for (const runner of order) runner.samples.push(batch(testCase, runner));
  }
  for (const { shared } of runners) testCase.tearDown?.(shared);
  return runners.map(({ samples }) => median(samples));
}

/** Runs until the browser has compiled the code for speed, and finds out how many calls fill a batch. */
async function warmUp(testCase, runner) {
  const start = performance.now();
  do {
    await pause();
    const milliseconds = batch(testCase, runner);
    if (testCase.calls !== undefined) continue;
    runner.count = Math.min(testCase.maxBatch ?? MAX_BATCH, Math.max(1, Math.ceil(BATCH_MS / milliseconds)));
  } while (performance.now() - start < WARM_UP_MS);
}

/** Milliseconds a call. */
function batch(testCase, { shared, count }) {
  const inputs = testCase.prepare?.(shared, count) ?? Array.from({ length: count });
  const outputs = [];
  const start = performance.now();
  for (const input of inputs) outputs.push(testCase.run(shared, input));
  const milliseconds = performance.now() - start;
  testCase.tidy?.(shared, outputs);
  return milliseconds / count;
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Lets the page paint, and timers and the collector run. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 0));
