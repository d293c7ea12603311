// Every recipe of recipes/ is built as its reader would, from the packed npm package, and a set is judged in what comes out.
// A tool that is not installed (scripts/setup.sh --tests gets it where a registry has it) skips its test by name.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import puppeteer from 'puppeteer-core';

import { serve } from '../../scripts/serve.mjs';
import { kBrowsers, root } from '../browser/support.mjs';
import { recipeTool } from './tools.mjs';

const work = join(root, 'build/recipes');
const installed = join(work, 'node_modules/bert-preflight');
const dist = join(installed, 'dist');

const run = (command, args, cwd = work) => {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  assert.equal(status, 0, `${command}: ${error?.message ?? ''}${stdout}${stderr}`);
  return stdout;
};
const has = (program) => spawnSync(program, ['--version']).status === 0;
const recipe = (name) => {
  const folder = join(work, name);
  cpSync(join(root, 'recipes', name), folder, { recursive: true });
  return folder;
};
const output = (name) => {
  const folder = join(work, `${name}-site`);
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, 'recipes/bundler/index.html'), join(folder, 'index.html'));
  return folder;
};

describe('the recipes', { timeout: 300_000 }, () => {
  let browser;
  before(async () => {
    rmSync(work, { recursive: true, force: true });
    mkdirSync(installed, { recursive: true });
    run('npm', ['pack', '--pack-destination', work, '--silent'], root);
    run('tar', ['-xzf', readdirSync(work).find((name) => name.endsWith('.tgz')), '--strip-components=1', '-C', installed]);
    cpSync(join(root, 'recipes/bundler'), join(work, 'bundler'), { recursive: true });
    browser = await puppeteer.launch({ ...kBrowsers.chromium, headless: true });
  });
  after(() => browser?.close());

  // Opens the built page, presses the sample that loads, and waits for the element's report.
  async function judgeIn(folder) {
    const site = await serve(folder);
    const page = await browser.newPage();
    const faults = [];
    page.on('pageerror', (error) => faults.push(String(error)));
    await page.goto(site.address, { waitUntil: 'load' });
    const verdicts = await page.evaluate(async () => {
      await customElements.whenDefined('bert-preflight');
      const element = document.querySelector('bert-preflight');
      const report = new Promise((resolve, reject) => {
        element.addEventListener('bert-preflight-report', ({ detail }) => resolve(detail));
        element.addEventListener('bert-preflight-error', ({ detail }) => reject(detail));
      });
      element.shadowRoot.querySelector('.drop .as-link').click();
      return (await report).consumers.map(({ verdict }) => verdict);
    });
    site.close();
    await page.close();
    assert.deepEqual(faults, []);
    assert.ok(verdicts.filter((verdict) => verdict === 'loads').length >= 4, verdicts.join());
  }

  test('plain HTML', async () => {
    const folder = recipe('plain');
    cpSync(dist, join(folder, 'bert-preflight'), { recursive: true });
    await judgeIn(folder);
  });

  test('Sphinx', { skip: !has('sphinx-build') && 'sphinx-build is not installed' }, async () => {
    const folder = recipe('sphinx');
    cpSync(dist, join(folder, '_static/bert-preflight'), { recursive: true });
    run('sphinx-build', ['-q', '-W', '-b', 'html', folder, join(work, 'sphinx-site')]);
    await judgeIn(join(work, 'sphinx-site'));
  });

  test('MkDocs', { skip: !has('mkdocs') && 'mkdocs is not installed' }, async () => {
    const folder = recipe('mkdocs');
    cpSync(dist, join(folder, 'docs/bert-preflight'), { recursive: true });
    run('mkdocs', ['build', '--quiet', '--strict', '--site-dir', join(work, 'mkdocs-site')], folder);
    await judgeIn(join(work, 'mkdocs-site'));
  });

  test('esbuild', async () => {
    const { build } = await import('esbuild');
    const folder = output('esbuild');
    await build({ entryPoints: [join(work, 'bundler/main.js')], outdir: folder, bundle: true, splitting: true, format: 'esm', logLevel: 'silent' });
    await judgeIn(folder);
  });

  test('esbuild without splitting, as one classic script', async () => {
    const { build } = await import('esbuild');
    const folder = output('esbuild-one');
    await build({ entryPoints: [join(work, 'bundler/main.js')], outfile: join(folder, 'main.js'), bundle: true, format: 'iife', logLevel: 'silent' });
    await judgeIn(folder);
  });

  test('webpack', { skip: recipeTool.missing('webpack') }, async () => {
    const { default: webpack } = await recipeTool('webpack');
    const folder = output('webpack');
    const stats = await new Promise((resolve, reject) => {
      webpack({ mode: 'production', context: work, entry: './bundler/main.js', output: { path: folder, filename: 'main.js' }, performance: { hints: false } },
        (error, result) => (error ? reject(error) : resolve(result)));
    });
    assert.ok(!stats.hasErrors() && !stats.hasWarnings(), stats.toString());
    await judgeIn(folder);
  });

  test('Rollup', { skip: recipeTool.missing('rollup', '@rollup/plugin-node-resolve') }, async () => {
    const { rollup } = await recipeTool('rollup');
    const { nodeResolve } = await recipeTool('@rollup/plugin-node-resolve');
    const folder = output('rollup');
    const bundle = await rollup({ input: join(work, 'bundler/main.js'), plugins: [nodeResolve({ browser: true })] });
    await bundle.write({ dir: folder, format: 'es' });
    await judgeIn(folder);
  });

  test('Vite', { skip: recipeTool.missing('vite') }, async () => {
    const { build } = await recipeTool('vite');
    const folder = join(work, 'vite-site');
    await build({ root: join(work, 'bundler'), configFile: false, logLevel: 'silent', build: { outDir: folder, emptyOutDir: true, chunkSizeWarningLimit: 2000 } });
    assert.ok(existsSync(join(folder, 'index.html')));
    await judgeIn(folder);
  });
});
