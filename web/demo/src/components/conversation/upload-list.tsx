import { CircleAlert, RotateCw, X } from "lucide-react";
import type { ConversationId } from "sealpost";
import { formatBytes } from "../../lib/bytes.ts";
import { useSession } from "../../state/hooks.ts";
import { useStore } from "../../state/store.ts";
import type { Upload } from "../../state/uploads.ts";
import { IconButton } from "../ui/button.tsx";

/** Files on their way from this page, and those that did not get there. */
export function UploadList({ conversationId }: { conversationId: ConversationId }) {
  const { uploads } = useSession();
  const own = useStore(uploads.all).filter((upload) => upload.conversationId === conversationId);
  if (own.length === 0) return null;
  return (
    <ul className="uploads" aria-label="Files being sent">
      {own.map((upload) => (
        <Row key={upload.id} upload={upload} />
      ))}
    </ul>
  );
}

function Row({ upload: { id, file, done, total, error } }: { upload: Upload }) {
  const { uploads } = useSession();
  const share = total === 0 ? 0 : done / total;
  return (
    <li className="upload" data-failed={error !== null || undefined}>
      {error !== null && <CircleAlert aria-hidden="true" />}
      <div className="file-words">
        <p className="file-name" dir="auto">
          {file.name}
        </p>
        {error === null ? (
          <progress className="file-progress" aria-label={`Sending ${file.name}`} value={share} max={1} />
        ) : (
          <p className="file-error" role="alert">
            Not sent. {error}
          </p>
        )}
      </div>
      <span className="file-size">{error === null ? `${String(Math.floor(share * 100))} %` : formatBytes(file.size)}</span>
      {error !== null && <IconButton label={`Send ${file.name} again`} icon={RotateCw} onClick={() => { uploads.retry(id); }} />}
      <IconButton label={error === null ? `Cancel sending ${file.name}` : `Dismiss ${file.name}`} icon={X} onClick={() => { uploads.cancel(id); }} />
    </li>
  );
}
