import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { choose, drop, fixture, inEachBrowser, phase, root, until } from './support.mjs';

const kAxe = readFileSync(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8');

async function violations(page) {
  await page.evaluate(kAxe);
  const { violations: found } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return found.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary.split('\n')[1] ?? ''}`),
  );
}

const kStates = {
  empty: async () => {},
  explained: async (page) => {
    await page.type('textarea', 'Failed to find any matching files for bert_model.ckpt');
    await page.click('.paste button');
    await page.waitForSelector('[data-explained]');
  },
  success: async (page) => {
    await page.click('.drop .as-link');
    await phase(page, 'final');
  },
  'loaders chosen': async (page) => {
    await kStates.success(page);
    await page.click('.chooser summary');
  },
  failure: async (page) => {
    await page.evaluate(() => document.querySelectorAll('.drop .as-link')[1].click());
    await phase(page, 'final');
    await page.waitForSelector('.lines .add');
    await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
  },
  tensors: async (page) => {
    await kStates.success(page);
    await page.click('.tabs a:nth-child(2)');
    await page.click('.group button');
    await page.click('.heat button');
  },
  run: async (page) => {
    await kStates.success(page);
    await page.click('.tabs a:nth-child(3)');
    await page.waitForSelector('.chip');
    await page.click('.row .primary');
    await page.waitForSelector('.fill');
    await page.$$eval('.button', (buttons) => buttons.at(-1).click());
    await page.waitForSelector('.large');
  },
  compare: async (page) => {
    await kStates.success(page);
    await page.click('.tabs a:nth-child(4)');
    const set = fixture('tf/good-uncased/uncased_L-4_H-16_A-2');
    await choose(page, readdirSync(set).map((name) => join(set, name)), 'other');
    await page.waitForSelector('[data-compared]');
    await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
  },
  report: async (page) => {
    await kStates.success(page);
    await page.click('.tabs a:nth-child(5)');
  },
  converted: async (page) => {
    await kStates.report(page);
    await page.$$eval('.block .button', ([first]) => first.click());
    await page.waitForSelector('[data-converted]');
  },
  // The worker is not asked to read the data.
  progress: async (page) => {
    await page.evaluate(() => {
      const post = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function postMessage(message, ...rest) {
        if (message.method !== 'check' || message.params.options.quick) post.call(this, message, ...rest);
      };
    });
    await page.click('.drop .as-link');
    await phase(page, 'data');
  },
  stopped: async (page) => {
    await kStates.progress(page);
    await page.click('.progress button');
    await phase(page, 'stopped');
  },
  'not to be judged': async (page) => {
    await page.evaluate(() => (Worker.prototype.postMessage = () => { throw new Error('no room'); }));
    await page.click('.drop .as-link');
    await phase(page, 'failed');
  },
  privacy: async (page) => {
    await page.click('.seal a');
    await page.click('[data-prove]');
    await until(page, () => document.querySelector('[data-proved]')?.textContent, { timeout: 60_000 });
  },
};

inEachBrowser('axe finds nothing', (open, browser) => {
  const looks =
    browser === 'chromium'
      ? [
          ['light', 'en', 1280],
          ['dark', 'en', 1280],
          ['light', 'zh', 390],
          ['dark', 'zh', 390],
        ]
      : [['light', 'en', 1280]];
  for (const [theme, lang, width] of looks) {
    for (const [state, reach] of Object.entries(kStates)) {
      test(`${state}, ${theme}, ${lang}, ${width} px`, async () => {
        const page = await open({ theme, lang, width });
        await reach(page);
        assert.deepEqual(await violations(page), []);
        await page.close();
      });
    }
  }
});

inEachBrowser(
  'the page',
  (open) => {
    for (const width of [320, 390, 680, 1024, 1280, 1920, 2560]) {
      test(`does not scroll sideways at ${width} px`, async () => {
        for (const state of ['empty', 'success', 'failure', 'tensors', 'run', 'compare', 'privacy']) {
          const page = await open({ width });
          await kStates[state](page);
          const [content, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
          assert.ok(content <= room, `${state}: ${content} in ${room}`);
          await page.close();
        }
      });
    }

    test('keeps marks, cells and borders where the system chooses the colours', async () => {
      const page = await open();
      await (await page.createCDPSession()).send('Emulation.setEmulatedMedia', { features: [{ name: 'forced-colors', value: 'active' }] });
      await kStates.failure(page);
      const [edge, surface] = await page.$eval('.finding', (node) => [getComputedStyle(node).borderLeftColor, getComputedStyle(node).backgroundColor]);
      assert.notEqual(edge, surface);
      assert.notEqual(await page.$eval('.verdict .mark', (node) => getComputedStyle(node).stroke), surface);
      await page.click('.tabs a:nth-child(2)');
      const fills = await page.$$eval('.heat td', (cells) => new Set(cells.map((cell) => getComputedStyle(cell).backgroundColor)).size);
      assert.ok(fills > 1, 'the picture keeps its own colours');
      assert.deepEqual(await violations(page), []);
      await page.close();
    });

    test('stays left to right around names that are not, and keeps them apart', async () => {
      const page = await open();
      await drop(page, { 'עברית.txt': Buffer.from('x'), 'vocab.txt': Buffer.from('[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nשלום\n') });
      await until(page, () => ['final', 'failed'].includes(document.querySelector('.bp').dataset.phase));
      const names = await page.$$eval('.name', (nodes) => nodes.filter((node) => /\p{Script=Hebrew}/u.test(node.textContent)).map((node) => getComputedStyle(node).unicodeBidi));
      assert.ok(names.length > 0);
      assert.ok(names.every((value) => value === 'isolate'), names.join());
      assert.equal(await page.$eval('.bp', (node) => getComputedStyle(node).direction), 'ltr');
      await page.close();
    });

    test('says what happens in one polite region and does not move without being asked', async () => {
      const page = await open();
      await page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
      await kStates.success(page);
      await until(page, () => document.querySelector('.bp-status')?.textContent.startsWith('Loads in all'));
      assert.equal((await page.$$('[role="status"]')).length, 1);
      assert.equal(await page.$eval('.chevron', (node) => getComputedStyle(node).transitionDuration), '0s');
      await page.close();
    });
  },
  { only: 'chromium' },
);
