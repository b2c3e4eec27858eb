import type { UserId } from "./types.js";

export type ForumId = string;
export type TopicId = string;
export type PostId = string;

/** A category of topics at the relay. */
export interface Forum {
  readonly id: ForumId;
  readonly name: string;
  readonly createdAt: number;
}

/**
 * Who gets in: holders of an invitation; those whom a moderator or owner adds; or any user of the relay, which then can read the topic itself, for its operator
 * can make users.
 */
export type Visibility = "invite" | "closed" | "open";

/** How far back a new member reads. See docs/forums.md for what each costs in forward secrecy. */
export type HistoryPolicy = "everything" | "since-joining" | "last-days";

export type TopicRole = "owner" | "moderator" | "member";

/** Who may make invitations: moderators and owners, or every member. */
export type Inviters = "moderators" | "members";

/** `creating` and `joining`: the relay has not confirmed it yet; it goes on by itself. */
export type TopicState = "creating" | "joining" | "active" | "left" | "removed" | "failed";

interface Reason {
  readonly code: string;
  readonly message: string;
}

/** A snapshot of a topic; immutable, replaced on every change. */
export interface Topic {
  readonly id: TopicId;
  readonly forumId: ForumId;
  /** Known to members alone, unless the topic is open; empty until the post that tells it was read. */
  readonly title: string;
  readonly description: string;
  readonly visibility: Visibility;
  readonly history: HistoryPolicy;
  /** With `last-days`, how many. */
  readonly historyDays: number | null;
  readonly inviters: Inviters;
  readonly state: TopicState;
  /** This user's. */
  readonly role: TopicRole;
  /** How many people are in it. */
  readonly members: number;
  /** Number of the group's state; every change of members or policy begins another, with a higher number. */
  readonly epoch: number;
  readonly joinedAt: number;
  /** Posts of others after the last `markRead`, and those of them that mention this user. */
  readonly unread: number;
  readonly mentions: number;
  readonly lastPost: Post | null;
  /** Members whose account key is another than the pinned one: posting waits for the person's decision. */
  readonly blocked: readonly UserId[];
  /** Why it failed, when `state` is `"failed"`; `commit-broken` when it is `"active"` and waits for its owner's device to start it anew. */
  readonly error?: Reason;
}

/** A topic that the relay lists and this profile could join. */
export interface OpenTopic {
  readonly id: TopicId;
  readonly forumId: ForumId;
  /** By the relay's word. */
  readonly title: string | null;
  readonly visibility: Visibility;
  readonly history: HistoryPolicy;
  readonly historyDays: number | null;
  readonly members: number;
  readonly founderId: UserId;
  readonly createdAt: number;
}

export interface PostReaction {
  readonly emoji: string;
  readonly userIds: readonly UserId[];
}

/** A post as it is now: edits, deletions, reactions and pins included. */
export interface Post {
  readonly id: PostId;
  readonly topicId: TopicId;
  readonly authorId: UserId;
  /** The post that it answers, which makes both a thread. */
  readonly parentId: PostId | null;
  /** Place in the topic, the relay's; above all of those while it is being sent. */
  readonly order: number;
  readonly sentAt: number;
  readonly type: "text" | "unreadable";
  /** Empty if it was deleted or cannot be read. */
  readonly text: string;
  readonly mentions: readonly UserId[];
  readonly outgoing: boolean;
  readonly state: "sending" | "sent" | "failed" | "received";
  /** Why it failed, when `state` is `"failed"`. */
  readonly error?: Reason;
  /** Why it cannot be read, when `type` is `"unreadable"`: an error code. */
  readonly reason?: string;
  readonly edited: boolean;
  readonly deleted: "author" | "moderator" | null;
  readonly pinned: boolean;
  readonly reactions: readonly PostReaction[];
  /** How many posts answer it, as far as they were fetched. */
  readonly replies: number;
  /** Written before this device came in: who was a member then is not known here. */
  readonly beforeJoin: boolean;
  /**
   * Its author is in the topic no more, and no member confirmed while they were that it, or the text it has now, was posted by then: it may have been slipped
   * in since, by its author and the relay together.
   */
  readonly late: boolean;
}

export interface PostPage {
  /** Oldest first. */
  readonly items: readonly Post[];
  /** Pass as `before` for the page of older posts; null where the relay has none either. */
  readonly next: number | null;
}

export interface TopicMember {
  readonly userId: UserId;
  readonly username: string;
  readonly role: TopicRole;
  /** Their devices in the topic. */
  readonly devices: number;
  /** The safety number was compared. */
  readonly verified: boolean;
  /** `changed`: their account key in the topic is not the pinned one, or the relay shows another. */
  readonly keyState: "pinned" | "changed" | "self" | "unknown";
  /** Not a member, and may not come in. */
  readonly banned: boolean;
}

export interface CreateTopicOptions {
  forumId: ForumId;
  /** 1 to 200 bytes of UTF-8. */
  title: string;
  /** At most 2000 bytes of UTF-8. */
  description?: string;
  /** Default `"invite"`. */
  visibility?: Visibility;
  /** Default `"everything"`. */
  history?: HistoryPolicy;
  /** With `last-days`: 1 … 65535. */
  historyDays?: number;
  /** Default `"moderators"`. */
  inviters?: Inviters;
  /** Aborts waiting for the relay; the topic is created nevertheless, once it can be. */
  signal?: AbortSignal;
}

