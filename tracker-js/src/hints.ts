/** User-agent client hints: what tells Windows 10 from 11 now that the user agent string is frozen. */
import { guard } from './guard.ts';

let known: UserAgentData | undefined;

/**
 * Takes the hints a browser gives at once, which hold the major version of the browser, and asks for no more than the
 * version of a system that keeps it and no longer tells it in the user agent: Windows, macOS and Android. It comes one
 * task later; no hit waits for it. Where hints or parts of them are missing this ends in the guard.
 */
export const readHints = guard(() => {
  known = navigator.userAgentData!;
  if (/Win|mac|And/.test(known.platform)) known.getHighEntropyValues(['platformVersion']).then((all) => (known = all), () => {});
});

/** The hints known by now as JSON, or nothing where the browser has none. */
export function hints(): string | undefined {
  return JSON.stringify(known);
}
