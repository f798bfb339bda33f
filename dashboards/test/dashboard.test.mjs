/** The built dashboard in a real browser, against the mock server. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { account, startMock } from "./mock-server.mjs";
import { hostile } from "./mock-data.mjs";
import { launch, openPage, visit } from "./browser.mjs";

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

const cases = [];

/** A test with a page on a world of its own, which also checks that nothing forbidden happened. */
function withPage(name, { world = {}, path = "/", ...look }, body) {
  cases.push({ name, run: async () => {
    const mock = await startMock({ signedIn: true, ...world });
    const { page, wrongs, close } = await openPage(browser, mock, look);
    try {
      await visit(page, path);
      await body(page, mock.world);
      assert.deepEqual(wrongs, []);
    } finally {
      await close();
      await mock.stop();
    }
  } });
}

const heading = (page, name) => page.getByRole("heading", { name, exact: true }).first().waitFor();
const query = (page) => page.evaluate(() => Object.fromEntries(new URLSearchParams(location.search)));
const focusedText = (page) => page.evaluate(() => document.activeElement?.textContent);

withPage("signing in happens in place, and wrong words are said so", { world: { signedIn: false }, path: "/settings" }, async (page) => {
  await page.getByLabel("E-mail address").fill(account.email);
  await page.getByLabel("Password").fill("wrong");
  await page.keyboard.press("Enter");
  await page.getByText("do not belong together").waitFor();
  await page.getByLabel("Password").fill(account.password);
  await page.keyboard.press("Enter");
  await heading(page, "Settings");
  await page.getByRole("button", { name: "Sign out" }).click();
  await heading(page, "Sign in");
});

withPage("the one-time link makes the first account and leads to the first site", { world: { needsSetUp: true, signedIn: false, sites: [] }, path: "/setup?token=one-time" }, async (page) => {
  await page.getByLabel("E-mail address").fill(account.email);
  await page.getByLabel("Password").fill("short");
  await page.keyboard.press("Enter");
  assert.equal(await page.getByLabel("Password").evaluate((input) => input.validity.tooShort), true);
  await page.getByLabel("Password").fill(account.password);
  await page.keyboard.press("Enter");
  await heading(page, "Add a site");
  assert.doesNotMatch(page.url(), /one-time/);
});

withPage("without the link the set-up asks for its token", { world: { needsSetUp: true, signedIn: false } }, async (page) => {
  await page.getByText("one-time link to its log").waitFor();
  await page.getByLabel("One-time token").fill("made up");
  await page.getByLabel("E-mail address").fill(account.email);
  await page.getByLabel("Password").fill(account.password);
  await page.keyboard.press("Enter");
  await page.getByText("used already or is wrong").waitFor();
});

withPage("a new site gets its snippet, waits, and notices the first hit", { path: "/sites/new" }, async (page) => {
  assert.equal(await page.getByLabel("Time zone").inputValue(), "Europe/Amsterdam");
  await page.getByLabel("Name").fill("New site");
  await page.getByLabel("Address").fill("https://nodots");
  await page.getByRole("button", { name: "Add the site" }).click();
  await page.getByText("must be a full one").waitFor();
  await page.getByLabel("Address").fill("https://new.example");
  await page.getByLabel("Time zone").fill("Mars/Olympus");
  await page.getByRole("button", { name: "Add the site" }).click();
  await page.getByText("Choose a time zone from the list").waitFor();
  await page.getByLabel("Time zone").fill("Asia/Kathmandu");
  await page.getByRole("button", { name: "Add the site" }).click();
  await heading(page, "Connect New site");
  await heading(page, "Waiting for the first hit…");
  await page.getByText("Known bot").waitFor();
  await page.getByRole("button", { name: "Copy" }).click();
  await page.getByText("Copied").waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /footfall\.js/);
  await page.getByRole("tab", { name: "Matomo-compatible" }).click();
  await page.getByText("trackPageView").waitFor();
  await heading(page, "The first hit has arrived");
  await page.getByRole("link", { name: "See the numbers" }).click();
  await page.getByText("Visit duration").waitFor();
  assert.equal((await query(page)).period, "today");
});

withPage("labels of strangers stay text and never become links that run", { path: "/sites/1" }, async (page) => {
  await page.locator("td").getByText(hostile.image).first().waitFor();
  const links = await page.evaluate(() => [...document.links].filter((link) => link.origin !== location.origin).map(({ protocol, rel }) => ({ protocol, rel })));
  assert.ok(links.length > 3);
  for (const { protocol, rel } of links) {
    assert.match(protocol, /^https?:$/);
    assert.match(rel, /noopener noreferrer/);
  }
  assert.equal(await page.locator("img, main script, iframe").count(), 0);
  const width = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(width <= 0, "the page must not scroll sideways");
});

