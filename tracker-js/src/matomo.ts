/**
 * `matomo.js` and `piwik.js`: takes an existing Matomo snippet as it is. Same queue, same commands, same
 * hits; but no cookies, no visitor id, no storage. Commands that would need them do nothing.
 */
import { guard } from './guard.ts';
import { readHints } from './hints.ts';
import { openWhenActive } from './matomo/gate.ts';
import { takeOver } from './matomo/queue.ts';
import { createTracker, type Tracker } from './matomo/tracker.ts';

/** What page code finds as `window.Matomo`. */
interface MatomoGlobal {
  initialized: true;
  getTracker(endpoint?: string, site?: unknown): Tracker;
  getAsyncTracker(endpoint?: string, site?: unknown): Tracker | undefined;
  getAsyncTrackers(): readonly Tracker[];
  addTracker(endpoint?: string, site?: unknown): Tracker;
}

declare global {
  interface Window {
    _paq?: unknown;
    Matomo?: MatomoGlobal;
    Piwik?: MatomoGlobal;
    matomoAsyncInit?: unknown;
    piwikAsyncInit?: unknown;
  }
}

/** Where hits go when the page does not say it: next to this script. */
function defaultEndpoint(): string {
  const script = document.currentScript;
  return script instanceof HTMLScriptElement && script.src ? new URL('matomo.php', script.src).href : 'matomo.php';
}

/** The trackers the queue speaks to; the first one is there from the start. */
function createGlobal(endpoint: string, trackers: Tracker[]): MatomoGlobal {
  const [main] = trackers;
  const newTracker = (address?: unknown, site?: unknown): Tracker =>
    createTracker(String(address || main?.getTrackerUrl?.() || endpoint), site || main?.getSiteId?.());
  return {
    initialized: true,
    getTracker: newTracker,
    getAsyncTracker: (address, site) =>
      trackers.find((tracker) => tracker.getTrackerUrl?.() === address && tracker.getSiteId?.() == site) ?? main,
    getAsyncTrackers: () => trackers,
    addTracker(address, site) {
      const tracker = newTracker(address, site);
      trackers.push(tracker);
      return tracker;
    },
  };
}

function callback(init: unknown): void {
  if (typeof init === 'function') guard(() => void init())();
}

function start(endpoint: string): void {
  const trackers = [createTracker(endpoint)];
  const matomo = createGlobal(endpoint, trackers);
  window.Matomo = window.Piwik = matomo;
  callback(window.matomoAsyncInit);
  callback(window.piwikAsyncInit);
  const queue = Array.isArray(window._paq) ? window._paq : (window._paq = []);
  takeOver(queue as unknown[], matomo.addTracker as (...args: unknown[]) => unknown, trackers);
}

/** Everything is there at once, as old snippets call `Matomo` right after the script; only hits wait a moment. */
function boot(): void {
  if (window.Matomo?.initialized) return;
  readHints();
  openWhenActive();
  start(defaultEndpoint());
}

guard(boot)();
