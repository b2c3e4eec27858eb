import { useId } from "react";
import type { Choice } from "../../lib/topic-words.ts";

interface ChoicesProps<T extends string> {
  legend: string;
  choices: readonly Choice<T>[];
  value: T;
  onChange: (value: T) => void;
}

/** One of a few, each with what it means. */
export function Choices<T extends string>({ legend, choices, value, onChange }: ChoicesProps<T>) {
  const id = useId();
  return (
    <fieldset className="choices">
      <legend className="field-label">{legend}</legend>
      {choices.map((choice) => (
        <div key={choice.value} className="choice">
          <input
            type="radio"
            id={`${id}-${choice.value}`}
            name={id}
            checked={choice.value === value}
            aria-describedby={`${id}-${choice.value}-meaning`}
            onChange={() => {
              onChange(choice.value);
            }}
          />
          <label htmlFor={`${id}-${choice.value}`}>{choice.name}</label>
          <p className="choice-meaning" id={`${id}-${choice.value}-meaning`}>
            {choice.meaning}
          </p>
        </div>
      ))}
    </fieldset>
  );
}
