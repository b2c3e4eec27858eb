import { keep, kept } from "../lib/kept.ts";
import { Store } from "./store.ts";

/** Whether others see that this person is writing. Kept in this browser. */
export const tellsTyping = new Store(kept("typing") !== "off");

export function setTellsTyping(on: boolean): void {
  keep("typing", on ? "on" : "off");
  tellsTyping.set(on);
}
