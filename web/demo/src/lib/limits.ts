/** Longest message the composer takes, in UTF-16 units: with any script well below the relay's 64 KiB an envelope. */
export const MESSAGE_MAX = 16_000;

/** Longest group name, in UTF-16 units. */
export const GROUP_NAME_MAX = 80;
