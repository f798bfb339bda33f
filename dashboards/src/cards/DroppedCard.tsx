import { useState } from "preact/hooks";
import type { Address } from "../address";
import { endpoints } from "../api/endpoints";
import { useResource } from "../api/resource";
import type { DroppedCount } from "../api/types";
import { Empty } from "../components/Empty";
import { Loaded, SkeletonRows } from "../components/Loaded";
import { SearchField } from "../components/SearchField";
import { Explained } from "../components/tip";
import type { Period } from "../period";
import type { Reason, Texts } from "../texts";
import { lookUp, useWords } from "../texts";
import { Card } from "./Card";

/** As many reasons as the card shows before "Show all". */
const reasonsShown = 6;

interface DroppedProps {
  id: number;
  period: Period;
}

/** What arrived and was not counted, and why: no number on this page is right without it. */
export function DroppedCard({ id, period, address }: DroppedProps & { address: Address }) {
  const { texts } = useWords();
  const dropped = useResource(endpoints.dropped(id, period));
  return (
    <Card title={texts.cards.dropped} details="dropped" address={address} wide>
      <Loaded resource={dropped} skeleton={<SkeletonRows rows={reasonsShown} />}>
        {({ rows }) =>
          rows.length === 0 ? <Empty text={texts.dropped.empty} /> : <Reasons rows={rows.slice(0, reasonsShown)} />
        }
      </Loaded>
    </Card>
  );
}

/** What belongs to no site: unknown numbers, forged banners, nonsense. For the operator alone. */
export function DroppedOfNoSite() {
  const { texts } = useWords();
  const dropped = useResource(endpoints.droppedOfNoSite);
  return (
    <Loaded resource={dropped} skeleton={<SkeletonRows rows={2} />}>
      {({ rows }) => (rows.length === 0 ? <Empty text={texts.dropped.empty} /> : <Reasons rows={rows} />)}
    </Loaded>
  );
}

export function DroppedDetails({ id, period }: DroppedProps) {
  const { texts, format } = useWords();
  const [search, setSearch] = useState("");
  const dropped = useResource(endpoints.dropped(id, period));
  const wanted = search.trim().toLocaleLowerCase();
  return (
    <Loaded resource={dropped}>
      {({ rows }) => {
        const matches = rows.filter((row) => {
          const { name, why } = reasonOf(row, texts);
          return `${name} ${why}`.toLocaleLowerCase().includes(wanted);
        });
        return (
          <>
            <SearchField
              value={search}
              onValue={setSearch}
              said={texts.details.found(format.number(matches.length), format.number(rows.length))}
            />
            {matches.length > 0 && <Reasons rows={matches} />}
            {matches.length === 0 && <Empty text={rows.length === 0 ? texts.dropped.empty : texts.details.nothing} />}
          </>
        );
      }}
    </Loaded>
  );
}

/** A newer server may know reasons that this page does not: those are shown as they came. */
function reasonOf({ reason }: DroppedCount, texts: Texts): Reason {
  return lookUp<Reason>(texts.dropped.reasons, reason) ?? { name: reason, why: texts.dropped.other };
}

function Reasons({ rows }: { rows: DroppedCount[] }) {
  const { texts, format } = useWords();
  const largest = Math.max(1, ...rows.map((row) => row.count));
  return (
    <table class="rows rows-two-lines">
      <caption class="visually-hidden">{texts.dropped.caption}</caption>
      <thead>
        <tr>
          <th scope="col">{texts.dropped.reason}</th>
          <th scope="col" class="figure"><Explained how={texts.dropped.how}>{texts.dropped.hits}</Explained></th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const { name, why } = reasonOf(row, texts);
          return (
            <tr key={row.reason}>
              <td class="row-label">
                <span class="bar" style={{ width: `${(100 * row.count) / largest}%` }} />
                <span class="row-words">
                  <bdi class="row-text">{name}</bdi>
                  <span class="row-why">{why}</span>
                </span>
              </td>
              <td class="figure">{format.number(row.count)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
