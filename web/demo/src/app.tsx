import { useState } from "react";
import { RevokedScreen } from "./components/devices/revoked-screen.tsx";
import { Messenger } from "./components/messenger.tsx";
import { Opening } from "./components/boot/opening.tsx";
import { OpeningFailed } from "./components/boot/opening-failed.tsx";
import { Registration } from "./components/welcome/registration.tsx";
import { LockedScreen } from "./components/vault/locked-screen.tsx";
import { boot } from "./state/boot.ts";
import { SessionContext, useSession } from "./state/hooks.ts";
import { useStore } from "./state/store.ts";

export function App() {
  const state = useStore(boot);
  if (state.phase === "opening") return <Opening />;
  if (state.phase === "failed") return <OpeningFailed code={state.code} message={state.message} />;
  if (state.phase === "locked") return <LockedScreen client={state.client} />;
  return (
    <SessionContext value={state.session}>
      <Account />
    </SessionContext>
  );
}

function Account() {
  const session = useSession();
  const me = useStore(session.me);
  const isRevoked = useStore(session.isRevoked);
  const [isDismissed, setDismissed] = useState(false);
  if (me === null) return <Registration />;
  if (isRevoked && !isDismissed) return <RevokedScreen onDismiss={() => { setDismissed(true); }} />;
  return <Messenger />;
}
