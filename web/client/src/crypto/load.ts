/** Loading the WebAssembly module once. A load that failed may be tried again. */
import load from "../wasm-gen/crypto.js";
import { checkWasm, fetchWasm } from "../wasm.js";
import { SealpostError } from "../errors.js";
import { checkObject } from "./arguments.js";

/** Where the module is, or the module itself. All but a compiled module must have the SHA-256 of the one that this package was built with. */
export type WasmSource = URL | string | Response | BufferSource | WebAssembly.Module;

/** Where the WebAssembly module comes from. */
export interface InitOptions {
  /** Instead of the file beside this package's code. */
  readonly wasm?: WasmSource | undefined;
}

let loading: Promise<void> | undefined;
let ready = false;

/** Loads the module from what `locate` gives, unless the options say otherwise. */
export async function initialize(options: InitOptions | undefined, locate: () => WasmSource | Promise<WasmSource>): Promise<void> {
  if (options !== undefined) checkObject(options, "options");
  loading ??= instantiate(options?.wasm, locate).catch((error: unknown) => {
    loading = undefined;
    throw new SealpostError("load", "the WebAssembly module could not be loaded", { cause: error });
  });
  await loading;
}

async function instantiate(given: WasmSource | undefined, locate: () => WasmSource | Promise<WasmSource>): Promise<void> {
  await load({ module_or_path: await checked(given ?? (await locate())) });
  ready = true;
}

/** What has been compiled already is the caller's. */
async function checked(source: WasmSource): Promise<Response | BufferSource | WebAssembly.Module> {
  if (typeof source === "string" || source instanceof URL) return fetchWasm(source, "crypto");
  if (source instanceof WebAssembly.Module) return source;
  return checkWasm("arrayBuffer" in source ? await source.arrayBuffer() : source, "crypto");
}

/** Refuses what is called before the module was loaded. */
export function assertReady(): void {
  if (!ready) throw new SealpostError("load", "call the default export of sealpost/crypto first, and wait for it");
}
