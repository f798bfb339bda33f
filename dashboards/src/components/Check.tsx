import { useId } from "preact/hooks";

interface CheckProps {
  label: string;
  hint: string;
  value: boolean;
  onValue: (value: boolean) => void;
}

/** A box to tick, and what that means. */
export function Check({ label, hint, value, onValue }: CheckProps) {
  const id = useId();
  return (
    <div class="check">
      <input
        type="checkbox"
        id={id}
        checked={value}
        aria-describedby={`${id}-hint`}
        onChange={(event) => onValue(event.currentTarget.checked)}
      />
      <div>
        <label for={id}>{label}</label>
        <p class="hint" id={`${id}-hint`}>{hint}</p>
      </div>
    </div>
  );
}
