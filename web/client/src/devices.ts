import { checkFunction, checkInteger, checkObject, checkText, invalid } from "./arguments.js";
import type { Devices, LinkStep, ShortString } from "./device-types.js";
import { SealpostError } from "./errors.js";
import type { Caller } from "./rpc.js";

const MAX_ID = 2 ** 31 - 1;
const DAY_MS = 24 * 3_600_000;

/** What the worker tells of an encounter under way. */
export type Encounters = Map<number, (step: LinkStep | (ShortString & { readonly type: "compare" })) => void>;

interface Options {
  compare: (shown: ShortString) => boolean | Promise<boolean>;
  onStep?: (step: LinkStep) => void;
  signal?: AbortSignal;
}

export function createDevices(caller: Caller, encounters: Encounters): Devices {
  let next = 1;
  const call = async <T>(method: string, ...args: unknown[]): Promise<T> => (await caller.call("devices", method, args)) as T;
  const meet = async <T>(method: string, options: Options, ...args: unknown[]): Promise<T> => {
    const compare = checkFunction(options.compare, "compare");
    const onStep = options.onStep === undefined ? undefined : checkFunction(options.onStep, "onStep");
    const { signal } = options;
    if (signal?.aborted) throw new SealpostError("aborted");
    const id = next++;
    const abort = (): void => void call("cancel", id).catch(() => {});
    encounters.set(id, (step) => {
      if (step.type !== "compare") return onStep?.(step);
      // What the application throws is no yes.
      void (async () => (await compare({ emoji: step.emoji, decimals: step.decimals })) === true)()
        .catch(() => false)
        .then((same) => call("answer", id, same))
        .catch(() => {});
    });
    signal?.addEventListener("abort", abort);
    try {
      return await call<T>(method, id, ...args);
    } finally {
      signal?.removeEventListener("abort", abort);
      encounters.delete(id);
    }
  };
  const deviceId = (id: unknown): number => checkInteger(id, "id", 1, MAX_ID);
  return {
    list: async () => call("list"),
    join: async (options) => {
      checkObject(options, "options");
      return meet("join", options, options.name === undefined ? "" : checkText(options.name, "name", 64));
    },
    link: async (code, options) => {
      checkObject(options, "options");
      const { kind = "full", history = "all" } = options;
      if (kind !== "full" && kind !== "companion") throw invalid("kind must be full or companion");
      const days = history === "all" || history === "none" ? null : checkInteger((history as { days?: unknown } | null)?.days, "history.days", 1, 36_500);
      const since = days === null ? (history === "all" ? 0 : Number.MAX_SAFE_INTEGER) : Math.max(0, Date.now() - days * DAY_MS);
      return meet("link", options, checkText(code, "code", 1_024), kind === "full", since);
    },
    rename: async (id, name) => call("rename", deviceId(id), checkText(name, "name", 64)),
    revoke: async (id) => call("revoke", deviceId(id)),
  };
}
