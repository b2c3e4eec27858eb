// Two people write to each other without a pause, and something is killed again and again.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { temporaryFolder } from "../../e2e/lib/folder.mjs";
import { packageRoot } from "../../e2e/lib/package-page.mjs";
import { freePort, Relay } from "../../e2e/lib/relay.mjs";
import { until } from "../../e2e/lib/wait.mjs";
import { Browser } from "./browser.mjs";
import { Ciphertexts } from "./ciphertexts.mjs";
import { recordingProxy } from "./proxy.mjs";

const NAMES = ["alice", "bob"];
/** What a client may say while others of this story are dead. */
const EXPECTED = new Set(["network", "relay", "rate-limited", "unauthorized"]);

/** Random numbers that are the same for the same seed (mulberry32): tests only. */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One person: a browser, its tabs, and what they told. */
class Writer {
  sent = new Set();
  shown = new Set();
  errors = [];
  #openings = 0;
  #pages = [];

  /** @param {() => number} random when each of its messages is written */
  constructor(name, folder, origin, tabs, random) {
    this.name = name;
    this.random = random;
    this.origin = origin;
    this.tabs = tabs;
    this.browser = new Browser(join(folder, `profile-${name}`));
  }

  /** Starts the browser and opens the client in each tab. */
  async open() {
    const context = await this.browser.start();
    await context.exposeFunction("tell", (what, value) => {
      if (what === "error" && !EXPECTED.has(value)) this.errors.push(`${this.name}: ${value}`);
      if (what === "sent") this.sent.add(value);
      if (what === "shown") this.shown.add(value);
    });
    this.context = context;
    this.#pages = [];
    for (let tab = 0; tab < this.tabs; tab += 1) await this.openTab();
  }

  async openTab() {
    const page = await this.context.newPage();
    await page.goto(this.origin);
    await page.evaluate(async () => {
      const { Sealpost } = await import("/sealpost/index.js");
      const sealpost = await Sealpost.open({ relay: location.origin, prepareForums: false });
      sealpost.on("message", ({ type, text }) => type === "text" && void globalThis.tell("shown", text));
      sealpost.on("error", ({ code }) => void globalThis.tell("error", code));
      globalThis.sealpost = sealpost;
    });
    this.#pages.push(page);
  }

  /** In the first tab. */
  do(task, argument = null) {
    return this.#pages[0].evaluate(`(${task})(globalThis.sealpost, ${JSON.stringify(argument)})`);
  }

  /** Every tab sends one message after the other until it dies or {@link rest}. */
  async burst(conversationId) {
    for (const page of this.#pages) {
      this.#openings += 1;
      const delays = Array.from({ length: 100 }, () => this.random() * 30);
      await page.evaluate(([id, who, pauses]) => {
        if (globalThis.bursting) return;
        globalThis.bursting = true;
        const run = async () => {
          for (let n = 0; globalThis.bursting; n += 1) {
            await globalThis.sealpost.messages.send(id, { text: `${who} ${n}` });
            void globalThis.tell("sent", `${who} ${n}`);
            await new Promise((resolve) => setTimeout(resolve, pauses[n % pauses.length]));
          }
        };
        run().catch(({ code }) => code !== "closed" && void globalThis.tell("error", `send: ${code}`));
      }, [conversationId, `${this.name}-${this.#openings}`, delays]);
    }
  }

