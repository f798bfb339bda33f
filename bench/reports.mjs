/**
 * How long the overview of a site takes, and what an event costs on disk, as a site grows.
 *
 *     node bench/reports.mjs [MILLIONS...]
 *
 * Twelve months of five sites are written and sealed; what is asked for is the largest site, with half of all events. The
 * yardstick of each size is one scan: counting the site's visits of twelve months in raw events, by the same engine. It is
 * the least that a report would cost if days were not sealed.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { answers, binary, end, footfall, median, memory, start } from "./server.mjs";

const ROUNDS = 7;
const SITES = 5;
const [FIRST, LAST] = ["2025-11-22", "2026-11-21"];
const ENGINE = "127.0.0.1:18093";
const SERVER = "127.0.0.1:18094";

/** What the page asks for when it opens. */
const PANELS = [
  "overview?",
  ...["pages", "referrers", "countries", "devices", "outlinks", "events"].map((name) => `breakdown/${name}?limit=10&`),
  "conversions?",
];

const PERIODS = [
  { name: "a day", from: "2026-11-20", to: "2026-11-20" },
  { name: "a month", from: "2026-10-01", to: "2026-10-31" },
  { name: "12 months", from: FIRST, to: LAST },
];

const FILTERS = [
  { name: "no filter", filter: "" },
  { name: "one filter", filter: "country==AK" },
  { name: "two filters", filter: "country==AK;device==smartphone" },
];

/** Asks the engine under a server; gives the text. */
function ask(socketPath, sql) {
  return new Promise((done, fail) => {
    const asked = request({ socketPath, method: "POST", path: "/?database=footfall" }, (answer) => {
      let text = "";
      answer.on("data", (piece) => (text += piece));
      answer.on("end", () => (answer.statusCode === 200 ? done(text.trim()) : fail(new Error(text))));
    });
    asked.on("error", fail);
    asked.end(sql);
  });
}

async function panels(token, { from, to }, filter) {
  const query = `period=custom&from=${from}&to=${to}&filter=${encodeURIComponent(filter)}`;
  const headers = { Authorization: `Bearer ${token}` };
  const answered = await Promise.all(
    PANELS.map((panel) => fetch(`http://${SERVER}/api/v1/sites/1/${panel}${query}`, { headers })),
  );
  for (const answer of answered) {
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
  }
}

/** Milliseconds that something takes: the middle of some rounds, the first not counted. */
async function milliseconds(work) {
  await work();
  const taken = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const begun = performance.now();
    await work();
    taken.push(performance.now() - begun);
  }
  return median(taken);
}

async function fill(data, events) {
  const library = "target/release/lib/libchdb.so";
  const engine = start(binary, ["engine", "--data", join(data, "engine"), "--library", library, "--listen", ENGINE]);
  try {
    await answers(`http://${ENGINE}/ping`);
    const said = execFileSync("target/release/examples/fill", [`http://${ENGINE}`, String(events)], { encoding: "utf8" });
    console.log(`  ${said.trim()}`);
  } finally {
    await end(engine);
  }
}

/** Seals all days at once, which a server does by itself some time after each midnight. */
async function seal(data) {
  const begun = performance.now();
  for (let site = 1; site <= SITES; site += 1) {
    footfall(data, "rebuild", "--site", String(site), "--from", FIRST, "--to", LAST);
  }
  const unsealed = async () =>
    Number(/^footfall_unsealed_days (\d+)/m.exec(await (await fetch(`http://${SERVER}/metrics`)).text())[1]);
  while ((await unsealed()) === 0) await sleep(200); // it has not looked yet
  while ((await unsealed()) > 0) await sleep(500);
  console.log(`  sealed in ${((performance.now() - begun) / 1_000).toFixed(0)} s`);
}

async function disk(socket, events) {
  const parts = "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = 'footfall'";
  const merging = "SELECT count() FROM system.merges";
  for (let quiet = 0; quiet < 5; quiet = (await ask(socket, merging)) === "0" ? quiet + 1 : 0) await sleep(1_000);
  const bytes = async (more) => Number(await ask(socket, parts + more)) / events;
  const [all, raw, visits] = [await bytes(""), await bytes(" AND table = 'events'"), await bytes(" AND table = 'visits'")];
  const daily = all - raw - visits;
  console.log(
    `  ${all.toFixed(1)} bytes an event: events ${raw.toFixed(1)}, visits ${visits.toFixed(1)}, sums of days ${daily.toFixed(1)}`,
  );
}

async function measure(millions) {
  const data = mkdtempSync(join(tmpdir(), "footfall-bench-"));
  console.log(`${millions} million events`);
  for (let site = 1; site <= SITES; site += 1) {
    footfall(data, "site add", "--name", `Site ${site}`, "--url", `https://site${site}.example`);
  }
  await fill(data, millions * 1_000_000);
  const server = start(binary, ["serve", "--data", data, "--listen", SERVER]);
  try {
    await answers(`http://${SERVER}/health/ready`);
    const token = footfall(data, "token create", "--role", "view");
    await seal(data);
    const socket = execFileSync("find", [data, "-type", "s"], { encoding: "utf8" }).trim();
    await sleep(2_500); // tokens are read again every two seconds
    await disk(socket, Number(await ask(socket, "SELECT count() FROM events")));
    const scan = await milliseconds(() => ask(socket, "SELECT uniqExact(visit) FROM events WHERE site_id = 1"));
    console.log(`  the yardstick, one scan: ${scan.toFixed(0)} ms`);
    const taken = {};
    for (const period of PERIODS) {
      for (const { name, filter } of FILTERS) {
        const all = await milliseconds(() => panels(token, period, filter));
        taken[`${period.name}, ${name}`] = all;
        const ratio = (all / scan).toFixed(2);
        console.log(`  ${PANELS.length} panels of ${period.name}, ${name}: ${all.toFixed(0)} ms, ${ratio} scans`);
      }
    }
    const { resident, anonymous } = memory(server.pid);
    console.log(`  memory of both processes: ${resident} MiB resident, ${anonymous} anonymous`);
    return taken;
  } finally {
    await end(server);
    rmSync(data, { recursive: true, force: true });
  }
}

const sizes = process.argv.slice(2).map(Number);
console.log(`${cpus().length} cores, ${cpus()[0].model.trim()}; all panels at once, the middle of ${ROUNDS} rounds`);
execFileSync("cargo", ["build", "--release", "--locked", "--example", "fill"], { stdio: "inherit" });
let before;
for (const millions of sizes.length > 0 ? sizes : [1, 10]) {
  const taken = await measure(millions);
  for (const [what, all] of Object.entries(before?.taken ?? {})) {
    console.log(`  growth of ${what} from ${before.millions} million: ${(taken[what] / all).toFixed(2)} x`);
  }
  before = { millions, taken };
}
