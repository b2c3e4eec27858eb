// Where things are.
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
export const inRoot = (...parts) => join(root, ...parts);
export const targetDir = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");

/** The relay's binary, as `npm start` and the tests run it. */
export const relayBinary = join(targetDir, "debug", "relay-server");

/** The built demo. */
export const demoRoot = inRoot("web", "demo", "dist");

const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
/** Pinned command-line tools that are built once for all checkouts. */
export const toolsDir = process.env.SEALPOST_TOOLS ?? join(cache, "sealpost", "tools");

/** PATH with the pinned tools and npm's binaries in front. */
export const toolPath = [join(toolsDir, "bin"), inRoot("node_modules", ".bin"), process.env.PATH].join(delimiter);

/** The first of `names` that is an executable file on PATH or in the usual places, or null. */
export function findProgram(...names) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/bin", "/usr/local/bin"];
  for (const name of names) {
    for (const folder of folders.filter(Boolean)) {
      const file = join(folder, name);
      try {
        accessSync(file, constants.X_OK);
        if (statSync(file).isFile()) return file;
      } catch {
        continue;
      }
    }
  }
  return null;
}

/** Chromium or Chrome: `CHROME`, else from PATH. */
export const findChrome = () => process.env.CHROME || findProgram("chromium", "chromium-browser", "google-chrome");

/** ChromeDriver: `CHROMEDRIVER`, else from PATH. */
export const findChromeDriver = () => process.env.CHROMEDRIVER || findProgram("chromedriver");

/** PostgreSQL's `initdb`: from PATH, else where Debian puts it. */
export function findPostgres() {
  const folder = "/usr/lib/postgresql";
  const versions = existsSync(folder) ? readdirSync(folder) : [];
  const installed = versions.map((version) => join(folder, version, "bin", "initdb")).find((file) => existsSync(file));
  return findProgram("initdb") ?? installed ?? null;
}

/** The NATS server: from PATH, else where Debian puts it. */
export function findNats() {
  const debians = "/usr/sbin/nats-server";
  return findProgram("nats-server") ?? (existsSync(debians) ? debians : null);
}

/** The version of a crate in Cargo.lock. */
export function lockedVersion(crate) {
  const lock = readFileSync(inRoot("Cargo.lock"), "utf8");
  const found = lock.match(new RegExp(`name = "${crate}"\nversion = "([^"]+)"`));
  if (!found) throw new Error(`Cargo.lock has no ${crate}`);
  return found[1];
}
