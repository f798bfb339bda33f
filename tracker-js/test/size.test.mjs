/** A visitor pays for every byte: no script may outgrow its budget. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliSize } from '../../scripts/compress.mjs';
import { bundle, scripts } from '../build.mjs';

const texts = bundle();

for (const { name, budget } of scripts) {
  test(`${name} is at most ${budget} bytes with brotli`, (context) => {
    const size = brotliSize(texts.get(name));
    context.diagnostic(`${name}: ${size} of ${budget}`);
    assert.ok(size <= budget, `${size} bytes`);
  });

  test(`${name} runs under a policy without eval, and never touches storage`, () => {
    const text = texts.get(name);
    assert.doesNotMatch(text, /\beval\(|new Function|innerHTML|document\.write/);
    assert.doesNotMatch(text, /document\.cookie|localStorage|sessionStorage|indexedDB|caches\./);
  });
}
