import { Toast } from "@base-ui/react/toast";
import { asSealpostError, explain } from "../lib/errors.ts";

/** Passing notices at the edge of the window. */
export const toasts = Toast.createToastManager();

const ONLY_RELOADING_HELPS: ReadonlySet<string> = new Set(["internal", "storage-unavailable", "storage-version"]);

/** Stays, and offers it. */
const RELOAD = {
  timeout: 0,
  actionProps: {
    children: "Reload",
    onClick: () => {
      location.reload();
    },
  },
};

/** Says what went wrong; an error said already is not stacked. */
export function showError(thrown: unknown): void {
  const { code, message } = asSealpostError(thrown);
  if (code === "closed" || code === "aborted") return;
  toasts.add({
    id: `error-${code}`,
    title: "Something went wrong",
    description: explain(code, message),
    type: "error",
    ...(ONLY_RELOADING_HELPS.has(code) ? RELOAD : {}),
  });
}

export function showNotice(text: string): void {
  toasts.add({ id: `notice-${text}`, title: text, type: "notice", timeout: 2500 });
}
