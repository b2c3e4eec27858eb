// `npm run spec-index`: every rule of docs/protocol.md with the places of its checks and its tests. Fails for a rule without either, for an
// id that the specification does not define, and for one that it defines twice.
//   npm run spec-index -- RAT-8 KEY-12      only these rules
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { ruleIndex } from "./lib/rules.mjs";
import { bold, Failure, main, red } from "./lib/run.mjs";
import { inRoot, root } from "./lib/paths.mjs";
import { filesUnder } from "./lib/stamps.mjs";

const SPECIFICATION = "docs/protocol.md";
const FOLDERS = ["crypto-wasm", "relay-server/src", "relay-server/tests", "web/client/src", "web/client/test", "tests"];

/** The index of this repository. */
export function specIndex() {
  const paths = FOLDERS.flatMap((folder) => filesUnder(inRoot(folder)))
    .map((path) => relative(root, path))
    .filter((path) => /\.(rs|ts|mjs)$/.test(path) && !path.includes("/wasm-gen/"));
  const files = Object.fromEntries(paths.map((path) => [path, readFileSync(inRoot(path), "utf8")]));
  return ruleIndex(readFileSync(inRoot(SPECIFICATION), "utf8"), files);
}

function print({ id, text, checks, tests }) {
  console.log(`${bold(id)} ${text}`);
  for (const { file, line } of checks) console.log(`  check ${file}:${line}`);
  for (const { file, line, test } of tests) console.log(`  test  ${file}:${line} ${test}`);
}

if (import.meta.filename === process.argv[1]) {
  await main(() => {
    const { rules, faults } = specIndex();
    const wanted = process.argv.slice(2);
    const unknown = wanted.filter((id) => !rules.some((rule) => rule.id === id));
    if (unknown.length > 0) throw new Failure(`no such rule: ${unknown.join(", ")}`);
    for (const rule of rules) if (wanted.length === 0 || wanted.includes(rule.id)) print(rule);
    for (const fault of faults) console.error(red(fault));
    const count = (key) => rules.reduce((sum, rule) => sum + rule[key].length, 0);
    console.log(`\n${rules.length} rules, ${count("checks")} checks, ${count("tests")} tests, ${faults.length} faults`);
    return faults.length > 0 ? 1 : 0;
  });
}
