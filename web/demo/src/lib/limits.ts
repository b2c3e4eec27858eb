/** Longest message that the package sends, in bytes of UTF-8. */
export const MESSAGE_MAX_BYTES = 48 * 1024;

/** Longest group name, in UTF-16 units. */
export const GROUP_NAME_MAX = 80;
