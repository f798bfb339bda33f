/** User-agent client hints: what tells Windows 10 from 11 now that the user agent string is frozen. */

let known: unknown;

/** Systems whose version is kept, and is no longer in the user agent: Windows, macOS and Android. */
const FROZEN = /^(Win|mac|And)/;

/**
 * Takes the hints a browser gives at once, which hold the major version of the browser, and asks for no more than the
 * version of a frozen system. It comes one task later; no hit waits for it.
 */
export function readHints(): void {
  const data = navigator.userAgentData;
  known = data;
  if (FROZEN.test(data?.platform ?? '')) data?.getHighEntropyValues?.(['platformVersion']).then((all) => (known = all), () => {});
}

/** The hints known by now as JSON, or nothing where the browser has none. */
export function hints(): string | undefined {
  return known ? JSON.stringify(known) : undefined;
}
