import type { HistoryPolicy, Inviters, TopicRole, Visibility } from "sealpost";

/** A choice in a word or two, and what it means. */
export interface Choice<T extends string> {
  readonly value: T;
  readonly name: string;
  readonly meaning: string;
}

export const VISIBILITIES: readonly Choice<Visibility>[] = [
  { value: "invite", name: "By invitation", meaning: "People get in with an invitation link, or when somebody adds them. The relay does not see the title and cannot read posts." },
  { value: "closed", name: "Closed", meaning: "Only people whom a moderator or owner adds get in. The relay does not see the title and cannot read posts." },
  { value: "open", name: "Open", meaning: "Everybody on this relay finds it and can join. So the relay’s operator, who can make accounts, can read it too, and sees the title." },
];

export const HISTORIES: readonly Choice<HistoryPolicy>[] = [
  { value: "everything", name: "Everything", meaning: "New members read all posts from the beginning." },
  { value: "last-days", name: "The last days", meaning: "New members read the posts of the last days. That older ones stay closed to them relies on the relay deleting their keys." },
  { value: "since-joining", name: "Nothing", meaning: "New members read only what is written after they joined." },
];

export const INVITERS: readonly Choice<Inviters>[] = [
  { value: "moderators", name: "Moderators and owners", meaning: "may make invitation links." },
  { value: "members", name: "All members", meaning: "may make invitation links." },
];

export const ROLES: readonly Choice<TopicRole>[] = [
  { value: "owner", name: "Owner", meaning: "Decides about the policy and roles, lifts bans, and does all that moderators do." },
  { value: "moderator", name: "Moderator", meaning: "Adds, removes and bans members, deletes and pins posts, changes the title." },
  { value: "member", name: "Member", meaning: "Reads and writes." },
];

export function roleName(role: TopicRole): string {
  return ROLES.find(({ value }) => value === role)?.name ?? role;
}

export function visibilityName(visibility: Visibility): string {
  return VISIBILITIES.find(({ value }) => value === visibility)?.name ?? visibility;
}

export function dayCount(days: number): string {
  return days === 1 ? "1 day" : `${String(days)} days`;
}

interface Policy {
  readonly visibility: Visibility;
  readonly history: HistoryPolicy;
  readonly historyDays: number | null;
}

/** Who gets in and reads, in sentences. The first is the shortest true answer. */
export function whoCanRead({ visibility, history, historyDays }: Policy): readonly string[] {
  const now = {
    invite: "The members, and whoever joins with an invitation.",
    closed: "The members, and whoever a moderator or owner adds.",
    open: "Every user of this relay who joins; so its operator can, too.",
  }[visibility];
  const before = {
    everything: "Whoever joins reads all earlier posts.",
    "since-joining": "Whoever joins reads nothing that was written before.",
    "last-days": `Whoever joins reads the posts of the last ${dayCount(historyDays ?? 0)}; the relay is trusted to delete the keys of older ones.`,
  }[history];
  return [now, before, "Whoever is removed or leaves reads nothing that is written afterwards, and keeps what they could read until then."];
}

/** What the history policy costs: forward secrecy, which conversations have. */
export function secrecyCost({ history, historyDays }: Policy): string {
  switch (history) {
    case "everything":
      return "The price: whoever gets hold of one member’s keys, today or years from now, can read all posts, also those from long ago.";
    case "last-days":
      return `The price: whoever gets hold of one member’s keys can read that member’s posts and those of the ${dayCount(historyDays ?? 0)} before, and all older ones if the relay kept their keys.`;
    case "since-joining":
      return "Keys that somebody gets hold of open the posts since their owner joined, and none from before.";
  }
}

/** What somebody is about to be able to read by joining. */
export function joinerReads(who: "you" | "they", { history, historyDays }: Pick<Policy, "history" | "historyDays">): string {
  const will = who === "you" ? "You will" : "They will";
  switch (history) {
    case "since-joining":
      return `${will} read what is written after ${who} joined.`;
    case "last-days":
      return `${will} read the posts of the last ${dayCount(historyDays ?? 0)}, and everything from then on.`;
    case "everything":
      return `${will} read all earlier posts, and everything from then on.`;
  }
}

/** What an invitation link opens. Without history in it, older posts open once a member is online, if the policy lets them. */
export function invitationReads(withHistory: boolean): string {
  if (withHistory) return "You will read earlier posts, as far as the topic’s policy lets newcomers, and everything from now on.";
  return "You will read everything from now on. Whether earlier posts open as well is the topic’s policy; if so, once another member is online.";
}

/** Owners first, then by name. */
export function byRole(a: { role: TopicRole; username: string }, b: { role: TopicRole; username: string }): number {
  const rank = (role: TopicRole) => ROLES.findIndex(({ value }) => value === role);
  return rank(a.role) - rank(b.role) || a.username.localeCompare(b.username);
}
