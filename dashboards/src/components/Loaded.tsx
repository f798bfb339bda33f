import type { ComponentChildren } from "preact";
import type { Resource } from "../api/resource";
import { useWords } from "../texts";
import { Boundary } from "./Boundary";
import { ProblemNote } from "./ProblemNote";

interface LoadedProps<Answer> {
  resource: Resource<Answer>;
  /** What stands in until the first answer: the shape of what is to come. */
  skeleton?: ComponentChildren;
  children: (data: Answer) => ComponentChildren;
}

/**
 * The four states of anything loaded: nothing yet, shown, shown but newer on its way, failed. Old
 * numbers stay until new ones replace them, also when the new ones fail.
 */
export function Loaded<Answer>({ resource, skeleton, children }: LoadedProps<Answer>) {
  const { texts } = useWords();
  const { data, problem, loading, retry } = resource;
  if (data === null) {
    if (problem !== null && !loading) return <ProblemNote problem={problem} title={texts.failure.title} onRetry={retry} />;
    return (
      <div aria-busy="true">
        <span class="visually-hidden">{texts.loading}</span>
        {skeleton ?? <SkeletonRows rows={3} />}
      </div>
    );
  }
  return (
    <div class="loaded" aria-busy={loading}>
      {problem !== null && !loading && <ProblemNote problem={problem} title={texts.failure.stale} onRetry={retry} />}
      <Boundary subject={data}><Drawn data={data} draw={children} /></Boundary>
    </div>
  );
}

/** Draws inside the boundary, so that an answer of an unexpected shape breaks only its own part. */
function Drawn<Answer>({ data, draw }: { data: Answer; draw: (data: Answer) => ComponentChildren }) {
  return <>{draw(data)}</>;
}

export function SkeletonRows({ rows }: { rows: number }) {
  return (
    <div class="skeleton" aria-hidden="true">
      {Array.from({ length: rows }, (_, row) => <div key={row} class="skeleton-row" />)}
    </div>
  );
}
