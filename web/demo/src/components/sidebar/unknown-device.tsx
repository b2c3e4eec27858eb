import { ShieldAlert } from "lucide-react";
import { explain } from "../../lib/errors.ts";
import { useSession } from "../../state/hooks.ts";
import { useStore } from "../../state/store.ts";

/** Trying again does not help when the relay refuses this device's login; somebody has to know. */
export function UnknownDevice() {
  const { state, error } = useStore(useSession().connection);
  if (state !== "offline" || (error?.code !== "unauthorized" && error?.code !== "device-revoked")) return null;
  return (
    <section className="sidebar-notice" role="alert">
      <ShieldAlert aria-hidden="true" />
      <p>{explain(error.code, error.message)} What you have can still be read here; nothing can be sent.</p>
    </section>
  );
}
