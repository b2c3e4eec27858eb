import { importPart } from "../load-part.js";
import type { LoadVault, VaultEngine, VaultModule } from "./vault-engine.js";

/** The vault's code and its module are loaded when somebody unlocks a profile or looks at its unlock methods; a failure is forgotten. */
export function vaultLoader(profile: string, url: string | undefined, wasmUrl: string | undefined): LoadVault {
  let loaded: Promise<VaultEngine> | null = null;
  const load = async (): Promise<VaultEngine> => {
    const script = url ?? new URL("./vault.js", import.meta.url).href;
    const wasm = wasmUrl ?? new URL("./vault_bg.wasm", import.meta.url).href;
    const module = (await importPart(script, "the vault")) as VaultModule;
    return module.openVault(profile, wasm);
  };
  return async () => {
    loaded ??= load();
    try {
      return await loaded;
    } catch (error) {
      loaded = null;
      throw error;
    }
  };
}
