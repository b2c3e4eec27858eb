// How applications are built with each bundler, as the package's README says it.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const apps = fileURLToPath(new URL("../apps/", import.meta.url));
const page = (script) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sealpost</title><script type="module" src="${script}"></script></html>\n`;

/** What a bundler that knows nothing of `new URL(…, import.meta.url)` needs beside its bundle. */
const FILES = ["worker.js", "sealpost_bg.wasm", "forums.js", "forums_bg.wasm", "files.js", "vault.js", "vault_bg.wasm", "link.js", "link_bg.wasm"];

function copyFiles(folder, to) {
  for (const name of FILES) cpSync(join(folder, "node_modules/sealpost/dist", name), join(to, name));
}

/** Puts the application's source beside its packages. */
export function withSource(folder) {
  for (const name of ["story.js", "main.js"]) cpSync(join(apps, name), join(folder, name));
  return folder;
}

/** Puts the Next.js application there. */
export function withNext(folder) {
  cpSync(join(apps, "story.js"), join(folder, "story.js"));
  cpSync(join(apps, "next"), folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "app", private: true }));
  return folder;
}

/** Each makes what a web server serves, and gives its folder. */
export const builders = {
  async vite(folder) {
    const { build } = await import("vite");
    writeFileSync(join(folder, "index.html"), page("/main.js"));
    await build({ root: folder, configFile: false, logLevel: "error", worker: { format: "es" } });
    return join(folder, "dist");
  },

  async webpack(folder) {
    const { default: webpack } = await import("webpack");
    const dist = join(folder, "dist");
    const compiler = webpack({ mode: "production", context: folder, entry: "./main.js", output: { path: dist, filename: "main.js", publicPath: "/" } });
    const stats = await new Promise((resolve, reject) => {
      compiler.run((error, result) => (error ? reject(error) : resolve(result)));
    });
    await new Promise((resolve) => compiler.close(resolve));
    const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
    // Sizes are the application's matter.
    const found = [...errors, ...warnings].map(({ message }) => message).filter((message) => !/size limit|limit the size/.test(message));
    if (found.length > 0) throw new Error(found.join("\n"));
    writeFileSync(join(dist, "index.html"), page("/main.js"));
    return dist;
  },

  async esbuild(folder) {
    const { build } = await import("esbuild");
    const dist = join(folder, "dist");
    await build({ absWorkingDir: folder, entryPoints: ["main.js"], bundle: true, format: "esm", outdir: dist, logLevel: "warning" });
    copyFiles(folder, dist);
    writeFileSync(join(dist, "index.html"), page("/main.js"));
    return dist;
  },

  async rollup(folder) {
    const [{ rollup }, { nodeResolve }] = await Promise.all([import("rollup"), import("@rollup/plugin-node-resolve")]);
    const dist = join(folder, "dist");
    const bundle = await rollup({ input: join(folder, "main.js"), plugins: [nodeResolve()] });
    await bundle.write({ dir: dist, format: "es" });
    await bundle.close();
    copyFiles(folder, dist);
    writeFileSync(join(dist, "index.html"), page("/main.js"));
    return dist;
  },

  async "no bundler"(folder) {
    const dist = join(folder, "dist");
    mkdirSync(dist);
    cpSync(join(folder, "node_modules/sealpost/dist"), join(dist, "sealpost"), { recursive: true });
    // A page without a bundler names files; an import map would be an inline script, which the policy forbids.
    const story = readFileSync(join(folder, "story.js"), "utf8").replace('from "sealpost"', 'from "./sealpost/index.js"');
    writeFileSync(join(dist, "story.js"), story);
    cpSync(join(folder, "main.js"), join(dist, "main.js"));
    writeFileSync(join(dist, "index.html"), page("/main.js"));
    return dist;
  },
};
