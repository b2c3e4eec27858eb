import { safetyGroups } from "../../lib/safety-number.ts";
import type { SafetyNumberState } from "./use-safety-number.ts";

/** Twelve groups of five digits, or the room for them. */
export function SafetyDigits({ number }: { number: SafetyNumberState | null }) {
  if (number === null) return <div className="safety-number safety-loading" aria-hidden="true" />;
  if ("problem" in number) {
    return (
      <p className="field-error" role="alert">
        {number.problem}
      </p>
    );
  }
  return (
    <p className="safety-number" data-testid="safety-number">
      {safetyGroups(number.digits).map((group, index) => (
        <span key={index}>{group}</span>
      ))}
    </p>
  );
}
