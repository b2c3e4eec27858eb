// Writes the service worker, with the files of the build that it keeps.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const source = new URL("service-worker.js", import.meta.url);
/** Compressed copies are the relay's matter; typefaces other than Latin come when they are needed. */
const left = /\.(?:br|gz)$|inter-(?!latin-wght)[^/]*\.woff2$/;

/** @returns {import("vite").Plugin} */
export function offline() {
  return {
    name: "offline",
    apply: "build",
    enforce: "post",
    writeBundle({ dir }) {
      const files = readdirSync(dir, { recursive: true }).map((name) => name.replaceAll("\\", "/"));
      const kept = files.filter((name) => statSync(join(dir, name)).isFile() && !left.test(name) && name !== "sw.js").sort();
      const hash = createHash("sha256").update(readFileSync(source));
      for (const name of kept) hash.update(name).update(readFileSync(join(dir, name)));
      const paths = kept.map((name) => (name === "index.html" ? "/" : `/${name}`));
      const head = `const VERSION = "${hash.digest("hex").slice(0, 16)}";\nconst FILES = ${JSON.stringify(paths, null, 2)};\n`;
      writeFileSync(join(dir, "sw.js"), head + readFileSync(source, "utf8").replace(/^\/\* global.*\n/m, ""));
    },
  };
}
