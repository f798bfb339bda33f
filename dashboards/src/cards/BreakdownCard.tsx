import type { Address } from "../address";
import { step } from "../address";
import { endpoints } from "../api/endpoints";
import { useResource } from "../api/resource";
import type { Dimension, Site } from "../api/types";
import { Empty } from "../components/Empty";
import { Loaded, SkeletonRows } from "../components/Loaded";
import { Tabs } from "../components/Tabs";
import type { Period } from "../period";
import { useWords } from "../texts";
import { Card } from "./Card";
import type { BreakdownCardPlan } from "./catalogue";
import { RowTable } from "./RowTable";

/** As many rows as a card shows before "Show all". */
const rowsShown = 9;

interface BreakdownCardProps {
  card: BreakdownCardPlan;
  id: number;
  site: Site | null;
  period: Period;
  address: Address;
}

export function BreakdownCard({ card, id, site, period, address }: BreakdownCardProps) {
  const { texts } = useWords();
  const title = texts.cards[card.name];
  const wanted = address.query.get(card.name);
  const dimension = card.tabs.find((tab) => tab === wanted) ?? card.tabs[0];
  const choose = (tab: Dimension): void => step(address, { [card.name]: tab === card.tabs[0] ? null : tab });
  const rows = <Top key={dimension} dimension={dimension} id={id} site={site} period={period} />;
  return (
    <Card title={title} details={dimension} address={address}>
      {card.tabs.length === 1 ? (
        rows
      ) : (
        <Tabs
          label={texts.cards.tabs(title)}
          tabs={card.tabs.map((name) => ({ name, label: texts.dimensions[name].name }))}
          chosen={dimension}
          onChoose={choose}
        >
          {rows}
        </Tabs>
      )}
    </Card>
  );
}

interface TopProps {
  dimension: Dimension;
  id: number;
  site: Site | null;
  period: Period;
}

/** The first rows of a dimension. Rendered anew for another tab, whose old rows are not its own. */
function Top({ dimension, id, site, period }: TopProps) {
  const { texts } = useWords();
  const breakdown = useResource(endpoints.breakdown(id, dimension, period, rowsShown, 0));
  return (
    <Loaded resource={breakdown} skeleton={<SkeletonRows rows={rowsShown} />}>
      {({ rows }) =>
        rows.length === 0 ? (
          <Empty text={texts.dimensions[dimension].empty} />
        ) : (
          <RowTable dimension={dimension} rows={rows} site={site} />
        )
      }
    </Loaded>
  );
}
