import { useId } from "react";

interface SwitchProps {
  name: string;
  meaning: string;
  on: boolean;
  disabled?: boolean;
  onChange: (on: boolean) => void;
}

/** Something that is on or off, with what it means. */
export function Switch({ name, meaning, on, disabled = false, onChange }: SwitchProps) {
  const id = useId();
  return (
    <div className="choice">
      <input type="checkbox" role="switch" id={id} checked={on} disabled={disabled} aria-describedby={`${id}-meaning`} onChange={({ target }) => { onChange(target.checked); }} />
      <label htmlFor={id}>{name}</label>
      <p className="choice-meaning" id={`${id}-meaning`}>
        {meaning}
      </p>
    </div>
  );
}
