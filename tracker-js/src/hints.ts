/** User-agent client hints: what tells Windows 10 from 11 now that the user agent string is frozen. */

let known: unknown;

/**
 * Takes the hints a browser gives at once, and asks for the exact versions, which come one task later.
 * No hit waits for them: a hit sent before has the coarse ones. The device model is not asked for.
 */
export function readHints(): void {
  const data = navigator.userAgentData;
  known = data;
  data?.getHighEntropyValues?.(['fullVersionList', 'platformVersion']).then(
    // The full list repeats the brands with longer versions, so the short list can go.
    ({ brands, ...rest }) => (known = rest.fullVersionList ? rest : { brands, ...rest }),
    () => {},
  );
}

/** The hints known by now as JSON, or nothing where the browser has none. */
export function hints(): string | undefined {
  return known ? JSON.stringify(known) : undefined;
}
