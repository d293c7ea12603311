// Real browsers on the built page (dist/site), both driven by puppeteer-core: Chromium by its own protocol, Firefox by WebDriver BiDi.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import puppeteer from 'puppeteer-core';

import { serve } from '../../scripts/serve.mjs';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const fixture = (path) => join(root, 'tests/fixtures', path);

export const kBrowsers = {
  chromium: { browser: 'chrome', executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] },
  firefox: { browser: 'firefox', executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr' },
};

// Serves dist/site and keeps the path of every request.
export async function serveSite(folder = process.env.BP_SITE ?? join(root, 'dist/site')) {
  const requests = [];
  const { address, close } = await serve(folder, { onRequest: (path) => requests.push(path) });
  return { url: address, requests, close };
}

/**
 * The same tests in each browser, with `folder` served.
 * @param {(here: {name: string, browser: import('puppeteer-core').Browser, site: object}) => void} tests  browser and site are there once tests run
 */
export function eachBrowser(title, folder, tests, { only, timeout = 180_000 } = {}) {
  for (const [name, options] of Object.entries(kBrowsers)) {
    if (only && only !== name) continue;
    describe(`${title} in ${name}`, { timeout }, () => {
      const here = { name };
      before(async () => {
        here.site = await serveSite(folder);
        here.browser = await puppeteer.launch({ ...options, headless: true });
      });
      after(async () => {
        await here.browser?.close();
        here.site?.close();
      });
      tests(here);
    });
  }
}

// The same for the page. `tests` gets an opener of fresh pages.
export const inEachBrowser = (title, tests, options) =>
  eachBrowser(title, undefined, (here) => tests(async (parameters = {}) => openPage(here.browser, here.site, parameters), here.name), options);

/** A page without the page, where dist is served: window.client is dist/client.js, window.good the files, {path: bytes}. */
export async function clientPage({ browser, site }, files) {
  const page = await browser.newPage();
  await page.goto(new URL('core.js', site.url), { waitUntil: 'load' });
  await page.evaluate(async (given) => {
    window.client = await import('/client.js');
    window.good = Object.fromEntries(Object.entries(given).map(([path, text]) => [path, Uint8Array.from(atob(text), (char) => char.charCodeAt(0))]));
  }, inText(files));
  return page;
}

/** {path: base64}, of contents by path: what goes over to a page. */
export const inText = (files) => Object.fromEntries(Object.entries(files).map(([path, bytes]) => [path, Buffer.from(bytes).toString('base64')]));
/** Contents of a folder's files, by their names below `prefix`. */
export const filesOf = (folder, prefix = '') => Object.fromEntries(readdirSync(folder).map((name) => [prefix + name, readFileSync(join(folder, name))]));

// A page with what it said on the console and what it asked of the server after it was loaded.
async function openPage(browser, site, { lang = 'en', theme, width = 1280, query = '', hash = '' }) {
  const page = await browser.newPage();
  const faults = [];
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  page.on('pageerror', (error) => faults.push(String(error?.stack ?? error)));
  await page.setViewport({ width, height: 900 });
  await page.goto(`${site.url}?lang=${lang}${query}${hash && `#${hash}`}`, { waitUntil: 'networkidle0' });
  if (theme) await page.evaluate((name) => (document.documentElement.dataset.theme = name), theme);
  site.requests.length = 0;
  return Object.assign(page, { faults, requests: site.requests });
}

// Puts files into one of the page's own file inputs, as a chooser would; `within` leads to it, as "bert-preflight >>> ".
export async function choose(page, paths, kind = 'files', within = '') {
  const input = await page.$(`${within}input[data-pick="${kind}"]`);
  await input.uploadFile(...paths);
  await input.dispose();
}

// Drops files on the page, or on an element of it: their bytes go in as a DataTransfer made there. {name: Buffer}
export async function drop(page, files, on = 'main') {
  await page.evaluate((list, selector) => {
    const transfer = new DataTransfer();
    for (const [name, base64] of list) transfer.items.add(new File([Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))], name));
    const target = document.querySelector(selector);
    for (const type of ['dragenter', 'dragover', 'drop'])
      target.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, composed: true, cancelable: true }));
  }, Object.entries(inText(files)), on);
}

const kAxe = readFileSync(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8');

/** What axe finds on the whole page, shadow roots and all, a line each. */
export async function violations(page) {
  await page.evaluate(kAxe);
  const { violations: found } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return found.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.flat().join(' ')} ${failureSummary.split('\n')[1] ?? ''}`));
}

// Waits for something to be true of the page. By the clock: a page that draws no frames has no animation frames to wait with.
export const until = (page, holds, { timeout = 30_000 } = {}, ...given) => page.waitForFunction(holds, { timeout, polling: 20 }, ...given);
export const phase = (page, wanted, timeout = 20_000) =>
  until(page, (name) => document.querySelector('.bp')?.dataset.phase === name, { timeout }, wanted);
export const text = (page, selector) => page.$eval(selector, (node) => node.textContent);
export const texts = (page, selector) => page.$$eval(selector, (nodes) => nodes.map((node) => node.textContent));

// Presses the first control with these words.
export async function press(page, words) {
  const found = await page.evaluateHandle(
    (wanted) =>
      [...document.querySelectorAll('button, a, summary')].find((node) => node.textContent.includes(wanted) && node.checkVisibility()),
    words,
  );
  const control = found.asElement();
  if (!control) throw new Error(`no control says "${words}"`);
  await control.click();
  await control.dispose(); // or it would keep the node, and all it stood in
}

export const loaders = (page) =>
  page.$$eval('.loaders > li', (rows) =>
    Object.fromEntries(rows.map((row) => [row.querySelector('.loader').textContent, row.querySelector('.word').textContent])),
  );

export const bytesOf = (path) => readFileSync(path);

// BERT-base as scripts/make_base_set.mjs makes it, once: 438 MB under build/.
export function baseSet() {
  const folder = join(root, 'build/base-set/uncased_L-12_H-768_A-12');
  if (!existsSync(join(folder, 'bert_model.ckpt.index'))) {
    const made = spawnSync(process.execPath, [join(root, 'scripts/make_base_set.mjs'), folder], { encoding: 'utf8' });
    if (made.status !== 0) throw new Error(made.stderr);
  }
  return folder;
}
