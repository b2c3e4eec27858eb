/** The entry of the part of the account's devices: loads its engine. */
import { SealpostError } from "../../errors.js";
import initialize, { LinkEngine as WasmLink } from "../../wasm-gen/link.js";
import { fetchWasm } from "../../wasm.js";
import type { LinkEngine } from "./link-engine.js";
import type { LinkModule } from "./part.js";
import { LinkRuntime } from "./runtime.js";

/** The names of all calls. The module has one export for them, which takes the name and the arguments. */
const CALLS: Record<Exclude<keyof LinkEngine, "close">, true> = {
  devices: true,
  stock: true,
  settle: true,
  rename: true,
  revoke: true,
  change: true,
  changeAccepted: true,
  changeRefused: true,
  newBegin: true,
  newAccept: true,
  newReveal: true,
  newConfirm: true,
  newTake: true,
  newAdopt: true,
  oldBegin: true,
  oldKey: true,
  oldConfirm: true,
  oldDevice: true,
  oldHandover: true,
  oldPart: true,
  oldDone: true,
  refuse: true,
};

export const start: LinkModule["start"] = async (parts, wasmUrl, handOver) => {
  try {
    await initialize({ module_or_path: fetchWasm(wasmUrl, "link") });
  } catch (error) {
    throw new SealpostError("load", "the module of devices could not be loaded", { cause: error });
  }
  const engine = await WasmLink.open(parts.profile, await handOver());
  const calls = Object.keys(CALLS).map((name) => [name, (...given: unknown[]) => engine.call(name, given)]);
  return new LinkRuntime({ ...Object.fromEntries(calls), close: () => engine.close() } as LinkEngine, parts);
};
