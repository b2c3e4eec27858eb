import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inRoot } from "../../../.dev/lib/paths.mjs";
import { temporaryFolder } from "./folder.mjs";
import { until } from "./wait.mjs";
import { World } from "./world.mjs";

/** A folder for a relay to serve, with an empty page and the package. */
export function packageRoot() {
  const folder = temporaryFolder("web");
  mkdirSync(join(folder, "sealpost"));
  cpSync(inRoot("web/client/dist"), join(folder, "sealpost"), { recursive: true });
  writeFileSync(join(folder, "index.html"), "<!doctype html><html lang=en><meta charset=utf-8><title>Sealpost</title>");
  return folder;
}

/** A world whose relay serves an empty page and the package, with the policy that it has for every page: `world.member` is somebody registered there, `world.webRoot` the folder. `env` is more environment for
 * the relay. */
export async function packageWorld(t, { env = {} } = {}) {
  const folder = packageRoot();
  const world = await World.create(t, { env: { WEB_ROOT: folder, ...env } });
  return Object.assign(world, { webRoot: folder, member: (name, options) => Member.register(world, name, options) });
}

/** Somebody with the package in a page; what events told is in `heard`. */
export class Member {
  constructor(person) {
    this.person = person;
  }

  /** `options` are more of those of `Sealpost.open`. */
  static async register(world, name, options = {}) {
    const member = new Member(await world.person(name));
    await member.open(options);
    member.me = await member.do(({ sealpost }, username) => sealpost.register({ username }), name);
    return member;
  }

  /** Opens the client in the page as it is now: after a reload, too. */
  async open(options = {}) {
    await this.person.page.evaluate(async (more) => {
      const { Sealpost } = await import("/sealpost/index.js");
      const sealpost = await Sealpost.open({ relay: location.origin, ...more });
      const heard = [];
      for (const type of ["topic", "topic-removed", "post", "post-updated", "post-removed", "mention", "topic-error", "error"]) sealpost.on(type, (data) => heard.push({ type, data }));
      Object.assign(globalThis, { sealpost, heard });
    }, options);
  }

  /** Runs a function in the page with its globals and one argument of plain data. What it rejects with comes out with its `code`. */
  async do(task, argument = null) {
    const call = `Promise.resolve().then(() => (${task})(globalThis, ${JSON.stringify(argument)}))`;
    const ended = `${call}.then((value) => ({ value }), ({ code, message }) => ({ error: { code, message } }))`;
    const { value, error } = await this.person.page.evaluate(ended);
    if (error !== undefined) throw Object.assign(new Error(`${error.code}: ${error.message}`), error);
    return value;
  }

  /** Waits for an event, and gives its data. `matches` is run here. */
  heard(type, matches = () => true) {
    return until(`${this.person.name} hears ${type}`, async () => {
      const heard = await this.person.page.evaluate("globalThis.heard");
      const found = heard.findLast((event) => event.type === type && matches(event.data));
      if (found === undefined) throw new Error(JSON.stringify(heard.slice(-10)));
      return found.data;
    });
  }

  send(topicId, text, more = {}) {
    return this.do(({ sealpost }, [id, content]) => sealpost.posts.send(id, content), [topicId, { text, ...more }]);
  }

  /** The texts of all posts that this member may read, oldest first. */
  async texts(topicId) {
    const posts = await this.do(async ({ sealpost }, id) => {
      const found = [];
      for await (const { type, text, state } of sealpost.posts.history(id)) found.unshift({ type, text, state });
      return found;
    }, topicId);
    return posts.map(({ type, text }) => (type === "text" ? text : type));
  }
}
