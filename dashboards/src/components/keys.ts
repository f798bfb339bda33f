import { useEffect } from "preact/hooks";
import { usePreferences } from "../preferences";

const typing = "input:not([type=radio]), select, textarea, [contenteditable]";

/**
 * Single-key shortcuts for the page. They stay out of the way of typing, of the browser's own
 * combinations and of open panels, and of anyone who turned them off.
 */
export function useKeys(keys: Record<string, () => void>): void {
  const { shortcuts } = usePreferences();
  useEffect(() => {
    if (!shortcuts) return;
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (event.target instanceof Element && event.target.closest(typing) !== null) return;
      if (document.querySelector("dialog[open]") !== null) return;
      const act = keys[event.key.toUpperCase()];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [keys, shortcuts]);
}
