/** Made-up reports for the mock server: always the same, and as nasty as strangers can be. */

export const hostile = {
  image: "<img src=x onerror=alert(1)>",
  script: "/<script>alert('page')</script>",
  long: `/${"very-long-path-segment/".repeat(87)}`,
  rightToLeft: "مرحبا بالعالم — صفحة ترحيب",
  override: "/\u202Egnp.exe/harmless",
  emoji: "🦊🎉 👩‍👩‍👧‍👦 /emoji",
  scheme: "javascript:alert(document.domain)",
  formula: '=HYPERLINK("https://evil.example","click")',
};

export const today = "2026-11-22";

/** A small generator, so that every run draws the same curve. */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const day = (text) => new Date(`${text}T00:00:00Z`);
const text = (date) => date.toISOString().slice(0, 10);

function shifted(from, days) {
  const date = day(from);
  date.setUTCDate(date.getUTCDate() + days);
  return text(date);
}

/** The days a period covers, as the real server would work them out. */
function rangeOf(query) {
  const given = query.get("date") ?? today;
  const cut = (last) => (last > today ? today : last);
  switch (query.get("period")) {
    case "today":
      return { from: today, to: today, interval: "hour" };
    case "yesterday":
      return { from: shifted(today, -1), to: shifted(today, -1), interval: "hour" };
    case "7d":
      return { from: shifted(today, -6), to: today, interval: "day" };
    case "month": {
      const last = new Date(Date.UTC(Number(given.slice(0, 4)), Number(given.slice(5, 7)), 0));
      return { from: `${given.slice(0, 7)}-01`, to: cut(text(last)), interval: "day" };
    }
    case "year":
      return { from: `${given.slice(0, 4)}-01-01`, to: cut(`${given.slice(0, 4)}-12-31`), interval: "month" };
    case "custom":
      return { from: query.get("from"), to: query.get("to"), interval: "day" };
    default:
      return { from: shifted(today, -29), to: today, interval: "day" };
  }
}

function starts({ from, to, interval }) {
  if (interval === "hour") {
    const hours = from === today ? 15 : 24;
    return Array.from({ length: hours }, (_, hour) => `${from}T${String(hour).padStart(2, "0")}`);
  }
  const found = [];
  for (let at = from; at <= to; at = shifted(at, 1)) {
    const start = interval === "month" ? at.slice(0, 7) : at;
    if (found.at(-1) !== start) found.push(start);
  }
  return found;
}

const unfinished = (start) => start === `${today}T14` || start === today || start === today.slice(0, 7);

function totalsOf(series, factor) {
  const sum = (name) => Math.round(factor * series.reduce((total, interval) => total + interval[name], 0));
  const visits = sum("visits");
  return {
    visitors: sum("visitors"),
    visits,
    page_views: sum("page_views"),
    actions: sum("page_views") + visits,
    bounce_rate: visits === 0 ? null : 0.43 + (factor - 1) / 4,
    visit_duration: visits === 0 ? null : 131.4 * (2 - factor),
  };
}

export function overview(query, { empty = false, scale = 1, distinct = false } = {}) {
  const range = { ...rangeOf(query), timezone: "Europe/Amsterdam", today };
  const random = generator(7);
  const size = { hour: 9, day: 180, month: 5200 }[range.interval] * scale;
  const series = starts(range).map((start, index) => {
    const weekend = range.interval === "day" && [0, 6].includes(day(start).getUTCDay()) ? 0.55 : 1;
    const shape = range.interval === "hour" ? Math.max(0.05, Math.sin(((index - 5) / 20) * Math.PI)) : 1 + index / 90;
    const part = unfinished(start) ? 0.6 : 1;
    const visitors = empty ? 0 : Math.round(size * shape * weekend * part * (0.8 + 0.4 * random()));
    const visits = Math.round(visitors * 1.14);
    return {
      start,
      visitors,
      visits,
      page_views: Math.round(visits * (2.2 + random())),
      bounce_rate: visits === 0 ? null : 0.36 + 0.15 * random(),
      visit_duration: visits === 0 ? null : 95 + 80 * random(),
      partial: unfinished(start),
    };
  });
  const told = (totals) => (distinct ? { ...totals, new_visits: Math.floor(totals.visits * 0.6), returning_visits: Math.ceil(totals.visits * 0.4) } : totals);
  const previous = empty ? null : told(totalsOf(series, 0.89));
  return { range, distinct_visitors: distinct, totals: told(totalsOf(series, 1)), previous, series };
}

