import { useState } from "preact/hooks";
import type { Address } from "../address";
import { endpoints } from "../api/endpoints";
import { useResource } from "../api/resource";
import type { Conversions, GoalLine } from "../api/types";
import { Empty } from "../components/Empty";
import { Loaded } from "../components/Loaded";
import { SearchField } from "../components/SearchField";
import { Explained } from "../components/tip";
import type { Period } from "../period";
import type { Texts, Words } from "../texts";
import { useWords } from "../texts";
import { Card } from "./Card";
import { ChangeMark } from "./ChangeMark";
import { growth } from "./metrics";
import { roomFor } from "./RowTable";

/** As many lines as the card shows before "Show all". */
const linesShown = 6;

interface GoalsProps {
  id: number;
  period: Period;
}

/** A goal, or the orders. */
interface Line {
  key: string;
  name: string;
  count: number;
  before: number | null;
  rate: number | null;
  revenue: number;
  /** What an order is worth in the mean. */
  average: number | null;
}

/** What visits led to. A site without goals and orders has no such card. */
export function GoalsCard({ id, period, address }: GoalsProps & { address: Address }) {
  const words = useWords();
  const { texts } = words;
  const conversions = useResource(endpoints.conversions(id, period));
  const count = countOf(conversions.data);
  if (count === 0 && conversions.problem === null) return null;
  return (
    <Card title={texts.cards.goals} details={count > linesShown ? "goals" : null} address={address} wide>
      <Loaded resource={conversions}>
        {(data) => <GoalTable lines={linesOf(data, words).slice(0, linesShown)} />}
      </Loaded>
    </Card>
  );
}

export function GoalsDetails({ id, period }: GoalsProps) {
  const words = useWords();
  const { texts, format } = words;
  const [search, setSearch] = useState("");
  const conversions = useResource(endpoints.conversions(id, period));
  const wanted = search.trim().toLocaleLowerCase();
  return (
    <Loaded resource={conversions}>
      {(data) => {
        const lines = linesOf(data, words);
        const matches = lines.filter((line) => line.name.toLocaleLowerCase().includes(wanted));
        return (
          <>
            <SearchField
              value={search}
              onValue={setSearch}
              said={texts.details.found(format.number(matches.length), format.number(lines.length))}
            />
            {matches.length > 0 ? <GoalTable lines={matches} /> : <Empty text={texts.details.nothing} />}
          </>
        );
      }}
    </Loaded>
  );
}

/** How many lines there are, or none yet. An answer of an unexpected shape has one, which says so when it is drawn. */
function countOf(data: Partial<Conversions> | null): number {
  if (data === null) return 0;
  return data.rows === undefined ? 1 : data.rows.length + (data.orders === null ? 0 : 1);
}

/** The orders, if there are any, then the goals. */
function linesOf({ rows, orders }: Conversions, { texts, format }: Words): Line[] {
  const goals = rows.map((row) => ({
    key: String(row.id),
    name: nameOf(row, texts, format.number),
    count: row.conversions,
    before: row.previous?.conversions ?? null,
    rate: row.conversion_rate,
    revenue: row.revenue,
    average: null,
  }));
  if (orders === null) return goals;
  const { orders: count, previous, conversion_rate: rate, revenue, average } = orders;
  return [{ key: "orders", name: texts.conversions.orders, count, before: previous?.orders ?? null, rate, revenue, average }, ...goals];
}

function nameOf({ id, name }: GoalLine, texts: Texts, number: (value: number) => string): string {
  if (id === null) return texts.conversions.few;
  return name ?? texts.conversions.deleted(number(id));
}

function GoalTable({ lines }: { lines: Line[] }) {
  const { texts, format } = useWords();
  const words = texts.conversions;
  const largest = Math.max(1, ...lines.map((line) => line.count));
  return (
    <table class="rows rows-goals">
      <caption class="visually-hidden">{words.caption}</caption>
      <thead>
        <tr>
          <th scope="col">{words.goal}</th>
          <th scope="col" class="figure"><Explained how={words.count.how}>{words.count.name}</Explained></th>
          <th scope="col" class="figure figure-rate"><Explained how={words.rate.how}>{words.rate.name}</Explained></th>
          <th scope="col" class="figure" style={{ width: roomFor(lines.map((line) => format.money(line.revenue))) }}>
            <Explained how={words.revenue.how}>{words.revenue.name}</Explained>
          </th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr key={line.key}>
            <td class="row-label">
              <span class="bar" style={{ width: `${(100 * line.count) / largest}%` }} />
              <span class="row-words">
                <bdi class="row-text" title={line.name}>{line.name}</bdi>
                {line.average !== null && (
                  <span class="row-aside"><Explained how={words.averageHow}>{words.average(format.money(line.average))}</Explained></span>
                )}
              </span>
            </td>
            <td class="figure">
              {line.before !== null && <ChangeMark change={growth(line.count, line.before, format)} />}
              <span>{format.number(line.count)}</span>
            </td>
            <td class="figure">{format.percent(line.rate)}</td>
            <td class="figure">{format.money(line.revenue)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
