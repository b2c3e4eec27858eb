import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { findChrome } from "../../../.dev/lib/paths.mjs";
import { CHROMIUM_ARGS } from "./chromium.mjs";

/** What Chromium writes to the console by itself while a relay is away or refuses a call. */
const NETWORK_NOISE = /net::ERR_|Failed to load resource|WebSocket connection to/;

/** Somebody with a browser and a profile of their own, which lasts from one {@link Person.open} to the next. */
export class Person {
  #profile;
  #origin;
  #options;
  #prepare;
  #context = null;
  #page = null;

  /** Uncaught exceptions and console errors of all pages so far; a story ends with none. */
  problems = [];

  constructor(name, { folder, origin, options = {}, prepare = async () => {} }) {
    this.name = name;
    this.#profile = join(folder, `profile-${name}`);
    this.#origin = origin;
    this.#options = options;
    this.#prepare = prepare;
  }

  /** The Playwright page. */
  get page() {
    if (this.#page === null) throw new Error(`${this.name}'s browser is closed`);
    return this.#page;
  }

  /** The Playwright browser context. */
  get context() {
    if (this.#context === null) throw new Error(`${this.name}'s browser is closed`);
    return this.#context;
  }

  /** The folder that the browser keeps everything in. */
  get profile() {
    return this.#profile;
  }

  get isOpen() {
    return this.#context !== null;
  }

  /** Starts the browser, on the same profile each time, and opens the demo. Resolves with the page. */
  async open(path = "/") {
    if (this.isOpen) throw new Error(`${this.name}'s browser is open`);
    mkdirSync(this.#profile, { recursive: true });
    const executablePath = findChrome();
    if (executablePath === null) throw new Error("no Chromium: run npm run setup");
    this.#context = await chromium.launchPersistentContext(this.#profile, {
      executablePath,
      headless: true,
      // Requests that a service worker answers would pass by what stories intercept.
      serviceWorkers: "block",
      args: CHROMIUM_ARGS,
      viewport: { width: 1100, height: 760 },
      ...this.#options,
    });
    this.#context.on("page", (page) => this.#watch(page));
    await this.#prepare(this.#context);
    const [first] = this.#context.pages();
    this.#page = first ?? (await this.#context.newPage());
    if (first) this.#watch(first);
    this.#page.setDefaultTimeout(15_000);
    await this.#page.goto(new URL(path, this.#origin).href);
    return this.#page;
  }

  /** Another tab of the same browser on the demo. */
  async newTab(path = "/") {
    const page = await this.context.newPage();
    page.setDefaultTimeout(15_000);
    await page.goto(new URL(path, this.#origin).href);
    return page;
  }

  /** Reloads the page as F5 does. */
  async reload() {
    await this.page.reload();
  }

  /** Takes the browser off the network, or back on it. */
  async offline(off = true) {
    await this.context.setOffline(off);
  }

  /** Closes the browser; the profile stays for the next {@link Person.open}. */
  async close() {
    const context = this.#context;
    this.#context = null;
    this.#page = null;
    await context?.close();
  }

  #watch(page) {
    page.on("pageerror", (error) => this.problems.push(`${this.name}: ${error.stack ?? error.message}`));
    page.on("crash", () => this.problems.push(`${this.name}: the page crashed`));
    page.on("console", (message) => {
      if (message.type() !== "error" || NETWORK_NOISE.test(message.text())) return;
      this.problems.push(`${this.name}: console: ${message.text()}`);
    });
  }
}
