import type { ComponentChildren } from "preact";
import { useWords } from "../texts";
import { Icon } from "./Icon";

/** The address if a browser may be sent there, null if it is anything but http or https. */
export function safeHref(address: string, base?: string): string | null {
  if (base === undefined && !/^https?:\/\//i.test(address)) return null;
  try {
    const url = new URL(address, base);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

/** A link away from the dashboard; text only when the address is not one to follow. */
export function OutsideLink({ href, children }: { href: string; children: ComponentChildren }) {
  const safe = safeHref(href);
  if (safe === null) return <>{children}</>;
  return (
    <a href={safe} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}

/** The small arrow at the end of a row. */
export function OutsideArrow({ href, label }: { href: string; label: string }) {
  const { texts } = useWords();
  return (
    <a
      class="outside-arrow"
      href={href}
      target="_blank"
      rel="noopener noreferrer"
      aria-label={`${label.slice(0, 80)} (${texts.opensElsewhere})`}
    >
      <Icon name="outside" />
    </a>
  );
}
