import { ENOUGH, type Strength } from "../../lib/passphrase-strength.ts";

/** How good the passphrase is: in words, with a bar that says the same. */
export function PassphraseStrength({ id, strength }: { id: string; strength: Strength | null }) {
  return (
    <div className="strength" id={id} aria-live="polite">
      <div className="strength-bar" data-score={strength?.score ?? -1} aria-hidden="true">
        {[1, 2, 3, 4].map((step) => (
          <span key={step} data-filled={strength !== null && strength.score >= step} />
        ))}
      </div>
      <p data-testid="strength">{strength === null ? "Several words that do not belong together are best." : describe(strength)}</p>
    </div>
  );
}

function describe({ score, words, advice }: Strength): string {
  if (score >= ENOUGH) return `${words}.`;
  return advice === "" ? `${words}: add more words.` : `${words}: ${advice}`;
}
