import type { Post, Topic, TopicId } from "../forum-types.js";
import type { Sealpost } from "../sealpost.js";
import type { Connection, Contact, Conversation, ConversationId, Me, Message, Unsubscribe, UserId } from "../types.js";
import type { VaultState } from "../vault-types.js";
import { Resource, type Source } from "./resource.js";

/** A part of a history, the newest of it. */
export interface Pages<T> {
  /** Oldest first. */
  readonly items: readonly T[];
  /** Where older ones begin; null at the beginning. */
  readonly next: number | null;
  readonly isLoadingOlder: boolean;
}

/** Somebody's safety number, and what this profile knows of them. */
export interface Safety {
  /** Sixty digits; empty until they are known. */
  readonly number: string;
  readonly contact: Contact | null;
}

const NONE: Pages<never> = { items: [], next: null, isLoadingOlder: false };
export const OFFLINE: Connection = { state: "connecting", retryAt: null, pending: 0 };

/** What was made for a client so far, by what it is of. */
const resources = new WeakMap<Sealpost, Map<string, Resource<unknown>>>();

/** The one resource of that name: components that show the same share it. */
function shared<T>(client: Sealpost, name: string, make: () => Source<T>): Resource<T> {
  const known = resources.get(client) ?? new Map<string, Resource<unknown>>();
  resources.set(client, known);
  const resource = known.get(name) ?? (new Resource(make()) as Resource<unknown>);
  known.set(name, resource);
  return resource as Resource<T>;
}

/** Everything is read anew when the profile was registered or unlocked. */
function renewing(client: Sealpost, reload: () => void): readonly Unsubscribe[] {
  return [client.on("me", reload), client.on("vault", ({ locked }) => locked || reload())];
}

/** What the client says at once, kept up to date by an event. */
function current<T>(client: Sealpost, name: string, read: () => T, listen: (change: (change: () => T) => void) => readonly Unsubscribe[]): Resource<T> {
  const make = (): Source<T> => ({ initial: read(), load: () => Promise.resolve(read()), listen: (change) => listen(change) });
  return shared(client, name, make);
}

export function connection(client: Sealpost): Resource<Connection> {
  return current(client, "connection", () => client.connection, (change) => [client.on("connection", (data) => change(() => data))]);
}

export function me(client: Sealpost): Resource<Me | null> {
  return current(client, "me", () => client.me, (change) => [client.on("me", (data) => change(() => data)), client.on("vault", () => change(() => client.me))]);
}

export function vault(client: Sealpost): Resource<VaultState> {
  return current(client, "vault", () => client.vault.state, (change) => [client.on("vault", (data) => change(() => data))]);
}

/** With `item` in place of the one of its id, or as one more. */
function put<T>(items: readonly T[], item: T, idOf: (item: T) => string): readonly T[] {
  const index = items.findIndex((known) => idOf(known) === idOf(item));
  return index < 0 ? [...items, item] : items.with(index, item);
}

const activity = ({ lastMessage, createdAt }: Conversation): number => Math.max(lastMessage?.sentAt ?? 0, createdAt);
const byActivity = (items: readonly Conversation[]): readonly Conversation[] => items.toSorted((a, b) => activity(b) - activity(a));

export function conversations(client: Sealpost): Resource<readonly Conversation[]> {
  return shared(client, "conversations", () => ({
    initial: [],
    load: async () => byActivity(await client.conversations.list()),
    listen: (change, reload) => [...renewing(client, reload), client.on("conversation", (one) => change((all) => byActivity(put(all, one, ({ id }) => id))))],
  }));
}

export function contacts(client: Sealpost): Resource<readonly Contact[]> {
  const byName = (items: readonly Contact[]): readonly Contact[] => items.toSorted((a, b) => a.username.localeCompare(b.username));
  return shared(client, "contacts", () => ({
    initial: [],
    load: async () => byName(await client.contacts.list()),
    listen: (change, reload) => [...renewing(client, reload), client.on("contact", (one) => change((all) => byName(put(all, one, ({ userId }) => userId))))],
  }));
}

