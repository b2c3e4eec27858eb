/** A piece of a text; `hit`: it was looked for. */
export interface Piece {
  readonly text: string;
  readonly hit: boolean;
}

const BEFORE = 24;
const LENGTH = 140;

/** The part of a text around the first place that was found, in one line, with all places in it marked. */
export function snippet(text: string, matches: readonly (readonly [number, number])[]): readonly Piece[] {
  const first = matches[0]?.[0] ?? 0;
  const start = first <= BEFORE ? 0 : beginning(text, first - BEFORE);
  const end = start + LENGTH >= text.length ? text.length : beginning(text, start + LENGTH);
  const pieces: Piece[] = [];
  const add = (from: number, to: number, hit: boolean): void => {
    const piece = text.slice(Math.max(from, start), Math.min(to, end)).replace(/\s+/gu, " ");
    if (piece !== "") pieces.push({ text: piece, hit });
  };
  let place = start;
  for (const [from, to] of matches) {
    add(place, from, false);
    add(from, to, true);
    place = Math.max(place, to);
  }
  add(place, end, false);
  if (start > 0) pieces.unshift({ text: "…", hit: false });
  if (end < text.length) pieces.push({ text: "…", hit: false });
  return pieces;
}

/** The nearest place at or before `at` where a character begins. */
function beginning(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at;
}
