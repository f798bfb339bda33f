/** Trackers from npm that run outside a browser, unmodified, against a real server. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import MatomoTracker from "matomo-tracker";
import NativeTracker from "matomo-tracker-react-native/src/MatomoTracker.js";
import { FIREFOX, TODAY, openStage } from "./stage.mjs";

const piwik = createRequire(import.meta.url)("piwik");

const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1";

let stage;

before(async () => { stage = await openStage(); });
after(async () => { await stage?.stop(); });

/** Two people in the Netherlands, one of them at two devices. */
const VISITORS = [
  { _id: "0123456789abcdef", cip: "213.154.224.7", ua: FIREFOX },
  { _id: "0123456789abcdef", cip: "194.109.6.66", ua: IPHONE },
  { _id: "fedcba9876543210", cip: "145.97.39.155", ua: FIREFOX },
];

/** What a visitor of the shop does, one hit a line. */
function shopping(site, visitor, device) {
  const content = { c_n: "Summer sale", c_p: "sale.png", c_t: "https://shop.example.org/sale" };
  const items = [["SKU1", "Red shoe", ["Shoes", "Sale"], 49.5, 2], ["SKU2", "Lace", "", 1, 1]];
  const actions = [
    { action_name: "Red shoes & more", urlref: "https://news.example.net/story", dimension1: "gold" },
    { link: "https://maker.example.net/history" },
    { download: "https://shop.example.org/catalogue.pdf" },
    { e_c: "Video", e_a: "Play", e_n: "Näher hingesehen", e_v: 3.5 },
    { search: "red shoes", search_cat: "Shop", search_count: 0 },
    content,
    { ...content, c_i: "click" },
    { idgoal: site.manual, revenue: 12 },
    { idgoal: 0, revenue: 49.5, ec_items: JSON.stringify(items) },
    { idgoal: 0, ec_id: `${site.id}-${device}`, revenue: 110, ec_st: 100, ec_items: JSON.stringify(items) },
  ];
  return actions.map((action) => ({ url: "https://shop.example.org/shoes?colour=red", lang: "nl", res: "1280x800", ...visitor, ...action }));
}

/** What the shop must show of that: some things once a device, others once a visit, whoever's devices they were. */
const shopped = (visits, devices) => ({
  visits,
  visitors: visits,
  users: 0,
  actions: 5 * devices,
  pages: [`/shoes?colour=red: ${devices}`],
  titles: [` Red shoes & more: ${devices}`],
  outlinks: [`maker.example.net > /history: ${devices}`],
  downloads: [`shop.example.org > /catalogue.pdf: ${devices}`],
  searches: [`red shoes: ${visits}`],
  "found nothing": [`red shoes: ${visits}`],
  "search categories": [`Shop: ${visits}`],
  events: [`Video > Play: ${devices}, ${3.5 * devices}`],
  "event names": [`Näher hingesehen > Play: ${devices}`],
  content: [`Summer sale > sale.png: ${devices}, ${devices}`],
  websites: [`news.example.net > https://news.example.net/story: ${visits}`],
  countries: [`Netherlands: ${visits}`],
  languages: [`Dutch: ${visits}`],
  screens: [`1280x800: ${visits}`],
  "dimension 1": [`gold: ${visits}`],
  items: [`SKU1: ${2 * devices}, ${99 * devices}`, `SKU2: ${devices}, ${devices}`],
  goals: [`Got the catalogue: ${visits}, 0`, `Orders: ${devices}, ${110 * devices}`, `Signed up: ${devices}, ${12 * devices}`],
});

/** Sends with matomo-tracker, which doesn't say when a hit has arrived. */
async function track(tracker, hits) {
  for (const hit of hits) {
    const before = stage.tap.hits().length;
    tracker.track(hit);
    await stage.tap.answered(before + 1);
  }
}

function newTracker(site) {
  const tracker = new MatomoTracker(site.id, `${stage.url}/matomo.php`);
  tracker.on("error", (error) => assert.fail(`matomo-tracker: ${error}`));
  return tracker;
}

const DEVICES = [
  { identity: "consented", expected: { ...shopped(2, 3), browsers: ["Firefox: 2"] } },
  { identity: "daily", expected: { ...shopped(3, 3), browsers: ["Firefox: 2", "Safari: 1"] } },
];

for (const { identity, expected } of DEVICES) {
  test(`matomo-tracker: three devices of two people, on a site that is ${identity}`, async () => {
    const site = await stage.addSite(identity);
    for (const [device, visitor] of VISITORS.entries()) {
      await track(newTracker(site), shopping(site, { ...visitor, token_auth: stage.token }, device));
    }
    assert.deepEqual(await stage.figures(site), expected);
  });
}

test("matomo-tracker: many hits at once, on another day", async () => {
  const site = await stage.addSite("consented");
  const hits = shopping(site, { ...VISITORS[0], token_auth: stage.token, cdt: "2026-11-10 08:00:00" }, 0);
  const answer = await new Promise((done) => newTracker(site).trackBulk(hits, done));
  assert.deepEqual(JSON.parse(answer), { status: "success", tracked: hits.length, invalid: 0 });
  assert.deepEqual(await stage.figures(site, "2026-11-10"), { ...shopped(1, 1), browsers: ["Firefox: 1"] });
  assert.deepEqual(await stage.figures(site, TODAY), { visits: 0, visitors: 0, users: 0, actions: 0 });
});

