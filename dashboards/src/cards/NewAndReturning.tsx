import type { Totals } from "../api/types";
import { Explained } from "../components/tip";
import { useWords } from "../texts";

/** How many visits were a visitor's first, on sites where that can be known. */
export function NewAndReturning({ totals }: { totals: Totals }) {
  const { texts, format } = useWords();
  const { new_visits: first, returning_visits: returning } = totals;
  if (first === undefined || returning === undefined) return null;
  const share = first + returning === 0 ? null : returning / (first + returning);
  return (
    <dl class="first-or-not">
      <div>
        <dt><Explained how={texts.distinct.newVisits.how}>{texts.distinct.newVisits.name}</Explained></dt>
        <dd>{format.number(first)}</dd>
      </div>
      <div>
        <dt><Explained how={texts.distinct.returningVisits.how}>{texts.distinct.returningVisits.name}</Explained></dt>
        <dd>{format.number(returning)} {share !== null && <span class="quiet">({format.percent(share)})</span>}</dd>
      </div>
    </dl>
  );
}