const labels = {
  pages: ["/", "/pricing", "/blog/why-we-count-without-cookies", "/docs/getting-started", hostile.script, hostile.image, "/contact", hostile.long, "/blog/2026/11/release-notes", hostile.override, "/docs/api", "//evil.example/path", hostile.emoji, "", hostile.formula],
  titles: ["Home", "Pricing", "Why we count without cookies", "Getting started", hostile.image, hostile.rightToLeft, "Contact", "API reference", "Release notes"],
  referrers: ["", "Google", "https://news.ycombinator.com/item?id=1", "newsletter-november", hostile.image, "Mastodon", "ChatGPT", "DuckDuckGo", "github.com", hostile.scheme, "Bing"],
  outlinks: ["https://github.com/example/project", "https://social.example/@project", hostile.scheme, hostile.image, `https://example.org${hostile.long}`],
  downloads: ["https://example.org/annual-report-2026.pdf", "https://example.org/handbook.epub"],
  events: ["signup", "newsletter / subscribe", hostile.image, hostile.emoji, "video / play", "constructor", "__proto__"],
  searches: ["cookies", "privacy", hostile.rightToLeft, hostile.formula],
  countries: ["NL", "DE", "US", "GB", "BE", "FR", "JP", "BR", "", "<b>"],
  regions: ["North Holland", "South Holland", "Bavaria", "California", "Flanders", "Île-de-France"],
  cities: ["Amsterdam", "Utrecht", "Berlin", "New York", "Den Haag", "Gent", "São Paulo", "東京", ""],
  browsers: ["Chrome", "Firefox", "Safari", "Edge", "Samsung Internet"],
  systems: ["Windows", "Android", "macOS", "iOS", "Linux"],
  devices: ["desktop", "smartphone", "tablet", "toString"],
  languages: ["nl", "en", "en-US", "de", "pt-BR", "x<b>", ""],
};
const cityCountries = ["NL", "NL", "DE", "US", "NL", "BE", "BR", "JP", null];
const regionCountries = ["NL", "NL", "DE", "US", "BE", "FR"];
const kinds = ["direct", "search", "website", "campaign", "website", "social", "assistant", "search", "website", "website", "search"];

/** The long tail, so that the details panel has something to page through. */
const tail = (dimension) => (dimension === "pages" ? Array.from({ length: 240 }, (_, n) => `/archive/${2026 - (n % 20)}/post-${n + 1}`) : []);

export function breakdown(dimension, query, { empty = false, scale = 1 } = {}) {
  const all = empty ? [] : [...(labels[dimension] ?? []), ...tail(dimension)];
  const rows = all.map((label, index) => {
    const visitors = Math.max(1, Math.round((2400 * scale) / (1 + index * 0.9)));
    return {
      label,
      visitors,
      visits: Math.round(visitors * 1.12) + 1,
      count: Math.round(visitors * 2.4) + 1,
      ...(dimension === "referrers" ? { kind: kinds[index] } : {}),
      ...(dimension === "cities" ? { country: cityCountries[index] } : {}),
      ...(dimension === "regions" ? { country: regionCountries[index] } : {}),
    };
  });
  const offset = Number(query.get("offset") ?? 0);
  return { rows: rows.slice(offset, offset + Number(query.get("limit") ?? 10)), total_rows: rows.length };
}

/** Without a period before it when that is today; with one deleted goal, as nothing else names it. */
export function conversions(query, goals, { empty = false, scale = 1 } = {}) {
  if (empty) return { rows: [], orders: null };
  const isToday = query.get("period") === "today";
  const reached = (count, worth, name = "conversions") => ({
    [name]: count,
    converted_visits: Math.floor(count * 0.9),
    conversion_rate: (count * 0.9) / (6200 * scale),
    revenue: Math.round(count * worth * 100) / 100,
  });
  const row = ({ id, name, revenue }, index) => {
    const count = index === 2 ? 0 : Math.floor((410 * scale) / (1 + index * 3));
    const previous = isToday ? null : reached(Math.floor(count * (index === 1 ? 1.2 : 0.8)), revenue);
    return { id, name, ...reached(count, revenue), previous };
  };
  const ordered = (count, worth) => ({ ...reached(count, worth, "orders"), average: worth });
  return {
    rows: [...goals, { id: 3, name: null, revenue: 0 }].map(row),
    orders: { ...ordered(86 * scale, 61.37), previous: isToday ? null : ordered(80 * scale, 58.2) },
  };
}

export function banners({ empty = false } = {}) {
  const row = (campaign, creative, placement, impressions, clicks) => ({
    campaign: { id: 1, name: campaign },
    creative: { id: creative.length, name: creative },
    placement: { id: placement.length, name: placement },
    impressions: { gross: impressions, valid: Math.floor(impressions * 0.91) },
    clicks: { gross: clicks, valid: Math.floor(clicks * 0.74) },
    ctr: impressions === 0 ? null : (clicks * 0.74) / (impressions * 0.91),
  });
  if (empty) return { rows: [] };
  return {
    rows: [
      row("Autumn savings", "Leaderboard 728 × 90", "Article, top", 48210, 512),
      row("Autumn savings", "Rectangle 300 × 250", "Sidebar", 31877, 298),
      row("Autumn savings", hostile.image, "Footer", 12003, 41),
      row(hostile.rightToLeft, "Skyscraper", "Sidebar, lower half", 0, 0),
    ],
  };
}

export function dropped({ empty = false } = {}) {
  if (empty) return { rows: [] };
  return {
    rows: [
      { reason: "bot", count: 5120 },
      { reason: "prefetch", count: 803 },
      { reason: "automation", count: 310 },
      { reason: "rate", count: 77 },
      { reason: "duplicate", count: 12 },
      { reason: "agent_empty", count: 9 },
      { reason: "brand_new_reason", count: 2 },
      { reason: "constructor", count: 1 },
    ],
  };
}
