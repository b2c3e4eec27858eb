// `npm start`: installs and builds what is missing, then runs the relay, which serves the demo.
//   PORT=8081 npm start      another port; LISTEN=0.0.0.0:8080 another address; DATABASE_URL another database
import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { bold, Failure, main, say } from "./lib/run.mjs";
import { demoRoot, inRoot, relayBinary, root } from "./lib/paths.mjs";
import { build } from "./build.mjs";
import { forBuild, setup } from "./setup.mjs";

const GRACE_MS = 10_000;

await main(async () => {
  const listen = process.env.LISTEN ?? `127.0.0.1:${process.env.PORT ?? 8080}`;
  await mustBeFree(listen);
  await setup(forBuild);
  await build();
  return serve(listen);
});

/** Fails with a readable line when the address is taken, before any building. */
async function mustBeFree(listen) {
  const colon = listen.lastIndexOf(":");
  const host = listen.slice(0, colon).replace(/^\[|\]$/g, "");
  const port = Number(listen.slice(colon + 1));
  if (colon < 1 || !Number.isInteger(port) || port < 0 || port > 65535) throw new Failure(`not an address: ${listen}`);
  const server = createServer();
  await new Promise((resolve, reject) => {
    server.once("error", (error) => reject(new Failure(
      error.code === "EADDRINUSE"
        ? `port ${port} is taken: stop what uses it, or choose another with PORT=${port + 1} npm start`
        : `cannot listen on ${listen}: ${error.message}`,
    )));
    server.listen(port, host, resolve);
  });
  await new Promise((resolve) => server.close(resolve));
}

/** Runs the relay until it ends or is told to; resolves with the exit code. */
async function serve(listen) {
  mkdirSync(inRoot("data"), { recursive: true });
  // In a process group of its own the relay gets one signal from here, not another from the terminal and a third through npm.
  const relay = spawn(relayBinary, {
    cwd: root,
    stdio: "inherit",
    detached: true,
    env: { DATABASE_URL: "sqlite://data/sealpost.db", WEB_ROOT: demoRoot, ...process.env, LISTEN: listen },
  });
  const ended = new Promise((resolve, reject) => {
    relay.once("error", reject);
    relay.once("exit", (code, signal) => resolve({ code, signal }));
  });
  let stopping = false;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(name, () => {
      if (stopping) return;
      stopping = true;
      relay.kill("SIGTERM");
      setTimeout(() => relay.kill("SIGKILL"), GRACE_MS).unref();
    });
  }
  void announce(listen, () => relay.exitCode === null && relay.signalCode === null);
  const { code, signal } = await ended;
  if (stopping && signal !== "SIGKILL") {
    say("Stopped.");
    return code ?? 0;
  }
  if (stopping) throw new Failure(`the relay did not stop within ${GRACE_MS / 1000} s`);
  throw new Failure(`the relay ended by itself (${signal ?? `exit ${code}`})`);
}

/** Prints the address once the relay answers. */
async function announce(listen, running) {
  const url = `http://${listen.replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]")}`;
  while (running()) {
    const ready = await fetch(`${url}/readyz`).then((response) => response.ok, () => false);
    if (ready) {
      say(`Sealpost is at ${bold(url)} (Ctrl-C stops it)`);
      return;
    }
    await sleep(100);
  }
}
