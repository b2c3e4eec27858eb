// Child processes and console lines, shared by the scripts.
import { spawn, spawnSync } from "node:child_process";

const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code, text) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
export const bold = (text) => paint(1, text);
export const green = (text) => paint(32, text);
export const red = (text) => paint(31, text);
export const dim = (text) => paint(2, text);

/** A failure whose message is all the reader needs: printed on one line, without a stack. */
export class Failure extends Error {}

/** Prints one progress line. */
export function say(text) {
  console.log(`${bold("▸")} ${text}`);
}

/** Seconds since `start` (`performance.now()`), e.g. `"3.2 s"`. */
export function since(start) {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}

/** Children that still run, each the leader of its process group; they end with this process. */
const children = new Set();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    if (process.listenerCount(signal) > 1) return;
    for (const child of children) killGroup(child, "SIGTERM");
    process.exit(130);
  });
}

/** Signals a child that was started with {@link execute} and everything it started. */
export function killGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/**
 * Runs a command with its output passed through as it comes, and resolves with its exit code and that output.
 * @param {string[]} command program and arguments
 * @param {{ cwd?: string, env?: Record<string, string>, timeoutMs?: number, quiet?: boolean }} [options]
 * @returns {Promise<{ code: number, output: string, timedOut: boolean }>}
 */
export function execute([program, ...args], { cwd, env, timeoutMs, quiet = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    children.add(child);
    let output = "";
    let timedOut = false;
    const timer = timeoutMs && setTimeout(() => {
      timedOut = true;
      killGroup(child, "SIGKILL");
    }, timeoutMs);
    for (const [from, to] of [[child.stdout, process.stdout], [child.stderr, process.stderr]]) {
      from.setEncoding("utf8");
      from.on("data", (text) => {
        output += text;
        if (!quiet) to.write(text);
      });
    }
    child.on("error", (error) => {
      children.delete(child);
      clearTimeout(timer);
      reject(error.code === "ENOENT" ? new Failure(`${program}: no such program`) : error);
    });
    child.on("close", (code) => {
      children.delete(child);
      clearTimeout(timer);
      resolve({ code: code ?? 1, output, timedOut });
    });
  });
}

/** As {@link execute}, but throws a {@link Failure} when the command fails. A quiet command's output is shown then. */
export async function must(command, options = {}) {
  const { code, output } = await execute(command, options);
  if (code === 0) return output;
  if (options.quiet) process.stderr.write(output);
  throw new Failure(`\`${command.join(" ")}\` failed (exit ${code})`);
}

/** Standard output of a short command, trimmed; null when it is missing or fails. */
export function ask(program, ...args) {
  const { status, stdout } = spawnSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return status === 0 ? stdout.trim() : null;
}

/** Runs a script's main function; a {@link Failure} becomes one line and exit code 1. */
export async function main(body) {
  try {
    process.exitCode = (await body()) ?? 0;
  } catch (error) {
    console.error(error instanceof Failure ? red(`✘ ${error.message}`) : error);
    process.exitCode = 1;
  }
}
