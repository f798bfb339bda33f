/**
 * Writes a picture of every page: node dashboards/test/screenshots.mjs DIRECTORY
 * Each in light, dark and at the width of a phone, from the built dashboard and the mock server.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { launch, openPage, visit } from "./browser.mjs";
import { startMock } from "./mock-server.mjs";

const directory = process.argv[2];
if (directory === undefined) {
  console.error("usage: node screenshots.mjs DIRECTORY");
  process.exit(2);
}

const click = (name) => (page) => page.getByRole("button", { name }).first().click();

const consented = { id: 1, name: "Example Magazine", url: "https://www.example.org", timezone: "Europe/Amsterdam", identity: "consented", first_hit: "2026-01-04T10:00:00Z", today: { visitors: 1, page_views: 1 } };
const manyGoals = Array.from({ length: 12 }, (_, index) => ({ id: index + 1, name: `Goal ${index + 1}`, revenue: index }));

/** Each picture: a name, where, in which world, and what to do before it is taken. */
const pictures = [
  { name: "sign-in", path: "/", world: { signedIn: false } },
  { name: "set-up", path: "/setup?token=one-time", world: { needsSetUp: true } },
  { name: "sites", path: "/" },
  { name: "sites-empty", path: "/", world: { sites: [] } },
  { name: "add-site", path: "/sites/new" },
  { name: "install-waiting", path: "/sites/3/install", act: (page) => page.locator("summary").click() },
  { name: "install-received", path: "/sites/1/install" },
  { name: "site", path: "/sites/1" },
  { name: "site-today", path: "/sites/1?period=today&metric=page_views&pages=titles&places=cities&devices=browsers&links=downloads&behaviour=searches" },
  { name: "site-year", path: "/sites/1?period=year&metric=bounce_rate" },
  { name: "site-dutch", path: "/sites/1", locale: "nl-NL" },
  { name: "site-table", path: "/sites/1?view=table" },
  { name: "site-large", path: "/sites/2?metric=visit_duration" },
  { name: "site-empty", path: "/sites/4" },
  { name: "site-failing", path: "/sites/1", world: { failing: /breakdown\/(pages|countries)|overview/ } },
  { name: "site-consented", path: "/sites/1", world: { sites: [consented] } },
  { name: "details-goals", path: "/sites/1?details=goals", world: { goals: manyGoals }, viewport: true },
  { name: "period-menu", path: "/sites/1", act: click(/^Period/), viewport: true },
  { name: "definition", path: "/sites/1", act: (page) => page.locator(".tile-name").first().hover(), viewport: true },
  { name: "custom-period", path: "/sites/1", act: (page) => page.keyboard.press("c"), viewport: true },
  { name: "chart-hint", path: "/sites/1", act: (page) => page.locator(".u-over").hover({ position: { x: 160, y: 90 } }), viewport: true },
  { name: "details", path: "/sites/1?details=pages", viewport: true },
  { name: "details-dropped", path: "/sites/1?details=dropped", viewport: true },
  { name: "banners", path: "/banners?campaign=1" },
  { name: "banner-tags", path: "/banners?campaign=1", act: click(/^Tags of/), viewport: true },
  { name: "goals", path: "/sites/1/goals" },
  { name: "goals-empty", path: "/sites/4/goals" },
  { name: "goals-dutch", path: "/sites/1/goals", locale: "nl-NL" },
  { name: "goal-new", path: "/sites/1/goals", act: click(/^New goal/), viewport: true },
  { name: "goal-edit", path: "/sites/1/goals", act: (page) => page.getByRole("button", { name: /^Edit <img/ }).click(), viewport: true },
  { name: "goal-delete", path: "/sites/1/goals", act: click(/^Delete Order/), viewport: true },
  { name: "site-settings", path: "/sites/1/settings" },
  { name: "site-settings-dutch", path: "/sites/1/settings", locale: "nl-NL" },
  { name: "site-settings-saved", path: "/sites/1/settings", act: async (page) => {
    await page.getByLabel("Time zone").fill("Asia/Tokyo");
    await page.getByRole("button", { name: "Save" }).first().click();
    await page.getByText("Saved.").waitFor();
    await page.getByRole("button", { name: /for good$/ }).scrollIntoViewIfNeeded();
    await page.getByLabel(/^Type its name/).fill("Else");
    await page.getByRole("button", { name: /for good$/ }).click();
  } },
  { name: "settings", path: "/settings" },
  { name: "test-clock", path: "/settings", world: { testClock: true } },
  { name: "not-found", path: "/sites/999" },
];

const looks = [
  { look: "light", theme: "light", size: "desk" },
  { look: "dark", theme: "dark", size: "desk" },
  { look: "phone", theme: "light", size: "phone" },
];

const only = process.argv[3];
await mkdir(directory, { recursive: true });
const browser = await launch();
for (const { name, path, world, act, locale, viewport = false } of pictures) {
  if (only !== undefined && !name.startsWith(only)) continue;
  const mock = await startMock({ signedIn: true, ...world });
  for (const { look, theme, size } of looks) {
    const { page, wrongs, close } = await openPage(browser, mock, { theme, size, ...(locale === undefined ? {} : { locale }) });
    await visit(page, path);
    await act?.(page);
    await page.waitForTimeout(150);
    await page.screenshot({ path: join(directory, `${name}-${look}.png`), fullPage: !viewport });
    for (const wrong of wrongs) console.error(`${name} (${look}): ${wrong}`);
    await close();
  }
  await mock.stop();
}
await browser.close();
