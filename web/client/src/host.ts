import { SealpostError } from "./errors.js";
import { locks } from "./globals.js";
import { Caller, type CallerListener } from "./rpc.js";

/** A script that does not even start within this time, in milliseconds, will not. */
const LOAD_TIMEOUT_MS = 60_000;

/** A worker and the calls to it. */
export interface Host {
  readonly caller: Caller;
  /** Ends the worker; pending and later calls reject with `error`. */
  readonly terminate: (error: SealpostError) => void;
}

/**
 * Starts the worker. Whatever goes wrong with it from now on, calls are rejected: with `load` until its script runs, with
 * `internal` when it dies later.
 */
export function startWorker(workerUrl: string | undefined, listener: Omit<CallerListener, "onReady">): Host {
  const worker = createWorker(workerUrl);
  let isReady = false;
  const terminate = (error: SealpostError): void => {
    clearTimeout(timer);
    worker.terminate();
    caller.fail(error);
  };
  const die = (error: SealpostError): void => {
    terminate(error);
    listener.onDead(error);
  };
  const caller = new Caller(worker, {
    onReady: (lock) => {
      isReady = true;
      clearTimeout(timer);
      if (lock !== null) void locks()?.request(lock, () => die(new SealpostError("internal", "the worker ended")));
    },
    onEvent: listener.onEvent,
    onDead: die,
  });
  const timer = setTimeout(() => die(new SealpostError("load", "the worker's script did not start")), LOAD_TIMEOUT_MS);
  worker.addEventListener("error", (event) => {
    // Once the script runs, an uncaught error in it is not its end; the worker says so itself if it is.
    if (isReady) return;
    event.preventDefault();
    die(new SealpostError("load", event.message || "the worker's script could not be loaded"));
  });
  worker.addEventListener("messageerror", () => die(new SealpostError("internal", "a message from the worker cannot be read")));
  return { caller, terminate };
}

function createWorker(workerUrl: string | undefined): Worker {
  try {
    // Bundlers recognise this very form, and put the worker's code where the URL then points to.
    if (workerUrl === undefined) return new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    return new Worker(workerUrl, { type: "module" });
  } catch (error) {
    throw new SealpostError("load", "the worker cannot be started", { cause: error });
  }
}
