import type { BreakdownRow, Dimension, Site } from "../api/types";
import { OutsideArrow } from "../components/OutsideLink";
import { Explained } from "../components/tip";
import { useWords } from "../texts";
import { columnsOf } from "./columns";
import { labelOf } from "./label";

interface RowTableProps {
  dimension: Dimension;
  rows: BreakdownRow[];
  site: Site | null;
  /** In the details panel: every column, and labels in full. */
  full?: boolean;
}

/** A column as wide as its longest figure, and no narrower than the style sheet wants. */
export function roomFor(figures: string[]): string {
  const longest = Math.max(...figures.map((figure) => figure.length));
  return `max(var(--figure), ${(longest * 0.56 + 1).toFixed(2)}rem)`;
}

/** A list of labels with figures, and a bar behind each that shows its part of the largest. */
export function RowTable({ dimension, rows, site, full = false }: RowTableProps) {
  const words = useWords();
  const { texts, format } = words;
  const columns = columnsOf(dimension, texts, full);
  const largest = Math.max(1, ...rows.map((row) => row.visitors));
  return (
    <table class={full ? "rows rows-full" : "rows"}>
      <caption class="visually-hidden">{texts.dimensions[dimension].name}</caption>
      <thead>
        <tr>
          <th scope="col">{texts.dimensions[dimension].label}</th>
          {columns.map((column) => (
            <th key={column.name} scope="col" class="figure" style={{ width: roomFor(rows.map((row) => format.number(column.value(row)))) }}>
              <Explained how={column.how}>{column.name}</Explained>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => {
          const label = labelOf(dimension, row, site, words);
          return (
            <tr key={index}>
              <td class="row-label">
                <span class="bar" style={{ width: `${(100 * row.visitors) / largest}%` }} />
                <span class="row-words">
                  <bdi class="row-text" title={full ? undefined : label.text}>{label.text}</bdi>
                  {label.aside !== null && <bdi class="row-aside">{label.aside}</bdi>}
                  {label.href !== null && <OutsideArrow href={label.href} label={label.text} />}
                </span>
              </td>
              {columns.map((column) => <td key={column.name} class="figure">{format.number(column.value(row))}</td>)}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
