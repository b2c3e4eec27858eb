import { useEffect, useRef, useState } from "react";
import type { JoinStep } from "sealpost";
import { explainJoining, asSealpostError } from "../../../lib/errors.ts";
import { useSession } from "../../../state/hooks.ts";
import { replace } from "../../../state/route.ts";

interface Joining {
  /** How far it is; null while nothing is under way. */
  readonly step: JoinStep | null;
  readonly problem: string | null;
  join: () => void;
}

/** Joining by link, or an open topic by its id. Goes to the topic when it is done, and gives up when the dialog is closed. */
export function useJoining(target: string | { topicId: string }, onDone: () => void): Joining {
  const { client, forums } = useSession();
  const [step, setStep] = useState<JoinStep | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const abort = useRef<AbortController | null>(null);
  useEffect(
    () => () => {
      abort.current?.abort();
    },
    [],
  );
  const run = async () => {
    if (step !== null) return;
    setStep("fetching");
    setProblem(null);
    const controller = new AbortController();
    abort.current = controller;
    try {
      const topic = await client.forums.join(target, { signal: controller.signal, onProgress: setStep });
      forums.keepTopic(topic);
      // The way back must not lead to the invitation, which is a secret.
      replace({ topicId: topic.id });
      onDone();
    } catch (thrown) {
      if (asSealpostError(thrown).code !== "aborted") setProblem(explainJoining(thrown));
      setStep(null);
    }
  };
  return { step, problem, join: () => void run() };
}
