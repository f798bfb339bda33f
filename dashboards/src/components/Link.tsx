import type { ComponentChildren } from "preact";
import { navigate } from "../address";

interface LinkProps {
  href: string;
  class?: string;
  "aria-label"?: string;
  "aria-current"?: "true" | "page" | undefined;
  children: ComponentChildren;
}

/** A link within the dashboard: a real one, so that middle click and "copy address" work. */
export function Link({ href, children, ...rest }: LinkProps) {
  const follow = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(href);
  };
  return (
    <a {...rest} href={href} onClick={follow}>
      {children}
    </a>
  );
}
