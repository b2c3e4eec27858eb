import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * What must never reach the relay (threat T23): remembers every plaintext and private key, then looks for them in files as raw
 * bytes, in hex, and in base64 and base64url wherever in a longer encoded string they begin.
 */
export class Canaries {
  #secrets = [];
  #controls = [];

  /** A text nobody else writes, remembered: use it as message text, group name and so on. */
  text(label) {
    const text = `canary ${label} ${randomBytes(12).toString("hex")}`;
    this.add(label, text);
    return text;
  }

  /** Remembers a secret: a string (as UTF-8) or bytes. */
  add(label, secret) {
    this.#secrets.push({ label, bytes: toBytes(secret) });
  }

  /** Remembers something the relay does know, e.g. a username: a scan that misses it has looked in the wrong place. */
  control(label, value) {
    this.#controls.push({ label, bytes: toBytes(value) });
  }

  get count() {
    return this.#secrets.length;
  }

  /** Every secret found in the files at or under `paths`: `{ label, form, file }`. */
  scan(paths) {
    const files = readAll(paths);
    return this.#secrets.flatMap((secret) => findIn(files, secret));
  }

  /** Asserts that no secret is in the files, that there were secrets, and that the controls are there. */
  assertNoneIn(paths) {
    assert.ok(this.count > 0, "no canary was ever made");
    const files = readAll(paths);
    for (const control of this.#controls) {
      assert.ok(findIn(files, control).length > 0, `the scan does not even find ${control.label}`);
    }
    const found = this.#secrets.flatMap((secret) => findIn(files, secret));
    assert.deepEqual(found, [], "secrets in clear at the relay");
  }
}

function toBytes(value) {
  const bytes = typeof value === "string" ? Buffer.from(value, "utf8") : Buffer.from(value);
  // Shorter ones would be found by chance.
  assert.ok(bytes.length >= 5, "too short to look for");
  return bytes;
}

/** The ways in which bytes may lie in a file. */
function forms(bytes) {
  const hex = bytes.toString("hex");
  const encoded = [0, 1, 2].flatMap((shift) => {
    // Characters that also depend on the bytes before or after are left out.
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64").replace(/=+$/, "");
    const inner = text.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6));
    const url = inner.replaceAll("+", "-").replaceAll("/", "_");
    return url === inner ? [["base64", inner]] : [["base64", inner], ["base64url", url]];
  });
  return [["raw", bytes], ["hex", hex], ["hex", hex.toUpperCase()], ["utf-16", Buffer.from(bytes.toString("latin1"), "utf16le")], ...encoded];
}

function readAll(paths) {
  const files = paths.flatMap((path) => {
    if (statSync(path).isFile()) return [path];
    return readdirSync(path, { recursive: true }).map((name) => join(path, name)).filter((file) => statSync(file).isFile());
  });
  assert.ok(files.length > 0, "nothing to scan");
  return files.map((file) => ({ file, bytes: readFileSync(file) }));
}

function findIn(files, { label, bytes }) {
  return files.flatMap((file) => {
    const form = forms(bytes).find(([, needle]) => file.bytes.includes(needle));
    return form ? [{ label, form: form[0], file: file.file }] : [];
  });
}
