import { useId, useState } from "preact/hooks";

interface LinesProps {
  label: string;
  hint: string;
  value: readonly string[];
  onValue: (value: string[]) => void;
}

/** A list of texts, one a line. */
export function Lines({ label, hint, value, onValue }: LinesProps) {
  const id = useId();
  const [typed, setTyped] = useState(value.join("\n"));
  const [seen, setSeen] = useState(value);
  // What the server made of it takes the place of what was typed; typing itself does not.
  if (seen !== value) {
    setSeen(value);
    if (lines(typed).join("\n") !== value.join("\n")) setTyped(value.join("\n"));
  }
  const type = (text: string): void => {
    setTyped(text);
    onValue(lines(text));
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        rows={Math.min(Math.max(typed.split("\n").length, 2), 8)}
        spellcheck={false}
        autocomplete="off"
        aria-describedby={`${id}-hint`}
        value={typed}
        onInput={(event) => type(event.currentTarget.value)}
      />
      <p class="hint" id={`${id}-hint`}>{hint}</p>
    </div>
  );
}

const lines = (text: string): string[] => text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
