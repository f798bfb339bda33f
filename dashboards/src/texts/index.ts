import { useMemo } from "preact/hooks";
import { usePreferences } from "../preferences";
import type { Texts } from "./en";
import { en } from "./en";
import type { Format } from "./format";
import { formatFor } from "./format";
import type { Language } from "./language";
import { nl } from "./nl";

export type { Reason, Texts } from "./en";
export type { Format } from "./format";

const languages: Record<Language, Texts> = { en, nl };

/** `nl-BE` beats `nl` for numbers and dates when the browser says so. */
function localeOf(language: Language): string {
  return navigator.languages.find((locale) => locale.toLowerCase().startsWith(`${language}-`)) ?? language;
}

export interface Words {
  texts: Texts;
  format: Format;
}

/** The texts and formats of the chosen language. */
export function useWords(): Words {
  const { language } = usePreferences();
  return useMemo(() => ({ texts: languages[language], format: formatFor(localeOf(language)) }), [language]);
}

/** Looks a server's word up in a table of ours; hostile words such as `constructor` find nothing. */
export function lookUp<Value>(table: Record<string, Value>, word: string): Value | null {
  return Object.hasOwn(table, word) ? (table[word] ?? null) : null;
}
