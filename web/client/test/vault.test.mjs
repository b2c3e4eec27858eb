import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeEnvironment, deferred, me, settle } from "./lib/fakes.mjs";
import "./lib/typescript.mjs";

const { Keeper } = await import("../src/worker/vault/keeper.ts");
const { Idle } = await import("../src/worker/vault/idle.ts");
const { SealpostError } = await import("../src/errors.ts");

const MINUTE = 60_000;
const connection = { state: "online", retryAt: null, pending: 0 };

/** What all tabs of a browser share: the stored vault, and a channel. */
class Browser {
  stored = { methods: [{ id: "device", type: "device", createdAt: null }], retryAt: null, lockAfter: 0 };
  passphrase = "right";
  tabs = [];

  tab() {
    const tab = new Tab(this);
    this.tabs.push(tab);
    return tab;
  }

  get opensByItself() {
    return this.stored.methods.some(({ type }) => type === "device");
  }
}

/** One tab's worker, with an engine that notes what becomes of it. */
class Tab {
  events = [];
  log = [];
  secrets = [];
  environment = new FakeEnvironment();
  failsToLoad = false;

  constructor(browser) {
    this.browser = browser;
    this.isLocked = !browser.opensByItself;
    this.environment.openTabPort = () => {
      this.port = { onmessage: null, close: () => this.log.push("port closed"), postMessage: (data) => this.#post(data) };
      return this.port;
    };
    const engine = {
      engine: {},
      isLocked: () => this.isLocked,
      unlock: async (key) => {
        assert.deepEqual(key, { key: true });
        this.isLocked = false;
      },
      handOver: async () => ({ key: true }),
      lock: () => {
        this.isLocked = true;
        this.log.push("wiped");
      },
      close: () => this.log.push("engine closed"),
    };
    this.keeper = new Keeper({
      profile: "default",
      engine,
      loadVault: async () => {
        if (this.failsToLoad) throw new SealpostError("load");
        return this.#vault();
      },
      environment: this.environment,
      emit: (event) => this.events.push(event),
      unlocked: () => this.#runtime(),
    });
  }

  last(type) {
    return this.events.filter((event) => event.type === type).at(-1)?.data;
  }

  #post(data) {
    for (const tab of this.browser.tabs) if (tab !== this) tab.port.onmessage({ data: structuredClone(data) });
  }

  #runtime() {
    this.log.push("started");
    return {
      start: async () => ({ me, connection }),
      wake: async () => {},
      close: async () => {
        this.log.push("disconnecting");
        await this.disconnecting?.promise;
        this.log.push("disconnected");
      },
    };
  }

  #vault() {
    const { stored } = this.browser;
    const set = (type, createdAt) => {
      stored.methods = [...stored.methods.filter((method) => method.type !== type), { id: type, type, createdAt }];
    };
    return {
      state: async () => structuredClone(stored),
      unlock: async (now, secret) => {
        this.secrets.push(secret);
        if (Buffer.from(secret).toString() === this.browser.passphrase) return { key: true };
        stored.retryAt = now + 1000;
        throw Object.assign(new Error("wrong"), { name: "SealpostError", code: "wrong-passphrase" });
      },
      setPassphrase: async (now, key, secret) => {
        assert.deepEqual(key, { key: true });
        this.secrets.push(secret);
        set("passphrase", now);
      },
      addDevice: async () => set("device", null),
      remove: async (_now, id) => {
        if (stored.methods.length === 1) throw Object.assign(new Error("last"), { name: "SealpostError", code: "last-unlock-method" });
        stored.methods = stored.methods.filter((method) => method.id !== id);
      },
      setLockAfter: async (_now, minutes) => {
        stored.lockAfter = minutes;
      },
      close: () => this.log.push("vault closed"),
    };
  }
}

const bytes = (text) => new TextEncoder().encode(text);

/** A tab of a profile that only a passphrase opens, unlocked. */
async function lockable(browser = new Browser()) {
  const tab = browser.tab();
  await tab.keeper.open();
  await tab.keeper.call("setPassphrase", [bytes("right")]);
  await tab.keeper.call("remove", ["device"]);
  return tab;
}

test("a profile that opens by itself starts at once and does not load the vault", async () => {
  const tab = new Browser().tab();
  tab.failsToLoad = true;
  assert.deepEqual(await tab.keeper.open(), { me, connection, vault: { locked: false, known: false, methods: [], retryAt: null, lockAfter: 0 } });
  assert.deepEqual(tab.log, ["started"]);
});

test("a profile that opens by itself cannot be locked", async () => {
  const tab = new Browser().tab();
  await tab.keeper.open();
  await assert.rejects(tab.keeper.call("lock", []), { code: "not-lockable" });
  assert.deepEqual(tab.log, ["started"]);
});

