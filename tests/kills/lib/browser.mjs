// A browser that can be killed: Chromium in a process group of its own, on a profile that stays.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { findChrome } from "../../../.dev/lib/paths.mjs";
import { CHROMIUM_ARGS } from "../../e2e/lib/chromium.mjs";
import { until } from "../../e2e/lib/wait.mjs";

const ARGS = [
  ...CHROMIUM_ARGS,
  "--disable-background-timer-throttling",
  "--disable-renderer-backgrounding",
  "--disable-backgrounding-occluded-windows",
  "--remote-debugging-port=0",
];

export class Browser {
  #process = null;
  #ended = null;
  #connection = null;

  /** @param {string} profile the folder that the browser keeps everything in */
  constructor(profile) {
    this.profile = profile;
  }

  get isRunning() {
    return this.#process !== null;
  }

  /** Starts the browser; resolves with a Playwright context. */
  async start() {
    mkdirSync(this.profile, { recursive: true });
    const portFile = join(this.profile, "DevToolsActivePort");
    rmSync(portFile, { force: true });
    const child = spawn(findChrome(), [...ARGS, `--user-data-dir=${this.profile}`, "about:blank"], { stdio: "ignore", detached: true });
    this.#process = child;
    this.#ended = new Promise((resolve) => child.once("exit", resolve));
    const port = await until("the browser listens", () => readFileSync(portFile, "utf8").split("\n")[0]);
    this.#connection = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
    return this.#connection.contexts()[0];
  }

  /** The processes that pages and their workers live in; one may be a spare without a page. */
  renderers() {
    const isOurs = ([, group, ...command]) => Number(group) === this.#process.pid && command.includes("--type=renderer");
    return processes().filter(isOurs).map(([id]) => Number(id));
  }

  /** SIGKILL to all of its processes at once: nothing is flushed, nobody says goodbye. */
  async kill() {
    if (this.#process === null) return;
    const { pid } = this.#process;
    process.kill(-pid, "SIGKILL");
    await this.#ended;
    this.#process = null;
    await this.#connection?.close().catch(() => {});
    this.#connection = null;
    // Those that were not waited for; the profile is theirs until they are gone.
    await until("the browser's processes are gone", () => !isAlive(pid));
  }
}

/** Whether any process of the group lives; those that have ended and are not collected do not count. */
function isAlive(group) {
  return processes().some(([, of]) => Number(of) === group);
}

/** All that live, each as id, group and the words of its command. */
function processes() {
  const lines = execFileSync("ps", ["-e", "-ww", "-o", "stat=,pid=,pgid=,args="], { encoding: "utf8", maxBuffer: 2 ** 24 }).trim().split("\n");
  return lines.map((line) => line.trim().split(/\s+/)).filter(([state]) => !state.startsWith("Z")).map(([, ...rest]) => rest);
}