const goalsCard = (page) => page.getByRole("region", { name: "Goals", exact: true });
const manyGoals = Array.from({ length: 12 }, (_, index) => ({ id: index + 1, name: `Goal ${index + 1}`, revenue: 1 }));

withPage("the goals’ card says what was reached, how often against before, and what it was worth", { path: "/sites/1" }, async (page, world) => {
  const row = (name) => goalsCard(page).getByRole("row").filter({ hasText: name });
  const order = await row(/^Order(?!s)/).textContent();
  assert.match(order, /410.*6%.*10,045\.00/);
  assert.match(order, /up \+25% on the period before/);
  assert.match(await row(/^Orders/).textContent(), /61\.37 on average/);
  await row("Deleted goal (no. 3)").waitFor();
  await row(hostile.image).waitFor();
  await goalsCard(page).getByRole("button", { name: "Rate" }).hover();
  await page.getByRole("tooltip").filter({ hasText: "at least once" }).first().waitFor();
  assert.equal(await goalsCard(page).getByText("Show all").count(), 0);
  // Today has nothing to be compared with.
  await page.keyboard.press("d");
  await row(/^Orders/).waitFor();
  await page.waitForFunction(() => document.querySelector(".rows-goals .change") === null);
  world.goals = manyGoals;
  await page.keyboard.press("w");
  await goalsCard(page).getByRole("link", { name: "Show all: Goals" }).click();
  await page.getByRole("dialog").getByLabel("Search").fill("goal 12");
  await page.getByText("1 of 14").waitFor();
});

withPage("a site without goals and orders has no card for them", { path: "/sites/4" }, async (page) => {
  assert.equal(await goalsCard(page).count(), 0);
});

withPage("visitors who agreed are counted once, and told apart from those who come for the first time", { path: "/sites/1" }, async (page, world) => {
  assert.equal(await page.getByText("Returning visits").count(), 0);
  world.sites[0].identity = "consented";
  await page.keyboard.press("w");
  await page.getByRole("button", { name: "Returning visits" }).hover();
  await page.getByRole("tooltip").filter({ hasText: "who had one before" }).first().waitFor();
  await page.locator(".tile-name").first().hover();
  await page.getByRole("tooltip").filter({ hasText: "someone who comes on three days counts once" }).first().waitFor();
});

withPage("everything about a site is reached by keyboard alone", { path: "/sites/1" }, async (page) => {
  const periods = { d: "today", e: "yesterday", w: "7d", m: "month", y: "year", t: "30d" };
  for (const [key, period] of Object.entries(periods)) {
    await page.keyboard.press(key);
    assert.equal((await query(page)).period, period);
  }
  // The menu: open it, walk down, choose.
  await page.getByRole("button", { name: /^Period/ }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: /Last 30 days/ }).waitFor();
  await page.waitForFunction(() => document.activeElement?.textContent?.startsWith("Last 30 days"));
  await page.keyboard.press("ArrowDown");
  assert.match(await focusedText(page), /^Month/);
  await page.keyboard.press("Enter");
  assert.equal((await query(page)).period, "month");
  await page.getByRole("link", { name: "Previous month" }).press("Enter");
  assert.equal((await query(page)).date, "2026-10-01");
  await page.getByText("1 – 31 Oct 2026").or(page.getByText("1–31 Oct 2026")).first().waitFor();
  // Custom days.
  await page.keyboard.press("c");
  await page.getByLabel("From").fill("2026-11-10");
  await page.getByLabel("Up to and including").fill("2026-11-01");
  await page.keyboard.press("Enter");
  await page.getByText("must not lie after").waitFor();
  await page.getByLabel("Up to and including").fill("2026-11-12");
  await page.keyboard.press("Enter");
  await page.waitForURL(/period=custom/);
  assert.deepEqual(await query(page), { period: "custom", from: "2026-11-10", to: "2026-11-12" });
  // A metric, its definition on focus, and gone with Escape.
  await page.getByRole("button", { name: /^Page views/ }).focus();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Tab");
  await page.getByRole("tooltip").filter({ hasText: "reloads included" }).first().waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("[role=tooltip]:popover-open").count(), 0);
  await page.keyboard.press("Enter");
  assert.equal((await query(page)).metric, "page_views");
  // Tabs with arrows.
  await page.getByRole("tab", { name: "Countries" }).focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  assert.equal((await query(page)).places, "cities");
  await page.getByText("Amsterdam", { exact: true }).first().waitFor();
  // Details, searched and closed; focus returns to where it was.
  await page.getByRole("link", { name: "Show all: Places" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByText("São Paulo").waitFor();
  await page.keyboard.type("nether");
  await page.getByText("3 of 9").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal((await query(page)).details, undefined);
  assert.equal(await focusedText(page), "Show all");
});

