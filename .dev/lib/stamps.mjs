// Whether something built from files is up to date, by the hash of their contents.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { root } from "./paths.mjs";

const ignored = new Set(["node_modules", "dist", "target", ".git"]);

/** All files at or under `path`, sorted; built and installed folders are left out. */
export function filesUnder(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !ignored.has(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? filesUnder(join(path, entry.name)) : join(path, entry.name)));
}

/** SHA-256 over the names and contents of `inputs` (files or folders) and over `facts`. */
export function fingerprint(inputs, facts = []) {
  const hash = createHash("sha256").update(JSON.stringify(facts));
  for (const file of inputs.flatMap(filesUnder)) {
    const bytes = readFileSync(file);
    hash.update(`\0${relative(root, file)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest("hex");
}

/**
 * Runs `make` unless `outputs` exist and were made from the same `inputs` and `facts`. The stamp is written after success only.
 * @returns {Promise<boolean>} whether it ran
 */
export async function fresh({ stamp, inputs, facts, outputs }, make) {
  const before = fingerprint(inputs, facts);
  const current = existsSync(stamp) && readFileSync(stamp, "utf8") === before;
  if (current && outputs.every((file) => existsSync(file))) return false;
  rmSync(stamp, { force: true });
  await make();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, before);
  return true;
}
