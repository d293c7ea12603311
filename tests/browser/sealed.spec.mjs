// The page in one file (dist/bert-preflight.html): from disk, from a server and in a sandboxed frame it judges and runs sets, and
// asks nothing of anybody once it is loaded.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { drop, eachBrowser, filesOf, fixture, root } from './support.mjs';

const kSealed = join(root, 'dist/bert-preflight.html');
const kSet = fixture('tf/good-uncased/uncased_L-4_H-16_A-2');
const files = filesOf(kSet);

// A page of another site that holds the sealed page in a frame.
const work = mkdtempSync(join(tmpdir(), 'bert-preflight-'));
after(() => rmSync(work, { recursive: true, force: true }));
writeFileSync(join(work, 'bert-preflight.html'), readFileSync(kSealed));
writeFileSync(join(work, 'frame.html'), '<!doctype html><iframe sandbox="allow-scripts allow-downloads" src="bert-preflight.html?lang=en" style="width:100%;height:800px"></iframe>');

test('the sealed page holds no address of anything to load, and fits its budget', () => {
  const html = readFileSync(kSealed, 'utf8');
  assert.ok(html.length <= 600_000, `${html.length} bytes`);
  const [head] = html.split('<script');
  assert.doesNotMatch(head, /(?:src|href)=["'](?!#|data:,)/);
  assert.match(head, /connect-src 'none'/);
  assert.doesNotMatch(head, /unsafe-inline|'unsafe-eval'|'self'|https?:/);
});

eachBrowser('the sealed page', work, (here) => {
  const kPlaces = {
    'from disk': () => `${pathToFileURL(kSealed)}?lang=en`,
    'from a server': () => `${here.site.url}bert-preflight.html?lang=en`,
    'in a sandboxed frame': () => `${here.site.url}frame.html`,
  };
  for (const [place, address] of Object.entries(kPlaces)) {
    test(`${place} it judges, runs, and refuses every attempt to reach out, without one request`, async () => {
      const page = await here.browser.newPage();
      const asked = [];
      const faults = [];
      page.on('pageerror', (error) => faults.push(String(error)));
      await page.goto(address(), { waitUntil: 'load' });
      const frame = place.includes('frame') ? page.frames().find((one) => one !== page.mainFrame()) : page.mainFrame();
      await frame.waitForSelector('.drop');
      here.site.requests.length = 0;
      page.on('request', (request) => {
        if (/^(?:https?|wss?|file):/.test(request.url()) && !request.url().includes('reach-out-')) asked.push(request.url());
      });

      await drop(frame, files);
      const final = () => frame.waitForFunction(() => document.querySelector('.bp')?.dataset.phase === 'final', { timeout: 60_000 });
      await final();
      assert.match(await frame.$eval('h1', (node) => node.textContent), /^Loads in all six loaders/);

      await frame.evaluate(() => [...document.querySelectorAll('.set-line button')].at(-1).click());
      await frame.evaluate(() => document.querySelector('.drop .as-link').click());
      await final();
      await frame.evaluate(() => document.querySelectorAll('.tabs a')[2].click());
      await frame.waitForSelector('.chip');
      await frame.evaluate(() => document.querySelector('.row.end .primary').click());
      await frame.waitForSelector('.fill tbody .token');
      assert.equal(await frame.$eval('.fill tbody .token', (node) => node.textContent), 'paris');

      assert.deepEqual(faults, []);

      await frame.evaluate(() => document.querySelector('.seal a').click());
      await frame.evaluate(() => document.querySelector('[data-prove]').click());
      await frame.waitForFunction(() => document.querySelector('[data-proved]')?.textContent, { timeout: 60_000 });
      const answers = await frame.$$eval('.results tbody tr', (rows) => rows.map((row) => row.textContent));
      assert.equal(answers.length, 12);
      assert.deepEqual(answers.filter((text) => !/refused by/.test(text)), []);

      assert.deepEqual(asked, []);
      assert.deepEqual(here.site.requests, []);
      await page.close();
    });
  }
}, { timeout: 240_000 });
