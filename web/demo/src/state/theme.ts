import { Store } from "./store.ts";

export type Theme = "system" | "light" | "dark";

const KEY = "sealpost-theme";

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    // Storage can be forbidden; the choice then lasts as long as the page.
    return "system";
  }
}

export const theme = new Store<Theme>(stored());

function apply(): void {
  document.documentElement.dataset["theme"] = theme.get();
}

theme.subscribe(apply);
apply();

export function setTheme(value: Theme): void {
  theme.set(value);
  try {
    localStorage.setItem(KEY, value);
  } catch {
    // As above.
  }
}
