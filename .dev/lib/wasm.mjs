// What compilers leave undone that makes a WebAssembly module shorter to transfer. The module does the same before and after.
// Format: https://webassembly.github.io/spec/core/binary/modules.html

/** Ids of sections. */
const CUSTOM = 0, IMPORT = 2, CODE = 10, DATA = 11;
/** Bytes of magic and version. */
const HEADER = 8;
/** `(unreachable)`: its length, no locals, the instruction, the end. */
const UNREACHABLE = Buffer.from([3, 0x00, 0x00, 0x0b]);
/** `(i32.const 0)`, which is `Ok(())`: its length, no locals, the instruction, the end. */
const NOTHING = Buffer.from([4, 0x00, 0x41, 0x00, 0x0b]);

/**
 * Functions of Rust's libraries that end in a panic, by their names in the module. None of them returns. On this target a panic is
 * told to nobody: its text is put together, thrown away, and the instruction `unreachable` ends the call.
 */
const PANICS = [
  /^core\[\w+\]::panicking::/,
  /^core\[\w+\]::option::(unwrap|expect)_failed$/,
  /^core\[\w+\]::result::unwrap_failed$/,
  /^core\[\w+\]::slice::index::slice_index_fail$/,
  /^core\[\w+\]::slice::copy_from_slice_impl::len_mismatch_fail$/,
  /^core\[\w+\]::slice::sort::shared::smallsort::panic_on_ord_violation$/,
  /^core\[\w+\]::str::slice_error_fail(_rt)?$/,
  /^core\[\w+\]::cell::panic_already(_mutably)?_borrowed$/,
  /^alloc\[\w+\]::raw_vec::(handle_error|capacity_overflow)$/,
  /^alloc\[\w+\]::alloc::handle_alloc_error$/,
  /^__rustc\[\w+\]::rust_begin_unwind$/,
];

/** Writes a text for who debugs the code. Tables of methods name these functions, and none is called: no text that leaves has `{:?}`. */
const DEBUG = /^<.* as core(\[\w+\])?::fmt::Debug>::fmt(::h[0-9a-f]{16})?$/;

/** Reads numbers (LEB128) and what they count. */
class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }
  byte() {
    return this.bytes[this.at++];
  }
  number() {
    let value = 0;
    for (let weight = 1; ; weight *= 128) {
      const byte = this.byte();
      value += (byte & 127) * weight;
      if (byte < 128) return value;
    }
  }
  take(length) {
    return this.bytes.subarray(this.at, (this.at += length));
  }
  text() {
    return this.take(this.number()).toString();
  }
}

/** A number in LEB128. */
function number(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value & 127) | 128);
  return Buffer.from([...bytes, value]);
}

const counted = (bytes) => Buffer.concat([number(bytes.length), bytes]);
const section = (id, content) => Buffer.concat([Buffer.from([id]), counted(content)]);

/** The sections of a module, in order. */
function sections(module) {
  const found = [];
  for (const reader = new Reader(module, HEADER); reader.at < module.length; ) {
    const id = reader.byte();
    found.push({ id, content: reader.take(reader.number()) });
  }
  return found;
}

const content = (module, id) => sections(module).find((section) => section.id === id)?.content ?? Buffer.from([0]);

/** How many functions are imported: they are numbered before the others. */
function importedFunctions(module) {
  const reader = new Reader(content(module, IMPORT));
  const limits = () => {
    const hasMaximum = (reader.byte() & 1) === 1;
    reader.number();
    if (hasMaximum) reader.number();
  };
  const skip = [() => reader.number(), () => (reader.byte(), limits()), limits, () => reader.take(2)];
  let functions = 0;
  for (let left = reader.number(); left > 0; left--) {
    reader.text();
    reader.text();
    const kind = reader.byte();
    if (!(kind in skip)) throw new Error(`an import of kind ${kind}`);
    skip[kind]();
    if (kind === 0) functions++;
  }
  return functions;
}

/** The functions of a module, with their lengths before them. */
export function functions(module) {
  const reader = new Reader(content(module, CODE));
  return Array.from({ length: reader.number() }, () => {
    const start = reader.at;
    const length = reader.number();
    return reader.bytes.subarray(start, (reader.at += length));
  });
}

/** The names of functions, by their numbers. */
function names(module) {
  const found = new Map();
  for (const { id, content } of sections(module)) {
    const reader = new Reader(content);
    if (id !== CUSTOM || reader.text() !== "name") continue;
    while (reader.at < content.length) {
      const [kind, part] = [reader.byte(), new Reader(reader.take(reader.number()))];
      if (kind !== 1) continue;
      for (let left = part.number(); left > 0; left--) found.set(part.number(), part.text());
    }
  }
  return found;
}

/**
 * A module whose panics are the instruction `unreachable` at once. `wasm-opt` takes from there what only wrote their texts.
 * @param {Buffer} module with the names of its functions
 */
export function withoutPanicTexts(module) {
  const [named, first] = [names(module), importedFunctions(module)];
  const missing = new Set(PANICS);
  const kept = functions(module).map((body, at) => {
    const name = named.get(first + at) ?? "";
    if (DEBUG.test(name)) return NOTHING;
    const panic = PANICS.find((pattern) => pattern.test(name));
    if (panic === undefined) return body;
    // What never returns was compiled to end so.
    if (body.at(-2) !== 0x00) throw new Error(`${name} returns: adapt the list of panics`);
    missing.delete(panic);
    return UNREACHABLE;
  });
  if (missing.has(PANICS[0])) throw new Error("no panics are found: does the module have names?");
  const code = Buffer.concat([number(kept.length), ...kept]);
  const all = sections(module).map(({ id, content }) => section(id, id === CODE ? code : content));
  return Buffer.concat([module.subarray(0, HEADER), ...all]);
}

