import type { ComponentChildren } from "preact";
import { createContext } from "preact";
import { useCallback, useContext, useEffect, useMemo, useState } from "preact/hooks";
import { onSessionEnd, send } from "./api/client";
import { endpoints } from "./api/endpoints";
import type { Problem } from "./api/problem";
import { asProblem } from "./api/resource";
import type { Session } from "./api/types";

/** Who is in front of the page, as far as the server knows. */
export type Standing =
  | { kind: "asking" }
  | { kind: "unreachable"; problem: Problem }
  | { kind: "setUpNeeded" }
  | { kind: "signedOut" }
  | { kind: "signedIn"; session: Session };

interface StandingAndActions {
  standing: Standing;
  /** Asks the server again, after signing in or setting up. */
  ask: () => void;
  signOut: () => void;
}

function standingAfter(problem: Problem): Standing {
  if (problem.code === "setup_needed") return { kind: "setUpNeeded" };
  return problem.status === 401 ? { kind: "signedOut" } : { kind: "unreachable", problem };
}

export function useStanding(): StandingAndActions {
  const [standing, setStanding] = useState<Standing>({ kind: "asking" });
  const ask = useCallback(() => {
    send<Session>("GET", endpoints.session.path).then(
      (session) => setStanding({ kind: "signedIn", session }),
      (cause: unknown) => setStanding(standingAfter(asProblem(cause))),
    );
  }, []);
  const signOut = useCallback(() => {
    send<void>("DELETE", endpoints.session.path).then(
      () => setStanding({ kind: "signedOut" }),
      () => ask(),
    );
  }, [ask]);
  useEffect(() => {
    onSessionEnd(ask);
    ask();
  }, [ask]);
  return useMemo(() => ({ standing, ask, signOut }), [standing, ask, signOut]);
}

interface SignedIn {
  session: Session;
  signOut: () => void;
}

const SessionContext = createContext<SignedIn | null>(null);

export function SessionProvider({ value, children }: { value: SignedIn; children: ComponentChildren }) {
  return <SessionContext.Provider value={value}>{children}</SessionContext.Provider>;
}

/** Whether whoever is signed in may change sites and goals; the server has the last word. */
export function useMayChange(): boolean {
  const { session } = useSession();
  return session.user.role === "owner" || session.user.role === "admin";
}

/** The session of a page that is only shown to somebody signed in. */
export function useSession(): SignedIn {
  const value = useContext(SessionContext);
  if (value === null) throw new Error("a page for signed-in users was rendered without a session");
  return value;
}
