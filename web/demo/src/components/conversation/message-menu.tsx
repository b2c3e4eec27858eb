import { Copy, Pencil, SmilePlus, Trash2, type LucideIcon } from "lucide-react";
import type { TextMessage } from "sealpost";
import { messageRights, type Utterance } from "../../lib/messages.ts";
import { AnchoredPopover, type Chosen } from "../ui/anchored-popover.tsx";
import { MenuItem } from "../ui/menu-item.tsx";
import { useLog } from "./log-context.ts";

interface MessageMenuProps {
  chosen: Chosen<Utterance> | null;
  onClose: () => void;
  onEdit: (message: TextMessage) => void;
  onDelete: (message: Utterance) => void;
}

/** Everything that this person may do with the chosen message. */
export function MessageMenu({ chosen, onClose, onEdit, onDelete }: MessageMenuProps) {
  const { active, openPicker, copy } = useLog();
  if (chosen === null) return null;
  const { of: message, anchor } = chosen;
  const rights = messageRights(message, active);
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
      {rights.react && item(SmilePlus, "Add a reaction", () => { openPicker(message, anchor); })}
      {message.type === "text" && item(Copy, "Copy text", () => { copy(message); })}
      {rights.edit && message.type === "text" && item(Pencil, "Edit", () => { onEdit(message); })}
      {rights.delete && item(Trash2, "Delete", () => { onDelete(message); }, true)}
    </AnchoredPopover>
  );
}
