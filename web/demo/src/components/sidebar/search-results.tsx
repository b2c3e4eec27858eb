import type { MouseEvent } from "react";
import type { SearchResult } from "sealpost";
import { peer, titleOf } from "../../lib/conversation.ts";
import { snippet } from "../../lib/snippet.ts";
import { formatExact, formatRelative } from "../../lib/time.ts";
import { useConversation, useMyId, useNow, useSession } from "../../state/hooks.ts";
import { formatRoute, navigate } from "../../state/route.ts";
import { Avatar } from "../ui/avatar.tsx";
import { moveFocus } from "./move-focus.ts";
import { useSearch, type Search } from "./use-search.ts";

const MINUTE = 60_000;

/** The messages with the words that are looked for, newest first. */
export function SearchResults({ query }: { query: string }) {
  const search = useSearch(query);
  const now = useNow(MINUTE);
  return (
    <div className="search-results">
      <p className="search-status" role="status">
        {words(search)}
      </p>
      {search.results.length > 0 && (
        <ul className="conversation-list" aria-label="Messages found" onKeyDown={moveFocus}>
          {search.results.map((result, index) => (
            <ResultRow key={result.message.id} result={result} tabStop={index === 0} now={now} />
          ))}
        </ul>
      )}
    </div>
  );
}

function words({ results, status }: Search): string {
  const count = results.length;
  if (status === "failed") return "The messages on this device could not be read.";
  if (status === "searching") return count === 0 ? "Searching…" : `Searching… ${String(count)} so far`;
  if (status === "more") return `The newest ${String(count)}. Add a word to find others.`;
  if (count === 0) return "No message has these words.";
  return count === 1 ? "1 message" : `${String(count)} messages`;
}

function ResultRow({ result, tabStop, now }: { result: SearchResult; tabStop: boolean; now: number }) {
  const session = useSession();
  const me = useMyId();
  const { message, matches } = result;
  const { id, conversationId, sentAt, senderId, outgoing } = message;
  const conversation = useConversation(conversationId);
  if (conversation === null) return null;
  const title = titleOf(conversation, me);
  const author = outgoing ? "You: " : conversation.kind === "group" ? `${session.nameOf(senderId)}: ` : "";
  const follow = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    session.jump.set({ conversationId, messageId: id, order: message.order });
    navigate({ conversationId });
  };
  return (
    <li>
      <a className="row" href={formatRoute({ conversationId })} tabIndex={tabStop ? 0 : -1} onClick={follow}>
        <Avatar id={peer(conversation, me)?.userId ?? conversationId} name={title} group={conversation.kind === "group"} />
        <span className="row-title">
          <bdi>{title}</bdi>
        </span>
        <time className="row-time" dateTime={new Date(sentAt).toISOString()} title={formatExact(sentAt)}>
          {formatRelative(sentAt, now)}
        </time>
        <span className="row-preview search-snippet">
          {author}
          <bdi>{snippet(message.text, matches).map(({ text, hit }, index) => (hit ? <mark key={index}>{text}</mark> : text))}</bdi>
        </span>
      </a>
    </li>
  );
}
