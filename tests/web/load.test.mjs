import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { compileEngine, newEngine } from '../../web/engine/load.js';

const bytes = readFileSync(fileURLToPath(new URL('../../dist/core.wasm', import.meta.url)));

test('a module that is compiled already is taken as it is', async () => {
  const compiled = await WebAssembly.compile(bytes);
  assert.equal(await compileEngine(compiled), compiled);
  const core = await newEngine(compiled);
  new core.Session().delete();
});

test('an engine that cannot be instantiated rejects', async () => {
  // Imports what no engine is given.
  const other = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 7, 1, 1, 110, 1, 102, 0, 0]);
  const waiting = new Promise((resolve) => setTimeout(resolve, 5000, 'never settled').unref());
  const started = newEngine(await WebAssembly.compile(other)).then(() => 'started');
  await assert.rejects(Promise.race([started, waiting]), { code: 'engine-failed', message: /could not be started/ });
});
