/** Runs the cases for `?members=100,1000`. `globalThis.bench` is the promise of the results. */
import init from "/sealpost/crypto.js";
import { measureTopic } from "./cases.mjs";
import { join } from "./reference.js";

const REFERENCE_ROUNDS = 3;
const status = document.getElementById("status");

/** Byte strings are base64 in the fixtures. */
function revive(_key, value) {
  return typeof value === "string" ? Uint8Array.from(atob(value), (character) => character.charCodeAt(0)) : value;
}

async function run() {
  await init();
  const results = [];
  for (const members of new URLSearchParams(location.search).get("members").split(",").map(Number)) {
    const fixture = JSON.parse(await (await fetch(`/topics-grown/${members}.json`)).text(), revive);
    const tell = async (name) => {
      status.textContent = `Measured ${name} at ${members} members`;
      await new Promise((resolve) => setTimeout(resolve));
    };
    const measured = await measureTopic(members, fixture, tell);
    const ours = measured.find(({ name }) => name === `forum-join-${members}`);
    ours.reference = await join(fixture, REFERENCE_ROUNDS);
    results.push(...measured);
  }
  status.textContent = "Done.";
  document.getElementById("results").textContent = JSON.stringify(results, null, 2);
  return results;
}

globalThis.bench = run();
globalThis.bench.catch((error) => { status.textContent = `Stopped: ${error.message}`; });
