import { TriangleAlert } from "lucide-react";
import { useState } from "react";
import type { Topic } from "sealpost";
import { useSession } from "../../state/hooks.ts";
import { showError } from "../../state/toasts.ts";
import { Button } from "../ui/button.tsx";

/** Nobody can apply the newest change of the topic (T34): an owner's device starts it anew, and nothing is lost meanwhile. */
export function BrokenTopicBanner({ topic: { id, role } }: { topic: Topic }) {
  const { client } = useSession();
  const [busy, setBusy] = useState(false);
  const comeIn = async () => {
    setBusy(true);
    try {
      await client.forums.join({ topicId: id });
    } catch (thrown) {
      showError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className="warning-banner" aria-label="This topic is being repaired">
      <TriangleAlert className="warning-banner-icon" aria-hidden="true" />
      <div className="warning-banner-text">
        <h3>This topic is being repaired</h3>
        <p>
          A member’s device sent a change that this one cannot apply.{" "}
          {role === "owner"
            ? "Your device is starting the topic anew and brings everybody back in; keep this page open."
            : "An owner’s device will start the topic anew and bring you back in. What you write is sent then. If the others go on without you, come in again."}
        </p>
      </div>
      {role !== "owner" && (
        <div className="warning-banner-actions">
          <Button busy={busy} onClick={() => void comeIn()}>
            Come in again
          </Button>
        </div>
      )}
    </section>
  );
}
