// `npm test`: set-up, the checks, then every test stage. A failed stage does not stop those after it. The last line is the sum.
//   npm test -- --only e2e,hub      only these stages (`check` and `size` are two)
import { main } from "./lib/run.mjs";
import { inRoot } from "./lib/paths.mjs";
import { budget, conversations, topics, TOPICS_LIMIT } from "./lib/sizes.mjs";
import { choose, printSum, printTable, runAll } from "./lib/stages.mjs";
import { check, checkCount } from "./check.mjs";
import { forBuild, forCheck } from "./setup.mjs";
import { stages } from "./stages.mjs";

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

const sizeStage = {
  name: "size",
  what: "what conversations load, and topics besides, gzip -9",
  setup: forBuild,
  build: ["wasm", "client"],
  run: async () => {
    const dist = inRoot("web/client/dist");
    const budgets = [budget(conversations(dist)), budget([topics(dist)], TOPICS_LIMIT)];
    console.log(budgets.flatMap(({ lines }) => lines).join("\n"));
    const over = budgets.filter(({ isKept }) => !isKept).map(({ over }) => `${over.toLocaleString("en")} bytes over the limit`);
    return { passed: budgets.length - over.length, failed: over.length, why: over.join(", ") };
  },
};

await main(async () => {
  const results = await runAll(choose([checkStage, ...stages, sizeStage], process.argv.slice(2), "npm test"));
  printTable(results);
  return printSum(results);
});
