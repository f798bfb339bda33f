/** Several hits in one request, as Matomo's script sends content impressions. */
import { listen } from '../guard.ts';
import { MAX_KEEPALIVE, post } from '../send.ts';

/** Short enough to hear of a page that is left soon, long enough for the blocks of one page. */
const DELAY = 250;

/** With up to some 2,000 characters a hit, a request stays well below what browsers accept with keepalive. */
const SIZE = 20;

/** Collects hits for one endpoint and sends them a moment later, or when the page is left. */
export function createBulk(): (endpoint: string, query: string) => void {
  let waiting: string[] = [];
  let timer: number | undefined;
  let target = '';

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const keepalive = waiting.join().length < MAX_KEEPALIVE;
    for (let from = 0; from < waiting.length; from += SIZE) {
      post(target, JSON.stringify({ requests: waiting.slice(from, from + SIZE), send_image: 0 }), keepalive);
    }
    waiting = [];
  }

  listen(window, 'pagehide', flush);
  return (endpoint, query) => {
    if (endpoint !== target) flush();
    target = endpoint;
    waiting.push(`?${query}`);
    timer ??= setTimeout(flush, DELAY);
  };
}