withPage("the graph has a table one key away", { path: "/sites/1?period=7d" }, async (page) => {
  await page.getByRole("img", { name: /as a graph/ }).waitFor();
  await page.keyboard.press("v");
  const table = page.getByRole("table", { name: /^Day/ });
  assert.equal(await table.getByRole("row").count(), 8);
  await table.getByText("not over yet").waitFor();
  await page.getByRole("button", { name: "Graph" }).click();
  await page.getByRole("img", { name: /as a graph/ }).waitFor();
});

withPage("single keys can be turned off", { path: "/settings" }, async (page) => {
  await page.getByLabel("Off").check({ force: true });
  await visit(page, "/sites/1");
  await page.keyboard.press("d");
  assert.deepEqual(await query(page), {});
  assert.equal(await page.locator("kbd").count(), 0);
});

withPage("the back button undoes step by step", { path: "/sites/1" }, async (page) => {
  await page.keyboard.press("w");
  await page.getByRole("tab", { name: "Titles" }).click();
  await page.getByRole("link", { name: "Show all: Pages" }).click();
  await page.getByRole("dialog").getByText("Getting started").waitFor();
  await page.goBack();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.deepEqual(await query(page), { period: "7d", pages: "titles" });
  await page.goBack();
  assert.equal(await page.getByRole("tab", { name: "Pages", exact: true }).getAttribute("aria-selected"), "true");
  await page.goBack();
  assert.deepEqual(await query(page), {});
  await page.getByRole("button", { name: "Period: Last 30 days" }).waitFor();
});

withPage("a link leads straight into a details panel, which pages and searches", { path: "/sites/1?details=pages" }, async (page) => {
  const dialog = page.getByRole("dialog");
  await dialog.getByText("100 of 255").waitFor();
  await dialog.getByRole("button", { name: "Show more" }).click();
  await dialog.getByText("200 of 255").waitFor();
  await dialog.getByLabel("Search").fill("POST-240");
  await dialog.getByText("1 of 255").waitFor();
  await dialog.getByText("/archive/2007/post-240").or(dialog.getByText("post-240")).first().waitFor();
  await dialog.getByLabel("Search").fill("nowhere at all");
  await dialog.getByText("Nothing matches.").waitFor();
  await dialog.getByRole("button", { name: "Close" }).click();
  await dialog.waitFor({ state: "detached" });
  assert.deepEqual(await query(page), {});
});

withPage("Dutch is chosen by the browser, and switched and remembered by hand", { path: "/sites/1", locale: "nl-NL" }, async (page) => {
  await page.getByText("Dagbezoekers").first().waitFor();
  await page.getByText("5.213").waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "nl");
  await page.getByLabel("English").check({ force: true });
  await page.getByText("Daily visitors").first().waitFor();
  await page.reload();
  await page.getByText("5,213").waitFor();
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), ["footfall"]);
});

withPage("the theme switch outweighs the system and is remembered", { path: "/sites/1" }, async (page) => {
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await page.getByLabel("Dark").check({ force: true });
  const dark = await ground();
  assert.notEqual(light, dark);
  await page.reload();
  assert.equal(await ground(), dark);
});

withPage("a failing card keeps to itself, old numbers stay, and a retry heals", { path: "/sites/1" }, async (page, world) => {
  await page.getByText("5,213").waitFor();
  world.failing = /overview|breakdown\/pages/;
  await page.keyboard.press("w");
  await page.getByText("older numbers").first().waitFor();
  await page.getByText("The database is restarting.").first().waitFor();
  await page.getByText("5,213").waitFor();
  world.failing = null;
  const retries = page.getByRole("button", { name: "Try again" });
  assert.equal(await retries.count(), 2);
  await retries.last().click();
  await page.waitForFunction(() => document.querySelectorAll(".problem").length === 1);
  await retries.click();
  await retries.waitFor({ state: "detached" });
  await page.getByText("5,213").first().waitFor({ state: "detached" });
});

