import type { Forum, ForumId, OpenTopic, Post, Sealpost, Topic, TopicId, TopicMember, UserId } from "sealpost";
import { asSealpostError } from "../lib/errors.ts";
import { categoryProblem } from "../lib/limits.ts";
import { oneLine } from "../lib/text.ts";
import { PostTimelines } from "./post-timelines.ts";
import { Store } from "./store.ts";
import { showError } from "./toasts.ts";

interface Surroundings {
  readonly nameOf: (userId: UserId) => string;
  readonly announce: (text: string) => void;
}

/** How far the forums' part of the app is; it is loaded after the conversations. */
export type ForumsStatus =
  | { readonly phase: "loading" }
  | { readonly phase: "ready" }
  | { readonly phase: "failed"; readonly code: string; readonly message: string };

/** Everything the screens show of categories and topics, kept up to date by the client's events. */
export class Forums {
  readonly status = new Store<ForumsStatus>({ phase: "loading" });
  readonly forums = new Store<readonly Forum[]>([]);
  /** Whether this person may create categories. */
  readonly mayCreate = new Store(false);
  readonly topics = new Store<ReadonlyMap<TopicId, Topic>>(new Map());
  /** Topics that the relay lists and this person could join, by category. */
  readonly open = new Store<ReadonlyMap<ForumId, readonly OpenTopic[]>>(new Map());
  readonly members = new Store<ReadonlyMap<TopicId, readonly TopicMember[]>>(new Map());
  readonly posts: PostTimelines;
  readonly #client: Sealpost;
  readonly #around: Surroundings;
  /** The topic whose newest posts are before the reader's eyes. */
  #attending: TopicId | null = null;
  #loading = false;

  constructor(client: Sealpost, around: Surroundings) {
    this.#client = client;
    this.#around = around;
    this.posts = new PostTimelines(client);
    this.#listen();
  }

  /** Reads categories and topics; called again to retry. */
  async load(): Promise<void> {
    if (this.#loading) return;
    this.#loading = true;
    if (this.status.get().phase === "failed") this.status.set({ phase: "loading" });
    try {
      const topics = await this.#client.forums.topics();
      this.topics.update((known) => new Map([...topics.map((topic) => [topic.id, topic] as const), ...known]));
      await this.#readCategories();
      this.status.set({ phase: "ready" });
    } catch (thrown) {
      const { code, message } = asSealpostError(thrown);
      this.status.set({ phase: "failed", code, message });
    } finally {
      this.#loading = false;
    }
  }

  /** Looks for categories that others made meanwhile. What cannot be read now stays as it is. */
  async refresh(): Promise<void> {
    if (this.status.get().phase !== "ready") return;
    try {
      await this.#readCategories();
    } catch {
      // The connection's state is on screen already.
    }
  }

  /** Creates a category. False if there is one of this name: others may have made it meanwhile, or an attempt whose answer was lost. */
  async createCategory(name: string): Promise<boolean> {
    await this.#readCategories();
    if (categoryProblem(name, this.forums.get().map((forum) => forum.name)) !== null) return false;
    const made = await this.#client.forums.create(name);
    this.forums.update((known) => [...known.filter(({ id }) => id !== made.id), made]);
    return true;
  }

  async #readCategories(): Promise<void> {
    const [forums, mayCreate] = await Promise.all([this.#client.forums.list(), this.#client.forums.mayCreate()]);
    // The same list again would have all topics asked for again.
    if (JSON.stringify(forums) !== JSON.stringify(this.forums.get())) this.forums.set(forums);
    this.mayCreate.set(mayCreate);
  }

  /** Asks the relay for topics that could be joined. What cannot be asked for now is asked for the next time. */
  async discover(): Promise<void> {
    const forums = this.forums.get();
    const found = await Promise.allSettled(forums.map(({ id }) => this.#client.forums.discover(id)));
    this.open.update((known) => {
      const next = new Map(known);
      forums.forEach(({ id }, index) => {
        const answer = found[index];
        if (answer?.status === "fulfilled") next.set(id, answer.value);
      });
      return next;
    });
  }

  /** The name of a member of any topic whose members were read. */
  memberName(userId: UserId): string | null {
    for (const members of this.members.get().values()) {
      const member = members.find((candidate) => candidate.userId === userId);
      if (member !== undefined && member.username !== "") return member.username;
    }
    return null;
  }

  /** Reads a topic's members, and from then on whenever it changes. */
  watchMembers(id: TopicId): void {
    this.#client.forums.members(id).then((members) => {
      this.members.update((all) => new Map(all).set(id, members));
    }, showError);
  }

  /** Keeps a topic that a call gave back, without waiting for its event. */
  keepTopic(topic: Topic): void {
    this.topics.update((all) => new Map(all).set(topic.id, topic));
  }

  /** Tells which topic is being read right now; its posts count as read. */
  attend(id: TopicId | null): void {
    this.#attending = id;
    const topic = this.topics.get().get(id ?? "");
    if (topic !== undefined && needsReading(topic)) this.#markRead(topic.id);
  }

  #listen(): void {
    const client = this.#client;
    client.on("topic", (topic) => {
      this.keepTopic(topic);
      if (this.members.get().has(topic.id)) this.watchMembers(topic.id);
      if (topic.id === this.#attending && needsReading(topic)) this.#markRead(topic.id);
    });
    client.on("topic-removed", ({ topicId }) => {
      this.#reread(topicId);
    });
    client.on("contact", () => {
      for (const id of this.members.get().keys()) this.watchMembers(id);
    });
    client.on("post", (post) => {
      this.#receive(post);
    });
    client.on("post-updated", (post) => {
      this.posts.keep(post);
    });
    client.on("post-removed", ({ topicId, id }) => {
      this.posts.drop(topicId, id);
    });
    client.on("mention", (post) => {
      const title = this.topics.get().get(post.topicId)?.title ?? "";
      this.#around.announce(`${this.#around.nameOf(post.authorId)} mentioned you in ${title}`);
    });
    client.on("topic-error", showError);
  }

  #receive(post: Post): void {
    const attended = post.topicId === this.#attending;
    // Posts fetched from the history are no news.
    const fresh = this.posts.keep(post, { seen: post.outgoing || attended });
    if (!fresh || !attended || post.outgoing || post.type !== "text") return;
    this.#around.announce(`${this.#around.nameOf(post.authorId)}: ${oneLine(post.text)}`);
  }

  /** After this person left or was removed: what was read stays, if the client kept it. */
  #reread(id: TopicId): void {
    this.#client.forums.topic(id).then((topic) => {
      if (topic !== null) {
        this.keepTopic(topic);
        return;
      }
      this.topics.update((all) => without(all, id));
      this.members.update((all) => without(all, id));
      this.posts.forget(id);
    }, showError);
  }

  #markRead(id: TopicId): void {
    this.#client.forums.markRead(id).then((topic) => {
      this.keepTopic(topic);
    }, showError);
  }
}

function needsReading({ unread, mentions }: Topic): boolean {
  return unread > 0 || mentions > 0;
}

function without<K, V>(all: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  const next = new Map(all);
  next.delete(key);
  return next;
}
