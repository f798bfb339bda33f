export const languages = ["en", "nl"] as const;

export type Language = (typeof languages)[number];

/** The first language of the list that the dashboard speaks; English when it speaks none. */
export function languageOf(wishes: readonly string[]): Language {
  for (const wish of wishes) {
    const wanted = wish.toLowerCase().split("-")[0];
    const found = languages.find((language) => language === wanted);
    if (found !== undefined) return found;
  }
  return "en";
}