/** Bytes of a place in the source: where the name of its file is, how long that is, line and column. */
const PLACE = 16;

/**
 * A module without the places in the source that panics would tell: zeros, which take next to nothing when compressed.
 * @param {Buffer} module
 */
export function withoutPlaces(module) {
  const changed = Buffer.from(module);
  const segments = segmentsOf(changed);
  const fileName = (address, length) => {
    const segment = segments.find(({ start, bytes }) => address >= start && address + length <= start + bytes.length);
    const name = segment?.bytes.subarray(address - segment.start, address - segment.start + length);
    return name?.toString("latin1").endsWith(".rs") ? name : null;
  };
  const found = [];
  for (const { start, bytes } of segments) {
    for (let at = (4 - (start % 4)) % 4; at + PLACE <= bytes.length; at += 4) {
      const [address, length, line, column] = [0, 4, 8, 12].map((offset) => bytes.readUInt32LE(at + offset));
      const name = length > 3 && length < 512 && line > 0 && line < 100_000 && column > 0 && column < 1_000 ? fileName(address, length) : null;
      if (name !== null) found.push(name, bytes.subarray(at, at + PLACE));
    }
  }
  for (const bytes of found) bytes.fill(0);
  return changed;
}

/** The data of a module, each with the address where it starts; views of the module's own bytes. */
function segmentsOf(module) {
  const reader = new Reader(content(module, DATA));
  return Array.from({ length: reader.number() }, () => {
    // Active, of memory 0: `i32.const`, the address, the end. Addresses are below 2³¹, so that the sign does not matter.
    if (reader.number() !== 0 || reader.byte() !== 0x41) throw new Error("data of another kind");
    const start = reader.number();
    reader.byte();
    return { start, bytes: reader.take(reader.number()) };
  });
}

/** How many bytes are compared: fewer are alike anywhere. */
const PIECE = 7;
/** Bytes that gzip looks back, of which the nearer half costs less. */
const WINDOW = 16_384;
/** What is in more functions than this is always near. */
const COMMON = 150;
/** Bytes that are added to a function's length, so that the shortest are not all first. */
const EVEN = 50;

/**
 * An order in which functions that are alike are near one another, where gzip finds what repeats: next is always the one of which
 * the window has most.
 * @param {Buffer[]} bodies
 * @returns {number[]} the place of each in `bodies`
 */
export function alike(bodies) {
  const { pieces, holders } = piecesOf(bodies);
  const near = new Uint32Array(holders.length);
  const shared = new Uint32Array(bodies.length);
  const [order, left] = [[], new Set(bodies.keys())];
  let [length, oldest] = [0, 0];
  for (let next = 0; left.size > 0; next = fullest(left, bodies, shared)) {
    left.delete(next);
    order.push(next);
    length += bodies[next].length;
    for (const piece of pieces[next]) if (near[piece]++ === 0) for (const holder of holders[piece]) shared[holder]++;
    for (; length > WINDOW && oldest < order.length - 1; oldest++) {
      const gone = order[oldest];
      length -= bodies[gone].length;
      for (const piece of pieces[gone]) if (--near[piece] === 0) for (const holder of holders[piece]) shared[holder]--;
    }
  }
  return order;
}

function fullest(left, bodies, shared) {
  let [best, most] = [0, -1];
  for (const at of left) {
    const part = shared[at] / (bodies[at].length + EVEN);
    if (part > most) [best, most] = [at, part];
  }
  return best;
}

/** The pieces of each body that others have too, and which bodies have each. */
function piecesOf(bodies) {
  const ids = new Map();
  const holders = [];
  const all = bodies.map((body, at) => {
    const found = [];
    for (let start = 0; start + PIECE <= body.length; start++) {
      const text = body.latin1Slice(start, start + PIECE);
      let id = ids.get(text);
      if (id === undefined) ids.set(text, (id = holders.push([]) - 1));
      if (holders[id].at(-1) === at) continue;
      holders[id].push(at);
      found.push(id);
    }
    return found;
  });
  const isShared = (id) => holders[id].length > 1 && holders[id].length <= COMMON;
  return { pieces: all.map((found) => found.filter(isShared)), holders };
}

/**
 * A module with names for its functions, and no others, by which `wasm-opt --reorder-functions-by-name` puts what is alike side by side.
 * @param {Buffer} module
 */
export function namedByLikeness(module) {
  const first = importedFunctions(module);
  const order = [...Array(first).keys(), ...alike(functions(module)).map((at) => first + at)];
  const name = (place) => counted(Buffer.from(String(place).padStart(8, "0")));
  const entries = order.map((index, place) => ({ index, place })).sort((a, b) => a.index - b.index);
  const list = Buffer.concat([number(order.length), ...entries.flatMap(({ index, place }) => [number(index), name(place)])]);
  const content = Buffer.concat([counted(Buffer.from("name")), Buffer.from([1]), counted(list)]);
  const kept = sections(module).filter(({ id }) => id !== CUSTOM).map(({ id, content }) => section(id, content));
  return Buffer.concat([module.subarray(0, HEADER), ...kept, section(CUSTOM, content)]);
}
