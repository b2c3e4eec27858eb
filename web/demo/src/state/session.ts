import type {
  Connection,
  Contact,
  Conversation,
  ConversationId,
  JoinAccountOptions,
  Me,
  Message,
  MessageId,
  Sealpost,
  UserId,
} from "sealpost";
import { Forums } from "./forums.ts";
import { Store } from "./store.ts";
import { Timelines } from "./timelines.ts";
import { showError } from "./toasts.ts";
import { Uploads } from "./uploads.ts";

/** What the screen reader is told: a counter, so that the same words twice are announced twice. */
export interface Announcement {
  readonly count: number;
  readonly text: string;
}

export interface JumpTarget {
  readonly conversationId: ConversationId;
  readonly messageId: MessageId;
  readonly order: number;
}

/** One open client and everything the screens show of it, kept up to date by its events. */
export class Session {
  readonly client: Sealpost;
  readonly me: Store<Me | null>;
  readonly connection: Store<Connection>;
  /** Whether another device of the account has revoked this one. */
  readonly isRevoked: Store<boolean>;
  readonly conversations = new Store<ReadonlyMap<ConversationId, Conversation>>(new Map());
  readonly contacts = new Store<ReadonlyMap<UserId, Contact>>(new Map());
  readonly timelines: Timelines;
  readonly uploads: Uploads;
  readonly forums: Forums;
  /** What is written and not sent: by conversation, by topic, and by topic and thread. */
  readonly drafts = new Store<ReadonlyMap<string, string>>(new Map());
  /** Places whose draft is on its way to disk: it is neither sent twice nor moved. */
  readonly sending = new Set<string>();
  /** The message to go to in a conversation that is being opened. */
  readonly jump = new Store<JumpTarget | null>(null);
  /** Who is writing, by conversation. */
  readonly writing = new Store<ReadonlyMap<ConversationId, readonly UserId[]>>(new Map());
  readonly announcement = new Store<Announcement>({ count: 0, text: "" });
  readonly #looking = new Set<UserId>();
  /** The conversation whose newest messages are before the reader's eyes. */
  #attending: ConversationId | null = null;

  private constructor(client: Sealpost) {
    this.client = client;
    this.me = new Store(client.me);
    this.connection = new Store(client.connection);
    this.isRevoked = new Store(revokes(client.connection));
    this.timelines = new Timelines(client);
    this.uploads = new Uploads(client, (message) => {
      this.timelines.keep(message);
    });
    this.forums = new Forums(client, { nameOf: (userId) => this.nameOf(userId), announce: (text) => this.announce(text) });
  }

  /** Listens first and reads after, so that nothing falls between the two. */
  static async start(client: Sealpost): Promise<Session> {
    const session = new Session(client);
    session.#listen();
    if (client.me !== null) {
      await session.#load();
      // Conversations do not wait for the forums' part of the app.
      void session.forums.load();
    }
    return session;
  }

  /** Creates the account of this browser. */
  async register(username: string): Promise<void> {
    this.me.set(await this.client.register({ username }));
    void this.forums.load();
  }

  /** Makes this browser a device of an account that another one has. */
  async join(options: JoinAccountOptions): Promise<void> {
    this.me.set(await this.client.devices.join(options));
    await this.#load();
    void this.forums.load();
  }

  /** The name to show for a person, also for one who is no longer a member. */
  nameOf(userId: UserId): string {
    const contact = this.contacts.get().get(userId);
    if (contact !== undefined) return contact.username;
    for (const conversation of this.conversations.get().values()) {
      const member = conversation.members.find((candidate) => candidate.userId === userId);
      if (member !== undefined) return member.username;
    }
    const inTopic = this.forums.memberName(userId);
    if (inTopic !== null) return inTopic;
    this.#lookUp(userId);
    return "somebody";
  }

  /** Keeps a conversation that a call gave back, without waiting for its event. */
  keepConversation(conversation: Conversation): void {
    this.conversations.update((all) => new Map(all).set(conversation.id, conversation));
  }

  /** Keeps a contact that a call gave back, without waiting for its event. */
  keepContact(contact: Contact): void {
    this.contacts.update((all) => new Map(all).set(contact.userId, contact));
  }

  setDraft(id: string, text: string): void {
    this.drafts.update((all) => {
      const next = new Map(all);
      if (text === "") next.delete(id);
      else next.set(id, text);
      return next;
    });
  }

  /** Has a screen reader say something. */
  announce(text: string): void {
    this.announcement.update(({ count }) => ({ count: count + 1, text }));
  }

  /** Tells which conversation is being read right now; its messages count as read. */
  attend(id: ConversationId | null): void {
    this.#attending = id;
    if (id !== null && (this.conversations.get().get(id)?.unread ?? 0) > 0) this.#markRead(id);
  }

  async #load(): Promise<void> {
    const [conversations, contacts] = await Promise.all([
      this.client.conversations.list(),
      this.client.contacts.list(),
    ]);
    this.conversations.update((known) => merge(conversations, (one) => one.id, known));
    this.contacts.update((known) => merge(contacts, (one) => one.userId, known));
  }

  #listen(): void {
    this.client.on("me", (me) => {
      const isNew = this.me.get() === null;
      this.me.set(me);
      // A device that was linked has conversations from the beginning.
      if (isNew) void this.#load().catch(showError);
    });
    this.client.on("connection", (connection) => {
      this.connection.set(connection);
      if (revokes(connection)) this.isRevoked.set(true);
      else if (connection.state === "online") this.isRevoked.set(false);
    });
    this.client.on("conversation", (conversation) => {
      this.keepConversation(conversation);
      if (conversation.unread > 0 && conversation.id === this.#attending) this.#markRead(conversation.id);
    });
    this.client.on("contact", (contact) => {
      this.keepContact(contact);
    });
    this.client.on("message", (message) => {
      this.#receive(message);
    });
    this.client.on("message-updated", (message) => {
      this.timelines.keep(message);
    });
    this.client.on("message-removed", (gone) => {
      this.timelines.drop(gone);
    });
    this.client.on("typing", ({ conversationId, userId, started }) => {
      this.writing.update((all) => {
        const others = (all.get(conversationId) ?? []).filter((known) => known !== userId);
        return new Map(all).set(conversationId, started ? [...others, userId] : others);
      });
    });
    this.client.on("error", showError);
  }

  #receive(message: Message): void {
    const seen = message.outgoing || message.conversationId === this.#attending;
    this.timelines.keep(message, { seen });
    if (message.outgoing || (message.type !== "text" && message.type !== "file")) return;
    const name = this.nameOf(message.senderId);
    const text = message.conversationId === this.#attending ? `${name}: ${message.type === "file" ? message.name : message.text}` : `New message from ${name}`;
    this.announce(text);
  }

  #markRead(id: ConversationId): void {
    this.client.conversations.markRead(id).then((conversation) => {
      this.keepConversation(conversation);
    }, showError);
  }

  #lookUp(userId: UserId): void {
    if (this.#looking.has(userId)) return;
    this.#looking.add(userId);
    this.client.contacts.get(userId).then((contact) => {
      if (contact !== null) this.keepContact(contact);
    }, showError);
  }
}

/** What was read, under what events have said since. */
function merge<K, V>(read: readonly V[], key: (value: V) => K, known: ReadonlyMap<K, V>): ReadonlyMap<K, V> {
  return new Map([...read.map((value) => [key(value), value] as const), ...known]);
}

function revokes({ error }: Connection): boolean {
  return error?.code === "device-revoked";
}
