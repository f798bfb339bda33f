/**
 * Benchmarks. Each prints a ratio against something measured in the same run: figures alone say more about the machine.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const ROUNDS = 3;
const SECONDS = 8;
const CONNECTIONS = 64;
const data = mkdtempSync(join(tmpdir(), "footfall-bench-"));
const binary = "target/release/footfall";

const start = (command, args, env = {}) =>
  spawn(command, args, { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "ignore"] });

async function answers(url) {
  for (let tries = 0; tries < 300; tries += 1) {
    try {
      await fetch(url);
      return;
    } catch {
      await sleep(50);
    }
  }
  throw new Error(`${url} does not answer`);
}

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

/** Resident and anonymous memory of a process in MiB. */
function memory(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kib = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)[1]);
  return { resident: Math.round(kib("Rss") / 1024), anonymous: Math.round(kib("Anonymous") / 1024) };
}

/** Milliseconds from the answer to a hit until a report shows it, beside those that the report alone takes. */
async function visibility(url, token) {
  const report = `${url}/index.php?module=API&method=Actions.get&idSite=1&period=day&date=today&format=json&token_auth=${token}`;
  const views = async () => (await (await fetch(report)).json()).nb_pageviews;
  const agent = { "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0" };
  const waits = [];
  const reports = [];
  for (let round = 0; round < 10; round += 1) {
    const asked = performance.now();
    const before = await views();
    reports.push(performance.now() - asked);
    await fetch(`${url}/matomo.php?idsite=1&rec=1&url=https://example.org/${round}`, { headers: agent });
    const sent = performance.now();
    while ((await views()) === before) await sleep(10);
    waits.push(performance.now() - sent);
  }
  return { wait: Math.round(median(waits)), worst: Math.round(Math.max(...waits)), report: Math.round(median(reports)) };
}

const engineOf = (pid) => Number(execFileSync("pgrep", ["-P", String(pid)], { encoding: "utf8" }).trim());

function showMemory(when, pid) {
  const [server, engine] = [memory(pid), memory(engineOf(pid))];
  console.log(
    `memory ${when}: server ${server.resident} MiB resident (${server.anonymous} anonymous), ` +
      `engine ${engine.resident} (${engine.anonymous}), together ${server.resident + engine.resident} (${server.anonymous + engine.anonymous})`,
  );
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

console.log(`${cpus().length} cores, ${cpus()[0].model.trim()}; ${ROUNDS} rounds of ${SECONDS} s, ${CONNECTIONS} connections, alternating`);
execFileSync("cargo", ["build", "--release", "--locked", "--example", "bare_axum"], { stdio: "inherit" });
execFileSync(binary, ["site", "add", "--data", data, "--name", "Bench", "--url", "https://example.org"]);
const bare = start("target/release/examples/bare_axum", ["127.0.0.1:18090"]);
const server = start(binary, ["serve", "--data", data, "--listen", "127.0.0.1:18091"], {
  FOOTFALL_COLLECT_RATE_LIMIT: "0",
  FOOTFALL_SERVER_TRUSTED_PROXIES: "127.0.0.1/32",
});

try {
  await Promise.all([answers("http://127.0.0.1:18090/"), answers("http://127.0.0.1:18091/health/live")]);
  await sleep(5_000);
  showMemory("idle", server.pid);
  const token = execFileSync(binary, ["token", "create", "--data", data, "--role", "view"], { encoding: "utf8" }).trim();
  await sleep(1_000);
  const seen = await visibility("http://127.0.0.1:18091", token);
  console.log(`visible in reports: ${seen.wait} ms after the answer (worst ${seen.worst}); a report takes ${seen.report} ms: ratio ${(seen.wait / seen.report).toFixed(0)}`);
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({ bare: wrk("http://127.0.0.1:18090"), ours: wrk("http://127.0.0.1:18091") });
  }
  const [yardstick, ours] = [median(rounds.map((round) => round.bare.rate)), median(rounds.map((round) => round.ours.rate))];
  const ratio = median(rounds.map((round) => round.ours.rate / round.bare.rate));
  console.log(`ingest: ${Math.round(ours)} durable page views a second, bare axum ${Math.round(yardstick)}: ratio ${ratio.toFixed(2)}`);
  console.log(`ingest: p99 ${rounds.map((round) => round.ours.p99).join(", ")}; not 2xx: ${rounds.map((round) => round.ours.bad).join(", ")}`);
  showMemory("after load", server.pid);
} finally {
  for (const child of [bare, server]) {
    child.kill();
    await new Promise((done) => child.once("exit", done));
  }
  rmSync(data, { recursive: true, force: true });
}
