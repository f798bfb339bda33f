/**
 * A stand-in for the server: the built dashboard under the real content security policy, and the
 * API with made-up reports. Everything lives in memory and each server is its own world.
 */
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { banners, breakdown, conversions, dropped, hostile, overview } from "./mock-data.mjs";

export const built = fileURLToPath(new URL("../../dist/dashboard/", import.meta.url));

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

/** The paths that must answer with the page itself; all others that are no asset are a real 404. */
const pagePaths = /^\/(|setup|banners|settings|sites\/new|sites\/\d+|sites\/\d+\/(install|goals|settings))$/;

export const account = { email: "ada@example.org", password: "correct horse battery" };

class Refusal extends Error {
  constructor(status, code, detail) {
    super(code);
    Object.assign(this, { status, code, detail });
  }
}

function freshWorld(options) {
  const site = (id, name, url, visitors, rest = {}) => ({
    id,
    name,
    url,
    timezone: "Europe/Amsterdam",
    identity: "daily",
    first_hit: "2026-01-04T10:00:00Z",
    today: { visitors, page_views: Math.round(visitors * 2.6) },
    ...rest,
  });
  return {
    needsSetUp: false,
    role: "owner",
    testClock: false,
    signedIn: false,
    failing: null,
    delayMs: 0,
    polls: 0,
    password: account.password,
    sites: [
      site(1, "Example Magazine", "https://www.example.org", 1284),
      site(2, hostile.image, "https://shop.example.com", 86),
      site(3, hostile.rightToLeft, "https://ar.example.net", 0, { first_hit: null }),
      site(4, "Quiet corner", "https://quiet.example", 0),
    ],
    campaigns: [
      { id: 1, name: "Autumn savings", archived: false },
      { id: 2, name: hostile.image, archived: true },
    ],
    creatives: [
      { id: 1, campaign_id: 1, name: "Leaderboard", image_url: "https://ads.example/leaderboard.png", destination_url: "https://shop.example/autumn?utm_campaign=autumn", width: 728, height: 90, alt: "Autumn sale" },
      { id: 2, campaign_id: 1, name: "Rectangle", image_url: "https://ads.example/rectangle.png", destination_url: "javascript:alert(1)", width: 300, height: 250, alt: "" },
    ],
    goals: [
      { id: 1, name: "Order", description: "Agreed with sales in March", attribute: "url", pattern: "/checkout/thank-you", pattern_type: "contains", case_sensitive: false, allow_multiple: true, revenue: 24.5, use_event_value: false },
      { id: 2, name: hostile.image, description: "", attribute: "event_action", pattern: `^${hostile.script}$`, pattern_type: "regex", case_sensitive: true, allow_multiple: false, revenue: 0, use_event_value: true },
      { id: 4, name: "Stayed", description: "", attribute: "visit_duration", pattern: "5", pattern_type: "greater_than", case_sensitive: false, allow_multiple: false, revenue: 0, use_event_value: false },
      { id: 5, name: "Called us", description: "", attribute: "manually", pattern: "", pattern_type: "contains", case_sensitive: false, allow_multiple: false, revenue: 10, use_event_value: false },
    ],
    settings: {
      aliases: ["https://example.net/shop"], excluded_parameters: ["ref", "/^x-[0-9]+$/"], excluded_addresses: ["192.0.2.7/32", "198.51.100.0/24"],
      excluded_agents: ["OfficeApp"], excluded_referrers: [".bank.example", hostile.image], exclude_unknown_urls: true, keep_fragment: false, ecommerce: false,
      site_search: true, search_keywords: [], search_categories: [],
    },
    placements: [{ id: 1, site_id: 1, name: "Article, top", campaign_id: 1, frame_hosts: [] }],
    ...options,
  };
}

function session(world) {
  if (world.needsSetUp) throw new Refusal(401, "setup_needed", "no account exists yet");
  if (!world.signedIn) throw new Refusal(401, "unauthenticated", "sign in first");
  return {
    user: { email: account.email, role: world.role },
    version: "0.1.0",
    public_url: "https://count.example.org",
    test_clock: world.testClock,
    attribution: { text: "IP Geolocation by DB-IP", url: "https://db-ip.com" },
  };
}

/** The site whose number stands in the path; missing and forbidden look alike. */
function siteIn(world, id) {
  const site = world.sites.find((candidate) => candidate.id === Number(id));
  if (site === undefined) throw new Refusal(404, "not_found", "no such site");
  return site;
}

const detailOf = ({ id, name, url, timezone, identity, next_timezone = null }) => ({ id, name, url, timezone, next_timezone, identity });

/** Site 4 has no visits at all; site 2 has ten million. */
const sizeOf = (id) => ({ empty: id === "4" || id === "3", scale: id === "2" ? 1900 : 1 });

