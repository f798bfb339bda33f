import type { Metric, Overview } from "../api/types";
import { useTip } from "../components/tip";
import { useWords } from "../texts";
import { ChangeMark } from "./ChangeMark";
import { changeOf, metricWords } from "./metrics";

interface TileProps {
  metric: Metric;
  overview: Overview;
  chosen: boolean;
  onChoose: () => void;
}

/** One figure with its change; choosing it draws it. Its definition comes on hover and on focus. */
export function Tile({ metric, overview, chosen, onChoose }: TileProps) {
  const words = useWords();
  const { texts, format } = words;
  const { name, how } = metricWords(metric, overview, texts);
  const { trigger, bubble } = useTip(how);
  const { onMouseEnter, onMouseLeave, ...byKeyboard } = trigger;
  return (
    <>
      <button type="button" class="tile" aria-pressed={chosen} onClick={onChoose} {...byKeyboard}>
        <span class="tile-name" onMouseEnter={onMouseEnter} onMouseLeave={onMouseLeave}>{name}</span>
        <span class="tile-value">{format.metric(metric, overview.totals[metric])}</span>
        <ChangeMark change={changeOf(metric, overview.totals, overview.previous, words)} />
      </button>
      {bubble}
    </>
  );
}
