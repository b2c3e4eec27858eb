import { SealpostError } from "../../errors.js";
import type { PostBatch, PostsTaken, TopicCommit } from "../forum-engine.js";
import { Mutex } from "../loop.js";
import { MissingKeys } from "./missing-keys.js";
import { refusalOf } from "./relay.js";
import type { Shared } from "./shared.js";
import { readCommit, readPost } from "./shapes.js";
import { isBroken, Succession } from "./succession.js";

/** Times the engine may ask for users, commits or keys without getting any further. */
const MAX_ROUNDS = 6;
/** Requests to leave are taken up after at most so long, in milliseconds, so that not everybody commits at once. */
const LEAVE_DELAY_MS = 3_000;

/** Brings what the relay has of one topic into the engine: commits and posts, in order, and older posts when they are asked for. */
export class TopicSync {
  readonly #id: string;
  readonly #shared: Shared;
  readonly #succession: Succession;
  readonly #keys: MissingKeys;
  readonly #mutex = new Mutex();
  #cancelLeaves: (() => void) | null = null;
  /** Whether a catch-up is on its way that has not begun yet. */
  #wanted: Promise<void> | null = null;

  constructor(id: string, shared: Shared) {
    this.#id = id;
    this.#shared = shared;
    this.#succession = new Succession(id, shared);
    this.#keys = new MissingKeys(id, shared, { alone: (task) => this.#alone(task), older: () => this.#older() });
  }

  stop(): void {
    this.#succession.stop();
    this.#keys.stop();
    this.#cancelLeaves?.();
  }

