/**
 * Transport. One-way and best effort: no answer is read, nothing is retried, and every request outlives
 * the page it came from, so that no click ever waits for it.
 */

/** Longer queries travel as a body: proxies and servers may cut or refuse long request lines. */
const MAX_QUERY = 2000;

/** Browsers refuse keepalive bodies above 64 KiB in flight; without keepalive those still have a chance. */
export const MAX_KEEPALIVE = 60_000;

/**
 * Posts a form and forgets it. `fetch` comes first because it can leave the site's cookies at home; `sendBeacon` is for
 * browsers whose `fetch` does not know keepalive, and a picture for those that have been robbed of both.
 */
export function post(
  url: string,
  query = '',
  keepalive = query.length < MAX_KEEPALIVE,
  body: BodyInit = new URLSearchParams(query),
): void {
  if ('fetch' in window && 'keepalive' in Request.prototype) {
    fetch(url, { method: 'POST', body, keepalive, mode: 'no-cors', credentials: 'omit' }).catch(() => {});
  } else if (navigator.sendBeacon) {
    navigator.sendBeacon(url, body);
  } else {
    new Image().src = url + query;
  }
}

/** Sends one hit: parameters in the address with an empty body, or in a form body when they are long. */
export function sendHit(endpoint: string, query: string): void {
  const url = endpoint + (endpoint.includes('?') ? '&' : '?');
  const isLong = query.length > MAX_QUERY;
  post(isLong ? url : url + query, isLong ? query : '');
}
