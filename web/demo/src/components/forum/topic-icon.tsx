import { Globe, Hash, Lock } from "lucide-react";
import type { Visibility } from "sealpost";

const ICONS = { invite: Hash, closed: Lock, open: Globe };

/** How people get in, as a picture; the words are in the details. */
export function TopicIcon({ visibility }: { visibility: Visibility }) {
  const Icon = ICONS[visibility];
  return <Icon className="topic-icon" aria-hidden="true" />;
}
