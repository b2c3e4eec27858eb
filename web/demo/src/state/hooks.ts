import { createContext, use, useEffect, useState, useSyncExternalStore } from "react";
import type { Contact, Conversation, ConversationId, Topic, TopicId, TopicMember, UserId } from "sealpost";
import type { Session } from "./session.ts";
import { useSelected, useStore } from "./store.ts";
import type { PostTimeline } from "./post-timelines.ts";
import type { Timeline } from "./timelines.ts";

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = use(SessionContext);
  if (session === null) throw new Error("useSession is for components inside SessionContext");
  return session;
}

/** The registered account; only for screens that come after registration. */
export function useMyId(): UserId {
  return useStore(useSession().me)?.userId ?? "";
}

export function useConversation(id: ConversationId): Conversation | null {
  return useSelected(useSession().conversations, (all) => all.get(id) ?? null);
}

export function useContact(userId: UserId): Contact | null {
  return useSelected(useSession().contacts, (all) => all.get(userId) ?? null);
}

export function useTimeline(id: ConversationId): Timeline {
  const { timelines } = useSession();
  return useSyncExternalStore(timelines.all.subscribe, () => timelines.get(id));
}

export function useTopic(id: TopicId): Topic | null {
  return useSelected(useSession().forums.topics, (all) => all.get(id) ?? null);
}

export function usePosts(id: TopicId): PostTimeline {
  const { posts } = useSession().forums;
  return useSyncExternalStore(posts.all.subscribe, () => posts.get(id));
}

const NOBODY: readonly TopicMember[] = [];

/** A topic's members, read anew whenever the topic changes. Empty until they are known. */
export function useTopicMembers(id: TopicId): readonly TopicMember[] {
  const { forums } = useSession();
  useEffect(() => {
    forums.watchMembers(id);
  }, [forums, id]);
  return useSelected(forums.members, (all) => all.get(id) ?? NOBODY);
}

/** Names of people; the component renders again when one becomes known. */
export function useNames(): (userId: UserId) => string {
  const session = useSession();
  useStore(session.contacts);
  useStore(session.conversations);
  useStore(session.forums.members);
  return (userId) => session.nameOf(userId);
}

/** The time, again every `interval` milliseconds. */
export function useNow(interval: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(Date.now());
    }, interval);
    return () => {
      clearInterval(timer);
    };
  }, [interval]);
  return now;
}

export function useMediaQuery(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = matchMedia(query);
      list.addEventListener("change", listener);
      return () => {
        list.removeEventListener("change", listener);
      };
    },
    () => matchMedia(query).matches,
  );
}

/** One pane at a time. Equal to the breakpoint in layout.css. */
export const NARROW = "(width < 45rem)";

/** Whether the page is on screen: not in a tab behind another one. */
export function usePageVisible(): boolean {
  return useSyncExternalStore(
    (listener) => {
      document.addEventListener("visibilitychange", listener);
      return () => {
        document.removeEventListener("visibilitychange", listener);
      };
    },
    () => document.visibilityState === "visible",
  );
}
