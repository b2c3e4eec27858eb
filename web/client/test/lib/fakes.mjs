// Stand-ins for what surrounds the runtime: a clock moved by hand, a relay of handlers, a hub and an engine that do as told.
import "./typescript.mjs";

const { SealpostError } = await import("../../src/errors.ts");

export const me = { userId: "01890000-0000-7000-8000-000000000001", username: "alice", deviceId: 7 };
export const bob = { userId: "01890000-0000-7000-8000-000000000002", deviceId: 9 };
export const uuid = (n) => `01890000-0000-7000-8000-${String(n).padStart(12, "0")}`;
export const b64 = (bytes) => Buffer.from(bytes).toString("base64url");

/** Lets everything that is ready to run do so. */
export async function settle() {
  for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

export function deferred() {
  let resolve, reject;
  const promise = new Promise((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

export const json = (body, status = 200, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });

export const problem = (status, code, more = {}, headers = {}) =>
  json({ type: "about:blank", title: code, status, code, ...more }, status, { "Content-Type": "application/problem+json", ...headers });

/** A clock that stands still until `advance`, a relay made of `handle`, a hub made of `hub`. */
export class FakeEnvironment {
  time = 1_700_000_000_000;
  timers = [];
  requests = [];
  jitter = 0.5;
  tabPorts = [];
  handle = () => problem(404, "not-found");
  connectHub = () => Promise.reject(new SealpostError("network", "no hub"));

  now = () => this.time;
  random = () => this.jitter;

  timer(callback, ms) {
    const timer = { at: this.time + ms, callback };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  async advance(ms) {
    await settle();
    const end = this.time + ms;
    for (;;) {
      const next = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.time = Math.max(this.time, next.at);
      next.callback();
      await settle();
    }
    this.time = end;
  }

  exclusive(_name, task) {
    return task();
  }

  openTabPort() {
    const port = { onmessage: null, closed: false, sent: [], postMessage: (message) => port.sent.push(message), close: () => (port.closed = true) };
    this.tabPorts.push(port);
    return port;
  }

  async fetch(url, init) {
    const { pathname, search } = new URL(url);
    const request = { method: init.method, path: pathname + search, body: init.body === undefined ? undefined : JSON.parse(init.body), init, at: this.time };
    this.requests.push(request);
    const answer = Promise.resolve().then(() => this.handle(request));
    const aborted = new Promise((_resolve, reject) => {
      if (init.signal.aborted) reject(new DOMException("aborted", "AbortError"));
      init.signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
    });
    return Promise.race([answer, aborted]);
  }

  /** Requests so far, as `METHOD /path`. */
  get log() {
    return this.requests.map(({ method, path }) => `${method} ${path}`);
  }
}

/** Answers the login calls and hands everything else to `rest`. */
export function withLogin(rest, { expiresIn = 3600 } = {}) {
  let logins = 0;
  return (request) => {
    if (request.path .endsWith("/api/auth/challenge")) return json({ challenge: b64(new Uint8Array(32)), expiresAt: 1 });
    if (request.path.endsWith("/api/auth/token")) {
      logins += 1;
      return json({ accessToken: `token-${logins}`, expiresIn });
    }
    return rest(request);
  };
}

export const outcome = (value, events = []) => ({ value, events });

/** An engine whose calls are recorded and answered by `answers[method]`, or by the default below. */
export function fakeEngine(answers = {}) {
  const calls = [];
  const defaults = {
    status: () => ({ me: null, registration: null, cursor: 0, pending: 0 }),
    signLogin: () => "AQID",
    preKeyUpload: () => null,
    preKeysUploaded: () => undefined,
    contact: () => null,
    outboxStep: () => outcome({ type: "idle" }),
    receive: (items) => outcome({ cursor: items.at(-1).seq, users: [] }),
    learnUser: (user) => outcome({ userId: user.id, username: user.username, verified: false, keyState: "pinned", devices: 1 }),
    userMissing: () => outcome(null),
    expire: () => outcome(null),
    addBundles: () => outcome(null),
    outboxAccepted: () => outcome(null),
    outboxRefused: () => outcome(null),
    close: () => undefined,
  };
  const target = { calls, answers };
  return new Proxy(target, {
    get(_target, name) {
      if (name in target) return target[name];
      if (name === "then") return undefined;
      return async (...args) => {
        calls.push([name, ...args]);
        const answer = target.answers[name] ?? defaults[name];
        if (answer === undefined) throw new Error(`the fake engine has no ${String(name)}`);
        return answer(...args);
      };
    },
  });
}

export const callsOf = (engine, name) => engine.calls.filter(([called]) => called === name).map(([, ...args]) => args);

export const userDocument = (id = bob.userId, username = "bob") => ({
  id,
  username,
  accountKey: b64([1]),
  deviceList: b64([2]),
  certificates: [b64([3])],
});

export const envelope = (n = 1) => ({
  messageId: uuid(1_000 + n),
  conversationId: uuid(500),
  sender: bob,
  kind: "ratchet",
  content: b64([n % 256]),
  storedAt: 1_700_000_000_000 + n,
});

/** A relay's mailbox: `store` adds envelopes, the pages come from `page`. */
export class FakeMailbox {
  items = [];
  acknowledged = 0;
  pageSize = 200;

  store(count) {
    for (let i = 0; i < count; i += 1) this.items.push({ seq: this.items.length + 1, envelope: envelope(this.items.length + 1) });
  }

  handle = ({ path, body }) => {
    if (path === "/api/mailbox/ack") {
      this.acknowledged = Math.max(this.acknowledged, body.upTo);
      return new Response(null, { status: 204 });
    }
    const after = Number(new URL(path, "http://relay").searchParams.get("after"));
    const kept = this.items.filter(({ seq }) => seq > this.acknowledged);
    const items = kept.filter(({ seq }) => seq > after).slice(0, this.pageSize);
    const last = items.at(-1)?.seq ?? after;
    const next = kept.some(({ seq }) => seq > last) ? last : null;
    return json({ items, next, firstSeq: kept[0]?.seq ?? this.items.length + 1, lastSeq: this.items.length });
  };
}
