import type { ConversationId, PostId, TopicId, UserId } from "sealpost";

export type Section = "conversations" | "forums";

/** What the address shows: a section; in it perhaps a conversation or a topic, with one of its panels; or an invitation to answer. */
export interface Route {
  readonly section: Section;
  readonly conversationId: ConversationId | null;
  readonly panel: Panel | null;
  readonly topicId: TopicId | null;
  readonly topicPanel: TopicPanel | null;
  /** The token of an invitation link. */
  readonly invitation: string | null;
}

export type Panel = { readonly kind: "conversation" } | { readonly kind: "contact"; readonly userId: UserId } | { readonly kind: "relay" };

export type TopicPanel =
  | { readonly kind: "topic" }
  | { readonly kind: "member"; readonly userId: UserId }
  | { readonly kind: "thread"; readonly postId: PostId }
  | { readonly kind: "pinned" };

const CONVERSATION = /^#\/c\/([0-9a-f-]{36})(?:\/(info|relay)(?:\/([0-9a-f-]{36}))?)?$/;
const TOPIC = /^#\/t\/([0-9a-f-]{36})(?:\/(info|thread|pinned)(?:\/([0-9a-f-]{36}))?)?$/;
const JOIN = /^#\/join\/([A-Za-z0-9_.-]+)$/;

const NOWHERE: Route = { section: "conversations", conversationId: null, panel: null, topicId: null, topicPanel: null, invitation: null };

export function parseRoute(hash: string): Route {
  const [, conversationId, info, userId] = CONVERSATION.exec(hash) ?? [];
  if (conversationId !== undefined) return { ...NOWHERE, conversationId, panel: parsePanel(info, userId) };
  const [, topicId, panel, id] = TOPIC.exec(hash) ?? [];
  if (topicId !== undefined) return { ...NOWHERE, section: "forums", topicId, topicPanel: parseTopicPanel(panel, id) };
  const invitation = JOIN.exec(hash)?.[1];
  if (invitation !== undefined) return { ...NOWHERE, section: "forums", invitation };
  return hash === "#/forums" ? { ...NOWHERE, section: "forums" } : NOWHERE;
}

function parsePanel(info: string | undefined, userId: string | undefined): Panel | null {
  if (info === "relay") return { kind: "relay" };
  if (userId !== undefined) return { kind: "contact", userId };
  return info === undefined ? null : { kind: "conversation" };
}

function parseTopicPanel(panel: string | undefined, id: string | undefined): TopicPanel | null {
  if (panel === "pinned") return { kind: "pinned" };
  if (panel === "thread") return id === undefined ? null : { kind: "thread", postId: id };
  if (panel === "info") return id === undefined ? { kind: "topic" } : { kind: "member", userId: id };
  return null;
}

export function formatRoute(to: Partial<Route>): string {
  const { section, conversationId, panel, topicId, topicPanel, invitation } = completed(to);
  if (invitation !== null) return `#/join/${invitation}`;
  if (topicId !== null) return `#/t/${topicId}${formatTopicPanel(topicPanel)}`;
  if (conversationId === null) return section === "forums" ? "#/forums" : "#/";
  const base = `#/c/${conversationId}`;
  if (panel === null) return base;
  if (panel.kind === "contact") return `${base}/info/${panel.userId}`;
  return panel.kind === "conversation" ? `${base}/info` : `${base}/relay`;
}

function formatTopicPanel(panel: TopicPanel | null): string {
  if (panel === null) return "";
  if (panel.kind === "thread") return `/thread/${panel.postId}`;
  if (panel.kind === "member") return `/info/${panel.userId}`;
  return panel.kind === "topic" ? "/info" : "/pinned";
}

/** A route from what of it is not nothing; a topic or an invitation is in the section of forums. */
export function completed(to: Partial<Route>): Route {
  const forums = typeof to.topicId === "string" || typeof to.invitation === "string";
  return { ...NOWHERE, ...(forums ? { section: "forums" } : {}), ...to };
}
