import { Tooltip } from "@base-ui/react/tooltip";
import { LoaderCircle, type LucideIcon } from "lucide-react";
import type { ComponentProps } from "react";

interface ButtonProps extends ComponentProps<"button"> {
  kind?: "primary" | "secondary" | "danger" | "quiet";
  /** Waiting for an answer: shown as such, and a second press does nothing. */
  busy?: boolean;
}

export function Button({ kind = "secondary", busy = false, className = "", children, onClick, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={`button button-${kind} ${className}`}
      aria-busy={busy || undefined}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {busy && <LoaderCircle className="spinner" aria-hidden="true" />}
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<ComponentProps<"button">, "aria-label"> {
  /** The accessible name, shown as a tooltip too. */
  label: string;
  icon: LucideIcon;
}

export function IconButton({ label, icon: Icon, className = "", ...rest }: IconButtonProps) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger
        render={<button type="button" {...rest} className={`icon-button ${className}`} aria-label={label} />}
      >
        <Icon aria-hidden="true" />
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Positioner sideOffset={6} className="tooltip-positioner">
          <Tooltip.Popup className="tooltip">{label}</Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
