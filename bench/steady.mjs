/** Hits at an even pace, however long the answers take: what waits for an answer holds nothing up. */
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

const CONNECTIONS = 64;

const AGENTS = [
  "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
];

/** Milliseconds to the end of the answer, and whether it was a good one. */
function hit(url, agent, number) {
  const page = encodeURIComponent(`https://example.org/page/${number % 500}`);
  const path = `/matomo.php?idsite=1&rec=1&send_image=0&res=1280x800&pv_id=T6XGAd&action_name=Page%20${number % 500}&url=${page}`;
  const headers = {
    "Accept-Language": "nl-NL,nl;q=0.9,en;q=0.8",
    "User-Agent": AGENTS[number % AGENTS.length],
    "X-Forwarded-For": `145.${number % 251}.${(number >> 8) % 251}.7`,
  };
  return new Promise((done, fail) => {
    const begun = performance.now();
    const asked = request(`${url}${path}`, { agent, method: "POST", headers }, (answer) => {
      answer.resume();
      answer.on("end", () => done({ taken: performance.now() - begun, isGood: answer.statusCode < 300 }));
    });
    asked.on("error", fail);
    asked.end();
  });
}

/** The middle and the slowest hundredth of all answers, in milliseconds, and how many were not 2xx. */
export async function steady(url, perSecond, seconds) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const hits = [];
  const begun = performance.now();
  while (hits.length < perSecond * seconds) {
    const due = Math.min(perSecond * seconds, ((performance.now() - begun) / 1_000) * perSecond);
    while (hits.length < due) hits.push(hit(url, agent, hits.length));
    await sleep(2);
  }
  const answered = await Promise.all(hits);
  agent.destroy();
  const taken = answered.map((answer) => answer.taken).toSorted((a, b) => a - b);
  const at = (share) => taken[Math.floor(taken.length * share)];
  return { p50: at(0.5), p99: at(0.99), bad: answered.filter((answer) => !answer.isGood).length };
}
