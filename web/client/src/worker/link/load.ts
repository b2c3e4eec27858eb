import { importPart } from "../load-part.js";
import type { LinkModule, LoadLink } from "./part.js";

/** The code of the account's devices and its module are loaded when they are first used. */
export function linkLoader(url: string | undefined, wasmUrl: string | undefined, handOver: () => Promise<unknown>): LoadLink {
  return async (parts) => {
    const script = url ?? new URL("./link.js", import.meta.url).href;
    const wasm = wasmUrl ?? new URL("./link_bg.wasm", import.meta.url).href;
    return ((await importPart(script, "devices")) as LinkModule).start(parts, wasm, handOver);
  };
}
