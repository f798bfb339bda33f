/** Reads content blocks: banners and teasers that a page has marked by attributes or classes. */
import type { Params } from '../params.ts';

/** An attribute or one of the two class names that mark the same thing. */
const marked = (attribute: string, name: string): string => `[data-${attribute}],.matomo${name},.piwik${name}`;

const BLOCK = marked('track-content', 'TrackContent');
const PIECE = marked('content-piece', 'ContentPiece');
const TARGET = marked('content-target', 'ContentTarget');
const IGNORE = marked('content-ignoreinteraction', 'ContentIgnoreInteraction');

/** The part of a block under a mark, which may stand on the block itself; without a mark the whole block. */
function part(block: Element, selector: string): Element {
  return first(block, selector) ?? block;
}

function first(root: Element, selector: string): Element | null {
  return root.matches(selector) ? root : root.querySelector(selector);
}

function absolute(address: string | null | undefined): string {
  return address ? new URL(address, document.baseURI).href : '';
}

/** What a block is seen to show: what the author says, or the address of its picture, film or sound. */
function pieceOf(block: Element): string {
  const element = part(block, PIECE);
  const media = first(element, 'img[src],video[src],audio[src],source[src],embed[src],object[data]');
  return element.getAttribute('data-content-piece') || absolute(media?.getAttribute('src') ?? media?.getAttribute('data'));
}

/** Where it leads. */
function targetOf(block: Element): string {
  const element = part(block, TARGET);
  return element.getAttribute('data-content-target') || absolute(first(element, 'a[href],area[href]')?.getAttribute('href'));
}

/** The campaign, as it were: said by the author, else the piece (own pictures by path), else a title. */
function nameOf(block: Element, piece: string): string | null | undefined {
  return (
    first(block, '[data-content-name]')?.getAttribute('data-content-name') ||
    (piece.startsWith(`${location.origin}/`) ? piece.slice(location.origin.length) : piece) ||
    [PIECE, TARGET].map((selector) => part(block, selector).getAttribute('title')).find(Boolean) ||
    block.getAttribute('title')
  );
}

/** The parameters of content; the server counts a hit with an interaction as such, others as impressions. */
export function contentParams(name: unknown, piece: unknown, target: unknown, interaction?: unknown): Params {
  return { c_n: name || 'Unknown', c_p: piece || 'Unknown', c_t: target, c_i: interaction, ca: 1 };
}

export function readBlock(block: Element, interaction?: unknown): Params {
  const piece = pieceOf(block);
  return contentParams(nameOf(block, piece), piece, targetOf(block), interaction);
}

/** The blocks in a part of the page, its root and the open shadow roots in it included. */
export function blocksIn(root: Element): Element[] {
  const blocks = root.matches(BLOCK) ? [root] : [];
  const search = (tree: Element | ShadowRoot): void => {
    for (const element of tree.querySelectorAll('*')) {
      if (element.matches(BLOCK)) blocks.push(element);
      if (element.shadowRoot) search(element.shadowRoot);
    }
  };
  if (root.shadowRoot) search(root.shadowRoot);
  search(root);
  return blocks;
}

/**
 * The block a click interacts with: on its target if one is marked, unless the author says to ignore it. The target may
 * be in a shadow root of the block, where no search from the block comes, but the click does.
 */
export function clickedBlock(path: Element[]): Element | undefined {
  const block = path.find((element) => element.matches(BLOCK));
  if (!block || path.some((element) => element.matches(IGNORE))) return undefined;
  const inner = path.slice(0, path.indexOf(block) + 1);
  return inner.some((element) => element.matches(TARGET)) || path.includes(part(block, TARGET)) ? block : undefined;
}
