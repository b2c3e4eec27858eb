/** A piece of a message: text, or text that is a link to `href`. */
export interface Segment {
  readonly text: string;
  readonly href: string | null;
}

const CANDIDATE = /https?:\/\/[^\s<>"'`]+/giu;
/** Characters that reorder or hide text, with which a link could look like another one. */
const DECEPTIVE = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u;
const TRAILING = /[.,;:!?…*_~]+$/u;
const PAIRS: readonly (readonly [string, string])[] = [
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
];

/** Splits a message into text and links. Only whole http and https addresses without credentials become links. */
export function segments(text: string): readonly Segment[] {
  const found: Segment[] = [];
  let done = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const address = trimAddress(match[0]);
    const href = safeHref(address);
    if (href === null) continue;
    if (match.index > done) found.push({ text: text.slice(done, match.index), href: null });
    found.push({ text: address, href });
    done = match.index + address.length;
  }
  if (done < text.length) found.push({ text: text.slice(done), href: null });
  return found;
}

/** The address to open, or null if it must stay text. */
export function safeHref(address: string): string | null {
  if (DECEPTIVE.test(address)) return null;
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  const web = url.protocol === "https:" || url.protocol === "http:";
  if (!web || url.hostname === "" || url.username !== "" || url.password !== "") return null;
  return url.href;
}

/** Leaves the sentence's punctuation and unpaired closing brackets out of the address. */
function trimAddress(candidate: string): string {
  let address = candidate;
  for (;;) {
    const trimmed = withoutUnpaired(address.replace(TRAILING, ""));
    if (trimmed === address) return address;
    address = trimmed;
  }
}

function withoutUnpaired(address: string): string {
  for (const [open, close] of PAIRS) {
    if (address.endsWith(close) && address.split(close).length > address.split(open).length) return address.slice(0, -1);
  }
  return address;
}
