import type { BreakdownRow, Dimension, Site } from "../api/types";
import { safeHref } from "../components/OutsideLink";
import type { Words } from "../texts";
import { lookUp } from "../texts";

/** How a row is called: what strangers sent, except where the server sends a code for a name. */
export interface Label {
  text: string;
  /** A quieter word beside it. */
  aside: string | null;
  /** Where it leads, when that is an address a browser may be sent to. */
  href: string | null;
}

export function labelOf(dimension: Dimension, row: BreakdownRow, site: Site | null, { texts, format }: Words): Label {
  if (row.folded === true) return { text: texts.folded, aside: null, href: null };
  const plain = row.label.trim() === "" ? texts.unknown : visible(row.label);
  const country = (code: string | null | undefined): string | null =>
    code === null || code === undefined || code === "" ? null : (format.country(code) ?? code);
  switch (dimension) {
    case "pages":
      return { text: plain, aside: null, href: row.label.startsWith("/") && site !== null ? pageHref(row.label, site) : null };
    case "outlinks":
    case "downloads":
      return { text: plain, aside: null, href: safeHref(row.label) };
    case "referrers": {
      const kind = row.kind ?? "";
      const direct = kind === "direct" && row.label.trim() === "";
      const aside = lookUp(texts.kinds, kind) ?? kind;
      return { text: direct ? texts.direct : plain, aside: direct || aside === "" ? null : aside, href: safeHref(row.label) };
    }
    case "countries":
      return { text: country(row.label) ?? texts.unknown, aside: null, href: null };
    case "regions":
    case "cities":
      return { text: plain, aside: country(row.country), href: null };
    case "languages":
      return { text: (row.label === "" ? null : format.language(row.label)) ?? plain, aside: null, href: null };
    case "devices":
      return { text: lookUp(texts.deviceTypes, row.label) ?? plain, aside: null, href: null };
    default:
      return { text: plain, aside: null, href: null };
  }
}

/** Marks that steer the direction of text, and control characters, would make a label read as another. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, "\uFFFD");
}

/** A page of the site itself; a path that would lead to another host (`//host`) is not linked. */
function pageHref(path: string, site: Site): string | null {
  const href = safeHref(path, site.url);
  const home = safeHref(site.url);
  return href !== null && home !== null && new URL(href).origin === new URL(home).origin ? href : null;
}
