import { SealpostError } from "../errors.js";
import type { Contact, Me, SealpostEvents } from "../types.js";
import type { Opened, WorkerApi, WorkerEvent } from "./api.js";
import { Auth } from "./auth.js";
import type { Engine, Outcome } from "./engine.js";
import type { Environment } from "./environment.js";
import { Expiry } from "./expiry.js";
import type { FilePart, FileParts, LoadFiles } from "./files/part.js";
import type { ForumPart, ForumPublicEvent, LoadForums } from "./forums/part.js";
import { ForumPreparation } from "./forums/prepare.js";
import { Http, isTemporary } from "./http.js";
import type { LinkPart, LoadLink } from "./link/part.js";
import { Mailbox } from "./mailbox.js";
import { Outbox } from "./outbox.js";
import { PreKeyStock } from "./prekeys.js";
import { Registrar } from "./registration.js";
import { Relay } from "./relay.js";
import { Status } from "./status.js";
import { Supervisor } from "./supervisor.js";
import { Tabs, type TabEvent } from "./tabs.js";
import { TypingNotices } from "./typing.js";
import { Users } from "./users.js";

export interface RuntimeOptions {
  engine: Engine;
  relay: string;
  profile: string;
  environment: Environment;
  emit: (event: WorkerEvent) => void;
  /** Loads the forums' part. */
  loadForums: LoadForums;
  /** Loads the part of the account's devices. */
  loadLink: LoadLink;
  /** Loads the files' part. */
  loadFiles: LoadFiles;
  /** Whether that is done in the background too, so that others can add this device to topics. */
  prepareForums: boolean;
  /** In host-app mode: asks the page for the application's token. */
  hostToken?: () => Promise<string>;
}

type Calls = Omit<WorkerApi, "open" | "vault" | "hostToken" | "watch">;

/** The engine, the network and the calls from the page, put together. */
export class Runtime implements Calls {
  readonly #engine: Engine;
  readonly #environment: Environment;
  readonly #emit: (event: WorkerEvent) => void;
  readonly #http: Http;
  readonly #relay: Relay;
  readonly #status: Status;
  readonly #tabs: Tabs;
  readonly #users: Users;
  readonly #mailbox: Mailbox;
  readonly #outbox: Outbox;
  readonly #preKeys: PreKeyStock;
  readonly #registrar: Registrar;
  readonly #supervisor: Supervisor;
  readonly #typing: TypingNotices;
  readonly #expiry: Expiry;
  readonly #loadForums: () => Promise<ForumPart>;
  readonly #loadLink: () => Promise<LinkPart>;
  readonly #preparation: ForumPreparation;
  #link: Promise<LinkPart> | null = null;
  readonly #loadFiles: () => Promise<FilePart>;
  #files: Promise<FilePart> | null = null;
  #forums: Promise<ForumPart> | null = null;
  /** Whether anybody asked for the forums' part, which may have been loaded without that. */
  #isForumsWanted = false;
  #me: Me | null = null;
  #closed = false;
  #lastSend: Promise<unknown> = Promise.resolve();

