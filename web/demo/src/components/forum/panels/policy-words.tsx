import type { HistoryPolicy, Visibility } from "sealpost";
import { secrecyCost, whoCanRead } from "../../../lib/topic-words.ts";

/** Who can read what, and what that costs, in sentences. */
export function PolicyWords({ policy }: { policy: { visibility: Visibility; history: HistoryPolicy; historyDays: number | null } }) {
  return (
    <ul className="policy-words" data-testid="policy-words">
      {[...whoCanRead(policy), secrecyCost(policy)].map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  );
}
