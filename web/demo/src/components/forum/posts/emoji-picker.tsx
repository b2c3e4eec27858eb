import { useMyId } from "../../../state/hooks.ts";
import { PostPopover, type Chosen } from "./post-popover.tsx";
import { usePostDeeds } from "./use-post-deeds.ts";

const COLUMNS = 6;
const EMOJI: readonly (readonly [emoji: string, name: string])[] = [
  ["👍", "Thumbs up"],
  ["👎", "Thumbs down"],
  ["❤️", "Heart"],
  ["🎉", "Party"],
  ["😂", "Tears of joy"],
  ["😮", "Astonished"],
  ["😢", "Crying"],
  ["🙏", "Thanks"],
  ["👏", "Clapping"],
  ["🔥", "Fire"],
  ["👀", "Eyes"],
  ["✅", "Done"],
  ["❌", "No"],
  ["❓", "Question"],
  ["💡", "Idea"],
  ["🚀", "Rocket"],
  ["💯", "Hundred"],
  ["🤔", "Thinking"],
];

/** A few emoji to react with; the arrows go through them. */
export function EmojiPicker({ chosen, onClose }: { chosen: Chosen | null; onClose: () => void }) {
  const deeds = usePostDeeds();
  const me = useMyId();
  if (chosen === null) return null;
  const { post, anchor } = chosen;
  const mine = (emoji: string) => post.reactions.some((reaction) => reaction.emoji === emoji && reaction.userIds.includes(me));
  return (
    <PostPopover anchor={anchor} label="Reactions" onClose={onClose} columns={COLUMNS} className="emoji-picker">
      {EMOJI.map(([emoji, name], index) => (
        <button
          key={emoji}
          type="button"
          className="emoji"
          aria-label={name}
          aria-pressed={mine(emoji)}
          tabIndex={index === 0 ? 0 : -1}
          onClick={() => {
            deeds.react(post, emoji, !mine(emoji));
            onClose();
            anchor.focus();
          }}
        >
          {emoji}
        </button>
      ))}
    </PostPopover>
  );
}
