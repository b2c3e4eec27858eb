import { useEffect, useState, type KeyboardEvent } from "react";
import { MESSAGE_MAX_BYTES } from "../../lib/limits.ts";
import { fullness, isBlank } from "../../lib/text.ts";
import { showError } from "../../state/toasts.ts";
import { Button } from "./button.tsx";
import { useGrowingHeight } from "./use-growing-height.ts";

interface TextEditorProps {
  label: string;
  /** As it was. */
  text: string;
  onSave: (text: string) => Promise<void>;
  onEnd: () => void;
}

/** In place of a text while its author changes it. */
export function TextEditor({ label, text: before, onSave, onEnd }: TextEditorProps) {
  const [text, setText] = useState(before);
  const input = useGrowingHeight(text);
  const [busy, setBusy] = useState(false);
  const wanted = text.trim();
  const tooLong = fullness(wanted, MESSAGE_MAX_BYTES) > 1;

  useEffect(() => {
    const element = input.current;
    element?.focus();
    element?.setSelectionRange(element.value.length, element.value.length);
  }, [input]);

  const save = async () => {
    if (busy || isBlank(wanted) || tooLong) return;
    if (wanted === before) {
      onEnd();
      return;
    }
    setBusy(true);
    try {
      await onSave(wanted);
      onEnd();
    } catch (thrown) {
      showError(thrown);
      setBusy(false);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape") {
      // Not the panel's, then.
      event.preventDefault();
      event.stopPropagation();
      onEnd();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      void save();
    }
  };
  return (
    <div className="text-editor">
      <div className="composer-row">
        <textarea
          ref={input}
          className="composer-input"
          aria-label={label}
          aria-invalid={tooLong || undefined}
          rows={1}
          dir="auto"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div className="text-editor-actions">
        <Button onClick={onEnd}>Cancel</Button>
        <Button kind="primary" busy={busy} disabled={isBlank(wanted) || tooLong} onClick={() => void save()}>
          Save
        </Button>
      </div>
    </div>
  );
}
