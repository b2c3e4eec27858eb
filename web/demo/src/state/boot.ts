import { Sealpost } from "sealpost";
import { asSealpostError } from "../lib/errors.ts";
import { notify } from "./notifications.ts";
import { Session } from "./session.ts";
import { Store } from "./store.ts";

/** Where the app is on its way from a blank page to an open client. */
export type Boot =
  | { readonly phase: "opening" }
  | { readonly phase: "failed"; readonly code: string; readonly message: string }
  /** Somebody has to unlock the profile. Nothing of what was open is kept. */
  | { readonly phase: "locked"; readonly client: Sealpost }
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
    await follow(client);
  } catch (thrown) {
    const { code, message } = asSealpostError(thrown);
    boot.set({ phase: "failed", code, message });
  }
}

/** Shows the client as it is: locked, or open; and again whenever that changes. */
async function follow(client: Sealpost): Promise<void> {
  let locked = client.vault.state.locked;
  client.on("vault", (state) => {
    if (state.locked === locked) return;
    locked = state.locked;
    void show(client).catch(fail);
  });
  await show(client);
}

async function show(client: Sealpost): Promise<void> {
  if (isLocked(client)) {
    boot.set({ phase: "locked", client });
    return;
  }
  const session = await Session.start(client);
  notify(session);
  // It may have been locked again while the session was read.
  if (!isLocked(client)) boot.set({ phase: "open", session });
}

const isLocked = (client: Sealpost): boolean => client.vault.state.locked;

function fail(thrown: unknown): void {
  const { code, message } = asSealpostError(thrown);
  if (code !== "locked") boot.set({ phase: "failed", code, message });
}
