/** What the benchmarks share: starting Footfall, asking it, and looking at its processes. */
import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

export const binary = "target/release/footfall";

/** Starts a program that says nothing. */
export const start = (command, args, env = {}) =>
  spawn(command, args, { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "ignore"] });

/** Ends a program and waits until it is gone. */
export async function end(child) {
  if (child.exitCode !== null) return;
  const gone = new Promise((done) => child.once("exit", done));
  child.kill();
  await gone;
}

/** Runs the command line of Footfall on a data folder. */
export const footfall = (data, command, ...args) =>
  execFileSync(binary, [...command.split(" "), "--data", data, ...args], { encoding: "utf8" }).trim();

/** Waits until a server answers, for five minutes at most. */
export async function answers(url) {
  for (let tries = 0; tries < 6_000; tries += 1) {
    try {
      if ((await fetch(url)).ok) return;
    } catch {
      // Not yet.
    }
    await sleep(50);
  }
  throw new Error(`${url} does not answer`);
}

/** Resident and anonymous memory of a process in MiB. */
function memoryOf(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kib = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)[1]);
  return { resident: Math.round(kib("Rss") / 1024), anonymous: Math.round(kib("Anonymous") / 1024) };
}

/** The engine's process under a server. */
const engineOf = (pid) => Number(execFileSync("pgrep", ["-P", String(pid)], { encoding: "utf8" }).trim());

/** Memory of a server and its engine, in MiB. */
export function memory(pid) {
  const [server, engine] = [memoryOf(pid), memoryOf(engineOf(pid))];
  return {
    server,
    engine,
    resident: server.resident + engine.resident,
    anonymous: server.anonymous + engine.anonymous,
  };
}

/** Seconds of processor time that a server and its engine have taken so far. */
export function processorTime(pid) {
  const of = (process) => {
    const fields = readFileSync(`/proc/${process}/stat`, "utf8").split(") ")[1].split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  };
  return of(pid) + of(engineOf(pid));
}

export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
