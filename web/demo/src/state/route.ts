import type { ConversationId, UserId } from "sealpost";
import { Store } from "./store.ts";

/** What the address shows: nothing, a conversation, or a conversation with one of its panels. */
export interface Route {
  readonly conversationId: ConversationId | null;
  readonly panel: Panel | null;
}

export type Panel = { readonly kind: "conversation" } | { readonly kind: "contact"; readonly userId: UserId };

const ROUTE = /^#\/c\/([0-9a-f-]{36})(?:\/(info)(?:\/([0-9a-f-]{36}))?)?$/;

export function parseRoute(hash: string): Route {
  const match = ROUTE.exec(hash);
  const conversationId = match?.[1] ?? null;
  if (conversationId === null) return { conversationId: null, panel: null };
  const userId = match?.[3];
  if (userId !== undefined) return { conversationId, panel: { kind: "contact", userId } };
  return { conversationId, panel: match?.[2] === undefined ? null : { kind: "conversation" } };
}

export function formatRoute({ conversationId, panel }: Route): string {
  if (conversationId === null) return "#/";
  const base = `#/c/${conversationId}`;
  if (panel === null) return base;
  return panel.kind === "conversation" ? `${base}/info` : `${base}/info/${panel.userId}`;
}

export const route = new Store<Route>(parseRoute(location.hash));

function follow(): void {
  if (formatRoute(route.get()) !== location.hash) route.set(parseRoute(location.hash));
}

addEventListener("popstate", follow);
addEventListener("hashchange", follow);

/** Goes deeper: a new entry in the browser's history. */
export function navigate(to: Partial<Route>): void {
  const next = { conversationId: null, panel: null, ...to };
  const hash = formatRoute(next);
  if (hash === location.hash) return;
  history.pushState({ from: location.hash === "" ? "#/" : location.hash }, "", hash);
  route.set(next);
}

/** Goes elsewhere in place of here: there is no way back. */
export function replace(to: Partial<Route>): void {
  const next = { conversationId: null, panel: null, ...to };
  history.replaceState(history.state, "", formatRoute(next));
  route.set(next);
}

/** Goes up: back, if that is where the person came from. */
export function navigateUp(to: Partial<Route>): void {
  const next = { conversationId: null, panel: null, ...to };
  const state = history.state as { from?: string } | null;
  if (state?.from === formatRoute(next)) {
    history.back();
    return;
  }
  history.replaceState(null, "", formatRoute(next));
  route.set(next);
}
