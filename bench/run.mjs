/**
 * Taking hits: how many, how soon answered, in how much memory, and how soon visible. Each figure stands beside one that
 * was measured in the same run: figures alone say more about the machine.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { answers, binary, end, footfall, median, memory, processorTime, start } from "./server.mjs";
import { steady } from "./steady.mjs";

const ROUNDS = 3;
const SECONDS = 8;
const CONNECTIONS = 64;
const BARE = "http://127.0.0.1:18090";
const OURS = "http://127.0.0.1:18091";

/** Answers a second, the latency line, and how many were not 2xx. */
function wrk(url) {
  const args = ["-t2", `-c${CONNECTIONS}`, `-d${SECONDS}s`, "--latency", "-s", "bench/page_view.lua", url];
  const output = execFileSync("wrk", args, { encoding: "utf8" });
  const found = (pattern) => pattern.exec(output)?.[1] ?? "0";
  return {
    rate: Number(found(/Requests\/sec:\s+([\d.]+)/)),
    p99: found(/99%\s+(\S+)/),
    bad: Number(found(/Non-2xx or 3xx responses: (\d+)/)),
  };
}

function showMemory(when, pid) {
  const { server, engine, resident, anonymous } = memory(pid);
  console.log(
    `memory ${when}: ${resident} MiB resident, ${anonymous} anonymous (server ${server.resident} and ${server.anonymous}, ` +
      `engine ${engine.resident} and ${engine.anonymous})`,
  );
}

/** Runs a server on a data folder of its own while something is measured. */
async function withServer(settings, measure) {
  const data = mkdtempSync(join(tmpdir(), "footfall-bench-"));
  footfall(data, "site add", "--name", "Bench", "--url", "https://example.org");
  const token = footfall(data, "token create", "--role", "view");
  const server = start(binary, ["serve", "--data", data, "--listen", OURS.slice("http://".length)], {
    FOOTFALL_COLLECT_RATE_LIMIT: "0",
    FOOTFALL_SERVER_TRUSTED_PROXIES: "127.0.0.1/32",
    ...settings,
  });
  try {
    await answers(`${OURS}/health/ready`);
    await sleep(5_000);
    await measure(server.pid, token);
  } finally {
    await end(server);
    rmSync(data, { recursive: true, force: true });
  }
}

/** Milliseconds from the answer to a hit until a report shows it, beside those that the report alone takes. */
async function visibility(token) {
  const report = `${OURS}/index.php?module=API&method=Actions.get&idSite=1&period=day&date=today&format=json&token_auth=${token}`;
  const views = async () => (await (await fetch(report)).json()).nb_pageviews;
  const agent = { "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0" };
  const waits = [];
  const reports = [];
  for (let round = 0; round < 10; round += 1) {
    const asked = performance.now();
    const before = await views();
    reports.push(performance.now() - asked);
    await fetch(`${OURS}/matomo.php?idsite=1&rec=1&url=https://example.org/${round}`, { headers: agent });
    const sent = performance.now();
    while ((await views()) === before) await sleep(10);
    waits.push(performance.now() - sent);
  }
  const [wait, alone] = [median(waits), median(reports)];
  console.log(
    `visible in reports: ${wait.toFixed(0)} ms after the answer (worst ${Math.max(...waits).toFixed(0)}); ` +
      `a report takes ${alone.toFixed(0)} ms: ratio ${(wait / alone).toFixed(0)}`,
  );
}

async function idle(pid) {
  showMemory("idle", pid);
  const before = processorTime(pid);
  await sleep(20_000);
  console.log(`idle: ${((processorTime(pid) - before) * 5).toFixed(1)} % of one processor`);
}

function ingest() {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({ bare: wrk(BARE), ours: wrk(OURS) });
  }
  const [yardstick, ours] = [median(rounds.map((round) => round.bare.rate)), median(rounds.map((round) => round.ours.rate))];
  const ratio = median(rounds.map((round) => round.ours.rate / round.bare.rate));
  console.log(`ingest: ${Math.round(ours)} durable page views a second, bare axum ${Math.round(yardstick)}: ratio ${ratio.toFixed(2)}`);
  console.log(`ingest: p99 ${rounds.map((round) => round.ours.p99).join(", ")}; not 2xx: ${rounds.map((round) => round.ours.bad).join(", ")}`);
}

/** Answer times at an even pace, beside those of bare axum. */
async function pace(perSecond, seconds) {
  const bare = await steady(BARE, perSecond, seconds);
  const ours = await steady(OURS, perSecond, seconds);
  const figure = (name) => `${name} ${ours[name].toFixed(2)} ms (${(ours[name] / bare[name]).toFixed(1)} x bare axum)`;
  console.log(`${perSecond} a second for ${seconds} s: ${figure("p50")}, ${figure("p99")}; not 2xx: ${ours.bad}`);
}

/** Asks for a day's overview again and again, as a dashboard that is open does; gives how to end that. */
function watch(token) {
  const headers = { Authorization: `Bearer ${token}` };
  const panels = ["overview?period=today", "breakdown/pages?period=today&limit=10", "breakdown/countries?period=today&limit=10"];
  const ask = (panel) => fetch(`${OURS}/api/v1/sites/1/${panel}`, { headers }).then((answer) => answer.text());
  const timer = setInterval(() => void Promise.all(panels.map(ask)), 1_000);
  return () => clearInterval(timer);
}

console.log(`${cpus().length} cores, ${cpus()[0].model.trim()}; ${ROUNDS} rounds of ${SECONDS} s, ${CONNECTIONS} connections, alternating`);
execFileSync("cargo", ["build", "--release", "--locked", "--example", "bare_axum"], { stdio: "inherit" });
const bare = start("target/release/examples/bare_axum", [BARE.slice("http://".length)]);
try {
  await withServer({}, async (pid, token) => {
    await idle(pid);
    await visibility(token);
    await pace(1_000, 20);
    showMemory("at 1,000 a second", pid);
    ingest();
    showMemory("after as many as it takes", pid);
  });
  await withServer({ FOOTFALL_ENGINE_MEMORY_MIB: "256" }, async (pid, token) => {
    const unwatch = watch(token);
    await pace(200, 30);
    showMemory("of the small profile at 200 a second, with a dashboard open", pid);
    unwatch();
  });
} finally {
  await end(bare);
}
