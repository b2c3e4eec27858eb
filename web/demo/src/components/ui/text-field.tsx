import { useId } from "react";

interface TextFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  problem?: string | null;
  hint?: string;
  placeholder?: string;
  /** Several lines. */
  long?: boolean;
}

/** A labelled field for a text of the person's own. */
export function TextField({ label, value, onChange, problem = null, hint, placeholder, long = false }: TextFieldProps) {
  const id = useId();
  const shared = {
    id,
    className: "field",
    autoComplete: "off",
    dir: "auto",
    value,
    placeholder,
    "aria-invalid": problem !== null,
    "aria-describedby": `${id}-problem ${id}-hint`,
  };
  return (
    <div className="field-form">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      {long ? (
        <textarea {...shared} rows={2} onChange={(event) => { onChange(event.target.value); }} />
      ) : (
        <input {...shared} onChange={(event) => { onChange(event.target.value); }} />
      )}
      <p className="field-error" id={`${id}-problem`} role="alert">
        {problem}
      </p>
      {hint !== undefined && (
        <p className="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}
