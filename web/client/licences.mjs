// The licences of everything that ends up in dist/: npm packages in the bundles, crates in the WASM module.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/**
 * @param {string} folder the package's
 * @param {string[]} inputs bundled files, relative to it
 * @returns {string} one text with all notices
 */
export function licences(folder, inputs) {
  const notices = [...npmPackages(folder, inputs), ...crates(folder)];
  return notices.sort().join(`\n${"-".repeat(80)}\n\n`);
}

function npmPackages(folder, inputs) {
  const folders = inputs.map((input) => input.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/)?.[0]).filter(Boolean);
  return [...new Set(folders)].map((path) => {
    const manifest = JSON.parse(readFileSync(join(folder, path, "package.json"), "utf8"));
    return notice(manifest, resolve(folder, path));
  });
}

/** What `crypto-wasm` links for WASM: its dependencies and theirs, without build tools, macros and tests. */
function crates(folder) {
  const query = ["metadata", "--format-version", "1", "--locked", "--filter-platform", "wasm32-unknown-unknown"];
  const { packages, resolve: graph } = JSON.parse(execFileSync("cargo", query, { cwd: folder, encoding: "utf8", maxBuffer: 1 << 28 }));
  const byId = new Map(packages.map((crate) => [crate.id, crate]));
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const linked = new Set();
  const queue = packages.filter(({ name }) => name === "crypto-wasm").map(({ id }) => id);
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (linked.has(id) || byId.get(id).targets.some(({ kind }) => kind.includes("proc-macro"))) continue;
    linked.add(id);
    queue.push(...nodes.get(id).deps.filter(({ dep_kinds }) => dep_kinds.some(({ kind }) => kind === null)).map(({ pkg }) => pkg));
  }
  return [...linked].map((id) => byId.get(id)).filter(({ source }) => source !== null)
    .map((crate) => notice(crate, dirname(crate.manifest_path)));
}

/** Of several licences to choose from, the short one. */
function notice({ name, version, license }, folder) {
  const files = readdirSync(folder).filter((entry) => /^(licen[cs]e|copying)/i.test(entry)).sort();
  const file = files.find((entry) => /mit/i.test(entry)) ?? files[0];
  return `${name} ${version} (${license})\n\n${file ? readFileSync(join(folder, file), "utf8").trim() : ""}\n`;
}
