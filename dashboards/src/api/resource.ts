import { useCallback, useEffect, useState } from "preact/hooks";
import { send } from "./client";
import type { Endpoint } from "./endpoints";
import { Problem } from "./problem";

export interface Resource<Answer> {
  /** The last answer that arrived; kept while a newer one is on its way, and when that fails. */
  data: Answer | null;
  problem: Problem | null;
  loading: boolean;
  retry: () => void;
}

interface State<Answer> {
  data: Answer | null;
  problem: Problem | null;
  loading: boolean;
}

/** Turns whatever was thrown into something a page can show. */
export function asProblem(cause: unknown): Problem {
  return cause instanceof Problem ? cause : new Problem("unexpected", 0, null);
}

/**
 * Loads an endpoint and loads again when its path changes. Each caller waits for its own answer
 * only, so a slow report never holds up another.
 */
export function useResource<Answer>(endpoint: Endpoint<Answer>): Resource<Answer> {
  const [state, setState] = useState<State<Answer>>({ data: null, problem: null, loading: true });
  const [attempt, setAttempt] = useState(0);
  const { path } = endpoint;

  useEffect(() => {
    const abort = new AbortController();
    setState((old) => ({ ...old, loading: true }));
    send<Answer>("GET", path, undefined, abort.signal).then(
      (data) => {
        if (!abort.signal.aborted) setState({ data, problem: null, loading: false });
      },
      (cause: unknown) => {
        if (!abort.signal.aborted) setState((old) => ({ ...old, problem: asProblem(cause), loading: false }));
      },
    );
    return () => abort.abort();
  }, [path, attempt]);

  const retry = useCallback(() => setAttempt((number) => number + 1), []);
  return { ...state, retry };
}
