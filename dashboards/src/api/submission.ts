import { useState } from "preact/hooks";
import type { Method } from "./client";
import { send } from "./client";
import type { Endpoint } from "./endpoints";
import type { Problem } from "./problem";
import { asProblem } from "./resource";

export interface Submission {
  busy: boolean;
  problem: Problem | null;
  /** Posts `body` and hands the answer on; a failure ends up in `problem`. */
  post: <Answer>(endpoint: Endpoint<unknown>, body: object, done: (answer: Answer) => void) => void;
  /** The same by another method. */
  send: <Answer>(method: Method, endpoint: Endpoint<unknown>, body: object | null, done: (answer: Answer) => void) => void;
}

/** The life of one form: busy while the request runs, the problem afterwards, never two at once. */
export function useSubmission(): Submission {
  const [state, setState] = useState<{ busy: boolean; problem: Problem | null }>({ busy: false, problem: null });
  const submit: Submission["send"] = <Answer>(
    method: Method,
    endpoint: Endpoint<unknown>,
    body: object | null,
    done: (answer: Answer) => void,
  ) => {
    if (state.busy) return;
    setState({ busy: true, problem: null });
    send<Answer>(method, endpoint.path, body ?? undefined).then(
      (answer) => {
        setState({ busy: false, problem: null });
        done(answer);
      },
      (cause: unknown) => setState({ busy: false, problem: asProblem(cause) }),
    );
  };
  const post: Submission["post"] = (endpoint, body, done) => submit("POST", endpoint, body, done);
  return { ...state, post, send: submit };
}
