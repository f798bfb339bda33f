/**
 * Transport. One-way and best effort: no answer is read, nothing is retried, and every request outlives
 * the page it came from, so that no click ever waits for it.
 */

/** A content type that needs no preflight; it is the one Matomo's script uses for every body, JSON included. */
const FORM = 'application/x-www-form-urlencoded; charset=utf-8';

/** Longer queries travel as a body: proxies and servers may cut or refuse long request lines. */
const MAX_QUERY = 2000;

/** Browsers refuse keepalive bodies above 64 KiB in flight; without keepalive those still have a chance. */
export const MAX_KEEPALIVE = 60_000;

/**
 * Posts `body` and forgets it. `fetch` comes first because it can leave the site's cookies at home;
 * `sendBeacon` is for browsers whose `fetch` does not know keepalive.
 */
export function post(url: string, body = '', keepalive = body.length < MAX_KEEPALIVE): void {
  if ('keepalive' in Request.prototype) {
    fetch(url, {
      method: 'POST',
      body,
      headers: { 'Content-Type': FORM },
      keepalive,
      mode: 'no-cors',
      credentials: 'omit',
    }).catch(() => {});
  } else {
    navigator.sendBeacon(url, new Blob([body], { type: FORM }));
  }
}

/** Sends one hit: parameters in the address with an empty body, or in a form body when they are long. */
export function sendHit(endpoint: string, query: string): void {
  if (query.length > MAX_QUERY) post(endpoint, query);
  else post(endpoint + (endpoint.includes('?') ? '&' : '?') + query);
}
