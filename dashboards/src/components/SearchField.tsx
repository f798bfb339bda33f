import { useId } from "preact/hooks";
import { useWords } from "../texts";

interface SearchFieldProps {
  value: string;
  onValue: (value: string) => void;
  /** How many rows match, read out as it changes. */
  said: string;
}

export function SearchField({ value, onValue, said }: SearchFieldProps) {
  const { texts } = useWords();
  const id = useId();
  return (
    <div class="search">
      <label for={id} class="visually-hidden">{texts.details.search}</label>
      <input
        id={id}
        type="search"
        autofocus
        placeholder={texts.details.search}
        value={value}
        autocomplete="off"
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      <span class="search-said" role="status">{said}</span>
    </div>
  );
}
