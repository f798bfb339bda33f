import type { ComponentChildren } from "preact";

interface EmptyProps {
  title?: string;
  text: string;
  children?: ComponentChildren;
}

/** Nothing to show, why, and what to do about it. */
export function Empty({ title, text, children }: EmptyProps) {
  return (
    <div class="empty">
      {title !== undefined && <h2>{title}</h2>}
      <p>{text}</p>
      {children}
    </div>
  );
}
