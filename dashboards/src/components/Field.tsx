import type { ComponentChildren, InputHTMLAttributes } from "preact";
import { useId } from "preact/hooks";

interface FieldProps {
  label: string;
  value: string;
  onValue: (value: string) => void;
  hint?: string;
  error?: string | null;
  type?: "text" | "email" | "password" | "url" | "number" | "date";
  required?: boolean;
  autofocus?: boolean;
  autocomplete?: string;
  placeholder?: string;
  spellcheck?: boolean;
  min?: number;
  max?: number;
  minLength?: number;
  step?: "any";
  /** The id of a datalist, which is then a child. */
  list?: string;
  children?: ComponentChildren;
}

/** A labelled input whose hint and error belong to it for a screen reader as well. */
export function Field({ label, value, onValue, hint, error = null, type = "text", children, ...rest }: FieldProps) {
  const id = useId();
  // Preact's types want the kind of input spelled out at each place; here it is the caller's to say.
  const input = {
    ...rest,
    id,
    type,
    value,
    "aria-describedby": `${id}-hint ${id}-error`,
    "aria-invalid": error !== null,
    onInput: (event: { currentTarget: HTMLInputElement }) => onValue(event.currentTarget.value),
  } as InputHTMLAttributes<HTMLInputElement>;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input {...input} />
      {children}
      <p class="hint" id={`${id}-hint`}>{hint}</p>
      <p class="field-error" id={`${id}-error`}>{error}</p>
    </div>
  );
}

interface SelectProps {
  label: string;
  hint?: string;
  value: string;
  onValue: (value: string) => void;
  options: readonly { value: string; label: string }[];
}

export function Select({ label, hint, value, onValue, options }: SelectProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} aria-describedby={`${id}-hint`} onChange={(event) => onValue(event.currentTarget.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>{option.label}</option>
        ))}
      </select>
      <p class="hint" id={`${id}-hint`}>{hint}</p>
    </div>
  );
}
