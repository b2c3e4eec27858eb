/** `sealpost/crypto` in browsers and workers. */
import { type InitOptions, initialize } from "./crypto/load.js";

export * from "./crypto/index.js";

/** Loads the module. May be called again; after a failure it tries again. */
export default function init(options?: InitOptions): Promise<void> {
  return initialize(options, () => new URL("./crypto_bg.wasm", import.meta.url));
}
