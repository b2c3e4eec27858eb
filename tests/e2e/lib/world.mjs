import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Canaries } from "./canaries.mjs";
import { temporaryFolder } from "./folder.mjs";
import { Person } from "./person.mjs";
import { Relay } from "./relay.mjs";

const output = fileURLToPath(new URL("../output/", import.meta.url));

/**
 * One story's surroundings: a relay of its own, people with browsers of their own, and the canaries. All of it ends with the test;
 * a failed test leaves screenshots and the relay's log in tests/e2e/output.
 *
 *     test("a story", async (t) => {
 *       const world = await World.create(t);
 *       const alice = await world.person("alice");
 *       const text = world.canaries.text("greeting");
 *       …
 *       await world.relay.kill();
 *       await world.relay.start();
 *       …
 *       await world.assertRelayKnowsNoSecret();
 *     });
 */
export class World {
  #people = [];

  constructor(folder, relay) {
    this.folder = folder;
    this.relay = relay;
    this.canaries = new Canaries();
  }

  /**
   * @param {import("node:test").TestContext} t
   * @param {{ env?: Record<string, string> }} [options] more environment for the relay
   */
  static async create(t, options = {}) {
    const folder = temporaryFolder("e2e");
    let world = null;
    t.after(async () => {
      if (world !== null) await world.#end(t);
    });
    world = new World(folder, await Relay.start(join(folder, "relay"), options));
    return world;
  }

  /**
   * Somebody new, with the demo open in a browser and profile of their own.
   * @param {string} name unique in this world
   * @param {import("playwright-core").BrowserContextOptions} [options] e.g. `{ viewport, colorScheme }`
   * @param {(context: import("playwright-core").BrowserContext) => Promise<void>} [prepare] done to each browser before the demo opens
   */
  async person(name, options, prepare) {
    const person = new Person(name, { folder: this.folder, origin: this.relay.url, options, prepare });
    this.#people.push(person);
    await person.open();
    return person;
  }

  /** Stops the relay, so that everything is on disk, and looks for every canary in its database files and log. */
  async assertRelayKnowsNoSecret() {
    if (this.relay.running) await this.relay.stop();
    this.canaries.assertNoneIn([this.relay.folder]);
  }

  /** Asserts that no page so far had an uncaught exception or wrote an error to its console. */
  assertNoProblems() {
    assert.deepEqual(this.#people.flatMap(({ problems }) => problems), []);
  }

  async #end(t) {
    if (t.passed === false) await this.#keepEvidence(t.name);
    await Promise.all(this.#people.map((person) => person.close()));
    if (this.relay.running) await this.relay.stop();
  }

  async #keepEvidence(name) {
    const folder = join(output, name.replace(/[^a-z0-9]+/gi, "-").slice(0, 80));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "relay.log"), this.relay.log);
    writeFileSync(join(folder, "problems.txt"), this.#people.flatMap(({ problems }) => problems).join("\n"));
    for (const person of this.#people.filter(({ isOpen }) => isOpen)) {
      // A page that hangs cannot be photographed; the other evidence is still worth having.
      await person.page.screenshot({ path: join(folder, `${person.name}.png`), timeout: 5_000 }).catch(() => undefined);
    }
  }
}