function status(world, id) {
  const site = siteIn(world, id);
  world.polls += 1;
  // The first hit of a new site arrives at the third look.
  if (site.first_hit === null && site.arrives === true && world.polls >= 3) site.first_hit = "2026-11-22T14:00:00Z";
  return {
    first_hit: site.first_hit,
    last_hit: site.first_hit,
    hits_today: site.first_hit === null ? 0 : 1,
    dropped_today: site.first_hit === null ? [{ reason: "bot", count: 3 }, { reason: hostile.image, count: 1 }] : [],
  };
}

const snippetOf = (site) => ({
  footfall: `<script async src="https://count.example.org/footfall.js" data-site="${site.id}"></script>`,
  matomo: `<script>\n  var _paq = window._paq = window._paq || [];\n  _paq.push(['trackPageView']);\n  _paq.push(['setTrackerUrl', 'https://count.example.org/matomo.php']);\n  _paq.push(['setSiteId', '${site.id}']);\n</script>\n<script async src="https://count.example.org/matomo.js"></script>`,
});

const routes = [
  ["GET", /^\/session$/, (world) => session(world)],
  ["POST", /^\/session$/, (world, _, body) => {
    if (body.email !== account.email || body.password !== world.password) throw new Refusal(401, "bad_credentials", "wrong");
    world.signedIn = true;
  }],
  ["DELETE", /^\/session$/, (world) => { world.signedIn = false; }],
  ["POST", /^\/setup$/, (world, _, body) => {
    if (body.token !== "one-time") throw new Refusal(403, "bad_token", "This set-up link was used already or is wrong.");
    world.needsSetUp = false;
    world.signedIn = true;
  }],
  ["POST", /^\/account\/password$/, (world, _, body) => {
    if (body.current !== world.password) throw new Refusal(403, "wrong_password", "wrong");
    world.password = body.password;
  }],
  ["GET", /^\/sites$/, (world) => world.sites],
  ["POST", /^\/sites$/, (world, _, body) => {
    if (!/^https?:\/\/[^/]+\.[^/]+/.test(body.url)) throw new Refusal(422, "invalid", "The address must be a full one, such as https://example.com.");
    const site = { id: 10 + world.sites.length, ...body, identity: "daily", first_hit: null, arrives: true, today: { visitors: 0, page_views: 0 } };
    world.polls = 0;
    world.sites.push(site);
    return site;
  }],
  ["GET", /^\/sites\/(\d+)$/, (world, [id]) => detailOf(siteIn(world, id))],
  ["PATCH", /^\/sites\/(\d+)$/, (world, [id], { timezone, ...body }) => {
    const site = Object.assign(siteIn(world, id), body);
    site.next_timezone = timezone === site.timezone ? null : { timezone, from: "2026-11-22T23:00:00Z" };
    return detailOf(site);
  }],
  ["DELETE", /^\/sites\/(\d+)$/, (world, [id]) => {
    siteIn(world, id);
    world.sites = world.sites.filter((site) => site.id !== Number(id));
  }],
  ["GET", /^\/sites\/(\d+)\/settings$/, (world, [id]) => { siteIn(world, id); return world.settings; }],
  ["PUT", /^\/sites\/(\d+)\/settings$/, (world, _, body) => {
    const wrong = body.excluded_addresses.find((entry) => !/^[0-9a-f.:*/]+$/i.test(entry));
    if (wrong !== undefined) throw new Refusal(422, "invalid", `"${wrong}" is no address or network.`);
    const whole = (entry) => (entry.includes("/") ? entry : `${entry}/32`);
    world.settings = { ...body, excluded_addresses: body.excluded_addresses.map(whole) };
    return world.settings;
  }],
  ["GET", /^\/sites\/(\d+)\/goals$/, (world, [id]) => { siteIn(world, id); return id === "4" ? [] : world.goals; }],
  ["POST", /^\/sites\/(\d+)\/goals$/, (world, _, body) => {
    const goal = { id: Math.max(...world.goals.map(({ id }) => id)) + 1, ...body };
    world.goals = [...world.goals, goal];
    return goal;
  }],
  ["PUT", /^\/sites\/\d+\/goals\/(\d+)$/, (world, [id], body) => {
    if (body.pattern === "(") throw new Refusal(422, "invalid", "\"(\" is no regular expression.");
    return Object.assign(world.goals.find((goal) => goal.id === Number(id)), body);
  }],
  ["DELETE", /^\/sites\/\d+\/goals\/(\d+)$/, (world, [id]) => { world.goals = world.goals.filter((goal) => goal.id !== Number(id)); }],
  ["GET", /^\/sites\/(\d+)\/snippet$/, (world, [id]) => snippetOf(siteIn(world, id))],
  ["GET", /^\/sites\/(\d+)\/status$/, (world, [id]) => status(world, id)],
  ["GET", /^\/sites\/(\d+)\/overview$/, (world, [id], _, query) => overview(query, { ...sizeOf(id), distinct: siteIn(world, id).identity === "consented" })],
  ["GET", /^\/sites\/(\d+)\/breakdown\/(\w+)$/, (world, [id, name], _, query) => { siteIn(world, id); return breakdown(name, query, sizeOf(id)); }],
  ["GET", /^\/sites\/(\d+)\/conversions$/, (world, [id], _, query) => { siteIn(world, id); return conversions(query, world.goals, sizeOf(id)); }],
  ["GET", /^\/sites\/(\d+)\/banners$/, (world, [id]) => { siteIn(world, id); return banners(sizeOf(id)); }],
  ["GET", /^\/sites\/(\d+)\/dropped$/, (world, [id]) => { siteIn(world, id); return dropped(sizeOf(id)); }],
  ["GET", /^\/dropped$/, () => ({ rows: [{ reason: "unknown_site", count: 4 }] })],
  ["GET", /^\/campaigns$/, (world) => world.campaigns],
  ["POST", /^\/campaigns$/, (world, _, body) => add(world.campaigns, { name: body.name, archived: false })],
  ["GET", /^\/campaigns\/(\d+)\/creatives$/, (world, [id]) => world.creatives.filter((creative) => creative.campaign_id === Number(id))],
  ["POST", /^\/campaigns\/(\d+)\/creatives$/, (world, [id], body) => {
    if (!body.destination_url.startsWith("https://")) throw new Refusal(422, "invalid", "The destination must begin with https://.");
    return add(world.creatives, { ...body, campaign_id: Number(id) });
  }],
  ["GET", /^\/placements$/, (world) => world.placements],
  ["POST", /^\/placements$/, (world, _, body) => add(world.placements, body)],
  ["GET", /^\/placements\/(\d+)\/tags$/, (world, [id]) => ({
    script: `<script async src="https://count.example.org/ads.js" data-placement="${id}"></script>`,
    creatives: world.creatives.map((creative) => ({
      creative_id: creative.id,
      name: creative.name,
      image_link: `<a href="https://count.example.org/a/click/${id}/${creative.id}"><img src="https://count.example.org/a/view/${id}/${creative.id}" width="${creative.width}" height="${creative.height}" alt="${creative.alt}"></a>`,
    })),
  })],
];

