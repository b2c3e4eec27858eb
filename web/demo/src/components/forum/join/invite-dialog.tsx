import { useState } from "react";
import type { Topic } from "sealpost";
import { canMakeLink, canModerate } from "../../../lib/topic-rights.ts";
import { Modal } from "../../ui/modal.tsx";
import { AddMembers } from "./add-members.tsx";
import { MakeLink } from "./make-link.tsx";

interface InviteDialogProps {
  open: boolean;
  onClose: () => void;
  topic: Topic;
}

type Way = "link" | "add";

/** Two ways in: a link that lets people in by themselves, or adding people one knows. */
export function InviteDialog({ open, onClose, topic }: InviteDialogProps) {
  return (
    <Modal open={open} onClose={onClose} title="Invite people">
      <Invite topic={topic} onDone={onClose} />
    </Modal>
  );
}

function Invite({ topic, onDone }: { topic: Topic; onDone: () => void }) {
  const [wanted, setWanted] = useState<Way>("link");
  const both = canMakeLink(topic) && canModerate(topic);
  const way = both ? wanted : canMakeLink(topic) ? "link" : "add";
  return (
    <>
      {both && (
        <div className="ways" role="group" aria-label="How to invite">
          <WayButton chosen={way === "link"} name="By link" onChoose={() => { setWanted("link"); }} />
          <WayButton chosen={way === "add"} name="Add directly" onChoose={() => { setWanted("add"); }} />
        </div>
      )}
      {way === "link" ? <MakeLink topic={topic} onDone={onDone} /> : <AddMembers topic={topic} onDone={onDone} />}
    </>
  );
}

function WayButton({ chosen, name, onChoose }: { chosen: boolean; name: string; onChoose: () => void }) {
  return (
    <button type="button" className="section-link" aria-pressed={chosen} onClick={onChoose}>
      {name}
    </button>
  );
}