/** What an invitation link says of itself. */
export interface LinkPreview {
  readonly topicId: TopicId;
  readonly title: string;
  /** Who invites; null for an open topic. */
  readonly inviterId: UserId | null;
  /** Whether it opens the history while nobody else is online. */
  readonly withHistory: boolean;
}

/** `fetching` the group, `checking` it and its members, `joining` at the relay, `reading` what was posted. */
export type JoinStep = "fetching" | "checking" | "joining" | "reading";

export interface JoinOptions {
  signal?: AbortSignal;
  /** Told of each step that begins. */
  onProgress?: (step: JoinStep) => void;
}

export interface TopicPolicy {
  visibility?: Visibility;
  history?: HistoryPolicy;
  historyDays?: number;
  inviters?: Inviters;
}

/** Categories and topics. Membership calls need the relay and reject with `network` without it. */
export interface Forums {
  /** The relay's categories. */
  list(): Promise<readonly Forum[]>;
  /** Whether this user is an administrator of the relay, who may {@link create} categories. */
  mayCreate(): Promise<boolean>;
  /** Creates a category; administrators of the relay only (`forbidden`). Spaces around the name are dropped; 1 to 200 bytes of UTF-8 are to be left. */
  create(name: string): Promise<Forum>;
  /** The topics that this profile is or was in, by title. */
  topics(): Promise<readonly Topic[]>;
  /** A topic of this device by its id; null if it is in none of that id. */
  topic(id: TopicId): Promise<Topic | null>;
  /** What the relay lists in a category and this profile is not in. */
  discover(forumId: ForumId): Promise<readonly OpenTopic[]>;
  /** Founds a topic, with this device alone in it; everybody else is invited. It is `creating` until the relay has it. */
  createTopic(options: CreateTopicOptions): Promise<Topic>;
  /** Reads a link without using it. Throws `decode`. */
  readLink(link: string): Promise<LinkPreview>;
  /** Joins by a link (its token, or a URL that ends in it), or an open topic by its id. */
  join(target: string | { topicId: TopicId }, options?: JoinOptions): Promise<Topic>;
  /** A token for a link, for at most `uses` people (default 100), until somebody is removed. Put it where no server sees it: a URL's fragment. */
  createLink(topicId: TopicId, options?: { uses?: number; withHistory?: boolean }): Promise<string>;
  /** Adds people; moderators and owners. */
  invite(topicId: TopicId, userIds: readonly UserId[]): Promise<void>;
  /** Takes somebody out of the topic with all their devices; with `ban` they cannot come back by a link. Owners remove anybody, moderators plain members; else `forbidden`. */
  remove(topicId: TopicId, userId: UserId, options?: { ban?: boolean }): Promise<void>;
  /** Lets somebody come in again who was banned. For owners. */
  unban(topicId: TopicId, userId: UserId): Promise<void>;
  /** Makes somebody a member, a moderator or an owner. For owners; the only owner cannot step down (`last-owner`). */
  setRole(topicId: TopicId, userId: UserId, role: TopicRole): Promise<void>;
  /** Changes who may invite, who may come in, and who reads what was before. For owners. */
  setPolicy(topicId: TopicId, policy: TopicPolicy): Promise<void>;
  /** Changes title and description. For owners and moderators. */
  setInfo(topicId: TopicId, info: { title: string; description: string }): Promise<void>;
  /** Leaves the topic; what was read stays on this device. The only owner of a topic with others in it cannot (`last-owner`). */
  leave(topicId: TopicId): Promise<void>;
  /** Who is in the topic, by what its group says. */
  members(topicId: TopicId): Promise<readonly TopicMember[]>;
  /** Everything until now counts as read. */
  markRead(topicId: TopicId): Promise<Topic>;
}

export interface ListPostsOptions {
  /** Only posts with a smaller `order`. */
  before?: number;
  /** 1 … 200, default 50. */
  limit?: number;
  /** Only answers to this post; null: only posts that answer none. */
  parentId?: PostId | null;
  /** Only pinned ones. */
  pinned?: boolean;
}

/** Posts of topics. */
export interface Posts {
  /** Resolves when the post is on this device's disk; it is sent even if the page is closed and opened again. At most 48 KiB of UTF-8. */
  send(topicId: TopicId, content: { text: string; parentId?: PostId; mentions?: readonly UserId[] }): Promise<Post>;
  /** Gives a post of this user's another text; the others see that it was edited. */
  edit(topicId: TopicId, postId: PostId, content: { text: string; mentions?: readonly UserId[] }): Promise<Post>;
  /** One's own, or, as moderator or owner, anybody's. */
  delete(topicId: TopicId, postId: PostId): Promise<Post>;
  /** Puts an emoji to a post, or takes this user's own back. */
  react(topicId: TopicId, postId: PostId, emoji: string, on: boolean): Promise<Post>;
  /** Moderators and owners. */
  pin(topicId: TopicId, postId: PostId, on: boolean): Promise<Post>;
  /** Puts a failed post back into the outbox. */
  retry(topicId: TopicId, postId: PostId): Promise<Post>;
  /** The newest page, or the one before `before`. Fetches from the relay what this device does not have. */
  list(topicId: TopicId, options?: ListPostsOptions): Promise<PostPage>;
  /** All of a topic's posts that this profile may read, newest first. */
  history(topicId: TopicId): AsyncIterableIterator<Post>;
}
