import { useCallback, useEffect, useRef, useState } from "react";
import type { LinkStep, ShortString } from "sealpost";
import { asSealpostError, explainThrown } from "../../lib/errors.ts";

/** How far two devices are. */
export type Stage =
  | { readonly type: "idle" }
  | { readonly type: "waiting"; readonly code: string | null; readonly expiresAt: number }
  | { readonly type: "compare"; readonly shown: ShortString }
  | { readonly type: "confirmed" }
  | { readonly type: "transfer"; readonly done: number; readonly total: number };

interface Hooks {
  compare: (shown: ShortString) => Promise<boolean>;
  onStep: (step: LinkStep) => void;
  signal: AbortSignal;
}

export interface EncounterState {
  readonly stage: Stage;
  readonly problem: string | null;
  /** Begins; gives what the call gave, or null if it ended otherwise, which `problem` then explains. */
  readonly begin: <T>(run: (hooks: Hooks) => Promise<T>) => Promise<T | null>;
  /** Whether both devices show the same. */
  readonly answer: (same: boolean) => void;
  readonly cancel: () => void;
}

const IDLE: Stage = { type: "idle" };
const WAITING: Stage = { type: "waiting", code: null, expiresAt: 0 };

/** An encounter with another device. It ends with the component. */
export function useEncounter(): EncounterState {
  const [stage, setStage] = useState<Stage>(IDLE);
  const [problem, setProblem] = useState<string | null>(null);
  const answering = useRef<((same: boolean) => void) | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  const begin = useCallback(async <T>(run: (hooks: Hooks) => Promise<T>): Promise<T | null> => {
    const controller = new AbortController();
    running.current = controller;
    setProblem(null);
    setStage(WAITING);
    try {
      return await run({
        signal: controller.signal,
        compare: (shown) =>
          new Promise((resolve) => {
            answering.current = resolve;
            setStage({ type: "compare", shown });
          }),
        onStep: (step) => {
          setStage(step.type === "code" ? { type: "waiting", code: step.code, expiresAt: step.expiresAt } : step);
        },
      });
    } catch (thrown) {
      if (asSealpostError(thrown).code !== "aborted") setProblem(explainThrown(thrown));
      setStage(IDLE);
      return null;
    }
  }, []);

  const answer = useCallback((same: boolean) => {
    answering.current?.(same);
    answering.current = null;
  }, []);
  const cancel = useCallback(() => running.current?.abort(), []);
  return { stage, problem, begin, answer, cancel };
}
