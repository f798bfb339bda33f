import { useWords } from "../texts";
import { Field } from "./Field";

/** Browsers leave UTC out of their list of zones, though it is one that servers like. */
const zones = [...new Set([...Intl.supportedValuesOf("timeZone"), "UTC"])].sort();

/** Wider than the list above, which has only one of the names of each zone. */
export function isZone(name: string): boolean {
  try {
    return name !== "" && new Intl.DateTimeFormat("en", { timeZone: name }) !== null;
  } catch {
    return false;
  }
}

interface ZoneFieldProps {
  value: string;
  onValue: (value: string) => void;
  hint: string;
  error: string | null;
}

/** A time zone by its name, of which a part is enough to find it. */
export function ZoneField({ value, onValue, hint, error }: ZoneFieldProps) {
  const { texts } = useWords();
  return (
    <Field
      label={texts.addSite.timezone}
      hint={hint}
      error={error}
      list="time-zones"
      required
      autocomplete="off"
      spellcheck={false}
      value={value}
      onValue={onValue}
    >
      <datalist id="time-zones">{zones.map((zone) => <option key={zone} value={zone} />)}</datalist>
    </Field>
  );
}
