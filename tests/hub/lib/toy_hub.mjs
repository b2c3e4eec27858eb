// Runs the relay's example `toy_hub`: the hub protocol without the relay's domain.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

let program = process.env.TOY_HUB;

/**
 * Has Cargo build the example, unless `TOY_HUB` names its binary. May take minutes. Of the whole workspace, as its tests are
 * built: cargo would compile most of what it is made of anew with fewer features.
 */
export function buildToyHub() {
  if (program) return;
  const options = ["build", "--workspace", "--example", "toy_hub", "--message-format", "json-render-diagnostics"];
  const output = execFileSync("cargo", options, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  const messages = output.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  const built = messages.find((message) => message.executable && message.target?.name === "toy_hub");
  if (!built) throw new Error("cargo built no toy_hub");
  program = built.executable;
}

/** Starts a hub; `port` 0 picks one. `pingMs` shortens the server's keep-alive, `windowMs` the window of stateful reconnect. */
export async function startToyHub({ port = 0, pingMs = 15_000, windowMs = 30_000 } = {}) {
  const args = [port, pingMs, windowMs].map(String);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, "line"), exited.then(() => [""])]);
  const listening = /^listening on port (\d+)$/.exec(first[0]);
  if (!listening) throw new Error("toy_hub did not start");
  const end = async (signal) => {
    child.kill(signal);
    const [code] = await exited;
    return code;
  };
  return {
    port: Number(listening[1]),
    url: `http://127.0.0.1:${listening[1]}/hub`,
    /** Shuts down gracefully; the exit code. */
    stop: () => end("SIGTERM"),
    /** As a crash would. */
    kill: () => end("SIGKILL"),
  };
}
