import { segments } from "../../lib/links.ts";

/** A message's text, as text and nothing else (T28). Links do nothing until they are clicked, and tell their target nothing of this page. */
export function MessageText({ text }: { text: string }) {
  return (
    <p className="message-text" dir="auto">
      {segments(text).map((segment, index) =>
        segment.href === null ? (
          segment.text
        ) : (
          <a key={index} href={segment.href} target="_blank" rel="noopener noreferrer" referrerPolicy="no-referrer">
            {segment.text}
          </a>
        ),
      )}
    </p>
  );
}