  /** Fetches everything that is new. Calls that come before it begins share it. */
  catchUp(): Promise<void> {
    this.#wanted ??= this.#alone(() => {
      this.#wanted = null;
      return this.#catchUp();
    });
    return this.#wanted;
  }

  /** A post that the hub pushed. */
  post(value: unknown): Promise<void> {
    return this.#alone(async () => {
      const { engine, publish } = this.#shared;
      const item = readPost(value, "post");
      const { seq } = await engine.topicCursor(this.#id);
      if (item.seq <= seq) return;
      if (item.seq === seq + 1) {
        const batch: PostBatch = { items: [item], authors: [], first: 0, unknown: [] };
        const taken = publish(await engine.topicPosts(this.#id, batch), true);
        if (taken.seq >= item.seq) return;
      }
      await this.#catchUp();
    });
  }

  /** A commit that the hub pushed. */
  commit(epoch: unknown, commit: unknown): Promise<void> {
    return this.#alone(async () => {
      const { engine, publish, environment } = this.#shared;
      const item: TopicCommit = readCommit({ epoch, commit }, "commit");
      const cursor = await engine.topicCursor(this.#id);
      if (item.epoch < cursor.epoch) return;
      if (item.epoch !== cursor.epoch) await this.#catchUp();
      else if (publish(await engine.topicCommits(this.#id, [item], environment.now())) === item.epoch) await this.#broken(item);
      this.#shared.kick();
    });
  }

  /** Fetches a page of older posts, and the keys that open them; false if there is nothing older that can be read. */
  async older(): Promise<boolean> {
    let more = false;
    await this.#alone(async () => {
      more = await this.#older();
      await this.#keys.lookLater();
    });
    return more;
  }

  async #alone(task: () => Promise<void>): Promise<void> {
    const { environment, profile } = this.#shared;
    await this.#mutex.run(async () => {
      try {
        await environment.exclusive(`sealpost-topic:${profile}:${this.#id}`, task);
      } catch (error) {
        if (refusalOf(error)?.code !== "not-found") throw error;
        await this.#gone();
      }
    });
  }

  /** The relay does not know this device in the topic: perhaps a commit says why. */
  async #gone(): Promise<void> {
    const { engine, publish } = this.#shared;
    try {
      await this.#commits();
    } catch (error) {
      if (refusalOf(error) === null) throw error;
    }
    // Until the topic's next group has come together, nobody is in it but its founder.
    if (await this.#isBroken()) return;
    publish(await engine.topicGone(this.#id));
  }

  /** Commits alone, before a Welcome leads out of the group that they are of. */
  log(): Promise<void> {
    return this.#alone(() => this.#commits());
  }

  async #isBroken(): Promise<boolean> {
    return isBroken(await this.#shared.engine.topic(this.#id));
  }

  /** A commit was not taken although it was next. */
  async #broken({ commit }: TopicCommit): Promise<void> {
    if (await this.#isBroken()) this.#succession.begin(commit);
  }

  async #catchUp(): Promise<void> {
    await this.#commits();
    await this.#posts();
    await this.#keys.seek();
    await this.#succession.bringIn();
    await this.#leaves();
    this.#shared.kick();
  }

  async #commits(): Promise<void> {
    const { engine, relay, environment, publish } = this.#shared;
    let { epoch } = await engine.topicCursor(this.#id);
    for (;;) {
      const { items } = await relay.commits(this.#id, epoch);
      if (items.length === 0) return;
      const now: number = publish(await engine.topicCommits(this.#id, items, environment.now()));
      const broken = items.find((item) => item.epoch === now);
      if (broken !== undefined) await this.#broken(broken);
      if (broken !== undefined || now <= epoch) return;
      epoch = now;
    }
  }

  async #posts(): Promise<void> {
    const { engine, relay } = this.#shared;
    let { seq } = await engine.topicCursor(this.#id);
    for (;;) {
      const page = await relay.newPosts(this.#id, seq);
      if (page.items.length === 0) return;
      const taken = await this.#take(page, async (batch) => engine.topicPosts(this.#id, batch), ({ seq: at }) => at, true);
      if (taken.seq <= seq) return;
      seq = taken.seq;
    }
  }

  async #older(): Promise<boolean> {
    const { engine, relay } = this.#shared;
    const { oldest, complete } = await engine.topicCursor(this.#id);
    if (complete || oldest <= 1) return false;
    const page = await relay.oldPosts(this.#id, oldest);
    const taken = await this.#take(page, async (batch) => engine.topicOlder(this.#id, batch), ({ oldest: at }) => -at, false);
    return taken.oldest < oldest;
  }

  /** Gives posts to the engine, and fetches what it wants for them. `progress` is higher after more was taken in. */
  async #take(
    page: Omit<PostBatch, "unknown">,
    give: (batch: PostBatch) => ReturnType<Shared["engine"]["topicPosts"]>,
    progress: (taken: PostsTaken) => number,
    isNew: boolean,
  ): Promise<PostsTaken> {
    const { publish, relay, engine } = this.#shared;
    let batch: PostBatch = { ...page, unknown: [] };
    let best = -Infinity;
    let rounds = 0;
    for (;;) {
      const taken = publish(await give(batch), isNew);
      const isFurther = progress(taken) > best;
      best = Math.max(best, progress(taken));
      rounds = isFurther ? 1 : rounds + 1;
      if (rounds > MAX_ROUNDS) throw new SealpostError("internal", "the engine asks for the same things again and again");
      if (taken.users.length > 0) {
        await this.#shared.learn(taken.users);
        const unknown: string[] = [];
        for (const user of taken.users) if (!(await this.#shared.isKnown(user))) unknown.push(user);
        batch = { ...batch, unknown: [...batch.unknown, ...unknown] };
      } else if (taken.behind) {
        await this.#commits();
      } else if (taken.keys !== null) {
        for await (const links of relay.links(this.#id, taken.keys.from, taken.keys.to)) publish(await engine.topicLinks(this.#id, links));
        // Asked for once: what cannot be opened then is shown as such, until the key comes.
        if (!isFurther) batch = { ...batch, withoutKeys: true };
      } else {
        return taken;
      }
    }
  }

  async #leaves(): Promise<void> {
    const { engine, relay, environment, publish, report, kick } = this.#shared;
    const requests = await relay.leaves(this.#id);
    if (requests.length === 0 || this.#cancelLeaves !== null) return;
    this.#cancelLeaves = environment.timer(() => {
      this.#cancelLeaves = null;
      void (async () => {
        try {
          publish(await engine.topicLeaves(this.#id, await relay.leaves(this.#id)));
          kick();
        } catch (error) {
          report(SealpostError.from(error));
        }
      })();
    }, environment.random() * LEAVE_DELAY_MS);
  }
}
