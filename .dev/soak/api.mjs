// Does the relay keep to its own OpenAPI document? Schemathesis makes calls from the document, right ones and wrong ones, for some minutes.
// The last line is the sum. SECONDS sets how long.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findProgram, inRoot, relayBinary, targetDir } from "../lib/paths.mjs";
import { execute, Failure, main, must, say } from "../lib/run.mjs";
import { Device } from "../../tests/hub/lib/device.mjs";

const VERSION = "4.32.5";
const seconds = Number(process.env.SECONDS ?? 180);

/** Schemathesis in a virtual environment of its own, made if it is not there. */
async function schemathesis() {
  const venv = join(targetDir, `schemathesis-${VERSION}`);
  const program = join(venv, "bin", "schemathesis");
  if (existsSync(program)) return program;
  const python = findProgram("python3");
  if (!python) throw new Failure("Schemathesis is missing, and python3 (3.10 or later, with venv), which would install it");
  try {
    await must([python, "-m", "venv", venv], { quiet: true, timeoutMs: 60_000 });
    await must([join(venv, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check", `schemathesis==${VERSION}`], { quiet: true, timeoutMs: 300_000 });
  } catch (error) {
    rmSync(venv, { recursive: true, force: true });
    throw new Failure(`Schemathesis ${VERSION} is missing, and pip could not install it: ${error.message}`);
  }
  return program;
}

/** A relay on a port and a database of its own, without rate limits. */
async function startRelay(folder) {
  const unlimited = Object.fromEntries(["REGISTRATIONS", "LOGINS", "BUNDLES", "KEY_PACKAGES"].map((name) => [`RATE_${name}`, "0"]));
  const env = { LISTEN: "127.0.0.1:0", DATABASE_URL: `sqlite://${join(folder, "relay.db")}`, ...unlimited };
  const relay = spawn(relayBinary, { env, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: relay.stdout })) {
    const url = line.match(/^relay listening on (\S+)$/)?.[1];
    if (url) return { relay, url };
  }
  throw new Failure("the relay did not start");
}

await main(async () => {
  const program = await schemathesis();
  const folder = mkdtempSync(join(tmpdir(), "sealpost-api-"));
  const { relay, url } = await startRelay(folder);
  try {
    const device = await Device.register({ url }, "tester");
    say(`Schemathesis against ${url} for ${seconds} s`);
    const { code, output } = await execute(
      [
        program, "--config-file", inRoot(".dev/soak/schemathesis.toml"), "run", `${url}/api/openapi.json`,
        "--max-time", String(seconds), "--header", `Authorization:Bearer ${device.token}`, "--report-dir", folder,
      ],
      { cwd: folder, env: { HYPOTHESIS_STORAGE_DIRECTORY: join(folder, "hypothesis") }, timeoutMs: (seconds + 120) * 1000 },
    );
    const tested = Number(output.match(/API Operations:[^]*?Tested: (\d+)/)?.[1] ?? 0);
    if (relay.exitCode !== null) throw new Failure("the relay ended");
    const failed = Number(output.match(/(\d+) unique failures?/)?.[1] ?? (code === 0 ? 0 : 1));
    console.log(`${Math.max(tested - failed, 0)} passed, ${failed} failed`);
    return failed > 0 ? 1 : 0;
  } finally {
    relay.kill("SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  }
});
