/** Loading the WebAssembly module once. A load that failed may be tried again. */
import load from "../wasm-gen/crypto.js";
import { SealpostError } from "../errors.js";
import { checkObject } from "./arguments.js";

/** Where the module is, or the module itself. */
export type WasmSource = URL | string | Response | BufferSource | WebAssembly.Module;

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
  await load({ module_or_path: given ?? (await locate()) });
  ready = true;
}

/** Refuses what is called before the module was loaded. */
export function assertReady(): void {
  if (!ready) throw new SealpostError("load", "call init() of sealpost/crypto first, and wait for it");
}
