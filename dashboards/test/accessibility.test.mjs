/** No axe violation on any page in either theme, and nothing that makes a phone scroll sideways. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { launch, openPage, settled, sizes, visit } from "./browser.mjs";
import { startMock } from "./mock-server.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const openAll = async (page) => {
  for (const summary of await page.locator("summary").all()) await summary.click();
};

const states = [
  { name: "sign in", path: "/", world: { signedIn: false } },
  { name: "set up", path: "/", world: { needsSetUp: true, signedIn: false } },
  { name: "sites", path: "/" },
  { name: "no sites", path: "/", world: { sites: [] } },
  { name: "add site", path: "/sites/new" },
  { name: "install, waiting", path: "/sites/3/install", act: openAll },
  { name: "install, received", path: "/sites/1/install" },
  { name: "site", path: "/sites/1?places=cities" },
  { name: "site, table", path: "/sites/1?view=table&period=month" },
  { name: "site, empty", path: "/sites/4" },
  { name: "site, failing", path: "/sites/1", world: { failing: /overview|pages|banners/, testClock: true } },
  { name: "period menu", path: "/sites/1", act: (page) => page.getByRole("button", { name: /^Period/ }).click() },
  { name: "definition", path: "/sites/1", act: (page) => page.locator(".tile-name").first().hover() },
  { name: "custom period", path: "/sites/1", act: (page) => page.keyboard.press("c") },
  { name: "details", path: "/sites/1?details=pages" },
  { name: "details of banners", path: "/sites/1?details=banners" },
  { name: "details of what was dropped", path: "/sites/1?details=dropped" },
  { name: "banners", path: "/banners?campaign=1", act: openAll },
  { name: "tags", path: "/banners?campaign=1", act: (page) => page.getByRole("button", { name: /^Tags of/ }).click() },
  { name: "goals", path: "/sites/1/goals" },
  { name: "no goals", path: "/sites/4/goals" },
  { name: "new goal", path: "/sites/1/goals", act: (page) => page.getByRole("button", { name: "New goal" }).click() },
  { name: "deleting a goal", path: "/sites/1/goals", act: (page) => page.getByRole("button", { name: "Delete Order" }).click() },
  { name: "site settings", path: "/sites/1/settings" },
  { name: "settings", path: "/settings" },
  { name: "not found", path: "/sites/999" },
];

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

/** A violation told so that it can be found: the rule, and the first elements that break it. */
const told = ({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.target} ${node.failureSummary}`).join(" | ")}`;

async function checkTheme(page, theme) {
  await page.emulateMedia({ colorScheme: theme });
  const { violations } = await page.evaluate(() => window.axe.run(document));
  assert.deepEqual(violations.map(told), [], `${theme} theme`);
}

describe("accessibility", { concurrency: 2 }, () => {
  for (const { name, path, world, act } of states) {
    test(name, async () => {
      const mock = await startMock({ signedIn: true, ...world });
      const { page, wrongs, close } = await openPage(browser, mock);
      try {
        await visit(page, path);
        await act?.(page);
        await settled(page);
        await page.evaluate(axe);
        await checkTheme(page, "light");
        await checkTheme(page, "dark");
        await page.setViewportSize(sizes.phone);
        const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(beyond <= 0, `${beyond} px too wide for a phone`);
        assert.deepEqual(wrongs, []);
      } finally {
        await close();
        await mock.stop();
      }
    });
  }
});
