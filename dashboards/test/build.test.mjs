/** What can be told from the built files alone. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { built } from "./mock-server.mjs";

/** What the first view may cost a browser, compressed. */
const budget = 150 * 1024;

test("the script of the first view stays within its budget", async (context) => {
  const assets = await readdir(join(built, "assets"));
  const scripts = assets.filter((name) => name.endsWith(".js"));
  let bytes = 0;
  for (const name of scripts) bytes += gzipSync(await readFile(join(built, "assets", name))).length;
  context.diagnostic(`${scripts.length} script(s), ${bytes} bytes gzip of ${budget}`);
  assert.ok(scripts.length > 0 && bytes <= budget);
});

test("the page holds no inline script, style or handler", async () => {
  const page = await readFile(join(built, "index.html"), "utf8");
  assert.doesNotMatch(page, /<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
});

test("English and Dutch have the same keys, and no word is missing", async () => {
  const keys = async (language) => {
    const source = await readFile(new URL(`../src/texts/${language}.ts`, import.meta.url), "utf8");
    assert.doesNotMatch(source, /: ""/);
    return [...source.matchAll(/^ *"?(\w+)"?:/gm)].map(([, key]) => key).sort();
  };
  const english = new Set(await keys("en"));
  for (const key of await keys("nl")) assert.ok(english.has(key), key);
});