export function safety(client: Sealpost, userId: UserId): Resource<Safety> {
  return shared(client, `safety/${userId}`, () => ({
    initial: { number: "", contact: null },
    load: async () => {
      const [number, contact] = await Promise.all([client.contacts.safetyNumber(userId), client.contacts.get(userId)]);
      return { number, contact };
    },
    listen: (_change, reload) => [...renewing(client, reload), client.on("contact", (contact) => contact.userId !== userId || reload())],
  }));
}

export function topics(client: Sealpost): Resource<readonly Topic[]> {
  return shared(client, "topics", () => ({
    initial: [],
    load: () => client.forums.topics(),
    listen: (change, reload) => [
      ...renewing(client, reload),
      client.on("topic", (one) => change((all) => put(all, one, ({ id }) => id))),
      client.on("topic-removed", () => reload()),
    ],
  }));
}

interface Entry {
  readonly id: string;
  readonly order: number;
}

/** Both lists by id, the later one wins, in the order of the place. */
function merged<T extends Entry>(earlier: readonly T[], later: readonly T[]): readonly T[] {
  return [...new Map([...earlier, ...later].map((item) => [item.id, item])).values()].sort((a, b) => a.order - b.order);
}

/** With an item that is new or changed. One that is older than all that was read so far comes with its page. */
function kept<T extends Entry>(pages: Pages<T>, item: T): Pages<T> {
  if (pages.next !== null && item.order < pages.next) return pages;
  return { ...pages, items: merged(pages.items, [item]) };
}

/** Without the item of an id. */
function without<T extends Entry>(pages: Pages<T>, gone: string): Pages<T> {
  return { ...pages, items: pages.items.filter(({ id }) => id !== gone) };
}

export function messages(client: Sealpost, conversationId: ConversationId): Resource<Pages<Message>> {
  return shared<Pages<Message>>(client, `messages/${conversationId}`, () => ({
    initial: NONE,
    load: async () => ({ ...(await client.messages.list(conversationId)), isLoadingOlder: false }),
    listen: (change, reload) => {
      const keep = (message: Message): void => {
        if (message.conversationId === conversationId) change((pages) => kept(pages, message));
      };
      const drop = (gone: { conversationId: ConversationId; id: string }): void => {
        if (gone.conversationId === conversationId) change((pages) => without(pages, gone.id));
      };
      return [...renewing(client, reload), client.on("message", keep), client.on("message-updated", keep), client.on("message-removed", drop)];
    },
  }));
}

export function posts(client: Sealpost, topicId: TopicId): Resource<Pages<Post>> {
  return shared<Pages<Post>>(client, `posts/${topicId}`, () => ({
    initial: NONE,
    load: async () => ({ ...(await client.posts.list(topicId)), isLoadingOlder: false }),
    listen: (change, reload) => {
      const keep = (post: Post): void => {
        if (post.topicId === topicId) change((pages) => kept(pages, post));
      };
      const drop = (gone: { topicId: TopicId; id: string }): void => {
        if (gone.topicId === topicId) change((pages) => without(pages, gone.id));
      };
      return [...renewing(client, reload), client.on("post", keep), client.on("post-updated", keep), client.on("post-removed", drop)];
    },
  }));
}

/** Reads the page before those that are there. Does nothing at the beginning, or while one is being read. */
export async function loadOlder<T extends Entry>(resource: Resource<Pages<T>>, list: (before: number) => Promise<{ items: readonly T[]; next: number | null }>): Promise<void> {
  const { next, isLoadingOlder } = resource.get().data;
  if (next === null || isLoadingOlder) return;
  resource.change((pages) => ({ ...pages, isLoadingOlder: true }));
  try {
    const page = await list(next);
    resource.change((pages) => ({ items: merged(page.items, pages.items), next: page.next, isLoadingOlder: false }));
  } catch (error) {
    resource.change((pages) => ({ ...pages, isLoadingOlder: false }));
    throw error;
  }
}
