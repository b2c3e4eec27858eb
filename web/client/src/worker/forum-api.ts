import type { Forum, LinkPreview, OpenTopic, Post, Topic, TopicMember } from "../forum-types.js";
import type { EnginePostPage, NewPost, NewTopic, PostQuery, TopicAction } from "./forum-engine.js";

/** What the page may ask of the forums' part of the worker. */
export interface ForumApi {
  readonly list: () => Promise<Forum[]>;
  readonly mayCreate: () => Promise<boolean>;
  readonly create: (id: string, name: string) => Promise<Forum>;
  readonly topics: () => Promise<Topic[]>;
  readonly topic: (id: string) => Promise<Topic | null>;
  readonly discover: (forumId: string) => Promise<OpenTopic[]>;
  readonly createTopic: (options: NewTopic) => Promise<Topic>;
  readonly readLink: (link: string) => Promise<LinkPreview>;
  /** `progress` names the port-less events `join-progress` of this call. */
  readonly join: (link: string | null, topicId: string | null, progress: string) => Promise<Topic>;
  readonly createLink: (topicId: string, uses: number, withHistory: boolean) => Promise<string>;
  readonly invite: (topicId: string, userIds: readonly string[]) => Promise<void>;
  readonly act: (topicId: string, action: TopicAction) => Promise<void>;
  readonly members: (topicId: string) => Promise<TopicMember[]>;
  readonly markRead: (topicId: string) => Promise<Topic>;
  readonly post: (topicId: string, post: NewPost) => Promise<Post>;
  readonly retry: (topicId: string, postId: string) => Promise<Post>;
  readonly posts: (topicId: string, query: PostQuery, limit: number) => Promise<EnginePostPage>;
  /** Fetches older posts from the relay; false when there are none that can be read. */
  readonly older: (topicId: string) => Promise<boolean>;
}

/** Calls that change something with somebody's help, and take longer. */
export type ForumMethod = keyof ForumApi;
