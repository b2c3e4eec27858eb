/** How an avatar looks: hue in degrees, and the angle of its second tone. */
export interface AvatarLook {
  readonly hue: number;
  readonly angle: number;
}

/** Hues that stay apart from each other at the avatar's lightness. */
const HUES = [18, 45, 75, 110, 150, 185, 220, 255, 285, 315, 345];

/** The same look for the same id, on every device. */
export function avatarLook(id: string): AvatarLook {
  const hash = fnv1a(id);
  return { hue: HUES[hash % HUES.length] ?? 0, angle: ((hash >>> 8) % 12) * 30 };
}

/** FNV-1a, 32 bits: spreads well and is nothing to do with security. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return (hash ^ (hash >>> 15)) >>> 0;
}