withPage("when the session ends the sign-in page appears, and the address stays", { path: "/sites/1" }, async (page, world) => {
  world.signedIn = false;
  await page.keyboard.press("y");
  await heading(page, "Sign in");
  await page.getByLabel("E-mail address").fill(account.email);
  await page.getByLabel("Password").fill(account.password);
  await page.keyboard.press("Enter");
  await page.getByText("Visit duration").waitFor();
  assert.equal((await query(page)).period, "year");
});

withPage("an empty site says what to do", { path: "/sites/3" }, async (page) => {
  await page.getByText("Waiting for the first hit.").waitFor();
  await page.getByText("No visits in this period").first().waitFor();
  await page.getByText("No clicks on links to other sites").waitFor();
  await page.getByText("Nothing was dropped").waitFor();
});

withPage("reports of an unexpected shape break only their own card", { path: "/" }, async (page) => {
  await page.route("**/breakdown/pages*", (route) => route.fulfill({ json: { rows: [{}], total_rows: 1 } }));
  await page.route("**/breakdown/countries*", (route) => route.fulfill({ body: "<html>proxy</html>" }));
  await visit(page, "/sites/1");
  assert.equal(await page.getByText("something unreadable").count(), 2);
  await page.getByText("5,213").waitFor();
  await page.route("**/conversions*", (route) => route.fulfill({ json: {} }));
  await visit(page, "/sites/1");
  assert.equal(await page.getByText("something unreadable").count(), 3);
  await page.getByText("5,213").waitFor();
});

withPage("campaigns, creatives, placements and their tags", { path: "/banners" }, async (page) => {
  await page.getByLabel("Name of the campaign").fill("Winter");
  await page.keyboard.press("Enter");
  await heading(page, "Winter");
  await page.getByText("New creative").click();
  const creative = page.locator("details", { hasText: "New creative" });
  await creative.getByLabel("Name").fill("Square");
  await creative.getByLabel("Address of the picture").fill("https://ads.example/square.png");
  await creative.getByLabel("Address it leads to").fill("http://shop.example");
  await creative.getByRole("button", { name: "Add" }).click();
  await page.getByText("must begin with https://").waitFor();
  await creative.getByLabel("Address it leads to").fill("https://shop.example");
  await creative.getByRole("button", { name: "Add" }).click();
  await page.getByText("300 × 250").waitFor();
  await page.getByText("New placement").click();
  const placement = page.locator("details", { hasText: "New placement" });
  await placement.getByLabel("Name").fill("Sidebar");
  await placement.getByLabel("Site").selectOption({ label: "Example Magazine" });
  await placement.getByLabel("Hosts of frames").fill("frames.example.org");
  await placement.getByRole("button", { name: "Add" }).click();
  await page.getByText("In frames of frames.example.org").waitFor();
  await page.getByRole("button", { name: "Tags of Sidebar" }).click();
  await page.getByRole("dialog").getByText("ads.js").waitFor();
  assert.equal(await page.getByRole("dialog").getByRole("button", { name: "Copy" }).count(), 4);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.goBack();
  await page.getByText("Choose a campaign").waitFor();
});

withPage("the figures of banners stand under their headings", { path: "/sites/1" }, async (page) => {
  const ends = (cells) => page.getByRole("region", { name: "Banners" }).locator(`.grid ${cells}`)
    .evaluateAll((found) => found.map((cell) => Math.round(cell.getBoundingClientRect().right)));
  const [gross, valid, grossClicks, validClicks, rate] = await ends("tbody tr:first-child > .figure");
  assert.deepEqual(await ends("thead [scope=colgroup]"), [valid, validClicks]);
  assert.deepEqual(await ends("thead .figure[scope=col]"), [rate, gross, valid, grossClicks, validClicks]);
});

