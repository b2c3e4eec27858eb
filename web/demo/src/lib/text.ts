const EMOJI = new RegExp(String.raw`^(?:\p{RGI_Emoji}|\s)+$`, "v");
const MOST_EMOJI = 5;
const graphemes = new Intl.Segmenter();

/** A message of a few emoji and nothing else, which is shown large. */
export function isOnlyEmoji(text: string): boolean {
  if (text.length > 80 || text.trim() === "" || !EMOJI.test(text)) return false;
  return [...graphemes.segment(text.replace(/\s/gu, ""))].length <= MOST_EMOJI;
}

/** One line for lists and quotes. */
export function oneLine(text: string, most = 160): string {
  // Enough for `most` emoji made of many code points each; the rest of a long message is not looked at.
  const line = text.slice(0, most * 12).replace(/\s+/gu, " ").trim();
  const characters = Array.from(graphemes.segment(line), ({ segment }) => segment);
  return characters.length <= most ? line : `${characters.slice(0, most).join("")}…`;
}

/** The first letter, for an avatar. */
export function initial(name: string): string {
  const [first] = graphemes.segment(name.trim());
  return first?.segment.toUpperCase() ?? "·";
}
