// Accounts in headless Chromium, each in a page of its own with the package. They live at the relay's own origin, so that a browser on the same profile shows them in the demo.
import { join } from "node:path";
import { chromium } from "playwright-core";
import { CHROMIUM_ARGS } from "../../tests/e2e/lib/chromium.mjs";
import { until } from "../../tests/e2e/lib/wait.mjs";
import { findChrome, inRoot } from "../lib/paths.mjs";
import { Failure } from "../lib/run.mjs";

/** Where the empty page and the package are found; nothing of it is asked of the relay. */
const PLACE = "/sealpost-seed/";
const PAGE = "<!doctype html><html lang=en><meta charset=utf-8><title>Sealpost</title></html>";

export class Accounts {
  #origin;
  #browser = null;
  #contexts = [];

  constructor(origin) {
    this.#origin = origin;
  }

  /** Somebody in a browser: one that is forgotten, or one that keeps everything in the folder `profile`. */
  async open(profile = null) {
    const executablePath = findChrome();
    if (executablePath === null) throw new Failure("no Chromium: run npm run setup");
    const how = { executablePath, headless: true, args: CHROMIUM_ARGS, handleSIGTERM: false, handleSIGHUP: false };
    let context;
    if (profile === null) {
      this.#browser ??= await chromium.launch(how);
      context = await this.#browser.newContext({ serviceWorkers: "block" });
    } else {
      context = await chromium.launchPersistentContext(profile, { ...how, serviceWorkers: "block" });
    }
    this.#contexts.push(context);
    // To Chromium a page that no network gave is no local one, and may not open a WebSocket to a relay on this machine; where it does not know the permission, it may.
    await context.grantPermissions(["local-network-access"]).catch(() => undefined);
    await context.route((url) => url.pathname.startsWith(PLACE), (route) => {
      const name = new URL(route.request().url()).pathname.slice(PLACE.length);
      return name === "" ? route.fulfill({ contentType: "text/html", body: PAGE }) : route.fulfill({ path: inRoot("web/client/dist", name) });
    });
    const page = context.pages()[0] ?? (await context.newPage());
    await page.goto(new URL(PLACE, this.#origin).href);
    return Account.start(page);
  }

  async close() {
    for (const context of this.#contexts) await context.close();
    await this.#browser?.close();
  }
}

/** One page with an opened client. */
class Account {
  constructor(page) {
    this.page = page;
  }

  static async start(page) {
    const account = new Account(page);
    account.me = await page.evaluate(async () => {
      const { Sealpost } = await import(new URL("index.js", globalThis.location.href).href);
      globalThis.sealpost = await Sealpost.open({ relay: globalThis.location.origin });
      return globalThis.sealpost.me;
    });
    return account;
  }

  get name() {
    return this.me.username;
  }

  /** Runs a function in the page with the client and one argument of plain data. */
  do(task, argument = null) {
    return this.page.evaluate(`(${task})(globalThis.sealpost, ${JSON.stringify(argument)})`);
  }

  /** Registers, unless somebody has that name; then `me` stays null. */
  async register(username) {
    this.me = await this.do((sealpost, name) => sealpost.register({ username: name }).catch((error) => {
      if (error.code === "username-taken") return null;
      throw error;
    }), username);
  }

  /** Waits until the relay has all that was sent. */
  sent() {
    return until(`${this.name} has sent everything`, () => this.do(({ connection }) => connection.state === "online" && connection.pending === 0), { timeoutMs: 60_000, everyMs: 20 });
  }

  /** Waits until a task in the page gives something truthy. */
  has(what, task, argument) {
    return until(`${this.name} has ${what}`, () => this.do(task, argument), { timeoutMs: 60_000, everyMs: 20 });
  }
}

/** The folder of the browser that is kept for a relay. */
export const profileFor = (folder, origin) => join(folder, new URL(origin).host.replace(/\W+/g, "-"));
