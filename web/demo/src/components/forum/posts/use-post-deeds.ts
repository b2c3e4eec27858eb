import { useMemo } from "react";
import type { Post } from "sealpost";
import { useSession } from "../../../state/hooks.ts";
import { showError, showNotice } from "../../../state/toasts.ts";

/** What is done to posts at once; events tell what came of it. */
export interface PostDeeds {
  react: (post: Post, emoji: string, on: boolean) => void;
  pin: (post: Post, on: boolean) => void;
  copy: (post: Post) => void;
}

export function usePostDeeds(): PostDeeds {
  const { client, forums } = useSession();
  return useMemo(() => {
    const keep = (post: Post) => {
      forums.posts.keep(post);
    };
    return {
      react: (post, emoji, on) => {
        client.posts.react(post.topicId, post.id, emoji, on).then(keep, showError);
      },
      pin: (post, on) => {
        client.posts.pin(post.topicId, post.id, on).then((updated) => {
          keep(updated);
          showNotice(on ? "Post pinned" : "Post no longer pinned");
        }, showError);
      },
      copy: (post) => {
        navigator.clipboard.writeText(post.text).then(() => {
          showNotice("Text copied");
        }, showError);
      },
    };
  }, [client, forums]);
}
