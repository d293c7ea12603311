// dist/ from web/ and the engine: the command line and the library for Node, the npm package's modules for browsers, the page for a
// server, and the page in one file.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { build } from 'esbuild';

import { toText91 } from '../web/packed/text91.js';
import samples from '../web/page/sample-data.js';
import { toText7 } from '../web/sealed/text7.js';
import { customElements } from './custom_elements.mjs';
import { pack } from './packing.mjs';

export function writeIfChanged(file, bytes) {
  if (!existsSync(file) || !readFileSync(file).equals(bytes)) writeFileSync(file, bytes);
}

export const copyIfChanged = (from, to) => writeIfChanged(to, readFileSync(from));

const kCommon = { bundle: true, minify: true, legalComments: 'none', logLevel: 'warning', charset: 'utf8' };
const kNode = { ...kCommon, platform: 'node', format: 'esm', target: 'node20' };
const kBrowser = { ...kCommon, platform: 'browser', format: 'esm', target: ['chrome123', 'firefox120', 'safari17.5'] };

/** dist/ from web/ and the engine. */
export async function buildWeb() {
  mkdirSync('dist/site', { recursive: true });
  await Promise.all([
    build({ ...kNode, entryPoints: { cli: 'web/node/cli.js' }, outdir: 'dist', banner: { js: '#!/usr/bin/env node' } }),
    build({ ...kNode, entryPoints: { node: 'web/node/index.js', peer: 'web/node/peer.js' }, outdir: 'dist' }),
    build({ ...kBrowser, format: 'iife', entryPoints: { worker: 'web/browser/worker.js' }, outdir: 'dist' }),
    build({ ...kBrowser, entryPoints: { 'page.min': 'web/page/page.css' }, outdir: 'dist' }),
  ]);
  await Promise.all([buildPackage(), buildSite(), buildSealed()]);
  copyIfChanged('dist/bert-preflight.html', 'dist/site/bert-preflight.html');
}

// Puts one module of web/ in the place of another.
const instead = (places) => ({
  name: 'instead',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
      const other = Object.entries(places).find(([from]) => resolve(resolveDir, path) === resolve('web', from))?.[1];
      return other && { path: resolve('web', other) };
    });
  },
});
// A file of dist/ that a module asks for as its neighbour.
const beside = (name) => ({
  name: 'beside',
  setup({ onResolve }) {
    onResolve({ filter: new RegExp(`^\\./${name.replace('.', '\\.')}$`) }, () => ({ path: `./${name}`, external: true }));
  },
});

// Modules for bundlers and for script elements: the API, the element, and what both load at their first use.
async function buildPackage() {
  for (const name of readdirSync('dist')) if (/^chunk-.*\.js$/.test(name)) rmSync(join('dist', name));
  await Promise.all([
    build({
      ...kBrowser, entryPoints: { client: 'web/browser/client.js', element: 'web/element/element.js' }, outdir: 'dist', splitting: true,
      chunkNames: 'chunk-[hash]', loader: { '.css': 'text' }, plugins: [instead({ 'browser/assets.js': 'packed/assets.js', 'page/page.css': '../dist/page.min.css' }), beside('packed.js')],
    }),
    build({ ...kBrowser, bundle: false, format: 'iife', entryPoints: { 'element-classic': 'web/element/classic.js' }, outdir: 'dist' }),
    writePacked(),
  ]);
  for (const file of ['index.d.ts', 'element.d.ts', 'core.wasm.d.ts', 'script.d.ts']) copyIfChanged(join('web/types', file), join('dist', file));
  writeFileSync('dist/custom-elements.json', `${JSON.stringify(customElements(), null, 2)}\n`);
}

function writePacked() {
  const { stream, files } = pack({ 'worker.js': readFileSync('dist/worker.js'), 'core.wasm': readFileSync('dist/core.wasm') });
  writeFileSync('dist/packed.js', `export default ${JSON.stringify({ text: toText91(stream), packed: stream.length, files })};\n`);
}

// The page for a web server.
async function buildSite() {
  await build({ ...kBrowser, entryPoints: { page: 'web/page/page.js' }, outdir: 'dist/site' });
  copyIfChanged('web/page/index.html', 'dist/site/index.html');
  copyIfChanged('dist/page.min.css', 'dist/site/page.css');
  for (const file of ['core.wasm', 'worker.js']) copyIfChanged(join('dist', file), join('dist/site', file));
}

// The page in one file. Its policy names the two scripts it has by their hash.
async function buildSealed() {
  const bundle = async (entry) => {
    const { outputFiles } = await build({
      ...kBrowser, format: 'iife', entryPoints: [entry], write: false,
      plugins: [instead({ 'browser/assets.js': 'sealed/assets.js', 'page/sample-data.js': 'sealed/sample-data.js' })],
    });
    return Buffer.from(outputFiles[0].contents);
  };
  const [page, loader] = await Promise.all([bundle('web/page/page.js'), bundle('web/sealed/loader.js')]);
  const script = loader.toString().trim();
  const { stream, files } = pack({
    'page.js': page,
    'page.css': readFileSync('dist/page.min.css'),
    'worker.js': readFileSync('dist/worker.js'),
    'core.wasm': readFileSync('dist/core.wasm'),
    ...Object.fromEntries(Object.entries(samples).map(([name, base64]) => [`sample/${name}`, gunzipSync(Buffer.from(base64, 'base64'))])),
  });
  const values = { 'loader-hash': hashOf(script), 'page-hash': hashOf(page.toString()), pack: JSON.stringify({ packed: stream.length, files }), text: toText7(stream), loader: script };
  const html = readFileSync('web/sealed/index.html', 'utf8').replace(/\{(loader-hash|page-hash|pack|text|loader)\}/g, (_, key) => values[key]);
  if (/<\/script|<!--/i.test(script)) throw new Error('the loader of the sealed page cannot stand in a script element');
  writeFileSync('dist/bert-preflight.html', html);
}

const hashOf = (text) => `sha256-${createHash('sha256').update(text).digest('base64')}`;
