// Real browsers on the built page (dist/site), both driven by puppeteer-core: Chromium by its own protocol, Firefox by WebDriver BiDi.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { after, before, describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import puppeteer from 'puppeteer-core';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const fixture = (path) => join(root, 'tests/fixtures', path);

const kTypes = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm' };
export const kBrowsers = {
  chromium: { browser: 'chrome', executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] },
  firefox: { browser: 'firefox', executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr' },
};

// Serves dist/site and keeps the path of every request.
export async function serveSite(folder = process.env.BP_SITE ?? join(root, 'dist/site')) {
  const requests = [];
  const server = createServer(async ({ url }, response) => {
    const path = decodeURIComponent(new URL(url, 'http://page').pathname);
    requests.push(path);
    try {
      const file = join(folder, normalize(path === '/' ? '/index.html' : path));
      const bytes = await readFile(file);
      response.writeHead(200, { 'content-type': kTypes[extname(file)] ?? 'application/octet-stream', 'cache-control': 'no-store' });
      response.end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, requests, close: () => server.close() };
}

// The same tests in each browser. `tests` gets an opener of fresh pages.
export function inEachBrowser(title, tests, { only } = {}) {
  for (const [name, options] of Object.entries(kBrowsers)) {
    if (only && only !== name) continue;
    describe(`${title} in ${name}`, { timeout: 180_000 }, () => {
      let browser;
      let site;
      before(async () => {
        site = await serveSite();
        browser = await puppeteer.launch({ ...options, headless: true });
      });
      after(async () => {
        await browser?.close();
        site?.close();
      });
      tests(async (parameters = {}) => openPage(browser, site, parameters), name);
    });
  }
}

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

// Puts files into one of the page's own file inputs, as a chooser would.
export async function choose(page, paths, kind = 'files') {
  const input = await page.$(`input[data-pick="${kind}"]`);
  await input.uploadFile(...paths);
}

// Drops files on the page: their bytes go in as a DataTransfer made there. {name: Buffer}
export async function drop(page, files) {
  const given = Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]);
  await page.evaluate((list) => {
    const transfer = new DataTransfer();
    for (const [name, base64] of list) transfer.items.add(new File([Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))], name));
    const target = document.querySelector('main');
    for (const type of ['dragenter', 'dragover', 'drop'])
      target.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }, given);
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
