import { Menu } from "@base-ui/react/menu";
import { Check, Monitor, Moon, Sun } from "lucide-react";
import { useStore } from "../../state/store.ts";
import { setTheme, theme, type Theme } from "../../state/theme.ts";

const THEMES = [
  { value: "system", label: "As the system", icon: Monitor },
  { value: "light", label: "Light", icon: Sun },
  { value: "dark", label: "Dark", icon: Moon },
] as const;

/** Chooses light, dark, or what the system says. */
export function ThemeMenu() {
  const current = useStore(theme);
  const Icon = THEMES.find(({ value }) => value === current)?.icon ?? Monitor;
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger className="icon-button" aria-label="Appearance">
        <Icon aria-hidden="true" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={6} align="end" className="menu-positioner">
          <Menu.Popup className="menu">
            <Menu.RadioGroup value={current} onValueChange={(value: Theme) => { setTheme(value); }}>
              {THEMES.map(({ value, label, icon: ItemIcon }) => (
                <Menu.RadioItem key={value} value={value} className="menu-item" closeOnClick>
                  <ItemIcon aria-hidden="true" />
                  {label}
                  <Menu.RadioItemIndicator className="menu-check">
                    <Check aria-hidden="true" />
                  </Menu.RadioItemIndicator>
                </Menu.RadioItem>
              ))}
            </Menu.RadioGroup>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
