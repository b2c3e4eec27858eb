const EMOJI = new RegExp(String.raw`^(?:\p{RGI_Emoji}|\s)+$`, "v");
const MOST_EMOJI = 5;

/** A message of a few emoji and nothing else, which is shown large. */
export function isOnlyEmoji(text: string): boolean {
  if (text.length > 80 || text.trim() === "" || !EMOJI.test(text)) return false;
  return [...new Intl.Segmenter().segment(text.replace(/\s/gu, ""))].length <= MOST_EMOJI;
}

/** One line for lists and quotes. */
export function oneLine(text: string, most = 160): string {
  const line = text.slice(0, most * 2).replace(/\s+/gu, " ").trim();
  const characters = [...line];
  return characters.length <= most ? line : `${characters.slice(0, most).join("")}…`;
}

/** The first letter, for an avatar. */
export function initial(name: string): string {
  const [first] = new Intl.Segmenter().segment(name.trim());
  return first?.segment.toUpperCase() ?? "·";
}
