// Makes dist/ from src/: the bundles, their type declarations, the WASM module, and the licences of what is bundled.
import { cpSync, existsSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { dirname, join, normalize, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { licences } from "./licences.mjs";
import { marked } from "./marks.mjs";
import { trimmed } from "./trim.mjs";

const folder = fileURLToPath(new URL(".", import.meta.url));
const inFolder = (...parts) => join(folder, ...parts);
const dist = inFolder("dist");
const { version } = JSON.parse(readFileSync(inFolder("package.json"), "utf8"));

// `index`, `crypto` and its Node form share their chunks, so that there is one SealpostError class. The worker is one file that
// nothing else needs to process.
const modules = { index: "src/index.ts", crypto: "src/crypto.ts", "crypto.node": "src/crypto.node.ts" };
const worker = { worker: "src/worker/main.ts" };
// The worker loads this one when topics are first used. It is a file of its own, so that bundlers copy it as they copy a module.
const forums = { forums: "src/worker/forums/main.ts" };
// This one when a file is sent or read.
const files = { files: "src/worker/files/main.ts" };
// And this one when a profile is to be unlocked, or its unlock methods are looked at.
const vault = { vault: "src/worker/vault/main.ts" };
// And this one for the account's devices.
const link = { link: "src/worker/link/main.ts" };

// The hooks are for those who have React, and use the classes of `index`.
const react = { react: "src/react.ts" };
const besideIndex = {
  name: "beside-index",
  setup: ({ onResolve }) => onResolve({ filter: /^\.\.\/index\.js$/ }, () => ({ path: "./index.js", external: true })),
};

const common = { absWorkingDir: folder, outdir: dist, bundle: true, format: "esm", target: "es2022", charset: "utf8", minify: true, legalComments: "none", metafile: true };

rmSync(dist, { recursive: true, force: true });
const bundles = await Promise.all([
  build({ ...common, entryPoints: modules, splitting: true, chunkNames: "chunk-[hash]", external: ["node:*"] }),
  build({ ...common, ...trimmed, entryPoints: worker, platform: "browser" }),
  build({ ...common, entryPoints: forums, platform: "browser" }),
  build({ ...common, entryPoints: files, platform: "browser" }),
  build({ ...common, entryPoints: vault, platform: "browser" }),
  build({ ...common, entryPoints: react, plugins: [besideIndex], external: ["react"], banner: { js: '"use client";' } }),
  build({ ...common, entryPoints: link, platform: "browser", define: { PACKAGE_VERSION: JSON.stringify(version) } }),
]);
// What the worker loads by URL is not for bundlers to look into.
const script = join(dist, "worker.js");
writeFileSync(script, marked(readFileSync(script, "utf8"), 1));
for (const wasm of ["sealpost_bg.wasm", "forums_bg.wasm", "vault_bg.wasm", "link_bg.wasm", "crypto_bg.wasm"]) cpSync(inFolder("src/wasm-gen", wasm), join(dist, wasm));
writeFileSync(join(dist, "THIRD-PARTY-LICENSES.txt"), licences(folder, bundles.flatMap(({ metafile }) => Object.keys(metafile.inputs))));
declarations();
// For those that are only named by URL, and export nothing to applications.
writeFileSync(join(dist, "file.d.ts"), "export {};\n");

/** Emits the declarations and drops those that no entry point reaches. */
function declarations() {
  const tsc = ["--project", "tsconfig.json", "--declaration", "--emitDeclarationOnly", "--outDir", "dist"];
  execFileSync("tsc", tsc, { cwd: folder, stdio: "inherit" });
  const wanted = new Set();
  const queue = Object.keys({ ...modules, ...react }).map((name) => join(dist, `${name}.d.ts`));
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (wanted.has(file)) continue;
    if (!existsSync(file)) cpSync(file.replace(dist, inFolder("src")), file);
    wanted.add(file);
    for (const [, path] of readFileSync(file, "utf8").matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)\.js"/g)) {
      queue.push(normalize(resolve(dirname(file), `${path}.d.ts`)));
    }
  }
  const unwanted = readdirSync(dist, { recursive: true }).map((entry) => join(dist, entry)).filter((file) => file.endsWith(".d.ts") && !wanted.has(file));
  for (const file of unwanted) {
    rmSync(file);
    if (readdirSync(dirname(file)).length === 0) rmdirSync(dirname(file));
  }
}
