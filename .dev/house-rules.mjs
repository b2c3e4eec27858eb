// What the repository as a whole keeps to and no other tool checks. Works on the files git knows or would add.
import { existsSync, readFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { inRoot, root } from "./lib/paths.mjs";

const MAX_LINES = 400;

/** Beside dot-files, exactly this lies at the top. */
const TOP_LEVEL = new Set([
  "Cargo.toml", "Cargo.lock", "crypto-wasm", "relay-server", "web", "tests", "package.json", "package-lock.json", "README.md",
  "rust-toolchain.toml", "LICENSE-MIT", "LICENSE-APACHE", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs",
]);

const code = /\.(rs|ts|tsx|mjs|js|css|html)$/;
const marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X"].join("|");

/** A line of a file whose name matches `files` must not match `pattern`. */
const LINE_RULES = [
  { what: "unfinished", files: code, pattern: new RegExp(`\\b(${marks})\\b|\\b(todo|unimplemented)!\\(`) },
  { what: "skipped test", files: code, pattern: /\b(it|test|describe)\.(skip|only|todo)\(|\bskip: true|#\[ignore\b/ },
  { what: "path of some machine", files: /(?<!\.lock)$/, pattern: /(^|[^A-Za-z0-9_.])\/(work|root|Users|home\/[a-z]+)\// },
  { what: "registry host", files: /./, pattern: /registry\.npm(js|mirror)|static\.crates\.|crates\.io-index/, except: /(^|\/)Cargo\.lock$/ },
  { what: "lint exception without #[expect(…, reason)]", files: /\.rs$/, pattern: /#!?\[allow\(/ },
];

/** Modules that could be crates of their own: they name nothing of the crate outside themselves. */
const CLOSED_MODULES = [{ folder: "relay-server/src/hub/protocol/", path: "hub::protocol" }];

/** Every breach, as `where: what`; empty when the house is in order. */
export function breaches() {
  const files = gitFiles();
  return [...topLevel(files), ...files.flatMap(inFile), ...undocumentedDependencies(), ...files.flatMap(uncommentedCrates), ...files.flatMap(reachesOut), ...resolvedInLock()];
}

/** Files that have grown long, as `where: what`: a hint to look for the missing concept, not a breach. */
export function longFiles() {
  return gitFiles().filter((file) => code.test(file)).flatMap((file) => {
    const lines = readFileSync(inRoot(file), "utf8").split("\n").length - 1;
    return lines > MAX_LINES ? [`${file}: ${lines} lines, more than ${MAX_LINES}`] : [];
  });
}

function gitFiles() {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root, encoding: "utf8" });
  return [...new Set(listed.split("\0"))].filter((file) => file !== "" && existsSync(inRoot(file)));
}

function topLevel(files) {
  const names = new Set(files.map((file) => file.split("/")[0]));
  const strange = [...names].filter((name) => !name.startsWith(".") && !TOP_LEVEL.has(name));
  const missing = [...TOP_LEVEL].filter((name) => !names.has(name));
  return [...strange.map((name) => `${name}: not in the agreed top level`), ...missing.map((name) => `${name}: missing`)];
}

function inFile(file) {
  const bytes = readFileSync(inRoot(file));
  if (bytes.includes(0)) return [];
  const lines = bytes.toString("utf8").split("\n");
  const found = [];
  for (const { what, files, pattern, except } of LINE_RULES) {
    if (!files.test(file) || except?.test(file)) continue;
    lines.forEach((line, index) => {
      if (pattern.test(line)) found.push(`${file}:${index + 1}: ${what}: ${line.trim().slice(0, 100)}`);
    });
  }
  return found;
}

function reachesOut(file) {
  const closed = CLOSED_MODULES.find(({ folder }) => file.startsWith(folder) && file.endsWith(".rs"));
  if (!closed) return [];
  const out = pathsOut(readFileSync(inRoot(file), "utf8"), file.slice(closed.folder.length), closed.path);
  return out.map(({ line, what }) => `${file}:${line}: reaches out of ${closed.path}: ${what}`);
}

/**
 * The paths in a source that lead out of its module `path`, as `{ line, what }`: through `crate::`, or through more `super::` than there are modules
 * around it within. `place` is the file's place below the module's folder.
 */
export function pathsOut(source, place, path) {
  const parts = place.replace(/(^|\/)mod\.rs$/, "").replace(/\.rs$/, "").split("/").filter(Boolean);
  let depth = parts.length;
  return source.split("\n").flatMap((text, index) => {
    const code = text.replace(/\/\/.*$/, "");
    // What follows `mod tests {` is one module deeper: such modules stand at the end of a file.
    if (/^\s*mod \w+ \{/.test(code)) depth += 1;
    const found = [...code.matchAll(/\bcrate::[\w:]*|\b(?:super::)+/g)].map(([what]) => what);
    return found
      .filter((what) => (what.startsWith("crate::") ? !`${what}::`.startsWith(`crate::${path}::`) : what.length / "super::".length > depth))
      .map((what) => ({ line: index + 1, what }));
  });
}

/** package.json cannot hold comments: CONTRIBUTING.md says what each npm package is for. */
function undocumentedDependencies() {
  const text = existsSync(inRoot("CONTRIBUTING.md")) ? readFileSync(inRoot("CONTRIBUTING.md"), "utf8") : "";
  const section = text.split("\n## npm packages")[1] ?? "";
  const documented = new Set([...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name));
  const used = new Set();
  for (const file of ["package.json", "web/client/package.json", "web/demo/package.json", "web/examples/express/package.json", "tests/bundlers/package.json"]) {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(inRoot(file), "utf8"));
    for (const name of Object.keys({ ...dependencies, ...devDependencies })) used.add(name);
  }
  return [
    ...[...used].filter((name) => !documented.has(name)).map((name) => `CONTRIBUTING.md: does not say what ${name} is for`),
    ...[...documented].filter((name) => !used.has(name)).map((name) => `CONTRIBUTING.md: explains ${name}, which nothing depends on`),
  ];
}

/** What each crate is for stands behind it, or on the line before. */
function uncommentedCrates(file) {
  if (!/(^|\/)Cargo\.toml$/.test(file)) return [];
  const lines = readFileSync(inRoot(file), "utf8").split("\n");
  let inDependencies = false;
  return lines.flatMap((line, index) => {
    if (line.startsWith("[")) inDependencies = /dependencies\]/.test(line);
    const [, name] = (inDependencies && line.match(/^([\w-]+)\s*=/)) || [];
    const explained = / # \S/.test(line) || lines[index - 1]?.startsWith("# ");
    return name && !explained ? [`${file}:${index + 1}: does not say what ${name} is for`] : [];
  });
}

function resolvedInLock() {
  const { packages } = JSON.parse(readFileSync(inRoot("package-lock.json"), "utf8"));
  const hosts = Object.entries(packages).filter(([, { resolved }]) => resolved?.includes("://"));
  return hosts.map(([name]) => `package-lock.json: ${name} names the registry it came from`);
}
