// Makes docs/benchmarks.md of a run's JSON, on the machine that ran it.
//   node .dev/benchmarks.mjs FILE
import { readFile, writeFile } from "node:fs/promises";
import { cpus, loadavg, release, totalmem, type } from "node:os";
import { ask, Failure, main, say } from "./lib/run.mjs";
import { findChrome, inRoot } from "./lib/paths.mjs";
import { goal, reached, show, showRatio } from "../tests/bench/results.mjs";

/** @param {string} browser name and version */
export async function writeBenchmarks(results, browser) {
  const text = [intro, table(results), machine(browser), caveats].join("\n\n");
  await writeFile(inRoot("docs/benchmarks.md"), `${text}\n`);
  say("docs/benchmarks.md written");
}

const intro = `# Benchmarks
Made by \`npm run bench -- --write-docs\`; do not edit. The WebAssembly module of \`sealpost/crypto\` beside \`@matrix-org/olm\` 3.2.15 in
one page in Chromium, in turns, messages of 1 KiB. The numbers are medians; a ratio says how many times faster Sealpost is.`;

function table(results) {
  const rows = results.map((measured) => {
    const { name, unit, value, reference, ratio } = measured;
    const met = reached(measured);
    const aim = met === null ? "" : `${goal(name)}, ${met ? "reached" : "missed"}`;
    return `| ${name} | ${unit} | ${show(value)} | ${show(reference)} | ${showRatio(ratio)} | ${aim} |`;
  });
  return ["| operation | unit | Sealpost | Olm | ratio | goal |", "| --- | --- | ---: | ---: | ---: | --- |", ...rows].join("\n");
}

function machine(browser) {
  const processors = cpus();
  const facts = {
    processor: `${processors[0]?.model.trim() ?? "unknown"}, ${processors.length} cores visible`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${type()} ${release()}`,
    load: `${loadavg()[0].toFixed(0)} processes waiting or running at the end, on average of a minute`,
    browser,
    compiler: ask("rustc", "--version") ?? "unknown",
  };
  return ["## Machine", "| | |", "| --- | --- |", ...Object.entries(facts).map(([name, fact]) => `| ${name} | ${fact} |`)].join("\n");
}

const caveats = `## What is counted
- **generate-identity**: two Ed25519 keys and the certificate of one by the other; for Olm its two identity keys. No prekeys.
- **setup-initiator**: what must be verified, the session, and its first message. Sealpost verifies the three signatures of a bundle. Olm leaves
  the one signature of the one-time key to its caller, so \`Utility.ed25519_verify\` is counted for it. Neither counts what a client
  verifies once for a device before, such as Matrix device keys or our device lists.
- **setup-recipient**: a first message is decrypted, its one-time keys are removed, and an answer is encrypted. The answer belongs to it
  because Olm puts off half of the recipient's key agreement until then. **accept** is the same without the answer, and there Olm is ahead.
- **encrypt**, **decrypt**: one chain, no Diffie-Hellman step. Sealpost encodes text to bytes and back; Olm takes and gives strings, the
  ciphertext in base64. **round-trip**: a message and its answer, with a ratchet step for each.
- **fanout**: one message to so many devices, each encrypted for itself; **first** with the setup of every session, **again** on the sessions
  made so, before any answer, so that each message still carries the setup's fields.
- **ready**: from the start of the import to a first key, in a frame of a fresh origin: a process of its own, no cached code, over the
  loopback, where the network costs nothing. Both compile the module while it arrives.

## Limits
- Of a setup's time about half is X25519 (5 agreements for the initiator, 6 for the recipient, where Olm does 3, and a fourth for the answer), a fifth to a third is
  ML-KEM-1024, which Olm does not have, and a tenth to a fifth Ed25519. Less than a tenth is everything else.
- One X25519 agreement is about 2,800 multiplications of 255-bit numbers in 32-bit limbs: WebAssembly has no product of two 64-bit
  numbers yet. 128-bit vectors (simd128) changed neither X25519 nor ML-KEM in our build.
- A recipient expands its KEM prekey from the stored seed before it decapsulates, which costs as much as making the key. Keeping it expanded
  would store 3 KiB instead of 64 bytes for each of the prekeys.

## Caveats
- The two protocols are not alike: Sealpost agrees by X25519 and ML-KEM-1024 and encrypts with AES-256-GCM; Olm agrees by X25519 and
  encrypts with AES-256-CBC and HMAC-SHA-256, cut to 8 bytes. Olm has been deprecated by its authors.
- Batches of both take turns and the medians are compared, so that a busy machine slows both alike. Trust the ratios more than the times. Of a
  fan-out and a cold start, which are longer than a turn of the scheduler, not even the ratios are worth much under load.
- Storage and network are left out: these are calls of \`sealpost/crypto\`. One machine, one browser.
- The module that conversations load is another build of the same code, made to be small: it goes without the tables of base points, and most of it is
  compiled for size, so that new keys take a third longer, setups three fifths to three quarters, round trips two fifths and messages half as long again (27 µs for 1 KiB in
  place of 18, in Node.js on this kind of machine). It is not what is measured here.`;

if (import.meta.filename === process.argv[1]) {
  await main(async () => {
    const [file] = process.argv.slice(2);
    if (file === undefined) throw new Failure("usage: node .dev/benchmarks.mjs FILE");
    const browser = ask(findChrome() ?? "chromium", "--version") ?? "unknown";
    await writeBenchmarks(JSON.parse(await readFile(file, "utf8")), browser);
  });
}
