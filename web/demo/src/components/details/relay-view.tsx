import { ArrowDown, ArrowUp, Eye, EyeOff } from "lucide-react";
import { useEffect, useState } from "react";
import type { Conversation } from "sealpost";
import { preview } from "../../lib/conversation.ts";
import { concerns, viewed, type RelayView as View } from "../../lib/exchanges.ts";
import { formatClock } from "../../lib/time.ts";
import { useSession, useTimeline } from "../../state/hooks.ts";

/** Exchanges that are kept while the panel is open. */
const MOST = 100;

/** What goes between this browser and the relay for a conversation, live, as the relay gets it. */
export function RelayView({ conversation }: { conversation: Conversation }) {
  const views = useExchanges(conversation.id);
  return (
    <>
      <section className="details-section">
        <p className="identity-note">Live: all that this browser sends to the relay for this conversation, and gets from it, as it goes over the wire.</p>
        <h3 className="section-title with-icon">
          <Eye aria-hidden="true" />
          The relay knows
        </h3>
        <ul className="facts">
          <li>which {conversation.members.length} accounts are in it, and their devices</li>
          <li>which device sends, when, and from which address</li>
          <li>about how long a message is: lengths are rounded up</li>
        </ul>
        <h3 className="section-title with-icon">
          <EyeOff aria-hidden="true" />
          It can’t know
        </h3>
        <ul className="facts">
          <li>what is written, or that it is a reaction, an edit or a deletion</li>
          <li>what the conversation is called</li>
          <li>whom you verified, or the keys that open anything</li>
        </ul>
      </section>
      <section className="details-section">
        <h3 className="section-title" id="exchanges">On the wire</h3>
        {views.length === 0 ? (
          <p className="identity-note">Nothing yet. Write something, or wait for an answer.</p>
        ) : (
          <ol className="exchanges" aria-labelledby="exchanges">
            {views.map((view) => (
              <Entry key={view.key} view={view} conversation={conversation} />
            ))}
          </ol>
        )}
      </section>
    </>
  );
}

/** Newest first. */
function useExchanges(conversationId: string): readonly View[] {
  const { client } = useSession();
  const [views, setViews] = useState<readonly View[]>([]);
  useEffect(() => {
    let key = 0;
    return client.on("exchange", (exchange) => {
      if (!concerns(exchange, conversationId)) return;
      key += 1;
      const view = viewed(exchange, key);
      setViews((all) => [view, ...all].slice(0, MOST));
    });
  }, [client, conversationId]);
  return views;
}

function Entry({ view, conversation }: { view: View; conversation: Conversation }) {
  const { items } = useTimeline(conversation.id);
  const message = items.find(({ id }) => id === view.messageId);
  const Direction = view.direction === "up" ? ArrowUp : ArrowDown;
  return (
    <li className="exchange">
      <details>
        <summary>
          <Direction role="img" aria-label={view.direction === "up" ? "Sent" : "Received"} />
          <span className="exchange-name">{view.name}</span>
          <span className="exchange-time">{formatClock(view.at)}</span>
          {view.bytes > 0 && <span className="exchange-bytes">{view.bytes} bytes of ciphertext</span>}
        </summary>
        {view.sent !== null && <pre tabIndex={0} aria-label="What this browser sent">{view.sent}</pre>}
        {view.received !== null && <pre tabIndex={0} aria-label="What the relay sent">{view.received}</pre>}
      </details>
      {message !== undefined && (
        <p className="exchange-plain">
          Only here: <q>{preview(message, () => "who is in the conversation")}</q>
        </p>
      )}
    </li>
  );
}