/** How an app on an iPhone calls itself; the tracker leaves that to the phone. */
function onPhone(send) {
  const { fetch } = globalThis;
  globalThis.fetch = (url, options) => fetch(url, { ...options, headers: { ...options.headers, "User-Agent": "Shop/7 CFNetwork/1568.200.51 Darwin/24.1.0" } });
  return send().finally(() => { globalThis.fetch = fetch; });
}

async function useApp(site, userId) {
  const tracker = new NativeTracker({ urlBase: stage.url, siteId: site.id, userId });
  const screen = "https://app.example.org/home";
  const content = { name: "Banner", piece: "banner.png", target: "https://app.example.org/sale", url: screen };
  return [
    await tracker.trackAppStart({ userInfo: { res: "390x844" } }),
    await tracker.trackScreenView({ name: "Home", url: screen }),
    await tracker.trackEvent({ category: "Video", action: "Play", name: "Intro", value: 12 }),
    await tracker.trackEvent({ category: "Video", action: "Pause" }),
    await tracker.trackContent(content),
    await tracker.trackContent({ ...content, interaction: "tap" }),
    await tracker.trackSiteSearch({ keyword: "laces", category: "Help", count: 3 }),
    await tracker.trackLink({ link: "https://maker.example.net/history", url: screen }),
    await tracker.trackDownload({ download: "https://app.example.org/catalogue.pdf" }),
  ].map((answer) => answer.status);
}

/** What reports must show of two users, as two visits or, without ids, as one. */
const used = (visits, users) => ({
  visits,
  visitors: visits,
  users,
  actions: 14,
  pages: ["/home: 2", "Page URL not defined: 2"],
  titles: [" App / start: 2", " Screen / Home: 2"],
  outlinks: ["maker.example.net > /history: 2"],
  downloads: ["app.example.org > /catalogue.pdf: 2"],
  searches: [`laces: ${visits}`],
  "search categories": [`Help: ${visits}`],
  events: ["Video > Pause: 2, 0", "Video > Play: 2, 24"],
  "event names": ["Event Name not defined > Pause: 2", "Intro > Play: 2"],
  content: ["Banner > banner.png: 2, 2"],
  browsers: [`Unknown: ${visits}`],
  countries: [`Unknown: ${visits}`],
  languages: [`Unknown: ${visits}`],
  screens: [`390x844: ${visits}`],
  goals: [`Got the catalogue: ${visits}, 0`],
});

for (const { identity, expected } of [{ identity: "consented", expected: used(2, 2) }, { identity: "daily", expected: used(1, 0) }]) {
  test(`matomo-tracker-react-native: two users of an app, on a site that is ${identity}`, async () => {
    const site = await stage.addSite(identity);
    const statuses = await onPhone(async () => [...await useApp(site, "anna"), ...await useApp(site, "bert")]);
    assert.deepEqual(statuses, Array(18).fill(204));
    for (const nonsense of ["mtm_campaign=undefined", "url=undefined", "c_i=undefined"]) assert.ok(stage.tap.sent(nonsense), nonsense);
    assert.deepEqual(await stage.figures(site), expected);
  });
}

test("matomo-tracker-react-native: a campaign, and a browser that the app names", async () => {
  const site = await stage.addSite("daily");
  const tracker = new NativeTracker({ urlBase: stage.url, siteId: site.id });
  const userInfo = { ua: IPHONE, lang: "de" };
  await tracker.trackEvent({ category: "Video", action: "Play", campaign: "Autumn", url: "https://app.example.org/", userInfo });
  assert.deepEqual(await stage.figures(site), {
    visits: 1,
    visitors: 1,
    users: 0,
    actions: 1,
    events: ["Video > Play: 1, 0"],
    "event names": ["Event Name not defined > Play: 1"],
    campaigns: ["autumn: 1"],
    browsers: ["Safari: 1"],
    countries: ["Unknown: 1"],
    languages: ["German: 1"],
    screens: ["unknown: 1"],
  });
});

test("piwik: one hit, many hits, and reports", async () => {
  const site = await stage.addSite("daily");
  const matomo = piwik.setup(`${stage.url}/`, stage.token);
  const [send, ask] = [promisify(matomo.track), promisify(matomo.api)];
  const visitor = { idsite: site.id, ua: FIREFOX, cip: "213.154.224.7" };
  const page = { ...visitor, url: "https://shop.example.org/about", action_name: "About us", _cvar: { 1: ["group", "customer"] } };
  const event = { ...visitor, url: "https://shop.example.org/about", e_c: "Form", e_a: "Send" };
  assert.deepEqual(await send(page), { status: "success", tracked: 1, invalid: 0 });
  assert.deepEqual(await send([{ ...event }, { ...event, e_v: 2 }]), { status: "success", tracked: 2, invalid: 0 });
  await stage.figures(site);

  const period = { idSite: site.id, period: "day", date: TODAY };
  const { nb_visits, nb_actions } = await ask({ method: "VisitsSummary.get", ...period });
  assert.deepEqual([nb_visits, nb_actions], [1, 3]);
  const [events] = await ask({ method: "Events.getAction", ...period });
  assert.deepEqual([events.label, events.nb_events, events.sum_event_value], ["Send", 2, 2]);
  const [variable] = await ask({ method: "CustomVariables.getCustomVariables", ...period });
  assert.deepEqual([variable.label, variable.nb_visits], ["group", 1]);
  await assert.rejects(ask({ method: "Live.getLastVisitsDetails", ...period }), { message: "api error" });
});

test("no tracker was answered with an error", () => assert.deepEqual(stage.tap.errors(), []));
