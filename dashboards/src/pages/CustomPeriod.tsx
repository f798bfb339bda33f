import { useState } from "preact/hooks";
import { Dialog } from "../components/Dialog";
import { Field } from "../components/Field";
import type { Period } from "../period";
import { isDay } from "../period";
import { useWords } from "../texts";

interface CustomPeriodProps {
  from: string;
  to: string;
  onClose: () => void;
  onChoose: (period: Period) => void;
}

/** Two days, typed or picked; it starts from the days that are shown now. */
export function CustomPeriod({ from: firstFrom, to: firstTo, onClose, onChoose }: CustomPeriodProps) {
  const { texts } = useWords();
  const [from, setFrom] = useState(firstFrom);
  const [to, setTo] = useState(firstTo);
  const [wrong, setWrong] = useState(false);
  const choose = (event: Event): void => {
    event.preventDefault();
    const fine = isDay(from) && isDay(to) && from <= to;
    setWrong(!fine);
    if (fine) onChoose({ kind: "custom", from, to });
  };
  return (
    <Dialog title={texts.period.customTitle} onClose={onClose}>
      <form class="form" onSubmit={choose}>
        <div class="field-pair">
          <Field label={texts.period.from} type="date" required autofocus value={from} onValue={setFrom} />
          <Field
            label={texts.period.to}
            type="date"
            required
            value={to}
            onValue={setTo}
            error={wrong ? texts.period.wrong : null}
          />
        </div>
        <button type="submit" class="button button-primary">{texts.period.apply}</button>
      </form>
    </Dialog>
  );
}
