import { Sealpost } from "sealpost";
import { asSealpostError } from "../lib/errors.ts";
import { Session } from "./session.ts";
import { Store } from "./store.ts";

/** Where the app is on its way from a blank page to an open client. */
export type Boot =
  | { readonly phase: "opening" }
  | { readonly phase: "failed"; readonly code: string; readonly message: string }
  | { readonly phase: "open"; readonly session: Session };

export const boot = new Store<Boot>({ phase: "opening" });

const PROFILE = /^[a-z0-9-]{1,32}$/;

/** `?profile=name` opens another account in the same browser. */
function profileFromAddress(): { profile?: string } {
  const profile = new URLSearchParams(location.search).get("profile");
  return profile !== null && PROFILE.test(profile) ? { profile } : {};
}

/** Opens the client; called again to retry. */
export async function open(): Promise<void> {
  boot.set({ phase: "opening" });
  try {
    const client = await Sealpost.open({ relay: location.origin, ...profileFromAddress() });
    boot.set({ phase: "open", session: await Session.start(client) });
  } catch (thrown) {
    const { code, message } = asSealpostError(thrown);
    boot.set({ phase: "failed", code, message });
  }
}
