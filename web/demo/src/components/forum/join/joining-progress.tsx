import { LoaderCircle } from "lucide-react";
import type { JoinStep } from "sealpost";

const WORDS: Readonly<Record<JoinStep, string>> = {
  fetching: "Getting the topic…",
  checking: "Checking the topic and its members…",
  joining: "Joining…",
  reading: "Getting posts and their keys…",
};

/** How far joining is; large topics take seconds. */
export function JoiningProgress({ step }: { step: JoinStep | null }) {
  return (
    <p className="joining" role="status">
      {step !== null && (
        <>
          <LoaderCircle className="spinner" aria-hidden="true" />
          {WORDS[step]}
        </>
      )}
    </p>
  );
}
