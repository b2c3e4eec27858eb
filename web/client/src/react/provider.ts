import { createContext, createElement, useCallback, useContext, useEffect, useMemo, useState, type FunctionComponent, type ReactNode } from "react";
import { Sealpost, SealpostError } from "../index.js";
import type { OpenOptions } from "../types.js";

/** The client of the components below a {@link SealpostProvider}. */
export interface SealpostState {
  /** Null until it is open: on servers, while it is opening, and when it failed. */
  readonly client: Sealpost | null;
  readonly status: "opening" | "open" | "failed";
  /** Why it is not open, when `status` is `failed`. */
  readonly error: SealpostError | null;
  /** Opens it anew after a failure. */
  readonly retry: () => void;
}

const OPENING = { client: null, status: "opening", error: null } as const;
const nothing = (): void => {};
const Context = createContext<SealpostState | null>(null);

/** Either a client that the application opened and closes, or what to open one with. */
export type SealpostProviderProps = ({ readonly client: Sealpost; readonly options?: never } | { readonly options: OpenOptions; readonly client?: never }) & { readonly children?: ReactNode };

/**
 * Gives the components below it a client. With `options` it opens the profile when it is mounted and closes it when it is gone; they are read once,
 * so give it another `key` for another profile.
 */
export const SealpostProvider: FunctionComponent<SealpostProviderProps> = ({ client, options, children }) => {
  const opened = useOpened(client === undefined ? options : undefined);
  const given = useMemo<SealpostState | null>(() => (client === undefined ? null : { client, status: "open", error: null, retry: nothing }), [client]);
  return createElement(Context.Provider, { value: given ?? opened }, children);
};

function useOpened(options: OpenOptions | undefined): SealpostState {
  const [first] = useState(options);
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<Omit<SealpostState, "retry">>(OPENING);
  useEffect(() => {
    if (first === undefined) return undefined;
    const ending = new AbortController();
    const signal = first.signal === undefined ? ending.signal : AbortSignal.any([first.signal, ending.signal]);
    const opening = Sealpost.open({ ...first, signal });
    opening.then(
      (client) => ending.signal.aborted || setState({ client, status: "open", error: null }),
      (error: unknown) => ending.signal.aborted || setState({ client: null, status: "failed", error: SealpostError.from(error) }),
    );
    return () => {
      ending.abort();
      setState(OPENING);
      opening.then((client) => client.close(), nothing);
    };
  }, [first, attempt]);
  const retry = useCallback(() => setAttempt((count) => count + 1), []);
  return useMemo(() => ({ ...state, retry }), [state, retry]);
}

/** The client, and how far opening it is. */
export function useSealpost(): SealpostState {
  const state = useContext(Context);
  if (state === null) throw new SealpostError("invalid-argument", "useSealpost and the other hooks are for components inside SealpostProvider");
  return state;
}
