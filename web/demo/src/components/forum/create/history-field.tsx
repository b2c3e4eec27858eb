import { useId } from "react";
import type { HistoryPolicy } from "sealpost";
import { HISTORIES } from "../../../lib/topic-words.ts";
import { Choices } from "../../ui/choices.tsx";

interface HistoryFieldProps {
  history: HistoryPolicy;
  onHistory: (history: HistoryPolicy) => void;
  /** As typed. */
  days: string;
  onDays: (days: string) => void;
  problem: string | null;
}

/** What newcomers read of what was written before. */
export function HistoryField({ history, onHistory, days, onDays, problem }: HistoryFieldProps) {
  const id = useId();
  return (
    <>
      <Choices legend="What new members read of earlier posts" choices={HISTORIES} value={history} onChange={onHistory} />
      {history === "last-days" && (
        <div className="field-form">
          <label className="field-label" htmlFor={id}>
            Number of days
          </label>
          <input
            id={id}
            className="field"
            inputMode="numeric"
            autoComplete="off"
            value={days}
            aria-invalid={problem !== null}
            aria-describedby={`${id}-problem`}
            onChange={(event) => {
              onDays(event.target.value);
            }}
          />
          <p className="field-error" id={`${id}-problem`} role="alert">
            {problem}
          </p>
        </div>
      )}
    </>
  );
}
