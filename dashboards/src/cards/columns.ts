import type { BreakdownRow, Dimension } from "../api/types";
import type { Texts } from "../texts";

export interface Column {
  name: string;
  how: string;
  value: (row: BreakdownRow) => number;
}

/** What `count` means for a dimension; null where it only repeats the visits. */
function countColumn(dimension: Dimension, texts: Texts): Column | null {
  const value = (row: BreakdownRow): number => row.count;
  switch (dimension) {
    case "pages":
    case "titles":
      return { ...texts.columns.pages, value };
    case "outlinks":
    case "downloads":
    case "events":
    case "searches":
      return { ...texts.columns[dimension], value };
    default:
      return null;
  }
}

/** A card has room for the visitors and the count; the details panel for the visits as well. */
export function columnsOf(dimension: Dimension, texts: Texts, all: boolean): Column[] {
  const columns: Column[] = [{ ...texts.columns.visitors, value: (row) => row.visitors }];
  if (all) columns.push({ ...texts.columns.visits, value: (row) => row.visits });
  const count = countColumn(dimension, texts);
  if (count !== null) columns.push(count);
  return columns;
}