withPage("goals are added, changed and deleted", { path: "/sites/1/goals" }, async (page, world) => {
  await page.getByRole("button", { name: "New goal" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Long stay");
  await page.getByLabel("Reached by").selectOption("Duration of the visit");
  assert.equal(await page.getByLabel("Text", { exact: true }).count(), 0);
  await page.getByLabel("Minutes").fill("12");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("The visit lasts longer than 12 min").waitFor();
  const { id, ...made } = world.goals.at(-1);
  assert.deepEqual([id, made], [6, {
    name: "Long stay", description: "", attribute: "visit_duration", pattern: "12", pattern_type: "greater_than",
    case_sensitive: false, allow_multiple: false, revenue: 0, use_event_value: false,
  }]);

  await page.getByRole("button", { name: "Edit Order" }).click();
  await page.getByLabel("Comparison").selectOption("fits the pattern");
  await page.getByLabel("Text", { exact: true }).fill("(");
  await page.getByLabel("Worth").fill("9.75");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("is no regular expression").waitFor();
  await page.getByLabel("Text", { exact: true }).fill("thanks/[0-9]+$");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("worth 9.75").waitFor();
  const order = world.goals.find((goal) => goal.id === 1);
  assert.deepEqual([order.pattern, order.pattern_type, order.revenue], ["thanks/[0-9]+$", "regex", 9.75]);

  await page.getByRole("button", { name: "Delete Stayed" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("longer than 5 min").waitFor({ state: "detached" });
  assert.deepEqual(world.goals.map((goal) => goal.id), [1, 2, 5, 6]);
});

withPage("who only reads sees goals and no button", { path: "/sites/1/goals", world: { role: "view" } }, async (page) => {
  await page.getByText("no. 1").waitFor();
  assert.equal(await page.getByRole("main").getByRole("button").count(), 0);
  assert.equal(await page.getByRole("link", { name: "Site settings" }).count(), 0);
});

withPage("a site's settings are saved as the server understood them", { path: "/sites/1/settings" }, async (page, world) => {
  const networks = page.getByLabel("Networks");
  await networks.fill("my office");
  const save = page.getByRole("button", { name: "Save" }).nth(1);
  await save.click();
  await page.getByText("is no address or network").waitFor();
  await networks.fill("192.0.2.9\n\n 10.0.0.0/8 ");
  await page.getByLabel("The site has a search").uncheck();
  await save.click();
  await page.getByText("Saved.").waitFor();
  assert.equal(await networks.inputValue(), "192.0.2.9/32\n10.0.0.0/8");
  assert.deepEqual([world.settings.excluded_addresses, world.settings.site_search], [["192.0.2.9/32", "10.0.0.0/8"], false]);
  assert.equal(await page.getByLabel("Parameters with the words").count(), 0);
  await networks.press("End");
  assert.equal(await page.getByText("Saved.").count(), 1);
  await networks.fill("10.0.0.0/8");
  assert.equal(await page.getByText("Saved.").count(), 0);
});

withPage("a new time zone is announced, and the name changes at once", { path: "/sites/1/settings" }, async (page, world) => {
  await page.getByLabel("Time zone").fill("Nowhere");
  await page.getByRole("button", { name: "Save" }).first().click();
  await page.getByText("Choose a time zone from the list.").waitFor();
  await page.getByLabel("Time zone").fill("Asia/Tokyo");
  await page.getByLabel("Name", { exact: true }).fill("Magazine");
  await page.getByLabel("Visitors are told apart").selectOption("By ids that come with consent");
  await page.getByRole("button", { name: "Save" }).first().click();
  await page.getByText("Days still follow Europe/Amsterdam; Asia/Tokyo holds from 23 Nov 2026, 00:00.").waitFor();
  assert.deepEqual([world.sites[0].name, world.sites[0].identity], ["Magazine", "consented"]);
});

withPage("a site is deleted by whoever types its name", { path: "/sites/1/settings" }, async (page, world) => {
  const name = page.getByLabel(/^Type its name/);
  await name.fill("Example");
  await page.getByRole("button", { name: /for good$/ }).click();
  await page.getByText("That is not the name of this site.").waitFor();
  assert.equal(world.sites.length, 4);
  await name.fill("Example Magazine");
  await page.getByRole("button", { name: /for good$/ }).click();
  await heading(page, "Sites");
  assert.deepEqual(world.sites.map((site) => site.id), [2, 3, 4]);
});

withPage("the password is changed, and a wrong one is said so", { path: "/settings" }, async (page) => {
  await page.getByLabel("Current password").fill("not it at all");
  await page.getByLabel("New password").fill("a much longer one");
  await page.keyboard.press("Enter");
  await page.getByText("The current password is not right.").waitFor();
  await page.getByLabel("Current password").fill(account.password);
  await page.keyboard.press("Enter");
  await page.getByText("The password has been changed.").waitFor();
});

withPage("a test clock is announced loudly on every page", { path: "/", world: { testClock: true } }, async (page) => {
  for (const path of ["/", "/sites/1", "/sites/1/goals", "/sites/1/settings", "/banners", "/settings", "/sites/new"]) {
    await page.goto(path);
    await page.getByText("Test clock:").waitFor();
  }
});

withPage("what does not exist looks the same as what may not be seen", { path: "/sites/999" }, async (page) => {
  await heading(page, "There is no such page");
  await page.getByRole("link", { name: "To your sites" }).click();
  await heading(page, "Sites");
});

describe("the dashboard", { concurrency: 2 }, () => {
  for (const { name, run } of cases) test(name, run);
});
