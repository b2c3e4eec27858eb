import type { UserId } from "sealpost";
import { segments } from "../../../lib/links.ts";
import { mentionSegments, type Mentionable } from "../../../lib/mentions.ts";
import { useMyId, useNames } from "../../../state/hooks.ts";

interface PostTextProps {
  text: string;
  mentions: readonly UserId[];
  people: readonly Mentionable[];
}

/** A post's text, as text and nothing else (T28). Mentions are those that the author's client named, not whatever looks like one. */
export function PostText({ text, mentions, people }: PostTextProps) {
  const me = useMyId();
  const nameOf = useNames();
  const mentioned = mentions.map((userId) => people.find((person) => person.userId === userId) ?? { userId, username: nameOf(userId) });
  return (
    <p className="message-text" dir="auto">
      {segments(text).map((segment, index) =>
        segment.href === null ? (
          <Mentions key={index} text={segment.text} mentioned={mentioned} me={me} />
        ) : (
          <a key={index} href={segment.href} target="_blank" rel="noopener noreferrer" referrerPolicy="no-referrer">
            {segment.text}
          </a>
        ),
      )}
    </p>
  );
}

function Mentions({ text, mentioned, me }: { text: string; mentioned: readonly Mentionable[]; me: UserId }) {
  if (mentioned.length === 0) return text;
  return mentionSegments(text, mentioned).map((segment, index) =>
    segment.userId === null ? (
      segment.text
    ) : (
      <span key={index} className="mention" data-me={segment.userId === me || undefined}>
        {segment.text}
      </span>
    ),
  );
}
