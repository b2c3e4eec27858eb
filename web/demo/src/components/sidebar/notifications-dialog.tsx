import { choose, telling, type Telling } from "../../state/notifications.ts";
import { useStore } from "../../state/store.ts";
import { showNotice } from "../../state/toasts.ts";
import { Modal } from "../ui/modal.tsx";
import { Switch } from "../ui/switch.tsx";

/** Whether this browser tells of messages while nobody looks at the page. */
export function NotificationsDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const how = useStore(telling);
  const change = (wanted: Telling) => {
    void choose(wanted).then((may) => {
      if (!may) showNotice("The browser does not allow notifications for this page: change that in its settings");
    });
  };
  return (
    <Modal open={open} onClose={onClose} title="Notifications" description="While the page is open and out of sight. What they show is decrypted in this browser; nobody else is asked.">
      <div className="dialog-body settings">
        <Switch name="Tell of new messages" meaning="With the name of who has written." on={how !== "off"} onChange={(on) => { change(on ? "names" : "off"); }} />
        <Switch name="Show their words" meaning="Whoever sees the screen can read them." on={how === "words"} disabled={how === "off"} onChange={(on) => { change(on ? "words" : "names"); }} />
      </div>
    </Modal>
  );
}
