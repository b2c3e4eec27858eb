import type { Post } from "sealpost";
import { useNames, useSession } from "../../../state/hooks.ts";
import { Confirm } from "../../ui/confirm.tsx";

/** The question before a post is deleted, one's own or, for moderators, another's. */
export function DeletePost({ post, onClose }: { post: Post | null; onClose: () => void }) {
  const { client, forums } = useSession();
  const nameOf = useNames();
  const whose = post === null || post.outgoing ? "your post" : `${nameOf(post.authorId)}’s post`;
  return (
    <Confirm
      open={post !== null}
      onClose={onClose}
      title={`Delete ${whose}?`}
      action="Delete"
      danger
      onConfirm={async () => {
        if (post !== null) forums.posts.keep(await client.posts.delete(post.topicId, post.id));
      }}
    >
      Everybody sees that a post was deleted, and no longer what it said. Nobody can be made to forget what they have read.
    </Confirm>
  );
}
