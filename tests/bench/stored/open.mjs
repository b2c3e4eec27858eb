/** A profile with much in it, from the start of the import until the account and what waits are known. */
async function run() {
  const start = performance.now();
  const { default: initialize, Engine } = await import("/engine/sealpost.js");
  const { memory } = await initialize({ module_or_path: "/engine/sealpost_bg.wasm" });
  const loaded = performance.now();
  const engine = await Engine.open(location.search.slice(1), undefined);
  const { me } = await engine.call("status", []);
  const end = performance.now();
  if (me === null) throw new Error("the profile is empty");
  const listed = await engine.call("conversations", []);
  return { milliseconds: end - start, module: loaded - start, database: end - loaded, list: performance.now() - end, conversations: listed.length, memory: memory.buffer.byteLength };
}

globalThis.bench = run();
