import type { SealpostError } from "../errors.js";
import type { Engine } from "./engine.js";
import type { Environment } from "./environment.js";
import { isTemporary } from "./http.js";
import { Loop } from "./loop.js";
import type { Relay } from "./relay.js";
import type { PreKeyCounts } from "./shapes.js";

/** How often to look without being told: signed prekeys are replaced by age. */
const CHECK_INTERVAL_MS = 6 * 60 * 60_000;
const MAX_UPLOADS = 5;

export interface PreKeyStockOptions {
  engine: Engine;
  relay: Relay;
  environment: Environment;
  report: (error: SealpostError) => void;
  /** What the relay has, whenever it was asked. */
  onCounted: (counts: PreKeyCounts) => void;
}

/** Keeps the relay stocked with prekeys. */
export class PreKeyStock {
  readonly #options: PreKeyStockOptions;
  readonly #loop: Loop;
  #cancelTimer: (() => void) | null = null;

  constructor(options: PreKeyStockOptions) {
    this.#options = options;
    this.#loop = new Loop(options.environment, () => this.#run(), {
      onFailure: (error) => {
        if (!isTemporary(error)) options.report(error);
      },
    });
  }

  /** Counts what the relay has left, and uploads if the engine finds that too little or too old. */
  kick(): void {
    this.#loop.kick();
  }

  stop(): void {
    this.#loop.stop();
    this.#cancelTimer?.();
  }

  async #run(): Promise<void> {
    const { engine, relay, environment, onCounted } = this.#options;
    for (let uploads = 0; uploads < MAX_UPLOADS; uploads += 1) {
      const counts = await relay.preKeyCounts();
      if (uploads === 0) onCounted(counts);
      const preKeys = await engine.preKeyUpload(counts, environment.now());
      if (preKeys === null) break;
      await relay.uploadPreKeys(preKeys);
      await engine.preKeysUploaded();
    }
    this.#cancelTimer?.();
    this.#cancelTimer = environment.timer(() => this.kick(), CHECK_INTERVAL_MS);
  }
}
