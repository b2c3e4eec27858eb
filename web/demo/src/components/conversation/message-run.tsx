import type { MessageId, UserId } from "sealpost";
import type { Said } from "../../lib/timeline-entries.ts";
import { useNames } from "../../state/hooks.ts";
import { Avatar } from "../ui/avatar.tsx";
import { MessageBubble } from "./message-bubble.tsx";

interface MessageRunProps {
  senderId: UserId;
  outgoing: boolean;
  messages: readonly Said[];
  group: boolean;
  /** How many people are there beside this one. */
  others: number;
  /** The message that is being changed, if it is one of these. */
  editing: MessageId | null;
}

/** Messages of one sender in a row. In groups they carry the sender's face and name. */
export function MessageRun({ senderId, outgoing, messages, group, others, editing }: MessageRunProps) {
  const name = useNames()(senderId);
  const signed = group && !outgoing;
  return (
    <div className="run" data-outgoing={outgoing} data-signed={signed || undefined}>
      {signed && <Avatar id={senderId} name={name} size="small" />}
      <div className="run-messages">
        {signed && <p className="run-author">{name}</p>}
        {messages.map((message, index) => (
          <MessageBubble
            key={message.id}
            message={message}
            author={outgoing ? "You" : name}
            editing={message.id === editing}
            others={others}
            last={index === messages.length - 1}
          />
        ))}
      </div>
    </div>
  );
}
