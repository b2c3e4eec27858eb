// What an application that uses conversations loads of the package, and how much that may be.
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";

/** Most bytes of {@link conversations}, gzip -9. */
export const LIMIT = 220_000;
/** Most bytes of the engine of topics, gzip -9. */
export const TOPICS_LIMIT = 287_000;

/** Bytes of files, each compressed with gzip -9 as a server would. */
export function compressed(files) {
  return files.reduce((total, file) => total + gzipSync(readFileSync(file), { level: 9 }).length, 0);
}

/** A script and the scripts that it imports, without those that it starts as workers. */
export function withImports(script, found = []) {
  if (found.includes(script)) return found;
  found.push(script);
  const code = readFileSync(script, "utf8");
  for (const [, path] of code.matchAll(/\b(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g)) withImports(join(dirname(script), path), found);
  return found;
}

/**
 * The parts that an application which uses conversations loads; what only `sealpost/crypto` needs is not among them.
 * @param {string} dist the package's
 * @returns {{ what: string, bytes: number }[]}
 */
export function conversations(dist) {
  const page = withImports(join(dist, "index.js"));
  const parts = { WebAssembly: [join(dist, "sealpost_bg.wasm")], worker: withImports(join(dist, "worker.js")), page };
  return Object.entries(parts).map(([part, files]) => {
    const names = files.map((file) => relative(dist, file));
    return { what: `${part}: ${names.join(", ")}`, bytes: compressed(files) };
  });
}

/** What is loaded besides when topics are first used. The limit is of the module. */
export function topics(dist) {
  return { what: "WebAssembly: forums_bg.wasm", bytes: compressed([join(dist, "forums_bg.wasm")]) };
}

/** Whether the parts together keep to the limit, in bytes, and a line for each part, for the sum and for the limit. */
export function budget(parts, limit = LIMIT) {
  const sum = parts.reduce((total, { bytes }) => total + bytes, 0);
  const line = (what, bytes) => `${what.padEnd(44)}${bytes.toLocaleString("en").padStart(9)} bytes`;
  const lines = [...parts.map(({ what, bytes }) => line(what, bytes)), line("together", sum), line("limit", limit)];
  return { isKept: sum <= limit, over: Math.max(0, sum - limit), lines };
}
