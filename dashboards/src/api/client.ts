import { Problem } from "./problem";

/** After this long a request is given up, so that the page can say so and offer another try. */
const patienceMs = 60_000;

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

let sessionEnded: () => void = () => {};

/** Whoever shows the sign-in page wants to know when the server stops knowing us. */
export function onSessionEnd(listener: () => void): void {
  sessionEnded = listener;
}

/**
 * Sends one request to the API. The answer's shape is the caller's claim: the server and this page
 * are built and shipped together, and a card that meets a shape it cannot draw fails by itself.
 */
export async function send<Answer>(
  method: Method,
  path: string,
  body?: object,
  signal?: AbortSignal,
): Promise<Answer> {
  const response = await fetchOnce(method, path, body, signal);
  if (!response.ok) {
    const problem = await Problem.of(response);
    if (problem.code === "unauthenticated" && path !== "/api/v1/session") sessionEnded();
    throw problem;
  }
  if (response.status === 204) return undefined as Answer;
  return (await response.json().catch(() => {
    throw new Problem("unreadable", response.status, null);
  })) as Answer;
}

async function fetchOnce(method: Method, path: string, body?: object, signal?: AbortSignal): Promise<Response> {
  const patience = AbortSignal.timeout(patienceMs);
  const init: RequestInit = {
    method,
    credentials: "same-origin",
    headers: { Accept: "application/json" },
    signal: signal === undefined ? patience : AbortSignal.any([signal, patience]),
  };
  if (method !== "GET") init.headers = { Accept: "application/json", "Content-Type": "application/json" };
  if (body !== undefined) init.body = JSON.stringify(body);
  try {
    return await fetch(path, init);
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw new Problem(patience.aborted ? "timeout" : "unreachable", 0, null);
  }
}