test("locking ends what works, wipes the engine before goodbyes are said, and refuses every call but unlocking", async () => {
  const tab = await lockable();
  tab.disconnecting = deferred();
  const locking = tab.keeper.call("lock", []);
  await settle();
  assert.deepEqual(tab.log.slice(1), ["disconnecting", "wiped"]);
  assert.equal(tab.last("vault").locked, true);
  assert.equal(tab.last("connection").error.code, "locked");
  tab.disconnecting.resolve();
  assert.equal((await locking).locked, true);
  assert.throws(() => tab.keeper.runtime(), { code: "locked" });
  for (const call of ["setPassphrase", "addDevice", "remove", "setLockAfter", "lock"]) {
    await assert.rejects(tab.keeper.call(call, [bytes("x")]), { code: "locked" }, call);
  }
  assert.equal((await tab.keeper.call("unlock", [bytes("right")])).locked, false);
  assert.deepEqual(tab.last("me"), me);
  assert.deepEqual(tab.last("connection"), connection);
  tab.keeper.runtime();
});

test("a wrong passphrase stays locked, and the wait is told", async () => {
  const tab = await lockable();
  await tab.keeper.call("lock", []);
  await assert.rejects(tab.keeper.call("unlock", [bytes("wrong")]), { code: "wrong-passphrase" });
  assert.equal(tab.last("vault").retryAt, tab.environment.time + 1000);
  assert.equal(tab.isLocked, true);
  assert.throws(() => tab.keeper.runtime(), { code: "locked" });
});

test("T22: secrets on their way to the engine are wiped, used or refused", async () => {
  const tab = await lockable();
  await tab.keeper.call("lock", []);
  await tab.keeper.call("unlock", [bytes("wrong")]).catch(() => {});
  await tab.keeper.call("unlock", [bytes("right")]);
  assert.equal(tab.secrets.length, 3);
  for (const secret of tab.secrets) assert.deepEqual([...secret], [...secret].fill(0));
});

test("every tab locks; each is unlocked by itself; a new one asks", async () => {
  const browser = new Browser();
  const first = await lockable(browser);
  const second = browser.tab();
  const opened = await second.keeper.open();
  assert.equal(opened.vault.locked, true);
  assert.equal(opened.me, null);
  assert.equal(opened.connection.error.code, "locked");
  await second.keeper.call("unlock", [bytes("right")]);
  await first.keeper.call("lock", []);
  await settle();
  assert.equal(second.isLocked, true);
  assert.equal(second.last("vault").locked, true);
  await first.keeper.call("unlock", [bytes("right")]);
  assert.equal(second.isLocked, true);
});

test("where the vault cannot be loaded, a tab locks all the same", async () => {
  const browser = new Browser();
  const first = await lockable(browser);
  const second = browser.tab();
  await second.keeper.open();
  await second.keeper.call("unlock", [bytes("right")]);
  second.failsToLoad = true;
  await first.keeper.call("lock", []);
  await settle();
  assert.equal(second.isLocked, true);
  assert.deepEqual([second.last("vault").locked, second.last("vault").known], [true, false]);
});

test("an idle profile locks in all tabs; somebody in any of them keeps it open", async () => {
  const browser = new Browser();
  const first = await lockable(browser);
  const second = browser.tab();
  await second.keeper.open();
  await second.keeper.call("unlock", [bytes("right")]);
  await first.keeper.call("setLockAfter", [5]);
  await settle();
  for (const tab of browser.tabs) await tab.environment.advance(4 * MINUTE);
  await second.keeper.call("active", []);
  await settle();
  for (const tab of browser.tabs) await tab.environment.advance(4 * MINUTE);
  assert.deepEqual(browser.tabs.map(({ isLocked }) => isLocked), [false, false]);
  await first.environment.advance(2 * MINUTE);
  await settle();
  assert.deepEqual(browser.tabs.map(({ isLocked }) => isLocked), [true, true]);
});

test("a device that slept is locked when somebody comes back, not kept open by them", async () => {
  const tab = await lockable();
  await tab.keeper.call("setLockAfter", [5]);
  tab.environment.time += 60 * MINUTE;
  await tab.keeper.call("active", []);
  await settle();
  assert.equal(tab.isLocked, true);
});

test("closing ends everything once", async () => {
  const tab = await lockable();
  await tab.keeper.close();
  await tab.keeper.close();
  assert.deepEqual(tab.log.slice(1), ["port closed", "disconnecting", "disconnected", "engine closed", "vault closed"]);
  assert.throws(() => tab.keeper.runtime(), { code: "closed" });
  await assert.rejects(tab.keeper.call("state", []), { code: "closed" });
});

test("the idle time begins when it is set, and a clock put back does not end it", async () => {
  const environment = new FakeEnvironment();
  let idle = 0;
  const watch = new Idle(environment, () => { idle += 1; });
  await environment.advance(60 * MINUTE);
  watch.watch(MINUTE);
  await environment.advance(MINUTE - 1);
  assert.equal(idle, 0);
  environment.time -= 30 * MINUTE;
  watch.check();
  await environment.advance(MINUTE - 1);
  assert.equal(idle, 0);
  await environment.advance(1);
  assert.equal(idle, 1);
  watch.watch(0);
  await environment.advance(60 * MINUTE);
  assert.equal(idle, 1);
});
