import type { LucideIcon } from "lucide-react";

interface MenuItemProps {
  icon: LucideIcon;
  name: string;
  danger?: boolean;
  onClick: () => void;
}

/** One thing that a menu offers. */
export function MenuItem({ icon: Icon, name, danger = false, onClick }: MenuItemProps) {
  return (
    <button type="button" className="menu-item" data-danger={danger || undefined} onClick={onClick}>
      <Icon aria-hidden="true" />
      {name}
    </button>
  );
}
