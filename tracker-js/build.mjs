/**
 * Builds the tracker scripts into `dist/tracker/`: one IIFE a script, minified, no source map,
 * because each is what a visitor downloads. `bundle()` gives the same bytes in memory for the tests.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { brotliSize, writeCompressed } from '../scripts/compress.mjs';
import { minify_sync as minify } from 'terser';

const root = new URL('.', import.meta.url);
const output = new URL('../dist/tracker/', root);

/** Name of each script, its entry, and the most it may weigh. `matomo.js` is also served as `piwik.js`. */
export const scripts = [
  { name: 'footfall.js', entry: 'src/footfall.ts', budget: 2048 },
  { name: 'matomo.js', entry: 'src/matomo.ts', budget: 6144 },
  { name: 'ads.js', entry: 'src/ads.ts', budget: 2048 },
];

/**
 * The minified text of one entry, in the language of 2018, which is all that the oldest browsers of the README know.
 * What they lack besides is called nowhere: `lib` in tsconfig.json is of the same year. terser comes after esbuild
 * because it puts functions where they are called: 3 % less.
 */
function compile(entry) {
  const { outputFiles } = buildSync({
    absWorkingDir: fileURLToPath(root),
    entryPoints: [entry],
    bundle: true,
    write: false,
    minifySyntax: true,
    format: 'esm',
    target: 'es2018',
    legalComments: 'none',
    charset: 'utf8',
    // Not the strict mode of tsconfig.json: its mark costs bytes, and types keep what it keeps.
    tsconfigRaw: {},
  });
  const compress = { ecma: 2018, passes: 4, unsafe_arrows: true, keep_fargs: false };
  return minify(`(()=>{${outputFiles[0].text}})()`, { compress, format: { ecma: 2018 } }).code;
}

/** All scripts as name to text. */
export function bundle() {
  return new Map(scripts.map(({ name, entry }) => [name, compile(entry)]));
}

async function main() {
  await mkdir(output, { recursive: true });
  const texts = bundle();
  for (const { name, budget } of scripts) {
    const text = texts.get(name);
    const file = new URL(name, output);
    await writeFile(file, text);
    await writeCompressed(file);
    console.log(`${name.padEnd(12)} ${Buffer.byteLength(text)} bytes, ${brotliSize(text)} of ${budget} with brotli`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
