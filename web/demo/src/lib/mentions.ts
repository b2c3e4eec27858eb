import type { UserId } from "sealpost";

/** Somebody who can be mentioned. */
export interface Mentionable {
  readonly userId: UserId;
  readonly username: string;
}

/** A piece of text; `userId` if it mentions somebody. */
export interface MentionSegment {
  readonly text: string;
  readonly userId: UserId | null;
}

// Usernames are a–z, 0–9, dot, underscore, hyphen. What stands before the sign must not make it an address (`a@b`).
const MENTION = /(?<![\w.@/-])@([a-z0-9][a-z0-9._-]*)/giu;
const TYPING = /(?:^|[\s(["'“‘])@([a-z0-9._-]*)$/iu;
const MOST_SUGGESTIONS = 6;
/** So many people can one post mention. */
const MOST_MENTIONS = 50;

/** The name being typed behind an @ at the caret, and where its @ is; null if none is. */
export function mentionAt(text: string, caret: number): { readonly from: number; readonly query: string } | null {
  const query = TYPING.exec(text.slice(0, caret))?.[1];
  return query === undefined ? null : { from: caret - query.length - 1, query: query.toLowerCase() };
}

/** People whose names begin with or contain what is typed, the former first; nobody if there is nothing left to complete. */
export function suggestMentions<T extends Mentionable>(people: readonly T[], query: string): readonly T[] {
  const starts = (person: T) => Number(person.username.startsWith(query));
  const fitting = people.filter(({ username }) => username.includes(query));
  if (fitting.length === 1 && fitting[0]?.username === query) return [];
  return fitting
    .sort((a, b) => starts(b) - starts(a) || a.username.localeCompare(b.username))
    .slice(0, MOST_SUGGESTIONS);
}

/** The text with the name in place of what was typed from `from` to `caret`, and where the caret is then. */
export function completeMention(text: string, from: number, caret: number, username: string): { readonly text: string; readonly caret: number } {
  const mention = `@${username} `;
  return { text: text.slice(0, from) + mention + text.slice(caret).replace(/^ /u, ""), caret: from + mention.length };
}

/** Splits text at the mentions of these people. */
export function mentionSegments(text: string, people: readonly Mentionable[]): readonly MentionSegment[] {
  const byName = new Map(people.map(({ userId, username }) => [username, userId]));
  const found: MentionSegment[] = [];
  let done = 0;
  for (const match of text.matchAll(MENTION)) {
    const username = knownName(match[1] ?? "", byName);
    if (username === null) continue;
    if (match.index > done) found.push({ text: text.slice(done, match.index), userId: null });
    done = match.index + username.length + 1;
    found.push({ text: text.slice(match.index, done), userId: byName.get(username) ?? null });
  }
  if (done < text.length) found.push({ text: text.slice(done), userId: null });
  return found;
}

/** Everybody whom the text mentions, once each, as far as a post can name them. */
export function mentionedIn(text: string, people: readonly Mentionable[]): readonly UserId[] {
  const ids = mentionSegments(text, people).flatMap(({ userId }) => (userId === null ? [] : [userId]));
  return [...new Set(ids)].slice(0, MOST_MENTIONS);
}

/** The name that was written, without the sentence's punctuation that names may contain too. */
function knownName(written: string, byName: ReadonlyMap<string, UserId>): string | null {
  let name = written.toLowerCase();
  while (!byName.has(name)) {
    if (!/[._-]$/u.test(name)) return null;
    name = name.slice(0, -1);
  }
  return name;
}
