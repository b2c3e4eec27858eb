import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { segments, safeHref } = await load("lib/links.ts");
const links = (text) => segments(text).filter(({ href }) => href !== null);

test("T28: only http and https addresses become links", () => {
  for (const scheme of ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x", "blob:https://a.example/1"]) {
    assert.deepEqual(links(`see ${scheme} now`).filter(({ href }) => !href.startsWith("https://")), []);
    assert.equal(safeHref(scheme), null);
  }
  assert.deepEqual(links("HTTPS://A.example/X and http://b.example"), [
    { text: "HTTPS://A.example/X", href: "https://a.example/X" },
    { text: "http://b.example", href: "http://b.example/" },
  ]);
});

test("T28: markup in a message stays text", () => {
  const text = '<a href="javascript:alert(1)">x</a><img src=x onerror=alert(1)>';
  assert.deepEqual(segments(text), [{ text, href: null }]);
});

test("T28: an address that could look like another one stays text", () => {
  for (const address of ["https://bank.example@evil.example/", "https://u:p@evil.example/", "https://a.example/\u202egnp.exe", "https://a\u200b.example/"]) {
    assert.deepEqual(links(address), []);
  }
});

test("segments put together are the message, whatever it is", () => {
  for (const text of ["", "plain", "https://a.example", "a https://a.example b https://b.example c", "https://", "http://[::1", "x\nhttps://a.example\ny"]) {
    assert.equal(segments(text).map((segment) => segment.text).join(""), text);
  }
});

test("punctuation of the sentence is not part of the address", () => {
  const address = (text) => links(text)[0]?.text;
  assert.equal(address("Look at https://a.example/x."), "https://a.example/x");
  assert.equal(address("(https://a.example/x)"), "https://a.example/x");
  assert.equal(address("(see https://a.example/y_(z)), or not"), "https://a.example/y_(z)");
  assert.equal(address("https://a.example/?q=1&r=2#s!?"), "https://a.example/?q=1&r=2#s");
});
