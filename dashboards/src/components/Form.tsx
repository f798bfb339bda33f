import type { ComponentChildren } from "preact";
import type { Submission } from "../api/submission";
import { ProblemNote } from "./ProblemNote";

interface FormProps {
  submission: Submission;
  onSubmit: () => void;
  submit: string;
  /** What the button does can't be undone. */
  danger?: boolean;
  /** What has just happened, for everybody to hear. */
  said?: string;
  children: ComponentChildren;
  /** Says a problem better than the server does, or null to leave it to the server. */
  explain?: (status: number) => string | null;
}

/** A form with its button, its busy state and the problem the server found. */
export function Form({ submission, onSubmit, submit, danger = false, said, children, explain }: FormProps) {
  const { busy, problem } = submission;
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
      <div role="alert">
        {problem !== null && <ProblemNote problem={problem} said={explain?.(problem.status) ?? null} />}
      </div>
      <button type="submit" class={danger ? "button button-danger" : "button button-primary"} aria-disabled={busy}>
        {submit}
      </button>
      {said !== undefined && <p role="status" class="done">{said}</p>}
    </form>
  );
}
