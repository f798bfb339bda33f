// Makes dist/bots.json: what known robots call themselves, in the form that src/privacy/bots.rs reads.
//
// The patterns come from two npm packages, at the versions that package-lock.json pins:
//   crawler-user-agents  case-sensitive, one pattern a robot
//   isbot                case-insensitive, general signs of a robot
// They are JavaScript patterns. Rust's `regex` reads the same syntax, but for a hyphen after a class (`[\d-.]`) and for
// look-around. A pattern that looks around only at its two ends, for plain words, becomes an entry of `beside`: the
// pattern between, and the words that must not stand next to what it finds. Anything else stops the build, so that a new
// version of a package never loses a pattern in silence.
//
// Usage: node scripts/bot-list.mjs [output]

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";

const require = createRequire(import.meta.url);
const output = process.argv[2] ?? new URL("../dist/bots.json", import.meta.url).pathname;

/** Name, version and licence of a package, for the list to carry along. */
function source(name) {
  const { version, license } = JSON.parse(readFileSync(require.resolve(`${name}/package.json`), "utf8"));
  return { name, version, license };
}

/** `crawler-user-agents` does not export its package.json; it lies beside its list. */
function sourceBeside(name, file) {
  const path = require.resolve(name).replace(file, "package.json");
  const { version, license } = JSON.parse(readFileSync(path, "utf8"));
  return { name, version, license };
}

/** A hyphen after `\w`, `\d` or `\s` inside brackets is meant as itself. */
const translate = (pattern) => pattern.replace(/(\[[^\]]*\\[wds])-(?!\])/g, "$1\\-");

/** The alternatives of a look-around, or an error if they are not plain text. */
function words(alternatives, pattern) {
  const list = alternatives === undefined ? [] : alternatives.split("|");
  for (const word of list) {
    if (!/^[\w /:;,-]+$/.test(word)) throw new Error(`cannot read the look-around of ${pattern}`);
  }
  return list.map((word) => word.toLowerCase());
}

/** `(?<!a|b)body(?!c|d)` or `(?<!a)body(?!(?:c|d))` as its parts. */
function beside(pattern) {
  const [, before, body, after] = /^(?:\(\?<!([^()]*)\))?(.*?)(?:\(\?!(?:\(\?:)?([^()]*)\)?\))?$/.exec(pattern);
  if (/\(\?[<!=]/.test(body)) throw new Error(`cannot split ${pattern}`);
  return { pattern: translate(body), not_after: words(before, pattern), not_before: words(after, pattern) };
}

const looksAround = (pattern) => /\(\?(?:<?[!=])/.test(pattern);
/** Libraries and driven browsers: whoever has a token may send with them. */
const isTool = ({ tags }) => tags.includes("http-library") || tags.includes("browser-automation");

/** Names that are somebody else's as well: a telephone is a Butterfly, a tablet a ViewSonic, and Sogou has a browser. */
const OURS = { Butterfly: "Butterfly\\/", Sonic: "\\bSonic|RankSonic", Sogou: "Sogou[\\w -]*[Ss]pider" };

const named = require("crawler-user-agents").map((entry) => ({ ...entry, pattern: OURS[entry.pattern] ?? entry.pattern }));
const general = require("isbot").list;
const unread = named.map(({ pattern }) => pattern).filter(looksAround);
if (unread.length > 0) throw new Error(`look-around in ${unread.join(" ")}`);

const list = {
  sources: [sourceBeside("crawler-user-agents", "crawler-user-agents.json"), source("isbot")],
  crawlers: named.filter((entry) => !isTool(entry)).map(({ pattern }) => translate(pattern)),
  tools: named.filter(isTool).map(({ pattern }) => translate(pattern)),
  general: general.filter((pattern) => !looksAround(pattern)).map(translate),
  beside: general.filter(looksAround).map(beside),
};
mkdirSync(dirname(output), { recursive: true });
writeFileSync(output, `${JSON.stringify(list, null, 1)}\n`);
console.log(`${output}: ${list.crawlers.length} crawlers, ${list.tools.length} tools, ${list.general.length} general signs, ${list.beside.length} with neighbours`);
