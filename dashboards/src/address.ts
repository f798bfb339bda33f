import { useEffect, useState } from "preact/hooks";

/**
 * The address bar is the page's state: what is shown follows from it alone, so a link can be shared
 * and the back button undoes.
 */
export interface Address {
  path: string;
  query: URLSearchParams;
}

const moved = new EventTarget();

const here = (): Address => ({ path: location.pathname, query: new URLSearchParams(location.search) });

export function useAddress(): Address {
  const [address, setAddress] = useState(here);
  useEffect(() => {
    const update = (): void => setAddress(here());
    moved.addEventListener("moved", update);
    addEventListener("popstate", update);
    return () => {
      moved.removeEventListener("moved", update);
      removeEventListener("popstate", update);
    };
  }, []);
  return address;
}

/** Goes to an address within the dashboard. */
export function navigate(href: string, how: "push" | "replace" = "push"): void {
  const leaving = new URL(href, location.href).pathname !== location.pathname;
  if (how === "push") history.pushState({ inside: true }, "", href);
  else history.replaceState(history.state, "", href);
  if (leaving) scrollTo(0, 0);
  moved.dispatchEvent(new Event("moved"));
}

/**
 * Undoes the step that opened something (a details panel). When the page was entered at that very
 * address there is no such step, and the address is rewritten instead.
 */
export function undoTo(href: string): void {
  const state: unknown = history.state;
  const steppedHere = typeof state === "object" && state !== null && Reflect.get(state, "inside") === true;
  if (steppedHere) history.back();
  else navigate(href, "replace");
}

/** The same page with some parameters changed; null takes one away. */
export function withQuery(address: Address, changes: Record<string, string | null>): string {
  const query = new URLSearchParams(address.query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return text === "" ? address.path : `${address.path}?${text}`;
}

/** Shows the same page with other parameters, as a step that the back button undoes. */
export function step(address: Address, changes: Record<string, string | null>): void {
  navigate(withQuery(address, changes));
}
