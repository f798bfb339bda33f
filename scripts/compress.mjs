/** Writes brotli and gzip forms beside files, at their best: the server sends these, and compresses nothing itself. */
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

function brotli(content) {
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length, [constants.BROTLI_PARAM_QUALITY]: 11 };
  return brotliCompressSync(content, { params });
}

/** Bytes on the wire of a text with brotli. */
export const brotliSize = (text) => brotli(Buffer.from(text)).length;

/** Writes `file.br` and `file.gz`. */
export async function writeCompressed(file) {
  const path = file instanceof URL ? fileURLToPath(file) : file;
  const content = await readFile(path);
  await writeFile(`${path}.br`, brotli(content));
  await writeFile(`${path}.gz`, gzipSync(content, { level: 9 }));
}

/** All files of a folder that are text. */
async function main(folder) {
  const names = await readdir(folder, { recursive: true });
  for (const name of names.filter((name) => /\.(html|js|css|svg|json)$/.test(name))) await writeCompressed(join(folder, name));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2]);
