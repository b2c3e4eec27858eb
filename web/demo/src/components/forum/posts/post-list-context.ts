import { createContext, use } from "react";
import type { Post, PostId, Topic } from "sealpost";
import type { Mentionable } from "../../../lib/mentions.ts";

/** What a post needs of the list around it. It changes rarely, for every post renders again when it does. */
export interface PostListContextValue {
  readonly topic: Topic;
  readonly people: readonly Mentionable[];
  /** In a thread there is no thread to open. */
  readonly inThread: boolean;
  openThread: (postId: PostId) => void;
  openMenu: (post: Post, anchor: HTMLElement) => void;
  openPicker: (post: Post, anchor: HTMLElement) => void;
  endEdit: (postId: PostId) => void;
}

export const PostListContext = createContext<PostListContextValue | null>(null);

export function usePostList(): PostListContextValue {
  const value = use(PostListContext);
  if (value === null) throw new Error("usePostList is for components inside a list of posts");
  return value;
}
