/**
 * The boundary to the WASM engine of topics (crypto-wasm `wasm::forum_calls`), which shares the profile's database with the engine of conversations as another
 * tab would. The same rules hold: what a method returns is on disk; bytes go in as `Uint8Array` and come out as base64url.
 */
import type { HistoryPolicy, Inviters, Post, Topic, TopicMember, TopicRole, Visibility } from "../forum-types.js";
import type { Address, Refusal } from "./engine.js";

/** What a commit caused. `topic-action` settles whoever waits for an entry of the outbox, and goes to no listener. */
export type ForumEvent =
  | { readonly type: "topic"; readonly data: Topic }
  | { readonly type: "topic-removed"; readonly data: { readonly topicId: string } }
  | { readonly type: "post" | "post-updated"; readonly data: Post }
  | { readonly type: "post-removed"; readonly data: { readonly topicId: string; readonly id: string } }
  | { readonly type: "topic-error"; readonly data: { readonly topicId: string; readonly code: string; readonly message: string } }
  | {
      readonly type: "topic-action";
      readonly data: { readonly entry: string; readonly topicId: string; readonly error: { readonly code: string; readonly message: string } | null };
    };

export interface ForumOutcome<T> {
  readonly value: T;
  readonly events: readonly ForumEvent[];
}

export interface NewTopic {
  readonly forumId: string;
  readonly title: string;
  readonly description: string;
  readonly visibility: Visibility;
  readonly history: HistoryPolicy;
  readonly historyDays: number | null;
  readonly inviters: Inviters;
}

export interface EngineLinkPreview {
  readonly topicId: string;
  /** Encoded Invitation, base64url: what the relay wants to see. */
  readonly invitation: string | null;
  readonly title: string;
  readonly inviterId: string | null;
  readonly withHistory: boolean;
}

/** What the relay gives to a joiner. */
export interface JoinInfo {
  readonly forumId: string;
  readonly lastSeq: number;
  readonly publicTitle: string | null;
  readonly groupInfo: Uint8Array;
  readonly tree: Uint8Array;
  readonly policies: readonly Uint8Array[];
  readonly wraps: readonly Uint8Array[];
}

export interface Welcome {
  readonly topicId: string;
  readonly forumId: string;
  readonly epoch: number;
  readonly lastSeq: number;
  readonly welcome: Uint8Array;
  readonly tree: Uint8Array;
  readonly policies: readonly Uint8Array[];
}

export type TopicAction =
  | { readonly type: "add"; readonly userId: string; readonly keyPackages: readonly Uint8Array[] }
  | { readonly type: "remove"; readonly userId: string; readonly ban: boolean }
  | { readonly type: "unban"; readonly userId: string }
  | {
      readonly type: "policy";
      readonly roles?: readonly { readonly userId: string; readonly role: TopicRole }[];
      readonly visibility?: Visibility;
      readonly history?: HistoryPolicy;
      readonly historyDays?: number;
      readonly inviters?: Inviters;
    }
  | { readonly type: "leave" }
  | { readonly type: "info"; readonly title: string; readonly description: string };

export type NewPost =
  | { readonly type: "text"; readonly text: string; readonly parentId: string | null; readonly mentions: readonly string[] }
  | { readonly type: "edit"; readonly postId: string; readonly text: string; readonly mentions: readonly string[] }
  | { readonly type: "delete"; readonly postId: string }
  | { readonly type: "reaction"; readonly postId: string; readonly emoji: string; readonly removed: boolean }
  | { readonly type: "pin"; readonly postId: string; readonly removed: boolean };

export interface PostQuery {
  readonly before?: number | undefined;
  readonly parentId?: string | null | undefined;
  readonly pinned?: boolean | undefined;
}

export interface EnginePostPage {
  readonly items: readonly Post[];
  readonly next: number | null;
  /** The relay may have older ones. */
  readonly more: boolean;
}

export interface ForumRequest {
  readonly entry: string;
  readonly topicId: string;
  readonly method: "POST" | "DELETE";
  readonly path: string;
  readonly body: unknown;
}

export type ForumStep = { readonly type: "idle" } | { readonly type: "request"; readonly request: ForumRequest };

export interface TopicCommit {
  /** The epoch that it ends. */
  readonly epoch: number;
  readonly commit: Uint8Array;
}

/** What is left of a post that the relay let go of, by its word. */
export interface DroppedPost {
  readonly generation: number;
  readonly epoch: number;
  readonly id: string;
  /** SHA-256 of its encoding. */
  readonly digest: Uint8Array;
}

export interface PostItem {
  readonly seq: number;
  /** Null where the relay let go of it. */
  readonly post: Uint8Array | null;
  readonly dropped: DroppedPost | null;
}

