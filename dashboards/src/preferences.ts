import { createContext } from "preact";
import { useCallback, useContext, useLayoutEffect, useMemo, useState } from "preact/hooks";
import type { Language } from "./texts/language";
import { languageOf } from "./texts/language";

export type Theme = "auto" | "light" | "dark";

/**
 * What this browser remembers, and all it remembers. The switch for single-key shortcuts is here
 * because WCAG 2.1.4 wants a way to turn them off that lasts.
 */
export interface Preferences {
  theme: Theme;
  language: Language;
  shortcuts: boolean;
}

export interface PreferencesAndSetter extends Preferences {
  set: (change: Partial<Preferences>) => void;
}

const key = "footfall";

/** Storage may be blocked or hold anything: every field is checked, and failing is not an error. */
function remembered(): Preferences {
  const stored: unknown = (() => {
    try {
      return JSON.parse(localStorage.getItem(key) ?? "{}");
    } catch {
      return {};
    }
  })();
  const field = (name: string): unknown => (typeof stored === "object" && stored !== null ? Reflect.get(stored, name) : null);
  const theme = field("theme");
  return {
    theme: theme === "light" || theme === "dark" ? theme : "auto",
    language: languageOf([String(field("language")), ...navigator.languages]),
    shortcuts: field("shortcuts") !== false,
  };
}

function remember(change: Partial<Preferences>): void {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? "{}");
    localStorage.setItem(key, JSON.stringify({ ...(typeof stored === "object" ? stored : {}), ...change }));
  } catch {
    // A browser that stores nothing keeps the choice until the page is closed.
  }
}

export const PreferencesContext = createContext<PreferencesAndSetter>({
  ...remembered(),
  set: () => {},
});

export const usePreferences = (): PreferencesAndSetter => useContext(PreferencesContext);

/** Holds the preferences for the whole page and writes theme and language onto the document. */
export function usePreferencesState(): PreferencesAndSetter {
  const [preferences, setPreferences] = useState(remembered);
  useLayoutEffect(() => {
    document.documentElement.dataset["theme"] = preferences.theme;
    document.documentElement.lang = preferences.language;
  }, [preferences]);
  const set = useCallback((change: Partial<Preferences>) => {
    remember(change);
    setPreferences((old) => ({ ...old, ...change }));
  }, []);
  return useMemo(() => ({ ...preferences, set }), [preferences, set]);
}
