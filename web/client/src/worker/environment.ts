import { locks } from "../globals.js";
import type { ConnectHub } from "./hub.js";

/** A channel to the other tabs of the same profile; `BroadcastChannel` fits. */
export interface TabPort {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
  close(): void;
}

/** Everything the runtime needs of the world around it: the clock, the network and the other tabs. */
export interface Environment {
  fetch(url: string, init: RequestInit): Promise<Response>;
  readonly connectHub: ConnectHub;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** In [0, 1), for jitter only: nothing secret is made of it. */
  readonly random: () => number;
  /** Calls back once after `ms` milliseconds; the function given back cancels it. */
  timer(callback: () => void, ms: number): () => void;
  /** Runs `task` while no other tab of this origin runs one of the same name. */
  exclusive<T>(name: string, task: () => Promise<T>): Promise<T>;
  openTabPort(name: string): TabPort | null;
}

/** The real environment, in a dedicated worker. */
export function browserEnvironment(connectHub: ConnectHub): Environment {
  return {
    fetch: (url, init) => fetch(url, init),
    connectHub,
    now: () => Date.now(),
    random: () => Math.random(),
    timer: (callback, ms) => {
      const id = setTimeout(callback, ms);
      return () => clearTimeout(id);
    },
    exclusive: async (name, task) => {
      // Web Locks exist in secure contexts only; without them tabs do the same work twice, which is harmless.
      const manager = locks();
      return manager === undefined ? task() : await manager.request(name, task);
    },
    openTabPort: (name) => (typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(name)),
  };
}
