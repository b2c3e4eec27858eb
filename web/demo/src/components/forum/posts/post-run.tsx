import { BadgeCheck } from "lucide-react";
import type { Post, PostId, UserId } from "sealpost";
import { formatClock, formatExact } from "../../../lib/time.ts";
import { roleName } from "../../../lib/topic-words.ts";
import { useMyId, useNames, useTopicMembers } from "../../../state/hooks.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { usePostList } from "./post-list-context.ts";
import { PostItem } from "./post-item.tsx";

interface PostRunProps {
  authorId: UserId;
  posts: readonly Post[];
  editing: PostId | null;
}

/** Posts of one author in a row, under their face, name and role. */
export function PostRun({ authorId, posts, editing }: PostRunProps) {
  const { topic } = usePostList();
  const name = useNames()(authorId);
  const me = useMyId();
  const member = useTopicMembers(topic.id).find(({ userId }) => userId === authorId);
  const sentAt = posts[0]?.sentAt ?? 0;
  return (
    <div className="post-run">
      <Avatar id={authorId} name={name} />
      <div className="post-run-body">
        <p className="post-author">
          <bdi className="post-author-name">{name}</bdi>
          {authorId === me && <span className="person-note">you</span>}
          {member?.verified === true && <BadgeCheck className="verified" role="img" aria-label="Verified" />}
          {member !== undefined && member.role !== "member" && <span className="role-tag">{roleName(member.role)}</span>}
          <time dateTime={new Date(sentAt).toISOString()} title={formatExact(sentAt)}>
            {formatClock(sentAt)}
          </time>
        </p>
        {posts.map((post) => (
          <PostItem key={post.id} post={post} author={name} editing={post.id === editing} />
        ))}
      </div>
    </div>
  );
}
