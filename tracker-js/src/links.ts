/** Clicks on links: which ones leave the site, which ones fetch a file. */
import { listen } from './guard.ts';

export type Link = HTMLAnchorElement | HTMLAreaElement;

/** The names of the parameters a clicked link is sent under. */
export type LinkKind = 'download' | 'link';

/** File types that are downloaded rather than looked at. Types that are also top-level domains are left out. */
export const DOWNLOADS = (
  '7z|aab|apk|appimage|avi|bin|bz2|csv|deb|dmg|doc|docx|dwg|epub|exe|flac|gpx|gz|ics|ipa|iso|jar|kml|m4a|m4v|' +
  'mkv|mobi|mp3|mp4|msi|msix|odp|ods|odt|ogg|opus|parquet|pdf|pkg|ppt|pptx|psd|rar|rpm|rtf|sqlite|stl|tar|' +
  'tgz|torrent|tsv|vcf|wav|webm|whl|wmv|xls|xlsm|xlsx|xz|zst'
).split('|').concat('zip');

/**
 * Runs `work` for each left, middle or keyboard click, with the elements under it (innermost first) and
 * the link among them. Listens while the event goes down, so that a page that stops it is still counted,
 * and on the document, so that links added later need nothing.
 */
export function onClick(work: (path: Element[], link: Link | undefined, event: MouseEvent) => void): void {
  for (const type of ['click', 'auxclick']) {
    listen<MouseEvent>(
      document,
      type,
      (event) => {
        if (event.button > 1) return;
        const path = event.composedPath().filter((node) => node instanceof Element);
        work(path, path.find(isLink), event);
      },
      { capture: true },
    );
  }
}

function isLink(node: Element): node is Link {
  return (node instanceof HTMLAnchorElement || node instanceof HTMLAreaElement) && /^https?:/.test(node.href);
}

/** A file by its `download` attribute or by a file name at the end of the path or of a query value. */
export function isDownload(link: Link, extensions: readonly string[]): boolean {
  return (
    link.hasAttribute('download') ||
    (link.pathname + link.search)
      .toLowerCase()
      .split(/[?&]/)
      .some((part) => extensions.includes(/\.(\w+)$/.exec(part)?.[1] ?? ''))
  );
}

/** `example.org` and `www.example.org` are one site to everybody but the name system. */
export function bareHost(host: string): string {
  return host.replace(/^www\./, '');
}
