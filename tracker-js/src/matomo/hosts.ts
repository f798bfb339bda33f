/** Which links stay on the site: the page's host, and what `setDomains` names. */
import { bareHost } from '../links.ts';

/** A rule is a host, `*.host` for a host with all below it, either with a path the link must begin with. */
function matches({ hostname, pathname }: URL, rule: string): boolean {
  const [, any, host = '', path = ''] = /^(?:https?:\/\/)?(\*?\.)?([^/:]*)(?::\d+)?(.*)$/i.exec(rule) ?? [];
  const name = host.toLowerCase();
  return (
    (bareHost(hostname) === bareHost(name) || (!!any && hostname.endsWith(`.${name}`))) &&
    pathname.startsWith(path.replace(/\/\*?$/, ''))
  );
}

export function isOwn(link: URL, hosts: readonly string[]): boolean {
  return bareHost(link.hostname) === bareHost(location.hostname) || hosts.some((rule) => matches(link, rule));
}
