/**
 * Every test: Rust (unit, black box against the embedded engine and against a TCP port), TypeScript, trackers, dashboard,
 * the whole way in a browser, and other people's Matomo clients. Ends with one line of counts, and fails if anything failed.
 */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const counts = { passed: 0, failed: 0 };

/** Black-box tests that touch the database in ways of their own; the others would say the same over TCP again. */
const DATABASE = [
  "banners::", "demo::", "durability::", "faults::", "goal_reports::", "import::", "matomo_reports::", "quarantine::",
  "reporting::", "reports::", "sealing::", "sealing_model::", "sites::", "startup::",
];

/** Runs a command, shows what it prints, and gives its output and status. */
function run(name, command, args, env = {}) {
  console.log(`\n== ${name}`);
  const started = Date.now();
  return new Promise((done) => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
      process.stdout.write(text);
    });
    child.on("close", (status) => {
      console.log(`== ${name}: ${Math.round((Date.now() - started) / 1000)} s`);
      done({ output, status });
    });
  });
}

const sum = (output, pattern) => [...output.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);

/** Adds what a runner says; one that failed without saying how many counts as one failure. */
function add({ output, status }, passed, failed) {
  const failures = sum(output, failed);
  counts.passed += sum(output, passed);
  counts.failed += status !== 0 && failures === 0 ? 1 : failures;
}

async function cargo(name, args, env) {
  add(await run(name, "cargo", args, env), /test result: .*? (\d+) passed/g, /passed; (\d+) failed/g);
}

async function node(name, folder) {
  const files = readdirSync(folder).filter((file) => file.endsWith(".test.mjs")).sort().map((file) => join(folder, file));
  add(await run(name, process.execPath, ["--test", "--test-reporter=spec", ...files]), /^ℹ pass (\d+)/gm, /^ℹ fail (\d+)/gm);
}

async function types(project) {
  const { status } = await run(`types of ${project}`, "npx", ["tsc", "--noEmit", "-p", project]);
  counts[status === 0 ? "passed" : "failed"] += 1;
}

await cargo("Rust", ["test", "--locked", "--no-fail-fast"]);
await cargo("Black box over TCP", ["test", "--locked", "--no-fail-fast", "--test", "blackbox", "--", ...DATABASE], { FOOTFALL_TEST_BACKEND: "tcp" });
await types("tracker-js");
await types("dashboards");
await types("dashboards/tsconfig.node.json");
await node("Trackers", "tracker-js/test");
await node("Dashboard", "dashboards/test");
await node("The whole way", "tests/browser");
await node("Matomo's clients", "tests/clients");

console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
