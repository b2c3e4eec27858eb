import { useCallback, useSyncExternalStore } from "react";
import type { SealpostError } from "../errors.js";
import type { Post, Topic, TopicId } from "../forum-types.js";
import type { Sealpost } from "../sealpost.js";
import type { Connection, Contact, Conversation, ConversationId, Me, Message, UserId } from "../types.js";
import type { VaultState } from "../vault-types.js";
import { useSealpost } from "./provider.js";
import type { Resource, Snapshot } from "./resource.js";
import * as sources from "./sources.js";

/** How a hook waits. */
export interface HookOptions {
  /** Suspends the component until the data is there, or throws why it is not: for `Suspense` and error boundaries. On servers it is shown as loading all the same. */
  readonly suspense?: boolean;
}

/** What hooks of lists give. */
export interface ListState<T> {
  readonly items: readonly T[];
  readonly status: Snapshot<T>["status"];
  readonly error: SealpostError | null;
}

/** What hooks of histories give, which are read page by page. */
export interface HistoryState<T> extends ListState<T> {
  /** Whether there is more before the first item. */
  readonly hasOlder: boolean;
  readonly isLoadingOlder: boolean;
  /** Reads the page before. Rejects with `SealpostError`. */
  readonly loadOlder: () => Promise<void>;
}

const notLoaded = <T>(data: T): Snapshot<T> => ({ status: "loading", data, error: null });
const EMPTY = notLoaded<readonly never[]>([]);
const NO_PAGES = notLoaded<sources.Pages<never>>({ items: [], next: null, isLoadingOlder: false });
const NO_SAFETY = notLoaded<sources.Safety>({ number: "", contact: null });
const NOBODY = notLoaded<Me | null>(null);
const NO_VAULT = notLoaded<VaultState | null>(null);
const NOT_CONNECTED = notLoaded(sources.OFFLINE);
const never = (): (() => void) => () => {};

function useResource<T>(of: (client: Sealpost) => Resource<T>, initial: Snapshot<T>, { suspense = false }: HookOptions = {}): Snapshot<T> {
  const { client } = useSealpost();
  const resource = client === null ? null : of(client);
  const snapshot = useSyncExternalStore(resource?.subscribe ?? never, resource?.get ?? (() => initial), () => initial);
  if (suspense && resource !== null && snapshot.status !== "ready") {
    if (snapshot.error !== null) throw snapshot.error;
    // What React waits for.
    // eslint-disable-next-line @typescript-eslint/only-throw-error
    throw resource.ready();
  }
  return snapshot;
}

function listState<T>({ data, status, error }: Snapshot<readonly T[]>): ListState<T> {
  return { items: data, status, error };
}

/** This profile's account; null before registration, while the profile is locked, and until the client is open. */
export function useMe(): Me | null {
  return useResource<Me | null>(sources.me, NOBODY).data;
}

/** What the client does about the relay. */
export function useConnection(): Connection {
  return useResource(sources.connection, NOT_CONNECTED).data;
}

/** How the profile is opened, and whether it is locked; null until the client is open. */
export function useVault(): VaultState | null {
  return useResource<VaultState | null>(sources.vault as (client: Sealpost) => Resource<VaultState | null>, NO_VAULT).data;
}

/** All conversations, the one in which something was said last before the others. */
export function useConversations(options?: HookOptions): ListState<Conversation> {
  return listState(useResource<readonly Conversation[]>(sources.conversations, EMPTY, options));
}

/** Everybody whom this profile knows, by name. */
export function useContacts(options?: HookOptions): ListState<Contact> {
  return listState(useResource<readonly Contact[]>(sources.contacts, EMPTY, options));
}

/** The topics that this profile is or was in. Loads the code of topics. */
export function useTopics(options?: HookOptions): ListState<Topic> {
  return listState(useResource<readonly Topic[]>(sources.topics, EMPTY, options));
}

/** A conversation's messages, oldest first: the newest page, and those that were read with `loadOlder`. */
export function useMessages(conversationId: ConversationId, options?: HookOptions): HistoryState<Message> {
  const { client } = useSealpost();
  const snapshot = useResource<sources.Pages<Message>>((open) => sources.messages(open, conversationId), NO_PAGES, options);
  const loadOlder = useCallback(async () => {
    if (client !== null) await sources.loadOlder(sources.messages(client, conversationId), (before) => client.messages.list(conversationId, { before }));
  }, [client, conversationId]);
  return historyState(snapshot, loadOlder);
}

/** A topic's posts, oldest first: the newest page, and those that were read with `loadOlder`. */
export function usePosts(topicId: TopicId, options?: HookOptions): HistoryState<Post> {
  const { client } = useSealpost();
  const snapshot = useResource<sources.Pages<Post>>((open) => sources.posts(open, topicId), NO_PAGES, options);
  const loadOlder = useCallback(async () => {
    if (client !== null) await sources.loadOlder(sources.posts(client, topicId), (before) => client.posts.list(topicId, { before }));
  }, [client, topicId]);
  return historyState(snapshot, loadOlder);
}

function historyState<T>({ data, status, error }: Snapshot<sources.Pages<T>>, loadOlder: () => Promise<void>): HistoryState<T> {
  return { items: data.items, status, error, hasOlder: data.next !== null, isLoadingOlder: data.isLoadingOlder, loadOlder };
}

/** What {@link useSafetyNumber} gives. */
export interface SafetyNumberState {
  /** Sixty digits, the same on both sides; empty until they are known. */
  readonly number: string;
  /** Whether the person compared it. */
  readonly verified: boolean;
  /** `changed`: the relay shows another account key than the pinned one. */
  readonly keyState: Contact["keyState"];
  readonly status: Snapshot<unknown>["status"];
  readonly error: SealpostError | null;
  /** Marks the number that is shown as compared, or takes the mark back. Rejects with `key-changed` if it is another by now. */
  readonly setVerified: (verified: boolean) => Promise<void>;
}

/** Somebody's safety number. */
export function useSafetyNumber(userId: UserId, options?: HookOptions): SafetyNumberState {
  const { client } = useSealpost();
  const { data, status, error } = useResource((open) => sources.safety(open, userId), NO_SAFETY, options);
  const { number, contact } = data;
  const setVerified = useCallback(
    async (verified: boolean) => {
      await client?.contacts.setVerified(userId, verified, number);
    },
    [client, userId, number],
  );
  return { number, verified: contact?.verified ?? false, keyState: contact?.keyState ?? "pinned", status, error, setVerified };
}
