/** `sealpost/crypto` in Node, where `fetch` does not open files. */
import { readFile } from "node:fs/promises";
import { type InitOptions, initialize } from "./crypto/load.js";

export * from "./crypto/index.js";

/** Loads the module. May be called again; after a failure it tries again. */
export default function init(options?: InitOptions): Promise<void> {
  return initialize(options, () => readFile(new URL("./crypto_bg.wasm", import.meta.url)));
}
