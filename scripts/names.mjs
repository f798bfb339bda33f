// Makes dist/names.json: English names of countries and languages by their ISO codes, in the form that
// src/report/matomo/names.rs reads. They are Unicode's (CLDR), as Node's own Intl knows them.
//
// Usage: node scripts/names.mjs [output]

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const output = process.argv[2] ?? new URL("../dist/names.json", import.meta.url).pathname;
const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
const codes = letters.flatMap((first) => letters.map((second) => first + second));

/** Names of all codes that have one. */
function names(type, spelling) {
  const of = new Intl.DisplayNames(["en"], { type, fallback: "none" });
  const named = codes.map((code) => [spelling(code), of.of(spelling(code))]);
  return Object.fromEntries(named.filter(([, name]) => name));
}

const countries = names("region", (code) => code);
const languages = names("language", (code) => code.toLowerCase());
if (countries.NL !== "Netherlands" || languages.nl !== "Dutch") {
  throw new Error("this Node has no names of countries and languages: install one with full ICU data");
}
mkdirSync(dirname(output), { recursive: true });
writeFileSync(output, JSON.stringify({ countries, languages }));
