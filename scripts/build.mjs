// Builds what is not up to date: the engine (build/wasm), then dist/ from it and the JavaScript (bundles.mjs).
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildWeb, copyIfChanged } from './bundles.mjs';
import { configure, ninja } from './native.mjs';

export { buildWeb };

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/** core.js and core.wasm in build/wasm and dist/. */
export function buildEngine() {
  configure('wasm');
  ninja('wasm', ['core']);
  mkdirSync('dist', { recursive: true });
  for (const file of ['core.js', 'core.wasm']) copyIfChanged(join('build/wasm', file), join('dist', file));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    buildEngine();
    await buildWeb();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
