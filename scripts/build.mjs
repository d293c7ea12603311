// Builds what is not up to date: the engine (build/wasm), then dist/ from it and the JavaScript.
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

import { configure, ninja } from './native.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/** core.js and core.wasm in build/wasm and dist/. */
export function buildEngine() {
  configure('wasm');
  ninja('wasm', ['core']);
  mkdirSync('dist', { recursive: true });
  for (const file of ['core.js', 'core.wasm']) copyIfChanged(join('build/wasm', file), join('dist', file));
}

function copyIfChanged(from, to) {
  if (existsSync(to) && readFileSync(from).equals(readFileSync(to))) return;
  copyFileSync(from, to);
}

const kCommon = { bundle: true, minify: true, legalComments: 'none', logLevel: 'warning', charset: 'utf8' };
const kNode = { ...kCommon, platform: 'node', format: 'esm', target: 'node20' };
const kBrowser = { ...kCommon, platform: 'browser', format: 'esm', target: ['chrome111', 'firefox111', 'safari16.4'] };

/** dist/ from web/ and the engine. */
export async function buildWeb() {
  await Promise.all([
    build({ ...kNode, entryPoints: { cli: 'web/node/cli.js' }, outdir: 'dist', banner: { js: '#!/usr/bin/env node' } }),
    build({ ...kNode, entryPoints: { node: 'web/node/index.js', peer: 'web/node/peer.js' }, outdir: 'dist' }),
    build({ ...kBrowser, entryPoints: { client: 'web/browser/client.js' }, outdir: 'dist' }),
    build({ ...kBrowser, format: 'iife', entryPoints: { worker: 'web/browser/worker.js' }, outdir: 'dist' }),
    buildSite(),
  ]);
}

// The page for a web server.
async function buildSite() {
  mkdirSync('dist/site', { recursive: true });
  await build({ ...kBrowser, entryPoints: { page: 'web/page/page.js' }, outdir: 'dist/site', loader: { '.css': 'copy' } });
  await build({ ...kBrowser, format: 'iife', entryPoints: { worker: 'web/browser/worker.js' }, outdir: 'dist/site' });
  for (const file of ['index.html', 'page.css']) copyIfChanged(join('web/page', file), join('dist/site', file));
  copyIfChanged('dist/core.wasm', 'dist/site/core.wasm');
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
