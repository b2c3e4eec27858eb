import { Popover } from "@base-ui/react/popover";
import type { KeyboardEvent, ReactNode } from "react";

/** What something is open for, and the button it was opened with. */
export interface Chosen<Of> {
  readonly of: Of;
  readonly anchor: HTMLElement;
}

interface AnchoredPopoverProps {
  anchor: HTMLElement;
  label: string;
  onClose: () => void;
  /** Buttons in a row; the arrows go through them. */
  columns?: number;
  className?: string;
  children: ReactNode;
}

/** Opens at the button of one line. The focus returns there, unless what was chosen has taken it elsewhere. */
export function AnchoredPopover({ anchor, label, onClose, columns = 1, className = "", children }: AnchoredPopoverProps) {
  const moveFocus = (event: KeyboardEvent<HTMLElement>) => {
    const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>("button")];
    const index = buttons.findIndex((button) => button === document.activeElement);
    const sideways = columns > 1 ? { ArrowRight: 1, ArrowLeft: -1 } : {};
    const step = new Map(Object.entries({ ...sideways, ArrowDown: columns, ArrowUp: -columns })).get(event.key);
    const target = step === undefined ? undefined : buttons[index + step];
    if (target === undefined) return;
    event.preventDefault();
    target.focus();
  };
  return (
    <Popover.Root
      open
      onOpenChange={(open) => {
        if (open) return;
        onClose();
        anchor.focus();
      }}
    >
      <Popover.Portal>
        <Popover.Positioner anchor={anchor} align="end" sideOffset={4} className="menu-positioner">
          <Popover.Popup className={`menu ${className}`} aria-label={label} finalFocus={false} onKeyDown={moveFocus}>
            {children}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
