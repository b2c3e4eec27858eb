import { ShieldX } from "lucide-react";
import { Button } from "../ui/button.tsx";

/** Another device of the account has revoked this one. */
export function RevokedScreen({ onDismiss }: { onDismiss: () => void }) {
  return (
    <main className="boot" data-testid="revoked">
      <ShieldX className="boot-seal boot-seal-broken" aria-hidden="true" />
      <h1>This device was removed from the account</h1>
      <p role="alert">Another of your devices has revoked it. It receives nothing more, and nothing that is written here is sent.</p>
      <p>What it had is still on it. To use it with an account again, delete this site’s data in the browser and begin anew.</p>
      <Button onClick={onDismiss}>Read what is here</Button>
    </main>
  );
}
