// A set of the size people really drop, made by scripts/make_base_set.mjs once and kept under build/. Prints what it measured.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';

import { baseSet, choose, inEachBrowser, phase, press, text, until } from './support.mjs';

// What is promised, in ms, on a machine that does nothing else: the verdict on names and shapes, and the answer to Cancel.
// A shared machine says nothing about time: the figures are printed, and held only where BERT_PREFLIGHT_TIMED asks for it.
const kStructure = 300;
const kCancel = 100;

inEachBrowser('BERT-base, 438 MB', (open) => {
  let files;
  before(() => {
    const set = baseSet();
    files = readdirSync(set).map((name) => join(set, name));
  });

  // Times inside the page: from the change of the file input to the first heading of each phase.
  const watch = (page) =>
    page.evaluate(() => {
      const times = (window.times = {});
      const note = () => {
        const phase = document.querySelector('.bp').dataset.phase;
        if (times.start !== undefined && !(phase in times)) times[phase] = performance.now() - times.start;
      };
      new MutationObserver(note).observe(document.querySelector('main'), { subtree: true, childList: true, attributes: true });
      document.addEventListener('change', () => (times.start = performance.now()), true);
      document.addEventListener(
        'click',
        ({ target }) => {
          if (target.textContent === 'Cancel') ((times.cancel = performance.now()), delete times.stopped);
        },
        true,
      );
    });

  test('is judged by names and shapes at once, stops at once, and goes on to a run of 128 tokens', async (context) => {
    const page = await open();
    await watch(page);
    let structure = Infinity;
    for (let i = 0; i < 3; i++) {
      if (i) await press(page, 'Choose another set');
      await page.evaluate(() => delete window.times.data);
      await choose(page, files);
      await until(page, () => window.times.data !== undefined);
      structure = Math.min(structure, await page.evaluate(() => window.times.data));
    }
    assert.match(await text(page, 'h1'), /^Names and shapes fit/);
    await until(page, () => document.querySelector('progress')?.value > 0);
    await press(page, 'Cancel');
    await phase(page, 'stopped');
    const cancelled = await page.evaluate(() => window.times.stopped + window.times.start - window.times.cancel);
    assert.match(await text(page, 'h1'), /Data not read/);
    await press(page, 'Go on');
    const started = Date.now();
    await phase(page, 'final', 120_000);
    const read = (Date.now() - started) / 1000;
    assert.match(await text(page, 'h1'), /^Loads in all six loaders/);
    await press(page, 'Try a sentence');
    await page.waitForSelector('.chip');
    await page.$eval('.field', (input) => {
      input.value = 'the '.repeat(126);
      input.dispatchEvent(new Event('input'));
    });
    await until(page, () => document.querySelectorAll('.chip').length === 128);
    await page.click('.row .primary');
    await page.waitForSelector('.results .columns-chart', { timeout: 60_000 });
    const run = await text(page, '.results > .micro');
    context.diagnostic(
      `names and shapes ${structure.toFixed(0)} ms, cancel ${cancelled.toFixed(0)} ms, data ${read.toFixed(1)} s, 128 tokens: ${run}`,
    );
    if (process.env.BERT_PREFLIGHT_TIMED) {
      assert.ok(structure < kStructure, `names and shapes took ${structure} ms`);
      assert.ok(cancelled < kCancel, `cancel took ${cancelled} ms`);
    }
    assert.deepEqual(page.faults, []);
    await page.close();
  });
});
