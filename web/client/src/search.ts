import { SealpostError } from "./errors.js";
import type { Message, SearchResult } from "./types.js";

/** A text for comparing, and where in the original each of its units comes from. */
interface Folded {
  readonly text: string;
  readonly places: readonly number[];
}

/** Without case, marks and compatibility forms, so that `cafe` finds `Café`. */
function folded(text: string): Folded {
  let result = "";
  const places: number[] = [];
  let place = 0;
  for (const character of text) {
    const plain = character.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
    result += plain;
    for (let unit = 0; unit < plain.length; unit += 1) places.push(place);
    place += character.length;
  }
  places.push(place);
  return { text: result, places };
}

/** The words of a query, as they are looked for. */
export function words(query: string): string[] {
  return [...new Set(folded(query).text.split(/\s+/u).filter((word) => word !== ""))];
}

/** Where the words are in a text, as `[start, end)` in UTF-16 units, in order and apart; null unless every word is there. */
export function matches(text: string, wanted: readonly string[]): [number, number][] | null {
  const { text: plain, places } = folded(text);
  const found: [number, number][] = [];
  for (const word of wanted) {
    const before = found.length;
    for (let at = plain.indexOf(word); at >= 0; at = plain.indexOf(word, at + 1)) {
      // The letter before the end, and the marks behind it.
      let end = at + word.length;
      while (end < plain.length && places[end] === places[end - 1]) end += 1;
      found.push([places[at] ?? 0, places[end] ?? text.length]);
    }
    if (found.length === before) return null;
  }
  return joined(found.sort(([a], [b]) => a - b));
}

function joined(ranges: readonly [number, number][]): [number, number][] {
  const apart: [number, number][] = [];
  for (const [start, end] of ranges) {
    const last = apart.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else apart.push([start, end]);
  }
  return apart;
}

/** The texts with all the words of several histories, each newest first, as one that is newest first. Rejects with `aborted`. */
export async function* search(histories: readonly AsyncIterator<Message, void>[], wanted: readonly string[], signal: AbortSignal | undefined): AsyncGenerator<SearchResult, void, undefined> {
  const next = async (history: AsyncIterator<Message, void>): Promise<Message | null> => {
    if (signal?.aborted) throw new SealpostError("aborted");
    const result = await history.next();
    return result.done === true ? null : result.value;
  };
  const heads: { history: AsyncIterator<Message, void>; message: Message }[] = [];
  for (const history of histories) {
    const message = await next(history);
    if (message !== null) heads.push({ history, message });
  }
  while (heads.length > 0) {
    const newest = heads.reduce((one, other) => (other.message.sentAt > one.message.sentAt ? other : one));
    const { message } = newest;
    const following = await next(newest.history);
    if (following === null) heads.splice(heads.indexOf(newest), 1);
    else newest.message = following;
    if (message.type !== "text") continue;
    const ranges = matches(message.text, wanted);
    if (ranges !== null) yield { message, matches: ranges };
  }
}
