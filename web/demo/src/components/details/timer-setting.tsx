import { useId, useState } from "react";
import type { Conversation } from "sealpost";
import { duration, TIMERS } from "../../lib/timer.ts";
import { useSession } from "../../state/hooks.ts";
import { showError } from "../../state/toasts.ts";

/** After how long messages of a conversation disappear. */
export function TimerSetting({ conversation }: { conversation: Conversation }) {
  const session = useSession();
  const id = useId();
  const [busy, setBusy] = useState(false);
  const { timer } = conversation;
  const choices = TIMERS.includes(timer) ? TIMERS : [...TIMERS, timer].sort((a, b) => a - b);
  const set = (seconds: number) => {
    setBusy(true);
    session.client.conversations
      .setTimer(conversation.id, seconds)
      .then((changed) => {
        session.keepConversation(changed);
      }, showError)
      .finally(() => {
        setBusy(false);
      });
  };
  return (
    <section className="details-section">
      <label className="field-label" htmlFor={id}>
        Disappearing messages
      </label>
      <select id={id} className="field" value={timer} disabled={busy || !conversation.active} aria-describedby={`${id}-meaning`} onChange={({ target }) => { set(Number(target.value)); }}>
        {choices.map((seconds) => (
          <option key={seconds} value={seconds}>
            {seconds === 0 ? "Off" : `After ${duration(seconds)}`}
          </option>
        ))}
      </select>
      <p className="choice-meaning" id={`${id}-meaning`}>
        For everybody in the conversation, and what is written from now on: yours once sent, others’ once read. Whoever wants to keep a message can.
      </p>
    </section>
  );
}
