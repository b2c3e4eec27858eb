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
  const me = useStore(useSession().me);
  return me === null ? <Registration /> : <Messenger />;
}
