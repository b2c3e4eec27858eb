import { Download, File as FileIcon, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { FileMessage } from "sealpost";
import { formatBytes } from "../../lib/bytes.ts";
import { useSession } from "../../state/hooks.ts";
import { explainDownload } from "../../state/uploads.ts";
import { IconButton } from "../ui/button.tsx";

/** How long a browser may take to save what it was given. */
const SAVED_MS = 60_000;

/** A file in a message: what it is, a small picture of a picture, and a way to save it. */
export function FileBody({ message }: { message: FileMessage }) {
  const { name, size, preview } = message;
  const { progress, error, save, cancel } = useSaving(message);
  return (
    <div className="bubble file" data-saving={progress !== null || undefined}>
      {preview !== null && (
        <img
          className="file-preview"
          src={preview.url}
          alt={`Preview of ${name}`}
          style={{ aspectRatio: `${String(preview.width)} / ${String(preview.height)}` }}
          width={Math.min(preview.width, 320)}
        />
      )}
      <div className="file-row">
        {preview === null && <FileIcon aria-hidden="true" className="file-icon" />}
        <div className="file-words">
          <p className="file-name" dir="auto">
            {name}
          </p>
          <p className="file-size">{progress === null ? formatBytes(size) : `${formatBytes(progress)} of ${formatBytes(size)}`}</p>
        </div>
        {progress === null ? (
          <IconButton label={`Save ${name}`} icon={Download} onClick={() => void save()} />
        ) : (
          <IconButton label={`Stop saving ${name}`} icon={X} onClick={cancel} />
        )}
      </div>
      {progress !== null && <progress className="file-progress" aria-label={`Saving ${name}`} value={progress} max={Math.max(size, 1)} />}
      {error !== null && (
        <p className="file-error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

/** Reads the file, and has the browser save it once it is whole and right. */
function useSaving(message: FileMessage) {
  const { client } = useSession();
  const [progress, setProgress] = useState<number | null>(null);
  const [error, setError] = useState<string | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  const save = async () => {
    if (running.current !== null) return;
    const abort = new AbortController();
    running.current = abort;
    setError(null);
    setProgress(0);
    try {
      const onProgress = ({ done }: { done: number }) => {
        setProgress(done);
      };
      const blob = await client.messages.download(message).blob({ signal: abort.signal, onProgress });
      const url = URL.createObjectURL(blob);
      const link = document.createElement("a");
      link.href = url;
      link.download = message.name;
      link.click();
      setTimeout(() => {
        URL.revokeObjectURL(url);
      }, SAVED_MS);
    } catch (thrown) {
      if (!abort.signal.aborted) setError(explainDownload(thrown));
    } finally {
      running.current = null;
      setProgress(null);
    }
  };
  return { progress, error, save, cancel: () => running.current?.abort() };
}