export interface PostBatch {
  readonly items: readonly PostItem[];
  /** Certificates of the authors, by the relay's word. */
  readonly authors: readonly Uint8Array[];
  /** The lowest seq that the relay has. */
  readonly first: number;
  /** Users of whom the relay knows nothing. */
  readonly unknown: readonly string[];
  /** No further keys are to be had. */
  readonly withoutKeys?: boolean;
}

export interface PostsTaken {
  readonly seq: number;
  readonly oldest: number;
  /** Documents to learn before the next post. */
  readonly users: readonly string[];
  /** Links of these epochs are wanted before the next post. */
  readonly keys: { readonly from: number; readonly to: number } | null;
  /** Commits are wanted before the next post. */
  readonly behind: boolean;
  /** Nothing older can be read. */
  readonly complete: boolean;
}

export interface ForumEngine {
  topics(): Promise<Topic[]>;
  topic(id: string): Promise<Topic | null>;
  topicMembers(id: string): Promise<TopicMember[]>;
  /** How far it has been taken in; `complete`: nothing older can be read. */
  topicCursor(id: string): Promise<{ epoch: number; seq: number; oldest: number; complete: boolean }>;
  /** Links of these epochs are wanted: posts of theirs could not be opened. */
  topicKeysWanted(id: string): Promise<{ from: number; to: number } | null>;
  createTopic(options: NewTopic, now: number): Promise<ForumOutcome<Topic>>;
  parseLink(link: string): Promise<EngineLinkPreview>;
  beginJoin(id: string, link: string | null, info: JoinInfo, now: number): Promise<ForumOutcome<{ topic: Topic; entry: string }>>;
  /** Null: this device is in it already, or the KeyPackage is gone. */
  receiveWelcome(welcome: Welcome, now: number): Promise<ForumOutcome<Topic | null>>;
  /** The entry of the outbox whose `topic-action` tells how it ended. */
  topicAction(id: string, action: TopicAction, now: number): Promise<ForumOutcome<string>>;
  /** The link opens the history once the relay has taken the entry; null: it has. */
  createInvitation(id: string, uses: number, withHistory: boolean, now: number): Promise<ForumOutcome<{ link: string; entry: string | null }>>;
  markTopicRead(id: string): Promise<ForumOutcome<Topic>>;
  topicGone(id: string): Promise<ForumOutcome<null>>;

  sendPost(id: string, post: NewPost, now: number): Promise<ForumOutcome<Post>>;
  retryPost(id: string, postId: string): Promise<ForumOutcome<Post>>;
  posts(id: string, query: PostQuery, limit: number): Promise<EnginePostPage>;
  pendingPosts(): Promise<number>;

  forumStep(now: number): Promise<ForumOutcome<ForumStep>>;
  forumAccepted(entry: string, answer: { seq?: number }, now: number): Promise<ForumOutcome<null>>;
  forumRefused(entry: string, refusal: Refusal): Promise<ForumOutcome<null>>;
  topicCommits(id: string, commits: readonly TopicCommit[], now: number): Promise<ForumOutcome<number>>;
  topicPosts(id: string, batch: PostBatch): Promise<ForumOutcome<PostsTaken>>;
  topicOlder(id: string, batch: PostBatch): Promise<ForumOutcome<PostsTaken>>;
  /** Whether posts that could not be opened might open now: they are to be read once more. */
  topicLinks(id: string, batch: { links: readonly Uint8Array[]; authors: readonly Uint8Array[] }): Promise<ForumOutcome<boolean>>;
  /** Whether there is something to send: the founding of the topic's next group, because this commit cannot be applied. */
  succeedTopic(id: string, broken: Uint8Array, now: number): Promise<ForumOutcome<boolean>>;
  /** Devices that are still to be brought into the next group that this device founded. */
  topicHeirs(id: string, limit: number): Promise<Address[]>;
  readmit(id: string, asked: readonly Address[], keyPackages: readonly Uint8Array[], now: number): Promise<ForumOutcome<null>>;
  topicLeaves(id: string, requests: readonly Uint8Array[]): Promise<ForumOutcome<null>>;
  /**
   * Puts the removal of revoked devices of these users, or of everybody, into the outbox, in every topic. Gives when the next removal is due that has to wait still.
   */
  revokedDevices(userIds: readonly string[] | null, now: number): Promise<ForumOutcome<number | null>>;
  keyPackageUpload(counts: { keyPackages: number }, now: number): Promise<{ keyPackages: string[]; lastResortKeyPackage: string | null } | null>;
  keyPackagesUploaded(): Promise<null>;
  close(): void;
}
