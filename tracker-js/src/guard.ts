/** Runs `work` so that nothing thrown reaches the page: a hit may be lost, a page must not break. */
export function guard<A extends unknown[], R>(work: (...args: A) => R): (...args: A) => R | undefined {
  return (...args) => {
    try {
      return work(...args);
    } catch {}
    return undefined;
  };
}

/** `addEventListener` with a guarded handler. */
export function listen<E extends Event>(
  target: EventTarget,
  type: string,
  work: (event: E) => unknown,
  options?: AddEventListenerOptions | boolean,
): void {
  target.addEventListener(type, guard(work) as (event: Event) => void, options);
}
