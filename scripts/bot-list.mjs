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
// These lists are advice. lists/bots.json says, with a reason for each entry, what is removed or replaced, and which words
// do not count in the agent of a browser. An entry that no pattern of its package answers to stops the build as well.
//
// How far a pattern counts: `outside` of browsers alone, in a browser on a `computer`, on a `phone` or television, or
// within an `app`; each of them includes those before it.
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

/** Entries of lists/bots.json by package and pattern, each to be used up. */
class Advice {
  #entries = new Map();
  constructor(kind, entries) {
    this.kind = kind;
    for (const { package: from, patterns, pattern, why, ...rest } of entries) {
      if (!why) throw new Error(`lists/bots.json: ${kind} ${pattern ?? patterns} without a reason`);
      for (const each of patterns ?? [pattern]) this.#entries.set(`${from} ${each}`, { ...rest, used: false });
    }
  }
  take(from, pattern) {
    const entry = this.#entries.get(`${from} ${pattern}`);
    if (entry) entry.used = true;
    return entry;
  }
  finish() {
    const unused = [...this.#entries].filter(([, entry]) => !entry.used).map(([key]) => key);
    if (unused.length > 0) throw new Error(`lists/bots.json: no such pattern any longer, ${this.kind}: ${unused.join(", ")}`);
  }
}

const ours = JSON.parse(readFileSync(new URL("../lists/bots.json", import.meta.url), "utf8"));
const removed = new Advice("removed", ours.removed);
const replaced = new Advice("replaced", ours.replaced);
const weak = new Advice("words", ours.words);

const CRAWLERS = "crawler-user-agents";
const named = require(CRAWLERS)
  .filter(({ pattern }) => !removed.take(CRAWLERS, pattern))
  .map((entry) => ({ ...entry, own: replaced.take(CRAWLERS, entry.pattern)?.by ?? entry.pattern }));
const unread = named.map(({ own }) => own).filter(looksAround);
if (unread.length > 0) throw new Error(`look-around in ${unread.join(" ")}`);

/** A name, and how far it counts. */
const name = ({ pattern, own }) => ({
  pattern: translate(own),
  counts: weak.take(CRAWLERS, pattern)?.counts ?? "app",
});
/** A general sign, and how far it counts: one of the beginning of an agent is not a phone's. */
const sign = (source, read) => {
  const entry = read(source);
  const counts = weak.take("isbot", source)?.counts ?? weak.take("isbot", entry.pattern)?.counts;
  return { ...entry, counts: counts ?? (source.startsWith("^") ? "computer" : "app") };
};

const general = require("isbot").list.filter((pattern) => !removed.take("isbot", pattern));
const list = {
  sources: [sourceBeside("crawler-user-agents", "crawler-user-agents.json"), source("isbot")],
  crawlers: named.filter((entry) => !isTool(entry)).map(name),
  tools: named.filter(isTool).map(name),
  general: general.filter((pattern) => !looksAround(pattern)).map((pattern) => sign(pattern, (text) => ({ pattern: translate(text) }))),
  beside: general.filter(looksAround).map((pattern) => sign(pattern, beside)),
  mail_proxies: ours.mail_proxies,
};
for (const advice of [removed, replaced, weak]) advice.finish();
mkdirSync(dirname(output), { recursive: true });
writeFileSync(output, `${JSON.stringify(list, null, 1)}\n`);
console.log(`${output}: ${list.crawlers.length} crawlers, ${list.tools.length} tools, ${list.general.length} general signs, ${list.beside.length} with neighbours`);
