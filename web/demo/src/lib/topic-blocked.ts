import type { Topic, UserId } from "sealpost";
import { explain } from "./errors.ts";

const list = new Intl.ListFormat("en");

/** Why nothing can be posted now, in words; null if it can. */
export function blockedReason(topic: Topic, nameOf: (userId: UserId) => string): string | null {
  switch (topic.state) {
    case "creating":
      return "The topic is being created. It is ready as soon as the relay has it.";
    case "joining":
      return "You are joining. You can write as soon as the relay has let you in.";
    case "left":
      return "You have left this topic. What you have read stays here.";
    case "removed":
      return "You were removed from this topic. What you have read stays here; nothing new comes.";
    case "failed":
      return topic.error === undefined ? "This topic does not work on this device." : explain(topic.error.code, topic.error.message);
    case "active":
      if (topic.blocked.length === 0) return null;
      return `Posting is paused until you have decided about the changed key of ${list.format(topic.blocked.map(nameOf))}.`;
  }
}
