import { importPart } from "../load-part.js";
import type { ForumsModule, HandOver, LoadForums } from "./part.js";

/** The code of topics and its module are loaded when they are first used. Bundlers recognise both URLs as files to be copied. */
export function forumsLoader(url: string | undefined, wasmUrl: string | undefined, handOver: HandOver): LoadForums {
  return async (parts) => {
    const script = url ?? new URL("./forums.js", import.meta.url).href;
    const wasm = wasmUrl ?? new URL("./forums_bg.wasm", import.meta.url).href;
    return ((await importPart(script, "topics")) as ForumsModule).start(parts, wasm, handOver);
  };
}
