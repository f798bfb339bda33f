/**
 * What the tests with real clients share: the real server, a tap on the wire between a client and it, and Matomo's own
 * APIs to make sites and goals and to read what came of it.
 */
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, request as forward } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer, until } from "../browser/stage.mjs";
import { read } from "./figures.mjs";

/** The day on which everything happens: the server's clock stands still at its noon, in UTC. */
export const TODAY = "2026-11-21";

/** Visitors' browsers, as clients on servers pass them on. */
export const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

/** A server with two tokens, behind a tap; clients know the tap's address alone. */
export async function openStage() {
  const folder = await mkdtemp(join(tmpdir(), "footfall-clock-"));
  const clock = join(folder, "clock");
  await writeFile(clock, `${TODAY}T12:00:00Z`);
  const server = await startServer("--test-clock", clock);
  const owner = await server.run("token", "create", "--role", "owner");
  const writer = await server.run("token", "create", "--role", "write");
  const tap = await startTap(server.url);
  await until("the server honours its tokens", async () => (await Promise.all([owner, writer].map((token) => knows(server.url, token)))).every(Boolean));
  const api = (method, parameters) => call(server.url, owner, method, parameters);
  return {
    url: tap.url,
    tap,
    token: writer,
    addSite: (identity) => addSite(api, identity),
    /** Everything that reports show of a site on a day, once all that was sent can be seen. */
    async figures(site, date = TODAY) {
      const flushed = await fetch(`${server.url}/api/v1/flush`, { method: "POST", headers: { Authorization: `Bearer ${owner}` } });
      if (flushed.status !== 204) throw new Error(`the server didn't flush: ${server.log()}`);
      return read((method, more) => api(method, { idSite: site.id, period: "day", date, expanded: 1, filter_limit: -1, ...more }), site);
    },
    async stop() {
      tap.stop();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function knows(url, token) {
  return (await fetch(`${url}/api/v1/sites`, { headers: { Authorization: `Bearer ${token}` } })).ok;
}

/** Calls a method of Matomo's API; an error is thrown with the server's words. */
async function call(url, token, method, parameters) {
  const body = new URLSearchParams({ module: "API", format: "json", method, token_auth: token, ...parameters });
  const answer = await (await fetch(`${url}/index.php`, { method: "POST", body })).json();
  if (answer.result === "error") throw new Error(`${method}: ${answer.message}`);
  return answer;
}

/** A shop in UTC with a goal that clients report and one that a download reaches. */
async function addSite(api, identity) {
  const site = { siteName: "Shop", urls: "https://shop.example.org", timezone: "UTC", ecommerce: 1, identity };
  const { value: id } = await api("SitesManager.addSite", site);
  const goals = [
    { name: "Signed up", matchAttribute: "manually", revenue: 5, allowMultipleConversionsPerVisit: 1 },
    { name: "Got the catalogue", matchAttribute: "file", pattern: "catalogue", patternType: "contains" },
  ];
  const numbers = [];
  for (const goal of goals) numbers.push((await api("Goals.addGoal", { idSite: id, ...goal })).value);
  return { id, goals: Object.fromEntries(goals.map((goal, place) => [goal.name, numbers[place]])), manual: numbers[0] };
}

/** Passes requests on to the server and remembers what was asked and what came back. */
async function startTap(target) {
  const passed = [];
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    const onward = forward(new URL(request.url, target), { method: request.method, headers: request.headers, agent: false });
    onward.end(body);
    const [answer] = await once(onward, "response");
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
    await once(response, "finish");
    passed.push({ asked: `${request.method} ${request.url}`, text: readable(`${request.url}\n${body}`), status: answer.statusCode });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const hits = () => passed.filter(({ asked }) => /\/(matomo|piwik)\.php/.test(asked));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    hits,
    /** Waits until so many tracking requests in all have been answered. */
    answered: (count) => until(`${count} answers`, () => hits().length >= count),
    /** Whether a tracking request had this in it, decoded. */
    sent: (text) => hits().some((hit) => hit.text.includes(text)),
    /** Tracking requests that were answered with an error. */
    errors: () => hits().filter(({ status }) => status >= 400).map(({ asked, status, text }) => `${status}: ${asked} ${text}`),
    stop: () => { server.closeAllConnections(); server.close(); },
  };
}

/** The text of a query or form without its encoding. */
function readable(text) {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
