import { completed, formatRoute, parseRoute, type Route } from "../lib/routes.ts";
import { Store } from "./store.ts";

export { formatRoute, type Panel, type Route, type Section, type TopicPanel } from "../lib/routes.ts";

export const route = new Store<Route>(parseRoute(location.hash));

function follow(): void {
  if (formatRoute(route.get()) !== location.hash) route.set(parseRoute(location.hash));
}

addEventListener("popstate", follow);
addEventListener("hashchange", follow);

/** Goes deeper: a new entry in the browser's history. */
export function navigate(to: Partial<Route>): void {
  const next = completed(to);
  const hash = formatRoute(next);
  if (hash === location.hash) return;
  history.pushState({ from: location.hash === "" ? "#/" : location.hash }, "", hash);
  route.set(next);
}

/** Goes elsewhere in place of here: there is no way back. */
export function replace(to: Partial<Route>): void {
  const next = completed(to);
  history.replaceState(history.state, "", formatRoute(next));
  route.set(next);
}

/** Goes up: back, if that is where the person came from. */
export function navigateUp(to: Partial<Route>): void {
  const next = completed(to);
  const state = history.state as { from?: string } | null;
  if (state?.from === formatRoute(next)) {
    history.back();
    return;
  }
  history.replaceState(null, "", formatRoute(next));
  route.set(next);
}
