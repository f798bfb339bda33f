import { usePreferences } from "../preferences";
import { useWords } from "../texts";
import { languages } from "../texts/language";
import { Choice } from "./Choice";

export function ThemeSwitch() {
  const { texts } = useWords();
  const { theme, set } = usePreferences();
  const options = (["auto", "light", "dark"] as const).map((value) => ({ value, label: texts.theme[value] }));
  return <Choice label={texts.theme.label} options={options} value={theme} onValue={(chosen) => set({ theme: chosen })} />;
}

/** Each language is written in itself, for whoever does not read the present one. */
export function LanguageSwitch() {
  const { texts } = useWords();
  const { language, set } = usePreferences();
  const options = languages.map((value) => ({ value, label: texts.language[value], lang: value }));
  return (
    <Choice label={texts.language.label} options={options} value={language} onValue={(chosen) => set({ language: chosen })} />
  );
}

export function ShortcutSwitch() {
  const { texts } = useWords();
  const { shortcuts, set } = usePreferences();
  const options = [
    { value: "on" as const, label: texts.settings.on },
    { value: "off" as const, label: texts.settings.off },
  ];
  return (
    <Choice
      label={texts.settings.shortcuts}
      options={options}
      value={shortcuts ? "on" : "off"}
      onValue={(chosen) => set({ shortcuts: chosen === "on" })}
    />
  );
}
