// A `Worker` for the page's side, in this process: what is posted is cloned, as between threads.
import "./typescript.mjs";

const { serve } = await import("../../src/rpc.ts");

/** Every worker that was started, newest last. */
export const workers = [];

/** What the next workers do: `api` answers calls, `mode` is `"ready"`, `"silent"` or `"broken"`. */
export const script = { api: {}, mode: "ready", lock: null };

export class FakeWorker extends EventTarget {
  terminated = false;

  constructor(url, options) {
    super();
    this.url = String(url);
    this.options = options;
    this.inner = new EventTarget();
    this.inner.postMessage = (message) => this.#deliver(this, structuredClone(message));
    this.server = serve(this.inner, script.api);
    workers.push(this);
    if (script.mode === "throw") throw new DOMException("blocked", "SecurityError");
    queueMicrotask(() => this.#start());
  }

  #start() {
    if (script.mode === "ready") this.server.ready(script.lock);
    if (script.mode === "broken") this.fail("no such script");
  }

  postMessage(message) {
    this.#deliver(this.inner, structuredClone(message));
  }

  terminate() {
    this.terminated = true;
  }

  fail(message) {
    this.dispatchEvent(Object.assign(new Event("error", { cancelable: true }), { message }));
  }

  #deliver(target, data) {
    queueMicrotask(() => {
      if (!this.terminated) target.dispatchEvent(new MessageEvent("message", { data }));
    });
  }
}
