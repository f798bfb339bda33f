import type { Problem } from "../api/problem";
import type { Texts } from "../texts";
import { useWords } from "../texts";
import { Icon } from "./Icon";

/** The server's own sentence when it has one, ours for what never reached it. */
export function problemText(problem: Problem, texts: Texts): string {
  switch (problem.code) {
    case "unreachable":
    case "timeout":
    case "unreadable":
      return texts.failure[problem.code];
    default:
      return problem.detail ?? texts.failure.unexpected;
  }
}

interface ProblemNoteProps {
  problem: Problem;
  said?: string | null;
  title?: string;
  onRetry?: () => void;
}

export function ProblemNote({ problem, said = null, title, onRetry }: ProblemNoteProps) {
  const { texts } = useWords();
  return (
    <div class="problem">
      <Icon name="warning" />
      <div>
        {title !== undefined && <strong>{title}</strong>}
        <p>{said ?? problemText(problem, texts)}</p>
        {onRetry !== undefined && (
          <button type="button" class="button" onClick={onRetry}>{texts.retry}</button>
        )}
      </div>
    </div>
  );
}
