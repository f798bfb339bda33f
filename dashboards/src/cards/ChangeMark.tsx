import { useWords } from "../texts";
import type { Change } from "./metrics";

const arrows = { up: "↑", down: "↓", same: "" };

/** An arrow and how much; a dash where there is nothing to compare with. */
export function ChangeMark({ change }: { change: Change | null }) {
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
