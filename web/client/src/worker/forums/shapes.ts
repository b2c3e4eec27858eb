/** Readers of what the relay says of topics; see ../shapes.ts. */
import type { Forum, HistoryPolicy, OpenTopic, Visibility } from "../../forum-types.js";
import type { DroppedPost, JoinInfo, PostItem, TopicCommit, Welcome } from "../forum-engine.js";
import { bytes, count, integer, list, malformed, object, uuid, type Reader } from "../shapes.js";

const MAX_POST = 64 * 1024;
/** The tree of a large group. */
const MAX_TREE = 64 * 1024 * 1024;
const MAX_COMMIT = 4 * 1024 * 1024;
const blob = bytes(256 * 1024);
const blobs = list(blob, 100_000);

function oneOf<T extends string>(known: readonly T[]): Reader<T> {
  return (value, name) => {
    if (!known.includes(value as T)) throw malformed(name);
    return value as T;
  };
}

const visibility = oneOf<Visibility>(["invite", "closed", "open"]);
const history = oneOf<HistoryPolicy>(["everything", "since-joining", "last-days"]);

function nullable<T>(read: Reader<T>): Reader<T | null> {
  return (value, name) => (value === null || value === undefined ? null : read(value, name));
}

const text: Reader<string> = (value, name) => {
  if (typeof value !== "string" || value.length > 1_000) throw malformed(name);
  return value;
};

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | number | null;
}

const cursor: Reader<string | number> = (value, name) => (typeof value === "number" ? count(value, name) : text(value, name));

function page<T>(read: Reader<T>, name: string): (value: unknown) => Page<T> {
  return (value) => {
    const answer = object(value, name);
    return { items: list(read, 1_000)(answer["items"], name), next: nullable(cursor)(answer["next"], "next") };
  };
}

export const readForum: Reader<Forum> = (value, name) => {
  const forum = object(value, name);
  return { id: uuid(forum["id"], "forum id"), name: text(forum["name"], "forum name"), createdAt: count(forum["createdAt"], "time") };
};

export const readForums = page(readForum, "forums");

/** Whether the relay says that this user may create forums. */
export function readMayCreate(value: unknown): boolean {
  return object(value, "forums")["mayCreate"] === true;
}

export interface ListedTopic {
  readonly topic: OpenTopic;
  readonly isMember: boolean;
}

const listedTopic: Reader<ListedTopic> = (value, name) => {
  const topic = object(value, name);
  const policy = history(topic["history"], "history");
  const days = nullable(count)(topic["historyDays"], "historyDays");
  return {
    isMember: topic["isMember"] === true,
    topic: {
      id: uuid(topic["id"], "topic id"),
      forumId: uuid(topic["forumId"], "forum id"),
      title: nullable(text)(topic["publicTitle"], "title"),
      visibility: visibility(topic["visibility"], "visibility"),
      history: policy,
      historyDays: policy === "last-days" ? days : null,
      members: count(topic["members"], "members"),
      founderId: uuid(topic["founderId"], "founder"),
      createdAt: count(topic["createdAt"], "time"),
    },
  };
};

export const readTopics = page(listedTopic, "topics");

export function readJoinInfo(value: unknown): JoinInfo {
  const info = object(value, "join info");
  return {
    forumId: uuid(info["forumId"], "forum id"),
    lastSeq: count(info["lastSeq"], "lastSeq"),
    publicTitle: nullable(text)(info["publicTitle"], "title"),
    groupInfo: blob(info["groupInfo"], "group info"),
    tree: bytes(MAX_TREE)(info["tree"], "tree"),
    policies: blobs(info["policies"], "policies"),
    wraps: blobs(info["wraps"], "wraps"),
  };
}

const welcome: Reader<Welcome> = (value, name) => {
  const item = object(value, name);
  return {
    topicId: uuid(item["topicId"], "topic id"),
    forumId: uuid(item["forumId"], "forum id"),
    epoch: count(item["epoch"], "epoch"),
    lastSeq: count(item["lastSeq"], "lastSeq"),
    welcome: bytes(MAX_COMMIT)(item["welcome"], "welcome"),
    tree: bytes(MAX_TREE)(item["tree"], "tree"),
    policies: blobs(item["policies"], "policies"),
  };
};

export const readWelcomes = page(welcome, "welcomes");

export const readCommit: Reader<TopicCommit> = (value, name) => {
  const item = object(value, name);
  return { epoch: count(item["epoch"], "epoch"), commit: bytes(MAX_COMMIT)(item["commit"], "commit") };
};

export const readCommits = page(readCommit, "commits");

const dropped: Reader<DroppedPost> = (value, name) => {
  const item = object(value, name);
  const digest = bytes(32)(item["digest"], "digest");
  if (digest.length !== 32) throw malformed("digest");
  return { generation: count(item["generation"], "generation"), epoch: count(item["epoch"], "epoch"), id: uuid(item["id"], "id"), digest };
};

export const readPost: Reader<PostItem> = (value, name) => {
  const item = object(value, name);
  return {
    seq: integer(1)(item["seq"], "seq"),
    post: nullable(bytes(MAX_POST))(item["post"], "post"),
    dropped: nullable(dropped)(item["dropped"], "dropped"),
  };
};

export interface PostsAnswer {
  readonly items: readonly PostItem[];
  readonly authors: readonly Uint8Array[];
  readonly first: number;
}

export function readPosts(value: unknown): PostsAnswer {
  const answer = object(value, "posts");
  return {
    items: list(readPost, 1_000)(answer["items"], "posts"),
    authors: blobs(answer["authors"], "authors"),
    first: count(answer["first"], "first"),
  };
}

export interface LinksAnswer {
  readonly links: Uint8Array[];
  readonly authors: Uint8Array[];
  /** Cursor of the next page. */
  readonly next: string | null;
}

export function readLinks(value: unknown): LinksAnswer {
  const answer = object(value, "links");
  return { links: blobs(answer["links"], "links"), authors: blobs(answer["authors"], "authors"), next: nullable(text)(answer["next"], "next") };
}

/** Requests to leave that wait for a commit. */
export function readLeaves(value: unknown): Uint8Array[] {
  const leave: Reader<Uint8Array> = (item, name) => blob(object(item, name)["request"], name);
  return list(leave, 10_000)(object(value, "group")["leaves"], "leaves");
}

export function readKeyPackages(value: unknown): Uint8Array[] {
  const item: Reader<Uint8Array> = (entry, name) => blob(object(entry, name)["keyPackage"], name);
  return list(item, 1_000)(object(value, "key packages")["items"], "key packages");
}

export function readKeyPackageCount(value: unknown): { keyPackages: number } {
  return { keyPackages: count(object(value, "key count")["keyPackages"], "count") };
}

/** The answer to a post: its place. */
export function readAccepted(value: unknown): { seq?: number } {
  if (typeof value !== "object" || value === null) return {};
  const { seq } = value as { seq?: unknown };
  return seq === undefined ? {} : { seq: integer(1)(seq, "seq") };
}
