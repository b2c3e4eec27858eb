import { Monitor, Moon, Sun } from "lucide-react";
import { useStore } from "../../state/store.ts";
import { setTheme, theme } from "../../state/theme.ts";
import { IconButton } from "./button.tsx";

const THEMES = {
  system: { label: "as the system", icon: Monitor, next: "light" },
  light: { label: "light", icon: Sun, next: "dark" },
  dark: { label: "dark", icon: Moon, next: "system" },
} as const;

/** Goes round: what the system says, light, dark. */
export function ThemeButton() {
  const { label, icon, next } = THEMES[useStore(theme)];
  return (
    <IconButton
      label={`Appearance: ${label}`}
      icon={icon}
      onClick={() => {
        setTheme(next);
      }}
    />
  );
}
