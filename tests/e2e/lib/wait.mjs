import { setTimeout as sleep } from "node:timers/promises";

/**
 * Polls until `probe` gives something truthy, and resolves with that. An exception of the probe counts as "not yet".
 * @template T
 * @param {string} what for the error, e.g. "the relay answers"
 * @param {() => T | Promise<T>} probe
 * @param {{ timeoutMs?: number, everyMs?: number }} [options]
 * @returns {Promise<NonNullable<T>>}
 */
export async function until(what, probe, { timeoutMs = 20_000, everyMs = 50 } = {}) {
  const deadline = performance.now() + timeoutMs;
  let last;
  do {
    try {
      last = undefined;
      const value = await probe();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    await sleep(everyMs);
  } while (performance.now() < deadline);
  throw new Error(`waited ${timeoutMs} ms in vain until ${what}`, { cause: last });
}
