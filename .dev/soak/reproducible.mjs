// Builds the WebAssembly modules of the last commit a second time, in another folder with nothing to build on, and compares the bytes.
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inRoot, root } from "../lib/paths.mjs";
import { Failure, main, must, say } from "../lib/run.mjs";

const modules = (folder) => readdirSync(folder).filter((name) => name.endsWith(".wasm"));
const digest = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");

async function compare() {
  const folder = mkdtempSync(join(tmpdir(), "sealpost-reproducible-"));
  try {
    const trees = ["one", "another-name-of-another-length"].map((name) => join(folder, name));
    for (const tree of trees) {
      await must(["git", "clone", "--quiet", "--local", root, tree], { cwd: folder });
      symlinkSync(inRoot("node_modules"), join(tree, "node_modules"));
      await must(["node", ".dev/build.mjs", "wasm"], { cwd: tree, env: { CARGO_TARGET_DIR: join(tree, "target") } });
    }
    const [ours, theirs] = trees.map((tree) => join(tree, "web/client/src/wasm-gen"));
    const names = modules(ours);
    if (names.length !== 4) throw new Failure(`${names.length} modules instead of 4`);
    for (const name of names) {
      const [one, other] = [digest(join(ours, name)), digest(join(theirs, name))];
      if (one !== other) throw new Failure(`${name}: ${one} here, ${other} there`);
      say(`${name} ${one}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main(compare);
