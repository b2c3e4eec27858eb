// Does time tell secrets apart in the WASM module that ships? As crypto-wasm/primitives/examples/timing, but through the
// package's own calls, in Node's V8: two classes in random order, Welch's t-test on cropped timings.
import { randomBytes } from "node:crypto";
import init, { Account, Device, Session } from "sealpost/crypto";

/** |t| above this is a leak, if it stays when more samples are taken. */
const THRESHOLD = 10;
const ATTEMPTS = 3;
const BATCH = 50;

const user = (byte) => new Uint8Array(16).fill(byte);
const dispose = (...objects) => objects.forEach((object) => object[Symbol.dispose]());
const refused = (call) => {
  try {
    call();
  } catch (error) {
    if (error.code === "decrypt") return;
    throw error;
  }
  throw new Error("a forgery was accepted");
};

/** Nanoseconds of each sample by class; `prepare` gets the class (0 or 1) and returns the operation and what comes after it. */
function sample({ prepare, samples }) {
  const timings = [];
  while (timings.length < samples) {
    const prepared = Array.from({ length: BATCH }, () => {
      const kind = randomBytes(1)[0] & 1;
      return { kind, ...prepare(kind) };
    });
    for (const { kind, run } of prepared) {
      const start = process.hrtime.bigint();
      run();
      timings.push([kind, Number(process.hrtime.bigint() - start)]);
    }
    for (const { after } of prepared) after?.();
  }
  return timings;
}

function moments(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean, error: variance / values.length };
}

/** The t that is farthest from zero, of all timings and of the fastest so many. */
function largestT(timings) {
  const sorted = timings.map(([, time]) => time).sort((a, b) => a - b);
  const ts = [0.5, 0.75, 0.9, 0.95, 0.99, 1].map((part) => {
    const limit = sorted[Math.floor((sorted.length - 1) * part)];
    const of = (kind) => moments(timings.filter(([other, time]) => other === kind && time <= limit).map(([, time]) => time));
    const [first, second] = [of(0), of(1)];
    return (first.mean - second.mean) / Math.sqrt(first.error + second.error);
  });
  return ts.filter(Number.isFinite).reduce((largest, t) => (Math.abs(t) > Math.abs(largest) ? t : largest), 0);
}

function measure(target) {
  let t = 0;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    t = largestT(sample({ ...target, samples: target.samples * 2 ** attempt }));
    if (Math.abs(t) < THRESHOLD) break;
  }
  return t;
}

const secret = (kind) => (kind === 0 ? new Uint8Array(32).fill(0x5a) : Uint8Array.from(randomBytes(32)));
const flipped = (bytes, at) => {
  const copy = Uint8Array.from(bytes);
  copy[at < 0 ? copy.length + at : at] ^= 1;
  return copy;
};

function targets() {
  const [alice, bob] = [1, 2].map((byte) => Device.create(Account.generate(), user(byte), 1, 0));
  const prekeys = bob.generatePreKeys({ oneTime: 1, kem: 1, rotate: true, createdAtMs: 1 });
  const bundle = Uint8Array.from([...bob.certificate, ...prekeys.signedPreKey, 0, ...prekeys.kemLastResort]);
  const { session: ours, message } = Session.initiate(alice, bundle, new Uint8Array(64));
  const { session: theirs } = Session.accept(bob, message);
  const reply = theirs.encrypt(new Uint8Array(64));
  // The KEM ciphertext is by far the longest of the outer fields: its middle is the middle of the message.
  const middle = Math.floor(message.length / 2);
  // Of the device that accepts: without memory of the message's base key, so that it is looked at each time.
  const fresh = Session.initiate(alice, bundle, new Uint8Array(64)).message;
  return [
    {
      name: "control: comparison with an early exit",
      leaky: true,
      samples: 10_000,
      prepare: (kind) => {
        const right = randomBytes(4096);
        const wrong = flipped(right, kind === 0 ? 0 : -1);
        return { run: () => right.findIndex((byte, index) => byte !== wrong[index]) };
      },
    },
    {
      name: "Ed25519 public key, seed",
      samples: 20_000,
      prepare: (kind) => {
        const seed = secret(kind);
        let account;
        return { run: () => (account = Account.fromSeed(seed)), after: () => dispose(account) };
      },
    },
    {
      name: "Ed25519 signature, account key",
      samples: 10_000,
      prepare: (kind) => {
        const account = Account.fromSeed(secret(kind));
        let device;
        return { run: () => (device = Device.create(account, user(3), 1, 0)), after: () => dispose(device, account) };
      },
    },
    {
      name: "AES-256-GCM with HKDF and HMAC, plaintext",
      samples: 20_000,
      prepare: (kind) => {
        const plaintext = kind === 0 ? new Uint8Array(1024) : Uint8Array.from(randomBytes(1024));
        return { run: () => theirs.encrypt(plaintext) };
      },
    },
    {
      name: "AES-256-GCM tag, first or last byte wrong",
      samples: 10_000,
      prepare: (kind) => {
        const forged = flipped(reply.bytes, kind === 0 ? -16 : -1);
        return { run: () => refused(() => ours.decrypt(reply.kind, forged)) };
      },
    },
    {
      name: "ML-KEM-1024 implicit rejection, or a wrong tag",
      samples: 3_000,
      prepare: (kind) => {
        const forged = flipped(fresh, kind === 0 ? middle : -1);
        return { run: () => refused(() => Session.accept(bob, forged)) };
      },
    },
  ];
}

await init();
let [passed, failed] = [0, 0];
for (const target of targets()) {
  const start = performance.now();
  const t = measure(target);
  const good = Math.abs(t) >= THRESHOLD === (target.leaky ?? false);
  if (good) passed += 1;
  else failed += 1;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${good ? "ok  " : "FAIL"} ${target.name.padEnd(50)} t = ${t.toFixed(2).padStart(9)} ${target.leaky ? "(must leak) " : ""}(${seconds} s)`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
