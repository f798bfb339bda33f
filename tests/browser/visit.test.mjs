/**
 * The whole way as its users go it: set up, add a site, paste the snippet, visit the page, read the numbers; once with
 * our own snippet, once with Matomo's, and a banner that is seen and clicked.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser, startServer, startSite, until } from "./stage.mjs";

let server;
let site;
let browser;
let dashboard;

before(async () => {
  [server, site, browser] = await Promise.all([startServer(), startSite(), openBrowser()]);
  dashboard = await browser.context.newPage();
});

after(async () => {
  await browser?.stop();
  site?.stop();
  await server?.stop();
});

test("the one-time link makes the first account", async () => {
  await dashboard.goto(server.link);
  await dashboard.getByLabel("E-mail").fill("owner@example.org");
  await dashboard.getByLabel("Password").fill("a password of some length");
  await dashboard.getByRole("button").click();
  await dashboard.waitForURL("**/sites/new");
  const again = await browser.context.newPage();
  await again.goto(server.link);
  const used = await again.request.post(`${server.url}/api/v1/setup`, {
    data: { token: new URL(server.link).searchParams.get("token"), email: "x@example.org", password: "another long password" },
  });
  assert.equal(used.status(), 403);
  await again.close();
});

/** Adds a site in the dashboard and gives the snippet that its page shows under a tab. */
async function addSite(name, tab) {
  await dashboard.goto(`${server.url}/sites/new`);
  await dashboard.getByLabel("Name").fill(name);
  await dashboard.getByLabel("Address").fill(site.url);
  await dashboard.getByLabel("Time zone").fill("Europe/Amsterdam");
  await dashboard.locator("form button[type=submit]").click();
  await dashboard.waitForURL("**/install");
  await dashboard.getByRole("tab", { name: tab }).click();
  await dashboard.getByRole("button", { name: "Copy" }).click();
  const copied = await dashboard.evaluate(() => navigator.clipboard.readText());
  assert.equal(copied, await dashboard.locator("pre code").innerText());
  return { id: Number(/sites\/(\d+)\//.exec(dashboard.url())[1]), snippet: copied };
}

/** Two views, an outlink, a download and an event. */
async function visit(snippet, event) {
  const links = `<a id="out" href="${site.elsewhere}/away">out</a> <a id="file" href="/guide.pdf">file</a>`;
  site.page("/", `<title>Front page</title>${snippet}<a id="next" href="/second?ref=1">next</a>`);
  site.page("/second", `<title>Second page</title>${snippet}${links}${event}`);
  const page = await browser.context.newPage();
  const sent = [];
  page.on("request", (request) => { if (request.url().includes("matomo.php")) sent.push(request); });
  const done = (count) => until(`${count} hits`, () => sent.length >= count);
  await page.goto(site.url);
  await done(1);
  await page.click("#next");
  await done(2);
  await page.click("#event");
  await done(3);
  await page.click("#file");
  await done(4);
  await page.click("#out");
  await done(5);
  await page.close();
  return sent.length;
}

/** The figures of a site's page in the dashboard, as a person reads them. */
async function read(id) {
  await dashboard.goto(`${server.url}/sites/${id}?period=today`);
  await dashboard.locator(".tile-value").first().waitFor();
  const figure = (name) => dashboard.locator(".tile", { hasText: name }).locator(".tile-value").innerText();
  return {
    visitors: await figure("Daily visitors"),
    visits: await figure("Visits"),
    pageViews: await figure("Page views"),
    bounces: await figure("Bounce rate"),
    pages: await rows("Pages"),
    outlinks: await rows("Links", "Outlinks"),
    downloads: await rows("Links", "Downloads"),
    events: await rows("Behaviour"),
  };
}

/** Labels with their first figure and the last one. */
async function rows(card, tab) {
  const region = dashboard.getByRole("region", { name: card, exact: true });
  if (tab) await region.getByRole("tab", { name: tab }).click();
  await region.locator("tbody tr").first().waitFor();
  return region.locator("tbody tr").evaluateAll((lines) =>
    lines.map((line) => [
      line.querySelector(".row-text").textContent,
      ...[...line.querySelectorAll(".figure")].map((cell) => cell.textContent),
    ].join(" ")).sort(),
  );
}

const ours = '<button id="event" data-footfall-event="Shop/Order/Bike">order</button>';
const matomos = `<button id="event" onclick="_paq.push(['trackEvent', 'Shop', 'Order', 'Bike'])">order</button>`;

for (const [name, tab, event] of [["Our snippet", "Footfall", ours], ["Matomo's snippet", "Matomo", matomos]]) {
  test(`${name}: what was done is what the dashboard shows`, async () => {
    const { id, snippet } = await addSite(name, tab);
    await dashboard.getByText("Waiting").first().waitFor();
    const hits = await visit(snippet, event);
    assert.equal(hits, 5);
    await dashboard.getByText("first hit", { exact: false }).first().waitFor();
    await until("all hits are stored", async () => {
      const status = await dashboard.request.get(`${server.url}/api/v1/sites/${id}/status`);
      return (await status.json()).hits_today === 5;
    });
    assert.deepEqual(await read(id), {
      visitors: "1",
      visits: "1",
      pageViews: "2",
      bounces: "0%",
      pages: ["/ 1 1", "/second?ref=1 1 1"],
      outlinks: [`${site.elsewhere}/away 1 1`],
      downloads: [`${site.url}/guide.pdf 1 1`],
      events: ["Shop / Order 1 1"],
    });
  });
}

test("a banner that is seen and clicked counts once, gross and valid", async () => {
  const api = async (path, data) => (await dashboard.request.post(`${server.url}/api/v1${path}`, { data })).json();
  const campaign = await api("/campaigns", { name: "Spring" });
  const landing = `${site.elsewhere}/landing?a=1&b=%20c#top`;
  await api(`/campaigns/${campaign.id}/creatives`, {
    name: "Blue", image_url: `${site.url}/banner.svg`, destination_url: landing, width: 300, height: 250, alt: "Buy <now>",
  });
  const placement = await api("/placements", { site_id: 1, campaign_id: campaign.id, name: "Sidebar" });
  const tags = await (await dashboard.request.get(`${server.url}/api/v1/placements/${placement.id}/tags`)).json();
  site.page("/article", `<title>Article</title><div style="height:3000px">text</div>${tags.script}`);

  const page = await browser.context.newPage();
  const counted = page.waitForResponse((response) => response.url().includes("/ad/impression"));
  await page.goto(`${site.url}/article`);
  const banner = page.getByAltText("Buy <now>");
  await banner.scrollIntoViewIfNeeded();
  assert.equal((await counted).status(), 204);
  const [popup] = await Promise.all([browser.context.waitForEvent("page"), banner.click()]);
  await popup.waitForURL(landing);
  await Promise.all([page.close(), popup.close()]);

  const line = await until("the banner is counted", async () => {
    const report = await dashboard.request.get(`${server.url}/api/v1/sites/1/banners?period=today`);
    const { rows: [row] } = await report.json();
    return row?.clicks.gross === 1 && row;
  });
  assert.deepEqual([line.impressions, line.clicks, line.ctr], [{ gross: 1, valid: 1 }, { gross: 1, valid: 1 }, 1]);
  await dashboard.goto(`${server.url}/sites/1?period=today`);
  const cells = dashboard.getByRole("region", { name: "Banners" }).locator("tbody tr td");
  await cells.first().waitFor();
  assert.deepEqual(await cells.allInnerTexts(), ["Spring", "Blue", "Sidebar", "1", "1", "1", "1", "100%"]);
});

test("a click on a banner is no outlink, with either tracker and either tag", async () => {
  const tags = await (await dashboard.request.get(`${server.url}/api/v1/placements/1/tags`)).json();
  const trackers = {
    "footfall.js": `<script defer src="${server.url}/footfall.js" data-site="1"></script>`,
    "matomo.js": `<script>_paq = [["setTrackerUrl", "${server.url}/matomo.php"], ["setSiteId", 1], ["trackPageView"], ["enableLinkTracking"]]</script>
      <script defer src="${server.url}/matomo.js"></script>`,
  };
  for (const [name, tracker] of Object.entries(trackers)) {
    site.page("/both", `<title>Both</title>${tracker}<p id="plain">${tags.creatives[0].image_link}</p><p id="script">${tags.script}</p>
      <a id="out" href="${site.elsewhere}/away">out</a>`);
    const page = await browser.context.newPage();
    const hits = [];
    page.on("request", (request) => { if (request.url().includes("matomo.php")) hits.push(new URL(request.url()).searchParams); });
    await page.goto(`${site.url}/both`);
    await until("the view", () => hits.length === 1);
    for (const place of ["#plain", "#script"]) {
      const [popup] = await Promise.all([browser.context.waitForEvent("page"), page.click(`${place} img`)]);
      await popup.waitForURL("**/landing*");
      await popup.close();
      await page.bringToFront();
    }
    await page.click("#out");
    await until("the outlink", () => hits.length > 1);
    assert.deepEqual(hits.map((hit) => hit.get("link")), [null, `${site.elsewhere}/away`], name);
    await page.close();
  }
});

test("nothing in the server's log went wrong", () => {
  assert.doesNotMatch(server.log(), /ERROR|WARN|panicked/);
});