  async rest() {
    for (const page of this.#pages) await page.evaluate(() => { globalThis.bursting = false; });
  }

  /** The tab that was opened first is gone, whatever it was doing. */
  async closeTab() {
    const [page] = this.#pages.splice(0, 1);
    await page.close();
  }

  /** SIGKILL to a process that a tab lives in: the browser stays, and what the tab was doing ends in the middle. Gives how many tabs died. */
  async killRenderer() {
    const renderers = this.browser.renderers();
    const died = new Set();
    for (const page of this.#pages) page.once("crash", () => died.add(page));
    while (died.size === 0) {
      if (renderers.length === 0) throw new Error(`${this.name} has no tab whose process could be killed`);
      const [pid] = renderers.splice(Math.floor(this.random() * renderers.length), 1);
      process.kill(pid, "SIGKILL");
      // A process without a tab of ours is no death.
      await until("a tab dies", () => died.size > 0, { timeoutMs: 1_500, everyMs: 10 }).catch(() => {});
    }
    this.#pages = this.#pages.filter((page) => !died.has(page));
    for (const page of died) await page.close();
    return died.size;
  }

  /** Resolves once everything is delivered, and every tab knows. */
  async settled() {
    const connections = () => Promise.all(this.#pages.map((page) => page.evaluate(() => globalThis.sealpost.connection)));
    const isDone = async () => (await connections()).every(({ state, pending }) => state === "online" && pending === 0);
    await until(`${this.name} has sent everything`, isDone, { timeoutMs: 60_000 }).catch(async (error) => {
      throw new Error(`${error.message}: ${JSON.stringify(await connections())}`, { cause: error.cause });
    });
  }

  history() {
    return this.do(async (sealpost) => {
      const [{ id }] = await sealpost.conversations.list();
      const messages = [];
      for await (const { type, text, outgoing, state } of sealpost.messages.history(id)) messages.unshift({ type, text, outgoing, state });
      return messages;
    });
  }
}

/** The deaths of this story. Each ends with everybody alive. */
const deaths = {
  async relay({ relay }) {
    await relay.kill();
    await relay.start();
  },
  async browser({ writers, random }) {
    const writer = writers[Math.floor(random() * writers.length)];
    await writer.browser.kill();
    await writer.open();
  },
  async both({ writers }) {
    await Promise.all(writers.map((writer) => writer.browser.kill()));
    for (const writer of writers) await writer.open();
  },
  async everything({ writers, relay }) {
    await Promise.all([relay.kill(), ...writers.map((writer) => writer.browser.kill())]);
    await relay.start();
    for (const writer of writers) await writer.open();
  },
  async tab({ writers, random }) {
    const writer = writers[Math.floor(random() * writers.length)];
    await writer.closeTab();
    await writer.openTab();
  },
  async renderer({ writers, random }) {
    const writer = writers[Math.floor(random() * writers.length)];
    for (let tabs = await writer.killRenderer(); tabs > 0; tabs -= 1) await writer.openTab();
  },
};

/**
 * @param {import("node:test").TestContext} t
 * @param {{ kills: number, seed: number, tabs: number, of: (keyof typeof deaths)[] }} options `of`: who dies, one after the other
 * @returns {Promise<{ sides: Record<string, import("./verdict.mjs").Side>, ciphertexts: Ciphertexts, errors: string[] }>}
 */
export async function story(t, { kills, seed, tabs, of }) {
  const random = randomFrom(seed);
  const folder = temporaryFolder("kills");
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const relay = await Relay.start(join(folder, "relay"), { env: { PUBLIC_ORIGIN: origin, WEB_ROOT: packageRoot() } });
  const ciphertexts = new Ciphertexts();
  await recordingProxy(t, port, relay.port, (envelopes) => ciphertexts.add(envelopes));
  const writers = NAMES.map((name, index) => new Writer(name, folder, origin, tabs, randomFrom(seed + index + 1)));
  t.after(async () => {
    await Promise.all(writers.map((writer) => writer.browser.kill()));
    if (relay.running) await relay.kill();
  });

  for (const writer of writers) {
    await writer.open();
    await writer.do((sealpost, username) => sealpost.register({ username }), writer.name);
  }
  const conversationId = await writers[0].do(async (sealpost) => {
    const { userId } = await sealpost.contacts.find("bob");
    return (await sealpost.conversations.create({ members: [userId] })).id;
  });
  await until("bob has the conversation", () => writers[1].do(async (sealpost) => (await sealpost.conversations.list()).length === 1));

  for (let kill = 0; kill < kills; kill += 1) {
    await Promise.all(writers.map((writer) => writer.burst(conversationId)));
    await sleep(200 + random() * 1_300);
    await deaths[of[kill % of.length]]({ writers, relay, random });
  }
  for (const writer of writers) await writer.rest();
  // Twice: what one still had to say may make the other answer.
  for (const writer of [...writers, ...writers]) await writer.settled();
  await until("both have as many messages", async () => {
    const [one, other] = await Promise.all(writers.map(async (writer) => (await writer.history()).length));
    return one === other;
  }).catch(() => {});
  for (const writer of writers) {
    for (const { type, text } of await writer.history()) if (type === "text") writer.shown.add(text);
    await writer.browser.kill();
    await writer.open();
  }
  // What counts is what is on disk: all of it is read by browsers that have seen none of it.
  const sides = {};
  for (const writer of writers) sides[writer.name] = { sent: writer.sent, shown: writer.shown, history: await writer.history() };
  return { sides, ciphertexts, errors: writers.flatMap(({ errors }) => errors) };
}
