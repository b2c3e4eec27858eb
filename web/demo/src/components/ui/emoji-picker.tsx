import { useMyId } from "../../state/hooks.ts";
import { AnchoredPopover } from "./anchored-popover.tsx";
import type { Reaction } from "./reaction-list.tsx";

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

interface EmojiPickerProps {
  anchor: HTMLElement;
  /** Those that are there already. */
  reactions: readonly Reaction[];
  onReact: (emoji: string, on: boolean) => void;
  onClose: () => void;
}

/** A few emoji to react with; the arrows go through them. */
export function EmojiPicker({ anchor, reactions, onReact, onClose }: EmojiPickerProps) {
  const me = useMyId();
  const mine = (emoji: string) => reactions.some((reaction) => reaction.emoji === emoji && reaction.userIds.includes(me));
  return (
    <AnchoredPopover anchor={anchor} label="Reactions" onClose={onClose} columns={COLUMNS} className="emoji-picker">
      {EMOJI.map(([emoji, name], index) => (
        <button
          key={emoji}
          type="button"
          className="emoji"
          aria-label={name}
          aria-pressed={mine(emoji)}
          tabIndex={index === 0 ? 0 : -1}
          onClick={() => {
            onReact(emoji, !mine(emoji));
            onClose();
            anchor.focus();
          }}
        >
          {emoji}
        </button>
      ))}
    </AnchoredPopover>
  );
}
