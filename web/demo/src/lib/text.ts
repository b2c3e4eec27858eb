const EMOJI = new RegExp(String.raw`^(?:\p{RGI_Emoji}|\s)+$`, "v");
const MOST_EMOJI = 5;
const graphemes = new Intl.Segmenter();

/** A message of a few emoji and nothing else, which is shown large. */
export function isOnlyEmoji(text: string): boolean {
  if (text.length > 80 || text.trim() === "" || !EMOJI.test(text)) return false;
  return [...graphemes.segment(text.replace(/\s/gu, ""))].length <= MOST_EMOJI;
}

/** Nothing that could be seen: white space, zero-width and control characters. */
export function isBlank(text: string): boolean {
  return /^[\s\p{Cf}\p{Cc}]*$/u.test(text);
}

/** Share of `most` that the text takes in UTF-8; more than 1 is too long. */
export function fullness(text: string, most: number): number {
  // A UTF-16 unit takes one to three bytes: most texts need no counting.
  return text.length * 3 <= most ? 0 : new TextEncoder().encode(text).length / most;
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
