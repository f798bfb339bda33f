import { useId, useState } from "preact/hooks";
import { useWords } from "../texts";
import { Icon } from "./Icon";

type Outcome = "none" | "copied" | "failed";

/** Code to take along, with a button that copies it and says so. */
export function CopyBox({ label, code, hint }: { label: string; code: string; hint?: string }) {
  const { texts } = useWords();
  const id = useId();
  const [outcome, setOutcome] = useState<Outcome>("none");
  const copy = (): void => {
    navigator.clipboard.writeText(code).then(
      () => setOutcome("copied"),
      () => setOutcome("failed"),
    );
  };
  const said = { none: "", copied: texts.copied, failed: texts.copyFailed }[outcome];
  return (
    <div class="copy-box">
      <div class="copy-head">
        <h2 id={id}>{label}</h2>
        <span class="copy-said" role="status">{said}</span>
        <button type="button" class="button" aria-describedby={id} onClick={copy}>
          {outcome === "copied" && <Icon name="check" />}
          {texts.copy}
        </button>
      </div>
      {hint !== undefined && <p class="hint">{hint}</p>}
      <pre class="code" tabIndex={0} role="region" aria-labelledby={id}><code>{code}</code></pre>
    </div>
  );
}
