/** Pings while the page is being looked at, so that the last page of a visit has a length. */
import { guard } from '../guard.ts';

const SHORTEST = 5;
const USUAL = 15;

export interface Heartbeat {
  start(seconds?: unknown): void;
  stop(): void;
}

export function createHeartbeat(ping: () => void): Heartbeat {
  let timer: number | undefined;
  const beat = guard(() => {
    if (!document.hidden && document.hasFocus()) ping();
  });
  return {
    start(seconds) {
      clearInterval(timer);
      timer = setInterval(beat, Math.max(SHORTEST, Number(seconds) || USUAL) * 1000);
    },
    stop: () => clearInterval(timer),
  };
}
