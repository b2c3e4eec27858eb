// `npm test`: set-up, the checks, then every test stage. A failed stage does not stop those after it. The last line is the sum.
//   npm test -- --only e2e,hub      only these stages (`check` is one)
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { main } from "./lib/run.mjs";
import { inRoot } from "./lib/paths.mjs";
import { choose, printSum, printTable, runAll } from "./lib/stages.mjs";
import { check, checkCount } from "./check.mjs";
import { forCheck } from "./setup.mjs";
import { shipped, stages } from "./stages.mjs";

const checkStage = {
  name: "check",
  what: "format, lints, types, house rules, supply chain",
  setup: forCheck,
  build: ["wasm", "client"],
  run: async () => {
    const failed = await check();
    return { passed: checkCount - failed.length, failed: failed.length, why: failed.join(", ") };
  },
};

await main(async () => {
  const results = await runAll(choose([checkStage, ...stages], process.argv.slice(2), "npm test"));
  printTable(results);
  const sizes = shipped.map(measure).filter(Boolean);
  if (sizes.length > 0) console.log(`\nshipped, gzip -9\n${sizes.join("\n")}`);
  return printSum(results);
});

function measure({ what, folder, files }) {
  let names;
  try {
    names = readdirSync(inRoot(folder), { recursive: true }).filter((name) => files.test(name));
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
  const bytes = names.reduce((total, name) => total + gzipSync(readFileSync(inRoot(join(folder, name))), { level: 9 }).length, 0);
  return names.length > 0 ? `${what.padEnd(36)}${(bytes / 1024).toFixed(1).padStart(9)} KiB` : null;
}
