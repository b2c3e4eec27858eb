import { Users } from "lucide-react";
import type { CSSProperties } from "react";
import { avatarLook } from "../../lib/avatar.ts";
import { initial } from "../../lib/text.ts";

interface AvatarProps {
  /** What the look is computed from: a user's or a conversation's id. */
  id: string;
  name: string;
  size?: "small" | "medium" | "large";
  group?: boolean;
}

/** A picture made from the id alone. The name beside it is what is read out. */
export function Avatar({ id, name, size = "medium", group = false }: AvatarProps) {
  const { hue, angle } = avatarLook(id);
  const style = { "--hue": hue, "--angle": `${String(angle)}deg` } as CSSProperties;
  return (
    <span className="avatar" data-size={size} data-group={group || undefined} style={style} aria-hidden="true">
      {group && name === "" ? <Users /> : initial(name)}
    </span>
  );
}
