/** The WebAssembly modules are the ones that this package was built with, or are not run. */
import { digests } from "./wasm-gen/digests.js";

export type WasmName = keyof typeof digests;

/** Fetches a module; the browser refuses one with another SHA-256 (Subresource Integrity). */
export const fetchWasm = async (url: string | URL, name: WasmName): Promise<Response> => fetch(url, { integrity: `sha256-${digests[name]}` });

/** A copy of a module's bytes, if that is their SHA-256: whoever gave them may change them meanwhile. */
export async function checkWasm(source: BufferSource, name: WasmName): Promise<BufferSource> {
  const bytes = (ArrayBuffer.isView(source) ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength) : new Uint8Array(source)).slice();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  if (btoa(String.fromCharCode(...digest)) !== digests[name]) throw new Error("this is not the WebAssembly module that the package was built with");
  return bytes;
}
