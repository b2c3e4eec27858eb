import { spawn, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { demoRoot, relayBinary } from "../../../.dev/lib/paths.mjs";
import { until } from "./wait.mjs";

/** A port that was free a moment ago. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The real relay in a process of its own, with its files in `folder`. The port stays the same over restarts. */
export class Relay {
  #process = null;
  #ended = null;
  #env;

  constructor(folder, port, env) {
    this.folder = folder;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.databaseFile = join(folder, "relay.db");
    this.logFile = join(folder, "relay.log");
    this.#env = env;
  }

  /**
   * @param {string} folder where the database and the log go
   * @param {{ env?: Record<string, string> }} [options] more environment, e.g. `RUST_LOG`
   */
  static async start(folder, { env = {} } = {}) {
    mkdirSync(folder, { recursive: true });
    const relay = new Relay(folder, await freePort(), env);
    await relay.start();
    return relay;
  }

  get pid() {
    return this.#process?.pid ?? null;
  }

  get running() {
    return this.#process !== null;
  }

  /** Everything logged so far, over all restarts. */
  get log() {
    return readFileSync(this.logFile, "utf8");
  }

  /** Starts the process and waits until its store answers. */
  async start() {
    if (this.running) throw new Error("the relay runs already");
    const log = openSync(this.logFile, "a");
    const child = spawn(relayBinary, {
      cwd: this.folder,
      stdio: ["ignore", log, log],
      env: this.#environment(),
    });
    closeSync(log);
    this.#process = child;
    this.#ended = new Promise((resolve) => {
      child.once("error", (error) => resolve({ code: null, signal: null, error }));
      child.once("exit", (code, signal) => resolve({ code, signal }));
    }).finally(() => {
      if (this.#process === child) this.#process = null;
    });
    await until("the relay is ready", async () => {
      if (!this.running) return true;
      const response = await fetch(`${this.url}/readyz`);
      return response.ok;
    });
    if (!this.running) throw new Error(`the relay ended at once: ${JSON.stringify(await this.#ended)}\n${this.log.slice(-2000)}`);
  }

  /** Makes a user an administrator, as an operator does while the relay runs. */
  grant(username) {
    const { status, stderr } = spawnSync(relayBinary, ["admin", "grant", username], { env: this.#environment(), encoding: "utf8" });
    if (status !== 0) throw new Error(`admin grant ${username}: ${stderr}`);
  }

  #environment() {
    return {
      PATH: process.env.PATH,
      LISTEN: `127.0.0.1:${this.port}`,
      DATABASE_URL: `sqlite://${this.databaseFile}`,
      WEB_ROOT: demoRoot,
      RUST_LOG: "debug",
      RUST_BACKTRACE: "1",
      ...this.#env,
    };
  }

  /** SIGKILL: no goodbye, no flush. */
  async kill() {
    await this.#end("SIGKILL");
  }

  /** SIGTERM, as an operator stops it; it must then end by itself, with exit code 0. */
  async stop() {
    const { code, signal } = await this.#end("SIGTERM");
    if (code !== 0) throw new Error(`the relay did not stop cleanly (${signal ?? `exit ${code}`})\n${this.log.slice(-2000)}`);
  }

  /** Starts again on the same port and files; after {@link kill}, or instead of it. */
  async restart() {
    if (this.running) await this.kill();
    await this.start();
  }

  async #end(signal) {
    if (!this.running) throw new Error("the relay does not run");
    const ended = this.#ended;
    const child = this.#process;
    child.kill(signal);
    const force = setTimeout(() => child.kill("SIGKILL"), 15_000);
    const result = await ended;
    clearTimeout(force);
    return result;
  }
}
