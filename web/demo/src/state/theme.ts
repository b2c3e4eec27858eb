import { keep, kept } from "../lib/kept.ts";
import { Store } from "./store.ts";

export type Theme = "system" | "light" | "dark";

const KEY = "sealpost-theme";

function stored(): Theme {
  const value = kept(KEY);
  return value === "light" || value === "dark" ? value : "system";
}

export const theme = new Store<Theme>(stored());

function apply(): void {
  document.documentElement.dataset["theme"] = theme.get();
}

theme.subscribe(apply);
apply();

export function setTheme(value: Theme): void {
  theme.set(value);
  keep(KEY, value);
}
