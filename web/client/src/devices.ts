import { checkFunction, checkObject } from "./arguments.js";
import type { Devices, LinkStep, ShortString } from "./device-types.js";
import { SealpostError } from "./errors.js";
import type { Caller } from "./rpc.js";

/** What the worker tells of an encounter under way. */
export type Encounters = Map<number, (step: LinkStep | (ShortString & { readonly type: "compare" })) => void>;

interface Options {
  compare: (shown: ShortString) => boolean | Promise<boolean>;
  onStep?: (step: LinkStep) => void;
  signal?: AbortSignal;
}

/** Arguments are checked where the calls are carried out, in code that is loaded with the first of them (`worker/link/arguments.ts`). */
export function createDevices(caller: Caller, encounters: Encounters): Devices {
  const call = async <T>(method: string, ...args: unknown[]): Promise<T> => (await caller.call("devices", method, args)) as T;
  let last = 0;
  const meet = async <T>(method: string, options: Options, ...args: unknown[]): Promise<T> => {
    checkObject(options, "options");
    const { signal, onStep, compare, ...rest } = options;
    checkFunction(compare, "compare");
    if (onStep !== undefined) checkFunction(onStep, "onStep");
    if (signal?.aborted) throw new SealpostError("aborted");
    const id = ++last;
    const abort = (): void => void call("cancel", id).catch(() => {});
    const ask = async (shown: ShortString): Promise<void> => {
      // Only true is a yes, and what the application throws is none.
      const same: unknown = await Promise.resolve(shown).then(compare).catch(() => false);
      await call("answer", id, same === true).catch(() => {});
    };
    encounters.set(id, (step) => {
      if (step.type === "compare") void ask({ emoji: step.emoji, decimals: step.decimals });
      else onStep?.(step);
    });
    signal?.addEventListener("abort", abort);
    try {
      return await call<T>(method, id, rest, ...args);
    } finally {
      signal?.removeEventListener("abort", abort);
      encounters.delete(id);
    }
  };
  return {
    list: async () => call("list"),
    join: async (options) => meet("join", options),
    link: async (code, options) => meet("link", options, code),
    rename: async (id, name) => call("rename", id, name),
    revoke: async (id) => call("revoke", id),
  };
}
