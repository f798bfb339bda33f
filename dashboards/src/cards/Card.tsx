import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { Address } from "../address";
import { withQuery } from "../address";
import { Link } from "../components/Link";
import { useWords } from "../texts";
import type { Subject } from "./catalogue";

interface CardProps {
  title: string;
  /** What "Show all" shows; null hides it. */
  details: Subject | null;
  address: Address;
  wide?: boolean;
  children: ComponentChildren;
}

export function Card({ title, details, address, wide = false, children }: CardProps) {
  const { texts } = useWords();
  const id = useId();
  return (
    <section class={wide ? "card report report-wide" : "card report"} aria-labelledby={id}>
      <h2 id={id} class="report-title">{title}</h2>
      <div class="report-body">{children}</div>
      {details !== null && (
        <div class="report-foot">
          <Link href={withQuery(address, { details })} class="show-all" aria-label={texts.cards.showAllOf(title)}>
            {texts.cards.showAll}
          </Link>
        </div>
      )}
    </section>
  );
}
