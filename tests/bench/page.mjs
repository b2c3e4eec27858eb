/** Runs the cases and fills the table. `globalThis.bench` is the promise of the results, for whoever drives the page. */
import { cases } from "./cases.mjs";
import { compare } from "./measure.mjs";
import { load as loadOlm } from "./olm.mjs";
import { goal, reached, result, show, showRatio } from "./results.mjs";
import { load as loadSealpost } from "./sealpost.mjs";

const element = (id) => document.getElementById(id);

/** `?only=encrypt,decrypt` measures only these. */
const only = new URLSearchParams(location.search).get("only")?.split(",");
const chosen = only === undefined ? cases : cases.filter(({ name }) => only.includes(name));

async function run() {
  const rows = new Map(chosen.map((testCase) => [testCase, addRow(testCase)]));
  const libraries = [await loadSealpost(), await loadOlm()];
  const results = [];
  for (const [index, testCase] of chosen.entries()) {
    const onProgress = (round, rounds) => {
      element("status").textContent = `Measuring ${testCase.name}, round ${round + 1} of ${rounds}`;
      element("progress").value = (index + round / rounds) / chosen.length;
    };
    const milliseconds = await (testCase.compare ?? ((...rest) => compare(testCase, ...rest)))(libraries, onProgress);
    const measured = result(testCase, milliseconds);
    fillRow(rows.get(testCase), measured);
    results.push(measured);
  }
  element("progress").value = 1;
  element("status").textContent = "Done.";
  return results;
}

function addRow({ name, unit }) {
  const row = element("results").insertRow();
  row.className = "pending";
  const head = document.createElement("th");
  head.scope = "row";
  head.textContent = name;
  row.append(head);
  for (const text of [unit, "–", "–", "–", goal(name)]) row.insertCell().textContent = text;
  row.cells[1].className = "unit";
  return row;
}

function fillRow(row, measured) {
  const [, , value, reference, ratio, aim] = row.cells;
  row.className = "";
  value.textContent = show(measured.value);
  reference.textContent = show(measured.reference);
  ratio.textContent = showRatio(measured.ratio);
  const met = reached(measured);
  if (met === null) return;
  aim.className = met ? "met" : "short";
  aim.textContent += met ? " ✓" : " ✗";
}

globalThis.bench = run();
globalThis.bench.catch((error) => {
  element("status").className = "failed";
  element("status").textContent = `Stopped: ${error.message}`;
});
