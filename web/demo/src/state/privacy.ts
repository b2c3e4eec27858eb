import { Store } from "./store.ts";

const KEY = "sealpost-demo/typing";

/** Whether others see that this person is writing. Kept in this browser. */
export const tellsTyping = new Store(localStorage.getItem(KEY) !== "off");

export function setTellsTyping(on: boolean): void {
  localStorage.setItem(KEY, on ? "on" : "off");
  tellsTyping.set(on);
}