  constructor({ engine, relay, profile, environment, emit, loadForums, loadLink, loadFiles, prepareForums, hostToken }: RuntimeOptions) {
    const report = (error: SealpostError): void => this.#report(error);
    const publish = <T>(outcome: Outcome<T>): T => this.#publish(outcome);
    this.#engine = engine;
    this.#environment = environment;
    this.#emit = emit;
    this.#http = new Http(relay, environment);
    const auth = new Auth(this.#http, engine, environment, () => this.#me, hostToken);
    this.#relay = new Relay(this.#http, auth, hostToken);
    this.#status = new Status(environment, (connection) => emit({ type: "connection", data: connection }));
    this.#tabs = new Tabs(environment, profile, {
      onEvents: (events) => this.#onTabEvents(events),
      onRegistered: () => void this.#onTabRegistered(),
      onProgress: () => void this.#countPending(),
    });
    const parts = { engine, relay: this.#relay, environment, profile, publish, report };
    const kickOutbox = (): void => this.#outbox.kick();
    this.#users = new Users({ ...parts, onChanged: kickOutbox, onLearnt: (userIds) => this.#tellForums((forums) => forums.learnt(userIds)) });
    this.#mailbox = new Mailbox({ ...parts, users: this.#users, onReceived: kickOutbox });
    this.#outbox = new Outbox({ ...parts, users: this.#users, mailbox: this.#mailbox, onProgress: () => this.#onProgress(), onIdle: () => void this.#countPending() });
    this.#preparation = new ForumPreparation({
      environment,
      isReached: () => this.#status.connection.state === "online",
      isIdle: () => this.#status.connection.pending === 0,
      load: () => this.#loadedForums(),
    });
    this.#preKeys = new PreKeyStock({
      ...parts,
      onCounted: ({ keyPackages }) => {
        if (prepareForums && this.#forums === null) this.#preparation.counted(keyPackages);
      },
    });
    this.#registrar = new Registrar({
      ...parts,
      onRegistered: (me) => this.#onRegistered(me),
      onFailure: (error, retryAt) => this.#onRegistrationFailure(error, retryAt),
    });
    const shared = this.#sharedParts(profile, auth);
    this.#loadForums = () =>
      loadForums({
        ...shared,
        userById: (id) => this.#relay.userById(id),
        isKnown: async (id) => (await engine.contact(id)) !== null,
        publish: (events) => this.#publishForums(events),
        // What fails where nobody asked for topics is nobody's concern: the next contact tries again.
        report: (error) => {
          if (this.#isForumsWanted) report(error);
        },
        hub: () => this.#supervisor.link,
      });
    this.#loadLink = () =>
      loadLink({
        ...shared,
        engine,
        http: this.#http,
        mailbox: this.#mailbox,
        history: () => this.#status.history,
        publish: (events) => this.#sending({ value: undefined, events }),
        adopted: (me) => this.#onRegistered(me),
      });
    this.#loadFiles = () => loadFiles(this.#fileParts(auth));
    this.#expiry = new Expiry(parts);
    this.#typing = new TypingNotices({ ...parts, emit, hub: () => this.#supervisor.link });
    this.#supervisor = new Supervisor({
      http: this.#http,
      auth,
      environment,
      mailbox: this.#mailbox,
      status: this.#status,
      handlers: {
        preKeysLow: () => this.#preKeys.kick(),
        devicesChanged: (userId) => this.#users.changed(userId),
        typing: (notice) => void this.#typing.hear(notice),
        forum: (push, args) => this.#onForumPush(push, args),
      },
      onReached: () => this.#onReached(),
      report,
    });
  }

  /** What the parts that are loaded later have in common. */
  #sharedParts(profile: string, auth: Auth) {
    return {
      profile,
      environment: this.#environment,
      me: () => this.#me,
      request: (method: string, path: string, body?: unknown) => auth.request(method, path, body),
      learn: (userIds: readonly string[]) => this.#users.resolve(userIds),
      emit: this.#emit,
    };
  }

  #fileParts(auth: Auth): FileParts {
    const [engine, environment] = [this.#engine, this.#environment];
    return {
      environment,
      base: this.#http.base,
      token: () => auth.token(),
      invalidate: (token) => auth.invalidate(token),
      refusal: (response) => this.#http.refusal(response),
      conversation: (id) => engine.conversation(id),
      send: async (conversationId, file) => this.#sending(await engine.sendFile(conversationId, file, environment.now())),
      stored: (...args) => engine.storedFile(...args),
    };
  }

  /** Reads the profile and begins to work. */
  async start(): Promise<Omit<Opened, "vault">> {
    const { me, registration, pending } = await this.#engine.status();
    this.#status.setPending(pending);
    if (me !== null) {
      this.#begin(me);
    } else if (registration !== null) {
      this.#status.set("connecting");
      this.#registrar.resume();
    }
    return { me, connection: this.#status.connection };
  }

  async register(username: string): Promise<Me> {
    return this.#registrar.register(username);
  }

  async findContact(username: string): Promise<Contact | null> {
    this.#requireMe();
    const user = await this.#relay.userByName(username);
    return user === null ? null : this.#users.learn(user);
  }

  contacts: Calls["contacts"] = () => this.#engine.contacts();
  contact: Calls["contact"] = (userId) => this.#engine.contact(userId);
  safetyNumber: Calls["safetyNumber"] = (userId) => this.#engine.safetyNumber(userId);
  setVerified: Calls["setVerified"] = async (...args) => this.#publish(await this.#engine.setVerified(...args));
  setBlocked: Calls["setBlocked"] = async (...args) => this.#publish(await this.#engine.setBlocked(...args));
  acceptKeyChange: Calls["acceptKeyChange"] = async (...args) => this.#sending(await this.#engine.acceptKeyChange(...args));

  conversations: Calls["conversations"] = () => this.#engine.conversations();
  conversation: Calls["conversation"] = (id) => this.#engine.conversation(id);
  markRead: Calls["markRead"] = async (id) => this.#sending(await this.#engine.markRead(id, this.#environment.now()));
  acceptConversation: Calls["acceptConversation"] = async (id) => this.#publish(await this.#engine.acceptConversation(id));
  setTimer: Calls["setTimer"] = async (id, seconds) => this.#sending(await this.#engine.setTimer(id, seconds, this.#environment.now()));
  readReceipts: Calls["readReceipts"] = () => this.#engine.readReceipts();
  setReadReceipts: Calls["setReadReceipts"] = async (sent) => {
    this.#publish(await this.#engine.setReadReceipts(sent));
  };
  typing: Calls["typing"] = (id, started) => this.#typing.tell(id, started);

  createConversation: Calls["createConversation"] = async (members, name) => {
    this.#requireMe();
    await this.#learnStrangers(members);
    return this.#sending(await this.#engine.createConversation(members, name, this.#environment.now()));
  };

  updateConversation: Calls["updateConversation"] = async (id, add, remove, name) => {
    this.#requireMe();
    await this.#learnStrangers(add);
    return this.#sending(await this.#engine.updateConversation(id, add, remove, name, this.#environment.now()));
  };

  messages: Calls["messages"] = (conversationId, before, limit) => this.#engine.messages(conversationId, before, limit);

  /** Messages enter the store in the order of the calls, also where nobody waits between them. */
  sendText: Calls["sendText"] = (conversationId, text, replyTo) => {
    const turn = this.#lastSend.then(async () => {
      this.#requireMe();
      return this.#sending(await this.#engine.sendText(conversationId, text, replyTo, this.#environment.now()));
    });
    this.#lastSend = turn.catch(() => undefined);
    return turn;
  };

  retryMessage: Calls["retryMessage"] = async (conversationId, messageId) =>
    this.#sending(await this.#engine.retryMessage(conversationId, messageId));

  editMessage: Calls["editMessage"] = async (conversationId, messageId, text) =>
    this.#sending(await this.#engine.editMessage(conversationId, messageId, text, this.#environment.now()));

  /** A file goes with its message. */
  deleteMessage: Calls["deleteMessage"] = async (conversationId, messageId) => {
    const stored = await this.#engine.storedFile(conversationId, this.#me?.userId ?? "", messageId).catch(() => null);
    const message = this.#sending(await this.#engine.deleteMessage(conversationId, messageId, this.#environment.now()));
    if (stored !== null) void this.#loadedFiles().then((files) => files.drop(stored), () => {});
    return message;
  };

  reactToMessage: Calls["reactToMessage"] = async (conversationId, messageId, emoji, removed) =>
    this.#sending(await this.#engine.reactToMessage(conversationId, messageId, emoji, removed, this.#environment.now()));

  files: Calls["files"] = async (call, port) => {
    this.#requireMe();
    return (await this.#loadedFiles()).call(call, port);
  };

  async #loadedFiles(): Promise<FilePart> {
    this.#files ??= this.#loadFiles();
    try {
      return await this.#files;
    } catch (error) {
      this.#files = null;
      throw error;
    }
  }

  /** A call that fails because the code did not load may be made again. */
  async forums(method: string, args: readonly unknown[]): Promise<unknown> {
    this.#isForumsWanted = true;
    return (await this.#loadedForums()).call(method, args);
  }

  async #loadedForums(): Promise<ForumPart> {
    this.#forums ??= this.#loadForums();
    try {
      return await this.#forums;
    } catch (error) {
      this.#forums = null;
      throw error;
    }
  }

  devices: Calls["devices"] = async (method, args) => {
    this.#link ??= this.#loadLink();
    const link = await this.#link.catch((error: unknown) => {
      this.#link = null;
      throw error;
    });
    return link.call(method, args);
  };

  /** Hands an event on. Of the devices another engine knows, which tells listeners itself. What fails there is done the next time. */
  #tell(event: TabEvent): void {
    this.#typing.follow(event);
    if (event.type === "expiring") this.#expiry.due(event.data);
    else if (event.type === "devices") void this.devices("settle", []).catch(() => {});
    else if (event.type !== "topic-action") this.#emit(event);
  }

  wake(): Promise<void> {
    if (this.#me === null) {
      this.#registrar.resume();
    } else {
      this.#supervisor.kick();
      this.#outbox.kick();
      this.#tellForums((forums) => forums.kick());
    }
    return Promise.resolve();
  }

  doubt(): Promise<void> {
    this.#supervisor.doubt();
    return Promise.resolve();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const part of [this.#users, this.#mailbox, this.#outbox, this.#preKeys, this.#preparation, this.#registrar, this.#typing, this.#expiry]) part.stop();
    this.#http.close();
    this.#tabs.close();
    this.#tellForums((forums) => forums.stop());
    void this.#link?.then((link) => link.stop(), () => {});
    void this.#files?.then((files) => files.stop(), () => {});
    await this.#supervisor.stop();
    this.#engine.close();
  }

  #tellForums(tell: (forums: ForumPart) => void): void {
    void this.#forums?.then(tell, () => {});
  }

  #begin(me: Me): void {
    if (this.#me !== null || this.#closed) return;
    this.#me = me;
    this.#status.set("connecting");
    this.#supervisor.kick();
    this.#outbox.kick();
    this.#expiry.kick();
  }

  #onRegistered(me: Me): void {
    this.#emit({ type: "me", data: me });
    this.#tabs.registered();
    this.#begin(me);
  }

  #onRegistrationFailure(error: SealpostError, retryAt: number | null): void {
    this.#status.set("offline", retryAt, error);
    if (retryAt === null) this.#report(error);
  }

  #onReached(): void {
    this.#outbox.kick();
    this.#preKeys.kick();
    if (this.#forums === null) void this.#findTopics();
    else this.#tellForums((forums) => forums.reached());
  }

  /** Whoever is in topics hears of what is new in them without asking for anything. */
  async #findTopics(): Promise<void> {
    try {
      if (!(await this.#relay.isInTopics())) return;
      this.#isForumsWanted = true;
      await this.#loadedForums();
    } catch (thrown) {
      const error = SealpostError.from(thrown);
      if (!isTemporary(error)) this.#report(error);
    }
  }

  #onForumPush(push: string, args: readonly unknown[]): void {
    if (this.#forums === null) {
      void this.#findTopics();
      return;
    }
    this.#isForumsWanted = true;
    this.#tellForums((forums) => forums.push(push, args));
  }

  async #onTabRegistered(): Promise<void> {
    try {
      const { me } = await this.#engine.status();
      if (me === null || this.#me !== null) return;
      this.#emit({ type: "me", data: me });
      this.#begin(me);
    } catch (error) {
      this.#report(SealpostError.from(error));
    }
  }

  #onTabEvents(events: readonly TabEvent[]): void {
    for (const event of events) this.#tell(event);
    this.#tellForums((forums) => forums.heard(events));
    void this.#countPending();
    // The other tab may end before it has sent what it stored: this one waits for its turn.
    if (this.#me !== null) this.#outbox.kick();
  }

  #onProgress(): void {
    void this.#countPending();
    this.#tabs.progress();
  }

  /** Asks the relay about people this profile does not know yet. */
  async #learnStrangers(userIds: readonly string[]): Promise<void> {
    for (const userId of userIds) {
      if (userId === this.#me?.userId) continue;
      if ((await this.#engine.contact(userId)) !== null) continue;
      const user = await this.#relay.userById(userId);
      if (user === null) throw new SealpostError("not-found", "there is no such person");
      await this.#users.learn(user);
    }
  }

  #requireMe(): void {
    if (this.#me === null) throw new SealpostError("not-registered");
  }

  /** Publishes an outcome that may have put something into the outbox. */
  #sending<T>(outcome: Outcome<T>): T {
    const value = this.#publish(outcome);
    void this.#countPending();
    this.#outbox.kick();
    return value;
  }

  #publish<T>(outcome: Outcome<T>): T {
    for (const event of outcome.events) this.#tell(event);
    // Topics may have to wait for the person's word about somebody's key, or need not any more.
    if (outcome.events.some(({ type }) => type === "contact")) this.#tellForums((forums) => forums.kick());
    this.#tabs.events(outcome.events);
    return outcome.value;
  }

  /** How an entry of their outbox ended matters to the other tabs' forums, and to no listener. */
  #publishForums(events: readonly ForumPublicEvent[]): void {
    for (const event of events) this.#tell(event);
    this.#tabs.events(events);
    void this.#countPending();
  }

  async #countPending(): Promise<void> {
    try {
      const posts = (await this.#forums?.then((forums) => forums.pending(), () => 0)) ?? 0;
      this.#status.setPending((await this.#engine.status()).pending + posts);
    } catch (error) {
      this.#report(SealpostError.from(error));
    }
  }

  #report(error: SealpostError): void {
    if (this.#closed) return;
    const data: SealpostEvents["error"] = { code: error.code, message: error.message };
    this.#emit({ type: "error", data });
  }
}
