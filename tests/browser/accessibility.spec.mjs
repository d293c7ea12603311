import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Part, kPageStates } from './states.mjs';
import { drop, inEachBrowser, until, violations } from './support.mjs';

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
    for (const [state, reach] of Object.entries(kPageStates)) {
      test(`${state}, ${theme}, ${lang}, ${width} px`, async () => {
        const page = await open({ theme, lang, width });
        await reach(new Part(page));
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
        for (const state of ['empty', 'success', 'failure', 'tensor in the table', 'run', 'compare', 'converted', 'several sets', 'privacy']) {
          const page = await open({ width });
          await kPageStates[state](new Part(page));
          const [content, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
          assert.ok(content <= room, `${state}: ${content} in ${room}`);
          await page.close();
        }
      });
    }

    test('keeps marks, cells and borders where the system chooses the colours', async () => {
      const page = await open();
      await (await page.createCDPSession()).send('Emulation.setEmulatedMedia', { features: [{ name: 'forced-colors', value: 'active' }] });
      await kPageStates.failure(new Part(page));
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
      await kPageStates.success(new Part(page));
      await until(page, () => document.querySelector('.bp-status')?.textContent.startsWith('Loads in all'));
      assert.equal((await page.$$('[role="status"]')).length, 1);
      assert.equal(await page.$eval('.chevron', (node) => getComputedStyle(node).transitionDuration), '0s');
      await page.close();
    });
  },
  { only: 'chromium' },
);