function add(list, thing) {
  const made = { id: list.length + 1, ...thing };
  list.push(made);
  return made;
}

const isOpen = (path) => /^\/(session|setup)$/.test(path);

async function answerApi(world, request, url) {
  const path = url.pathname.slice("/api/v1".length);
  if (world.failing?.test(path) === true) throw new Refusal(503, "engine_down", "The database is restarting.");
  if (request.method !== "GET" && request.headers["content-type"] !== "application/json") throw new Refusal(415, "unsupported", "JSON only");
  if (!isOpen(path)) session(world);
  let text = "";
  for await (const chunk of request) text += chunk;
  for (const [method, pattern, answer] of routes) {
    const match = pattern.exec(path);
    if (method === request.method && match !== null) {
      return answer(world, match.slice(1), text === "" ? null : JSON.parse(text), url.searchParams);
    }
  }
  throw new Refusal(404, "not_found", "no such endpoint");
}

function sendJson(response, status, body, type = "application/json") {
  response.writeHead(status, { "Content-Type": type, "Cache-Control": "no-store" });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

async function serveFile(response, path) {
  const file = pagePaths.test(path) ? "index.html" : path.slice(1);
  const body = file.includes("..") ? null : await readFile(built + file).catch(() => null);
  if (body === null) return sendJson(response, 404, { code: "not_found" });
  response.writeHead(200, {
    "Content-Type": types[extname(file)] ?? "application/octet-stream",
    "Content-Security-Policy": policy,
    "X-Content-Type-Options": "nosniff",
  });
  response.end(body);
}

/** Starts a server on a free port: `{ url, world, stop }`. The world may be changed while it runs. */
export async function startMock(options = {}) {
  const world = freshWorld(options);
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://mock");
    if (!url.pathname.startsWith("/api/")) return serveFile(response, url.pathname);
    if (world.delayMs > 0) await new Promise((done) => setTimeout(done, world.delayMs));
    try {
      const body = await answerApi(world, request, url);
      sendJson(response, body === undefined ? 204 : request.method === "POST" ? 201 : 200, body);
    } catch (cause) {
      const { status = 500, code = "bug", detail = String(cause) } = cause;
      sendJson(response, status, { type: "about:blank", title: code, status, detail, code }, "application/problem+json");
    }
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    world,
    stop: () => new Promise((stopped) => {
      server.close(stopped);
      server.closeAllConnections();
    }),
  };
}
