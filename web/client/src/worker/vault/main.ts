/** The entry of the vault's part: loads its engine, which has Argon2id. */
import { SealpostError } from "../../errors.js";
import initialize, { VaultEngine as WasmVault } from "../../wasm-gen/vault.js";
import { fetchWasm } from "../../wasm.js";
import type { VaultEngine, VaultModule } from "./vault-engine.js";

/** The names of all calls. The module has one export for them, which takes the name and the arguments. */
const CALLS: Record<Exclude<keyof VaultEngine, "close">, true> = {
  state: true,
  unlock: true,
  setPassphrase: true,
  addPasskey: true,
  addDevice: true,
  remove: true,
  setLockAfter: true,
};

export const openVault: VaultModule["openVault"] = async (profile, wasmUrl) => {
  try {
    await initialize({ module_or_path: fetchWasm(wasmUrl, "vault") });
  } catch (error) {
    throw new SealpostError("load", "the vault's module could not be loaded", { cause: error });
  }
  const engine = await WasmVault.open(profile);
  const calls = Object.keys(CALLS).map((name) => [name, (...given: unknown[]) => engine.call(name, given)]);
  return { ...Object.fromEntries(calls), close: () => engine.close() } as VaultEngine;
};
