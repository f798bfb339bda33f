/** Several hits in one request, as Matomo's script sends content impressions. */
import { listen } from '../guard.ts';
import { MAX_KEEPALIVE, post, sendHit } from '../send.ts';

/** Short enough to hear of a page that is left soon, long enough for the blocks of one page. */
const DELAY = 250;

/** With up to some 2,000 characters a hit, a request stays well below what browsers accept with keepalive. */
const SIZE = 20;

/** A content type that needs no preflight; it is the one Matomo's script uses for every body, JSON included. */
const FORM = 'application/x-www-form-urlencoded; charset=utf-8';

function canPost(): boolean {
  return 'fetch' in window || 'sendBeacon' in navigator;
}

/** Collects hits for one endpoint and sends them a moment later, or when the page is left. */
export function createBulk(): (endpoint: string, query: string) => void {
  let waiting: string[] = [];
  let timer: number | undefined;
  let target = '';

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const hits = waiting;
    waiting = [];
    // Without a body each goes by itself.
    if (!canPost()) return hits.forEach((hit) => sendHit(target, hit));
    const keepalive = hits.join().length < MAX_KEEPALIVE;
    for (let from = 0; from < hits.length; from += SIZE) {
      const requests = hits.slice(from, from + SIZE).map((hit) => `?${hit}`);
      const text = JSON.stringify({ requests, send_image: 0 });
      post(target, text, keepalive, new Blob([text], { type: FORM }));
    }
  }

  listen(window, 'pagehide', flush);
  return (endpoint, query) => {
    if (endpoint !== target) flush();
    target = endpoint;
    waiting.push(query);
    timer ??= setTimeout(flush, DELAY);
  };
}
