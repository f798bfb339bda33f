/** Clicks on links and content blocks, for one tracker. */
import { isDownload, isIgnored, onClick, type Link, type LinkKind } from '../links.ts';
import type { Params } from '../params.ts';
import { clickedBlock, readBlock } from './content.ts';
import { isOwn } from './hosts.ts';
import type { Settings } from './settings.ts';

export interface Clicks {
  trackLinks(): void;
  trackContent(): void;
}

/** A link says by class what it is, or that it is not to be counted; else its address says it. */
function linkKind(link: Link, path: Element[], { types, hosts }: Settings): LinkKind | undefined {
  const has = (mark: string): boolean => link[0].matches(`.matomo_${mark},.piwik_${mark}`);
  if (has('ignore') || isIgnored(path)) return undefined;
  if (has('download') || isDownload(link, types.join('|'))) return 'download';
  return has('link') || !isOwn(link[1], hosts) ? 'link' : undefined;
}

/** Listens from the first time links or content are asked for; asking again changes nothing. */
export function createClicks(settings: Settings, send: (params: Params) => void): Clicks {
  let links = false;
  let content = false;

  function listenOnce(): void {
    if (!links && !content) onClick(clicked);
  }

  /** A link in a content block is one request that says both; the server counts both. */
  function clicked(path: Element[], link: Link | false | undefined): unknown {
    const kind = links && link && linkKind(link, path, settings);
    const block = content && clickedBlock(path);
    const found = kind || block;
    if (found) send({ ...(kind && { [kind]: link[1].href }), ...(block && readBlock(block, 'click')) });
    return found;
  }

  return {
    trackLinks() {
      listenOnce();
      links = true;
    },
    trackContent() {
      listenOnce();
      content = true;
    },
  };
}
