import { keep, kept } from "../lib/kept.ts";
import { Store } from "./store.ts";

const KEY = "sealpost-demo/typing";

/** Whether others see that this person is writing. Kept in this browser. */
export const tellsTyping = new Store(kept(KEY) !== "off");

export function setTellsTyping(on: boolean): void {
  keep(KEY, on ? "on" : "off");
  tellsTyping.set(on);
}
