import { Toast } from "@base-ui/react/toast";
import { CircleAlert, CircleCheck, X } from "lucide-react";
import { toasts } from "../../state/toasts.ts";
import { Button, IconButton } from "./button.tsx";

export function Toasts() {
  return (
    <Toast.Provider toastManager={toasts} timeout={7000} limit={3}>
      <Toast.Portal>
        <Toast.Viewport className="toasts">
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function ToastList() {
  const manager = Toast.useToastManager();
  return manager.toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className="toast">
      <Toast.Content className="toast-content">
        {toast.type === "error" ? <CircleAlert aria-hidden="true" /> : <CircleCheck aria-hidden="true" />}
        <div className="toast-text">
          <Toast.Title className="toast-title" />
          <Toast.Description className="toast-description" />
          {toast.actionProps !== undefined && <Toast.Action render={<Button className="toast-action" />} />}
        </div>
        <Toast.Close render={<IconButton label="Dismiss" icon={X} />} />
      </Toast.Content>
    </Toast.Root>
  ));
}
