// Builds what is not up to date: the engine (build/wasm), then dist/ from it and the JavaScript (bundles.mjs).
import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { buildWeb, copyIfChanged, writeIfChanged } from './bundles.mjs';
import { withKernels } from './kernel_sections.mjs';
import { configure, ninja } from './native.mjs';

export { buildWeb };

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/** core.js and core.wasm in build/wasm and dist/; there the kernels of every set of instructions are part of core.wasm. */
export function buildEngine() {
  configure('wasm');
  ninja('wasm', ['core']);
  mkdirSync('dist', { recursive: true });
  copyIfChanged('build/wasm/core.js', 'dist/core.js');
  const kernels = Object.fromEntries(['simd128', 'relaxed'].map((variant) => [variant, readFileSync(`build/wasm/kernels_${variant}.wasm`)]));
  writeIfChanged('dist/core.wasm', withKernels(readFileSync('build/wasm/core.wasm'), kernels));
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
