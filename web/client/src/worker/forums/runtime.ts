import { SealpostError } from "../../errors.js";
import type { JoinStep, Topic, TopicMember } from "../../forum-types.js";
import type { ForumApi } from "../forum-api.js";
import type { ForumEngine, ForumOutcome, TopicAction } from "../forum-engine.js";
import { isTemporary } from "../http.js";
import { Loop } from "../loop.js";
import { malformed, readUuid } from "../shapes.js";
import { isLocal } from "../users.js";
import { ForumOutbox } from "./outbox.js";
import type { ForumPart, ForumParts, ForumPublicEvent } from "./part.js";
import { ForumRelay, refusalOf } from "./relay.js";
import { RevokedDevices } from "./revoked.js";
import type { Shared } from "./shared.js";
import { isBroken } from "./succession.js";
import { TopicSync } from "./sync.js";
import { Unsettled } from "./unsettled.js";
import { Waiters } from "./waiters.js";

/** Times a join is begun anew because somebody else committed first. */
const MAX_JOINS = 20;
/** Members whose documents are fetched for one list of members. */
const MAX_STRANGERS = 50;
/** Uploads of KeyPackages in a row. */
const MAX_UPLOADS = 3;

/** Topics: what the page asks for, and keeping up with the relay. */
export class ForumRuntime implements ForumPart {
  readonly #shared: Shared;
  readonly #outbox: ForumOutbox;
  readonly #topics = new Map<string, TopicSync>();
  readonly #waiters = new Waiters();
  readonly #unsettled = new Unsettled();
  /** Members with another key than the pinned one, about whom the relay was asked: the person decides about the key that it shows now. */
  readonly #asked = new Set<string>();
  readonly #contact: Loop;
  readonly #revoked: RevokedDevices;
  readonly #tell: ForumParts["publish"];
  #stopped = false;

