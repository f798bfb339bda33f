/** What browsers have and TypeScript's DOM library does not (yet) describe. */

interface Document {
  /** True while a page is rendered ahead of a visit that may never happen. */
  readonly prerendering?: boolean;
}

interface UserAgentData {
  readonly platform: string;
  getHighEntropyValues(names: string[]): Promise<UserAgentData>;
}

interface Navigator {
  readonly userAgentData?: UserAgentData;
}
