/** The `_paq` queue: commands that wait for the script, and those pushed once it is there. */
import { guard } from '../guard.ts';
import type { Tracker } from './tracker.ts';

/** `['command', …arguments]`, `[function]`, or just a function. */
type Entry = [unknown, ...unknown[]];

/**
 * What must be known before anything is sent, wherever it stands in the queue: first where to and for
 * which site, then further trackers (which must not take over those two), then what hits say and whether
 * they may go. Everything else keeps its order.
 */
const FIRST = [
  ['setTrackerUrl', 'setSiteId'],
  ['addTracker'],
  (
    'requireConsent,setConsentGiven,rememberConsentGiven,forgetConsentGiven,optUserOut,' +
    'forgetUserOptOut,setDoNotTrack,setUserId,setDomains,setDownloadExtensions,addDownloadExtensions,' +
    'removeDownloadExtensions,enableLinkTracking'
  ).split(','),
];

function rank([command]: Entry): number {
  const place = FIRST.findIndex((names) => names.includes(command as string));
  return place < 0 ? FIRST.length : place;
}

function toEntry(pushed: unknown): Entry {
  return (Array.isArray(pushed) ? pushed : [pushed]) as Entry;
}

/** Runs an entry on each tracker; functions get the tracker as `this`. */
function run([command, ...args]: Entry, trackers: readonly Tracker[]): void {
  // A copy: an entry may add a tracker, which starts with the entries after it.
  for (const tracker of [...trackers]) {
    if (typeof command === 'function') guard(() => void command.apply(tracker, args))();
    else tracker[command as string]?.(...args);
  }
}

/** Runs what waits in the page's queue, then each push as it comes. */
export function takeOver(queue: unknown[], addTracker: (...args: unknown[]) => unknown, trackers: readonly Tracker[]): void {
  const [main] = trackers;
  const apply = (entry: Entry): void => {
    if (entry[0] === 'addTracker') addTracker(...entry.slice(1));
    // Further trackers have their own address and site.
    else run(entry, rank(entry) || !main ? trackers : [main]);
  };
  queue
    .splice(0)
    .map(toEntry)
    .sort((one, other) => rank(one) - rank(other))
    .forEach(apply);
  // The array stays: code that took hold of it before goes on to work.
  queue.push = (...pushed) => {
    pushed.map(toEntry).forEach(apply);
    return queue.length;
  };
}
