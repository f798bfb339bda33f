/** The object page code gets for a tracker: each command a method that never throws. */
import { guard } from '../guard.ts';
import { createCommands } from './commands.ts';
import { newSettings } from './settings.ts';

export type Tracker = Readonly<Record<string, ((...args: unknown[]) => unknown) | undefined>>;

/** How commands are named. Other names are not guessed at: `then`, for one, would make a tracker a promise. */
const COMMAND = /^[a-z]+[A-Z]/;

/** A method for each command, and one that does nothing for those that exist in Matomo only. */
function forgiving(commands: object): Tracker {
  return new Proxy(commands as Tracker, {
    get(table, name) {
      if (typeof name !== 'string') return undefined;
      if (Object.prototype.hasOwnProperty.call(table, name)) return guard(table[name] as (...args: unknown[]) => unknown);
      return COMMAND.test(name) ? () => {} : undefined;
    },
  });
}

export function createTracker(endpoint: string, site?: unknown): Tracker {
  return forgiving(createCommands(newSettings(endpoint, site)));
}
