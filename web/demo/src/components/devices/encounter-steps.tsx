import { LoaderCircle } from "lucide-react";
import type { ShortString } from "sealpost";
import { Button } from "../ui/button.tsx";
import type { Stage } from "./use-encounter.ts";

/** What people compare, and what they say to it. */
export function Compare({ shown, onAnswer }: { shown: ShortString; onAnswer: (same: boolean) => void }) {
  return (
    <>
      <div className="dialog-body">
        <p>Look at the other device. Does it show the same, in the same order?</p>
        <ol className="compare-emoji" aria-label="To compare" data-testid="compare">
          {shown.emoji.map(({ symbol, name }, index) => (
            <li key={index}>
              <span aria-hidden="true">{symbol}</span>
              {name}
            </li>
          ))}
        </ol>
        <p className="compare-decimals">
          Or by numbers: <span data-testid="decimals">{shown.decimals.join(" ")}</span>
        </p>
      </div>
      <footer className="dialog-actions">
        <Button kind="danger" onClick={() => { onAnswer(false); }}>
          They differ
        </Button>
        <Button kind="primary" onClick={() => { onAnswer(true); }}>
          They are the same
        </Button>
      </footer>
    </>
  );
}

/** What is going on while nobody is asked for anything. */
export function Progress({ stage, waitingFor }: { stage: Exclude<Stage, { type: "compare" | "idle" }>; waitingFor: string }) {
  const words = stage.type === "waiting" ? waitingFor : stage.type === "confirmed" ? "Confirm on the other device, too." : "Handing over…";
  return (
    <div className="dialog-body encounter-progress">
      <p role="status">
        <LoaderCircle className="spinner" aria-hidden="true" />
        {words}
      </p>
      {stage.type === "transfer" && <progress aria-label="Handed over" max={stage.total} value={stage.done} />}
    </div>
  );
}
