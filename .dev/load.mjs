// `npm run load`: builds the relay and the load generator in release and runs the one on the other. Nothing here fails because
// something is slow.
//   npm run load -- --only direct,idle     only these cases
//   npm run load -- --postgres             the relay stores in PostgreSQL
//   npm run load -- --json FILE            where the results go, else data/load.json
//   npm run load -- --simulate             what the costs of a run come to for many users
import { spawn } from "node:child_process";
import { join } from "node:path";
import { main, must } from "./lib/run.mjs";
import { root, targetDir } from "./lib/paths.mjs";
import { setup } from "./setup.mjs";

await main(async () => {
  const args = process.argv.slice(2);
  await setup(["rust"]);
  // One after the other: together, the relay would be built with what the generator alone needs of crypto-wasm.
  if (!args.includes("--simulate")) await must(["cargo", "build", "--release", "-p", "relay-server"], { cwd: root });
  await must(["cargo", "build", "--release", "-p", "sealpost-load"], { cwd: root });
  return run(args);
});

/** Runs the generator with as many open files as are permitted; resolves with its exit code. */
function run(args) {
  const script = 'ulimit -n "$(ulimit -Hn)"; exec "$0" "$@"';
  const relay = join(targetDir, "release", "relay-server");
  const generator = join(targetDir, "release", "sealpost-load");
  const child = spawn("sh", ["-c", script, generator, "--relay", relay, ...args], { cwd: root, stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
