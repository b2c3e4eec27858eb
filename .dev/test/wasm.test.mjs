import assert from "node:assert/strict";
import { test } from "node:test";
import { alike, functions, namedByLikeness, withoutPanicTexts, withoutPlaces } from "../lib/wasm.mjs";

const PANIC = "core[0123456789abcdef]::panicking::panic_fmt";
const counted = (...bytes) => [bytes.length, ...bytes];
const text = (value) => counted(...Buffer.from(value));
const section = (id, ...content) => [id, ...counted(...content)];

/** A module of type `() -> ()` with one import and three functions: one that panics, one that calls it, and `last`. */
function sample({ panic = [0x10, 0x00, 0x00], name = PANIC, last = [0x01] } = {}) {
  const body = (...code) => counted(0x00, ...code, 0x0b);
  return Buffer.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, 1, 0x60, 0, 0),
    ...section(2, 1, ...text("host"), ...text("call"), 0, 0),
    ...section(3, 3, 0, 0, 0),
    ...section(7, 2, ...text("run"), 0, 2, ...text("fail"), 0, 1),
    ...section(10, 3, ...body(...panic), ...body(0x10, 0x00), ...body(...last)),
    ...section(0, ...text("name"), 1, ...counted(2, 1, ...text(name), 2, ...text("run"))),
  ]);
}

/** What a module does to its host: how often it calls, and whether it traps. */
function behaviour(module, name) {
  let calls = 0;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module), { host: { call: () => calls++ } });
  try {
    exports[name]();
    return { calls, traps: false };
  } catch (error) {
    assert(error instanceof WebAssembly.RuntimeError);
    return { calls, traps: true };
  }
}

test("a panic traps at once, and what else there is stays as it was", () => {
  const made = withoutPanicTexts(sample());
  assert.deepEqual(behaviour(sample(), "fail"), { calls: 1, traps: true });
  assert.deepEqual(behaviour(made, "fail"), { calls: 0, traps: true });
  assert.deepEqual(behaviour(made, "run"), { calls: 1, traps: false });
  assert.deepEqual(functions(made).slice(1), functions(sample()).slice(1));
});

test("a function with the name of a panic that returns is an error, and so are no panics at all", () => {
  assert.throws(() => withoutPanicTexts(sample({ panic: [0x10, 0x00, 0x01] })), /panic_fmt returns/);
  assert.throws(() => withoutPanicTexts(sample({ name: "main" })), /no panics are found/);
});

test("what writes a text for who debugs writes nothing and succeeds", () => {
  const name = "<a::B as core::fmt::Debug>::fmt";
  const two = (panic, other) => {
    const body = (...code) => counted(0x00, ...code, 0x0b);
    return Buffer.from([
      ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      ...section(1, 1, 0x60, 0, 1, 0x7f),
      ...section(3, 2, 0, 0),
      ...section(7, 1, ...text("write"), 0, 1),
      ...section(10, 2, ...body(0x00), ...body(0x41, 0x07)),
      ...section(0, ...text("name"), 1, ...counted(2, 0, ...text(panic), 1, ...text(other))),
    ]);
  };
  const written = (module) => new WebAssembly.Instance(new WebAssembly.Module(module)).exports.write();
  assert.equal(written(withoutPanicTexts(two(PANIC, name))), 0);
  assert.equal(written(withoutPanicTexts(two(PANIC, name.replace("Debug", "Display")))), 7);
});

test("places in the source become zeros, and other data stays", () => {
  const word = (value) => [value & 255, (value >> 8) & 255, 0, 0];
  const data = (start, ...bytes) => [0, 0x41, ...(start < 64 ? [start] : [(start & 127) | 128, start >> 7]), 0x0b, ...counted(...bytes)];
  const names = [...Buffer.from("src/lib.rs and more")];
  const place = (length, line, column) => [...word(256), ...word(length), ...word(line), ...word(column)];
  const module = (...rest) => Buffer.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(5, 1, 0, 1),
    ...section(11, 2, ...data(16, ...rest), ...data(256, ...names)),
  ]);
  const kept = [7, 7, 7, 7];
  const zeros = Array(16).fill(0);
  const made = withoutPlaces(module(...kept, ...place(10, 12, 5), ...kept));
  assert(WebAssembly.validate(made));
  assert.deepEqual(made, Buffer.concat([module(...kept, ...zeros, ...kept).subarray(0, -names.length), Buffer.from([...Array(10).fill(0), ...names.slice(10)])]));
  for (const other of [place(9, 12, 5), place(10, 0, 5), place(10, 12, 0), place(200, 12, 5)]) {
    assert.deepEqual(withoutPlaces(module(...kept, ...other)), module(...kept, ...other));
  }
});

test("functions are named in an order, and none is changed", () => {
  const made = namedByLikeness(sample());
  assert.deepEqual(functions(made), functions(sample()));
  assert.deepEqual(behaviour(made, "run"), { calls: 1, traps: false });
  const named = WebAssembly.Module.customSections(new WebAssembly.Module(made), "name");
  assert.equal(named.length, 1);
  const found = Buffer.from(named[0]).toString("latin1").match(/0{7}\d/g);
  assert.deepEqual(found.toSorted(), ["00000000", "00000001", "00000002", "00000003"]);
  assert.equal(found[0], "00000000", "imports come first");
});

test("what is alike is side by side", () => {
  const of = (seed) => Buffer.from(Array.from({ length: 6_000 }, (_, at) => (Math.imul(at + seed, 2_654_435_761) >>> 13) & 255));
  const [a, b, c] = [of(1), of(100_000), of(900_000)];
  const order = alike([a, b, c, c, b, a]);
  assert.deepEqual(order.toSorted(), [0, 1, 2, 3, 4, 5]);
  const pairs = [0, 2, 4].map((at) => order[at] + order[at + 1]);
  assert.deepEqual(pairs, [5, 5, 5]);
});
