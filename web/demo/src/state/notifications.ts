import type { Message } from "sealpost";
import { preview } from "../lib/conversation.ts";
import { keep, kept } from "../lib/kept.ts";
import { navigate } from "./route.ts";
import type { Session } from "./session.ts";
import { Store } from "./store.ts";

/** Whether messages are told of while nobody looks, and with their words. */
export type Telling = "off" | "names" | "words";

const KEY = "sealpost-demo/notifications";
const isSupported = "Notification" in globalThis;
const TITLE = document.title;

/** What was chosen in this browser; off where the browser does not let us. */
export const telling = new Store<Telling>(read());

function read(): Telling {
  const chosen = kept(KEY);
  if (!isSupported || Notification.permission !== "granted") return "off";
  return chosen === "names" || chosen === "words" ? chosen : "off";
}

/** Chooses, and asks the browser if need be: only ever after a press. False if it does not let us. */
export async function choose(wanted: Telling): Promise<boolean> {
  if (wanted !== "off" && (!isSupported || (await Notification.requestPermission()) !== "granted")) return false;
  keep(KEY, wanted);
  telling.set(wanted);
  return true;
}

/** Tells of messages that arrive while the page is out of sight, and of how many are unread in its title. What is shown was decrypted here. */
export function notify(session: Session): void {
  const count = () => {
    const unread = [...session.conversations.get().values()].reduce((sum, conversation) => sum + conversation.unread, 0);
    document.title = unread === 0 ? TITLE : `(${unread > 99 ? "99+" : String(unread)}) ${TITLE}`;
  };
  session.conversations.subscribe(count);
  count();
  session.client.on("message", (message) => {
    if (!message.outgoing && (message.type === "text" || message.type === "file")) show(session, message);
  });
}

/** Null where the browser lets pages make none, whatever it permits: on phones. */
function made(title: string, options: NotificationOptions): Notification | null {
  try {
    return new Notification(title, options);
  } catch {
    return null;
  }
}

function show(session: Session, message: Message): void {
  const how = telling.get();
  if (how === "off" || document.visibilityState === "visible") return;
  const { conversationId } = message;
  // Of somebody unknown the words are not shown where others may look on.
  const isRequest = session.conversations.get().get(conversationId)?.request ?? true;
  const body = how === "words" && !isRequest ? preview(message, () => "") : isRequest ? "Message request" : "New message";
  // One for each conversation: the newest takes the place of those before it.
  const notification = made(session.nameOf(message.senderId), { body, tag: conversationId, icon: "/icon-192.png" });
  if (notification === null) return;
  notification.onclick = () => {
    globalThis.focus();
    navigate({ conversationId });
    notification.close();
  };
}
