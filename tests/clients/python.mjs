/** A Python with the clients of requirements.txt in it, under target/clients/, made when they have changed. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const here = import.meta.dirname;
const folder = resolve(here, "../../target/clients");
const python = join(folder, "bin/python");
const requirements = join(here, "requirements.txt");

/** Runs a script of this folder with settings, and gives the JSON that it prints. */
export async function runPython(script, settings) {
  await install();
  const { stdout } = await run(python, [join(here, script), JSON.stringify(settings)]);
  return JSON.parse(stdout);
}

async function install() {
  const wanted = createHash("sha256").update(await readFile(requirements)).digest("hex");
  const stamp = join(folder, "installed");
  if (await readFile(stamp, "utf8").catch(() => "") === wanted) return;
  await rm(folder, { recursive: true, force: true });
  await attempt("Python 3.11 or newer with virtual environments is missing: run scripts/need-python.sh",
    "python3", ["-c", "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"]);
  await attempt("no virtual environment could be made", "python3", ["-m", "venv", folder]);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--requirement", requirements];
  await attempt("the clients in tests/clients/requirements.txt could not be installed", python, pip);
  await writeFile(stamp, wanted);
}

async function attempt(failure, command, parameters) {
  await run(command, parameters).catch((error) => {
    throw new Error(`${failure}\n${error.stderr ?? error.message}`);
  });
}
