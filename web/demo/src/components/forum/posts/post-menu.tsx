import { Copy, MessageSquareReply, Pencil, Pin, PinOff, SmilePlus, Trash2, type LucideIcon } from "lucide-react";
import type { Post } from "sealpost";
import { postRights } from "../../../lib/topic-rights.ts";
import { AnchoredPopover, type Chosen } from "../../ui/anchored-popover.tsx";
import { MenuItem } from "../../ui/menu-item.tsx";
import { usePostList } from "./post-list-context.ts";
import { usePostDeeds } from "./use-post-deeds.ts";

interface PostMenuProps {
  chosen: Chosen<Post> | null;
  onClose: () => void;
  onEdit: (post: Post) => void;
  onDelete: (post: Post) => void;
}

/** Everything that this person may do with the chosen post. */
export function PostMenu({ chosen, onClose, onEdit, onDelete }: PostMenuProps) {
  const { topic, inThread, openThread, openPicker } = usePostList();
  const deeds = usePostDeeds();
  if (chosen === null) return null;
  const { of: post, anchor } = chosen;
  const rights = postRights(topic, post);
  const item = (icon: LucideIcon, name: string, deed: () => void, danger = false) => (
    <MenuItem
      icon={icon}
      name={name}
      danger={danger}
      onClick={() => {
        onClose();
        deed();
      }}
    />
  );
  return (
    <AnchoredPopover anchor={anchor} label="More" onClose={onClose}>
      {rights.react && item(SmilePlus, "Add a reaction", () => { openPicker(post, anchor); })}
      {rights.reply && !inThread && item(MessageSquareReply, "Reply in thread", () => { openThread(post.id); })}
      {post.type === "text" && post.deleted === null && item(Copy, "Copy text", () => { deeds.copy(post); })}
      {rights.edit && item(Pencil, "Edit", () => { onEdit(post); })}
      {rights.pin && item(post.pinned ? PinOff : Pin, post.pinned ? "Unpin" : "Pin", () => { deeds.pin(post, !post.pinned); })}
      {rights.delete && item(Trash2, "Delete", () => { onDelete(post); }, true)}
    </AnchoredPopover>
  );
}
