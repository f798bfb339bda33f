import type { Metric, Overview } from "../api/types";
import { useTip } from "../components/tip";
import { useWords } from "../texts";
import type { Change } from "./metrics";
import { changeOf } from "./metrics";

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
  const { name, how } = texts.metrics[metric];
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

const arrows = { up: "↑", down: "↓", same: "" };

function ChangeMark({ change }: { change: Change | null }) {
  const { texts } = useWords();
  if (change === null) {
    return <span class="change" title={texts.change.none}><span aria-hidden="true">–</span><span class="visually-hidden">{texts.change.none}</span></span>;
  }
  const { text, direction, good } = change;
  const said = direction === "same" ? texts.change.same : texts.change[direction](text);
  return (
    <span class={`change ${direction === "same" ? "" : good ? "change-good" : "change-bad"}`}>
      <span aria-hidden="true">{arrows[direction]} {text}</span>
      <span class="visually-hidden">{said}</span>
    </span>
  );
}
