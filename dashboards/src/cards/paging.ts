import { useEffect, useState } from "preact/hooks";
import { send } from "../api/client";
import type { Endpoint } from "../api/endpoints";
import type { Problem } from "../api/problem";
import { asProblem } from "../api/resource";
import type { Breakdown, BreakdownRow } from "../api/types";

/** Rows asked for at a time. */
export const pageSize = 100;
/** The same while everything is wanted, to search in. */
export const searchPageSize = 500;
/** A search reads no further than this; nobody's browser should hold a million rows. */
export const searchDepth = 10_000;

interface Loaded {
  rows: BreakdownRow[];
  total: number;
  problem: Problem | null;
  loading: boolean;
}

export interface Pages extends Loaded {
  more: () => void;
}

/**
 * Rows that arrive page by page: the first at once, the next when asked for, and one after the other
 * up to the depth of a search while `everything` is wanted.
 */
export function usePages(page: (limit: number, offset: number) => Endpoint<Breakdown>, everything: boolean): Pages {
  const [state, setState] = useState<Loaded>({ rows: [], total: 0, problem: null, loading: true });
  const [wanted, setWanted] = useState(1);

  useEffect(() => {
    const abort = new AbortController();
    const { path } = page(everything ? searchPageSize : pageSize, state.rows.length);
    setState((old) => ({ ...old, loading: true, problem: null }));
    send<Breakdown>("GET", path, undefined, abort.signal).then(
      (answer) => {
        if (abort.signal.aborted) return;
        setState((old) => ({
          rows: [...old.rows, ...answer.rows],
          // An empty page ends the list, whatever its total promised.
          total: answer.rows.length === 0 ? old.rows.length : answer.total_rows,
          problem: null,
          loading: false,
        }));
      },
      (cause: unknown) => {
        if (!abort.signal.aborted) setState((old) => ({ ...old, problem: asProblem(cause), loading: false }));
      },
    );
    return () => abort.abort();
    // One request for each time more is wanted; `page` and the rows so far are read at that moment.
  }, [wanted]);

  const more = (): void => setWanted((times) => times + 1);
  const { rows, total, problem, loading } = state;
  const unread = rows.length < Math.min(total, searchDepth);
  useEffect(() => {
    if (everything && unread && !loading && problem === null) more();
  }, [everything, unread, loading, problem]);
  return { ...state, more };
}
