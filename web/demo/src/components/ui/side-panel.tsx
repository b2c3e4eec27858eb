import { ArrowLeft, X } from "lucide-react";
import { useEffect, useRef, type KeyboardEvent, type ReactNode } from "react";
import { IconButton } from "./button.tsx";

interface SidePanelProps {
  title: string;
  /** The accessible name of the panel, and what its cross closes. */
  name: string;
  /** What is shown, in a word: the focus goes to the heading whenever it is another one. */
  place: string;
  /** To the panel that this one was opened from. */
  back?: { readonly label: string; readonly go: () => void };
  onClose: () => void;
  /** Selector of what gets the focus when the panel closes. */
  returnTo?: string;
  children: ReactNode;
}

/** Beside what is read, or over it where there is no room. Escape goes back or closes. */
export function SidePanel({ title, name, place, back, onClose, returnTo = ".details-toggle", children }: SidePanelProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
  }, [place]);
  useEffect(
    () => () => {
      document.querySelector<HTMLElement>(returnTo)?.focus({ preventScroll: true });
    },
    [returnTo],
  );
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || event.defaultPrevented || overlayOpen()) return;
    if (back === undefined) onClose();
    else back.go();
  };
  return (
    <section className="details" aria-label={name} onKeyDown={onKeyDown}>
      <header className="details-header">
        {back !== undefined && <IconButton label={back.label} icon={ArrowLeft} onClick={back.go} />}
        <h2 ref={heading} tabIndex={-1}>
          {title}
        </h2>
        <IconButton label={`Close ${name.toLowerCase()}`} icon={X} onClick={onClose} />
      </header>
      {children}
    </section>
  );
}

/** Escape is the dialog's or the menu's then, and the panel stays; a key pressed in one bubbles through React's tree to the panel. */
function overlayOpen(): boolean {
  return document.querySelector(":is(.dialog, .menu)[data-open]") !== null;
}
