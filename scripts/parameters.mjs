// Makes dist/parameters.json: names of parameters that trackers put into addresses, in the form that
// src/privacy/parameters.rs reads. Our own names, with their reasons, stand in lists/parameters.toml.
//
// They come from npm packages, at the versions that package-lock.json pins:
//   tidy-url               the rules that it has for every site
//   strip-tracking-params  its only list
//
// Usage: node scripts/parameters.mjs [output]

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";

const require = createRequire(import.meta.url);
const output = process.argv[2] ?? new URL("../dist/parameters.json", import.meta.url).pathname;

/** Name, version and licence of a package, for the list to carry along. */
function source(name) {
  const path = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  const { version, license } = JSON.parse(readFileSync(path, "utf8"));
  return { name, version, license };
}

const everywhere = require("tidy-url/data/rules.js").find(({ name }) => name === "Global")?.rules ?? [];
const listed = require("strip-tracking-params").DEFAULT_PARAMS;
for (const [name, list] of Object.entries({ "tidy-url": everywhere, "strip-tracking-params": listed })) {
  if (list.length < 20) throw new Error(`${name} has ${list.length} names: its form has changed`);
}

const names = [...new Set([...everywhere, ...listed].map((name) => name.trim().toLowerCase()))].sort();
// A pattern or a word of two letters would take ordinary parameters with it.
const unread = names.filter((name) => !/^[\w.$-]{3,}$/.test(name));
if (unread.length > 0) throw new Error(`no names of parameters: ${unread.join(" ")}`);

mkdirSync(dirname(output), { recursive: true });
writeFileSync(output, `${JSON.stringify({ sources: ["tidy-url", "strip-tracking-params"].map(source), names }, null, 1)}\n`);
console.log(`${output}: ${names.length} names`);