  constructor(engine: ForumEngine, parts: ForumParts) {
    const relay = new ForumRelay(parts.request);
    this.#tell = parts.publish;
    this.#shared = {
      ...parts,
      engine,
      relay,
      publish: (outcome, isNew = false) => this.#publish(outcome, isNew),
      kick: () => this.#outbox.kick(),
    };
    this.#outbox = new ForumOutbox(this.#shared, {
      catchUp: (id) => this.#alone(() => this.#catchUp(id)),
      onIdle: () => this.#tellSettled(),
      // It goes on waiting; whoever called need not.
      onUnreachable: (error) => this.#waiters.fail(error),
    });
    this.#revoked = new RevokedDevices(this.#shared);
    this.#contact = new Loop(parts.environment, () => this.#meet(), {
      onFailure: (error) => {
        if (!isTemporary(error)) parts.report(error);
      },
    });
  }

  call(method: string, args: readonly unknown[]): Promise<unknown> {
    if (!Object.hasOwn(this.#api, method)) throw new SealpostError("internal", "the forums have no such method");
    const call = this.#api[method as keyof ForumApi] as (...args: readonly unknown[]) => Promise<unknown>;
    return call(...args);
  }

  reached(): void {
    if (this.#shared.me() === null) return;
    this.#contact.kick();
    this.#outbox.kick();
  }

  kick(): void {
    this.#outbox.kick();
  }

  push(push: string, [topic, first, second]: readonly unknown[]): void {
    void this.#guard(async () => {
      const id = readUuid(topic, "topic id");
      if (push === "ReceiveWelcome") return this.#welcomes();
      if (!(await this.#isIn(id))) return;
      const sync = this.#topic(id);
      if (push === "ReceivePost") await sync.post(first);
      else if (push === "ReceiveCommit") await sync.commit(first, second);
      else await sync.catchUp();
    });
  }

  learnt(userIds: readonly string[]): void {
    if (this.#shared.me() !== null) this.#revoked.look(userIds);
  }

  heard(events: readonly { readonly type: string; readonly data: unknown }[]): void {
    this.#unsettled.heard(events);
    for (const event of events) {
      if (event.type === "topic-action") {
        const { entry, error } = event.data as { entry: string; error: { code: string; message: string } | null };
        this.#waiters.settle(entry, error);
      }
    }
  }

  pending(): Promise<number> {
    return this.#shared.engine.pendingPosts();
  }

  stop(): void {
    this.#stopped = true;
    this.#outbox.stop();
    this.#contact.stop();
    this.#revoked.stop();
    for (const topic of this.#topics.values()) topic.stop();
    this.#waiters.fail(new SealpostError("closed"));
    this.#shared.engine.close();
  }

  readonly #api: ForumApi = {
    list: () => this.#shared.relay.forums(),
    mayCreate: () => this.#shared.relay.mayCreateForums(),
    create: (id, name) => this.#named(() => this.#shared.relay.createForum(id, name)),
    topics: () => this.#shared.engine.topics(),
    topic: (id) => this.#shared.engine.topic(id),
    discover: async (forumId) => {
      const known = new Map((await this.#shared.engine.topics()).map((topic) => [topic.id, topic.state]));
      const listed = await this.#shared.relay.topics(forumId);
      return listed
        .filter(({ topic, isMember }) => !isMember && known.get(topic.id) !== "active")
        .map(({ topic }) => topic);
    },
    createTopic: async (options) => {
      this.#requireMe();
      const { engine, environment } = this.#shared;
      return this.#sending(await engine.createTopic(options, environment.now()));
    },
    readLink: async (link) => {
      const { topicId, title, inviterId, withHistory } = await this.#shared.engine.parseLink(link);
      return { topicId, title, inviterId, withHistory };
    },
    join: (link, topicId, progress) => this.#join(link, topicId, progress),
    createLink: async (id, uses, withHistory) => {
      const { engine, environment } = this.#shared;
      const { link, entry } = this.#sending(await engine.createInvitation(id, uses, withHistory, environment.now()));
      // Who follows it at once is to find the history.
      if (entry !== null) await this.#waiters.wait(entry);
      return link;
    },
    invite: async (id, userIds) => {
      for (const userId of userIds) await this.#invite(id, userId);
    },
    act: (id, action) => this.#act(id, action),
    members: (id) => this.#members(id),
    markRead: async (id) => this.#publish(await this.#shared.engine.markTopicRead(id)),
    post: async (id, post) => {
      const { engine, environment } = this.#shared;
      return this.#sending(await engine.sendPost(id, post, environment.now()));
    },
    retry: async (id, postId) => this.#sending(await this.#shared.engine.retryPost(id, postId)),
    posts: (id, query, limit) => this.#shared.engine.posts(id, query, limit),
    older: async (id) => ((await this.#isIn(id)) ? this.#topic(id).older() : false),
  };

  /** Subscribes to every topic and catches up; takes Welcomes; keeps KeyPackages at the relay. */
  async #meet(): Promise<void> {
    const { engine } = this.#shared;
    await this.#keyPackages();
    await this.#welcomes();
    this.#asked.clear();
    for (const topic of await engine.topics()) {
      if (topic.state !== "active") continue;
      this.#askAbout(topic.blocked);
      // Where coming in was cut short there is nothing to read yet. Otherwise history is fetched when somebody looks for it.
      const isRead = topic.lastPost !== null;
      await this.#alone(() => (isRead ? this.#follow(topic.id) : this.#enter(topic.id)));
    }
    this.#outbox.kick();
    this.#revoked.lookAtAll();
  }

  /** Who is only on the way into a topic has nothing to catch up with, and to the relay is nobody there. */
  async #catchUp(id: string): Promise<void> {
    if (await this.#isIn(id)) await this.#topic(id).catchUp();
  }

  async #isIn(id: string): Promise<boolean> {
    return (await this.#shared.engine.topic(id))?.state === "active";
  }

  /** What is wrong with one topic is reported, and does not keep the others waiting. */
  async #alone(task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (thrown) {
      const error = SealpostError.from(thrown);
      if (isTemporary(error)) throw error;
      this.#shared.report(error);
    }
  }

  async #subscribe(id: string): Promise<void> {
    try {
      await this.#shared.hub()?.invoke("SubscribeTopic", id);
    } catch (error) {
      // Catching up tells what is the matter; without pushes the next contact brings what is new.
      this.#shared.report(SealpostError.from(error, "relay"));
    }
  }

  async #keyPackages(): Promise<void> {
    const { engine, relay, environment, profile } = this.#shared;
    // Tabs that meet the relay at the same moment do not each make some.
    await environment.exclusive(`sealpost-key-packages:${profile}`, async () => {
      for (let uploads = 0; uploads < MAX_UPLOADS; uploads += 1) {
        const upload = await engine.keyPackageUpload(await relay.keyPackageCount(), environment.now());
        if (upload === null) return;
        await relay.uploadKeyPackages(upload.keyPackages, upload.lastResortKeyPackage);
        await engine.keyPackagesUploaded();
      }
    });
  }

  async #welcomes(): Promise<void> {
    const { engine, relay, environment, report } = this.#shared;
    const welcomes = await relay.welcomes();
    for (const welcome of welcomes) {
      // It may lead out of a group whose last commits are to be read yet: into the topic's next one.
      if (await this.#isIn(welcome.topicId)) await this.#alone(() => this.#topic(welcome.topicId).log());
      try {
        this.#publish(await engine.receiveWelcome(welcome, environment.now()));
      } catch (thrown) {
        const error = SealpostError.from(thrown);
        if (isTemporary(error)) throw error;
        report(error);
        // It is not the Welcome's fault: the next contact tries again.
        if (isLocal(error)) continue;
      }
      await relay.welcomeDone(welcome.topicId, welcome.epoch);
      if (await this.#isIn(welcome.topicId)) await this.#alone(() => this.#enter(welcome.topicId));
    }
    if (welcomes.length > 0) this.#revoked.lookAtAll(true);
  }

  /** From now on posts arrive by themselves, beginning with those that came meanwhile. */
  async #follow(id: string): Promise<void> {
    await this.#subscribe(id);
    await this.#topic(id).catchUp();
  }

  /** After coming in. */
  async #enter(id: string): Promise<void> {
    await this.#follow(id);
    // What was there before, as far as it opens: a first page, so that nobody comes into an empty room or one without a title.
    await this.#topic(id).older();
  }

  /** Joins, anew while others commit first. */
  async #join(link: string | null, topicId: string | null, progress: string): Promise<Topic> {
    this.#requireMe();
    const { engine, relay, environment, emit } = this.#shared;
    const tell = (step: JoinStep): void => emit({ type: "join-progress", data: { name: progress, step } });
    const preview = link === null ? null : await engine.parseLink(link);
    const id = preview?.topicId ?? topicId;
    if (id === null) throw new SealpostError("invalid-argument", "a link or a topic is needed");
    const known = await engine.topic(id);
    if (known?.state === "active" && !isBroken(known)) return known;
    for (let tries = 1; ; tries += 1) {
      tell("fetching");
      const info = await this.#named(() => relay.joinInfo(id, preview?.invitation ?? null));
      tell("checking");
      const { entry } = this.#publish(await engine.beginJoin(id, link, info, environment.now()));
      tell("joining");
      this.#outbox.kick();
      try {
        await this.#waiters.wait(entry);
        break;
      } catch (error) {
        if (SealpostError.from(error).code !== "epoch-conflict" || tries === MAX_JOINS) throw error;
      }
    }
    tell("reading");
    await this.#enter(id);
    this.#revoked.lookAtAll(true);
    const topic = await engine.topic(id);
    if (topic === null) throw new SealpostError("internal", "a topic that was joined is gone");
    return topic;
  }

  async #invite(id: string, userId: string): Promise<void> {
    this.#requireMe();
    const { learn, userById, relay } = this.#shared;
    await learn([userId]);
    const user = await userById(userId);
    if (user === null) throw new SealpostError("not-found", "there is no such person");
    const addresses = user.certificates.map((certificate) => ({ userId, deviceId: deviceIdOf(certificate) }));
    const keyPackages = await relay.keyPackages(addresses);
    if (keyPackages.length === 0) throw new SealpostError("not-found", "this person's devices do not take invitations to topics yet");
    await this.#act(id, { type: "add", userId, keyPackages });
  }

  async #act(id: string, action: TopicAction): Promise<void> {
    const { engine, environment } = this.#shared;
    const entry = this.#sending(await engine.topicAction(id, action, environment.now()));
    // A title is a post, which waits for the relay by itself.
    if (action.type !== "info") await this.#waiters.wait(entry);
  }

  async #members(id: string): Promise<TopicMember[]> {
    const { engine, learn } = this.#shared;
    const members = await engine.topicMembers(id);
    const strangers = members.filter(({ keyState }) => keyState === "unknown").slice(0, MAX_STRANGERS);
    if (strangers.length === 0) return members;
    try {
      await learn(strangers.map(({ userId }) => userId));
    } catch (error) {
      if (!isTemporary(SealpostError.from(error))) throw error;
      return members;
    }
    return engine.topicMembers(id);
  }

  #topic(id: string): TopicSync {
    let topic = this.#topics.get(id);
    if (topic === undefined) {
      topic = new TopicSync(id, this.#shared);
      this.#topics.set(id, topic);
    }
    return topic;
  }

  #requireMe(): void {
    if (this.#shared.me() === null) throw new SealpostError("not-registered");
  }

  #sending<T>(outcome: ForumOutcome<T>): T {
    const value = this.#publish(outcome);
    this.#outbox.kick();
    return value;
  }

  #publish<T>(outcome: ForumOutcome<T>, isNew = false): T {
    const events: ForumPublicEvent[] = [];
    const me = this.#shared.me()?.userId;
    for (const event of outcome.events) {
      events.push(event);
      const isMention = isNew && event.type === "post" && !event.data.outgoing && me !== undefined && event.data.mentions.includes(me);
      if (isMention) events.push({ type: "mention", data: event.data });
      // What was waiting for the relay to have the topic can go on, and pushes begin.
      if (event.type === "topic" && event.data.state === "active" && !this.#topics.has(event.data.id)) {
        const { id } = event.data;
        this.#topic(id);
        void this.#guard(() => this.#subscribe(id));
      }
    }
    for (const event of outcome.events) if (event.type === "topic") this.#askAbout(event.data.blocked);
    this.heard(outcome.events);
    this.#tell(events);
    return outcome.value;
  }

  #askAbout(blocked: readonly string[]): void {
    const users = blocked.filter((user) => !this.#asked.has(user));
    if (users.length === 0) return;
    for (const user of users) this.#asked.add(user);
    this.#shared.learn(users).catch((thrown: unknown) => {
      // Asked again at the next contact, or when the topic changes.
      for (const user of users) this.#asked.delete(user);
      const error = SealpostError.from(thrown);
      if (!this.#stopped && !isTemporary(error)) this.#shared.report(error);
    });
  }

  /** Tells of posts that another tab sent and then ended without telling. */
  async #tellSettled(): Promise<void> {
    const posts = await this.#unsettled.settled(this.#shared.engine);
    if (posts.length > 0) this.#publish({ value: null, events: posts.map((data) => ({ type: "post-updated", data })) });
  }

  /** A refusal of the relay that callers know by its code. */
  async #named<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const code = refusalOf(error)?.code;
      if (code === "forbidden" || code === "invitation-refused" || code === "banned") throw new SealpostError(code, (error as Error).message);
      throw error;
    }
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      const error = SealpostError.from(thrown);
      if (this.#stopped) return;
      // What could not be fetched now is fetched at the next contact.
      if (isTemporary(error)) this.#contact.kick();
      else this.#shared.report(error);
    }
  }
}

/** The device id in an encoded DeviceCertificate: version, user id, device id (docs/protocol.md §2). Whether it is true, the engine judges. */
function deviceIdOf(certificate: Uint8Array): number {
  if (certificate.length < 21) throw malformed("certificate");
  return new DataView(certificate.buffer, certificate.byteOffset, certificate.byteLength).getUint32(17);
}
