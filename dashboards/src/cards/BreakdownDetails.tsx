import { useState } from "preact/hooks";
import { endpoints } from "../api/endpoints";
import type { Dimension, Site } from "../api/types";
import { Empty } from "../components/Empty";
import { SkeletonRows } from "../components/Loaded";
import { ProblemNote } from "../components/ProblemNote";
import { SearchField } from "../components/SearchField";
import type { Period } from "../period";
import { useWords } from "../texts";
import { labelOf } from "./label";
import { searchDepth, usePages } from "./paging";
import { RowTable } from "./RowTable";

interface BreakdownDetailsProps {
  dimension: Dimension;
  id: number;
  site: Site | null;
  period: Period;
}

/** All rows of a dimension, with every column and a search over the labels as they are shown. */
export function BreakdownDetails({ dimension, id, site, period }: BreakdownDetailsProps) {
  const words = useWords();
  const { texts, format } = words;
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLocaleLowerCase();
  const { rows, total, problem, loading, more } = usePages(
    (limit, offset) => endpoints.breakdown(id, dimension, period, limit, offset),
    wanted !== "",
  );
  const matches =
    wanted === ""
      ? rows
      : rows.filter((row) => {
          const { text, aside } = labelOf(dimension, row, site, words);
          return `${text} ${aside ?? ""}`.toLocaleLowerCase().includes(wanted);
        });
  const first = rows.length === 0;
  return (
    <>
      <SearchField
        value={search}
        onValue={setSearch}
        said={first ? "" : texts.details.found(format.number(matches.length), format.number(total))}
      />
      {problem !== null && <ProblemNote problem={problem} onRetry={more} />}
      {first && loading && <SkeletonRows rows={9} />}
      {first && !loading && problem === null && <Empty text={texts.dimensions[dimension].empty} />}
      {!first && matches.length > 0 && <RowTable dimension={dimension} rows={matches} site={site} full />}
      {!first && matches.length === 0 && !loading && <Empty text={texts.details.nothing} />}
      {wanted !== "" && total > searchDepth && <p class="hint">{texts.details.cut(format.number(searchDepth))}</p>}
      {wanted === "" && rows.length < total && (
        <button type="button" class="button more" aria-disabled={loading} onClick={() => !loading && more()}>
          {loading ? texts.loading : texts.details.more}
        </button>
      )}
    </>
  );
}
