import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inEachBrowser, loaders, phase, press, text, texts } from './support.mjs';

inEachBrowser('the built-in samples', (open) => {
  // The sample that loads, on the panel that runs it.
  async function openRun() {
    const page = await open();
    await press(page, 'one that loads');
    await phase(page, 'final');
    await press(page, 'Try a sentence');
    await page.waitForSelector('.chip');
    return page;
  }

  test('the good one loads, fills its masks, compares sentences and tells which follows', async () => {
    const page = await open();
    await press(page, 'one that loads');
    await phase(page, 'final');
    assert.match(await text(page, 'h1'), /^Loads in all six loaders/);
    assert.equal((await page.$$('.finding.error, .finding.warning')).length, 0);
    await press(page, 'Try a sentence');
    await page.waitForSelector('.chip');
    assert.deepEqual((await texts(page, '.chip .token')).slice(0, 5), ['[CLS]', 'the', 'capital', 'of', 'france']);
    await page.hover('.chips li:nth-child(5) .chip');
    assert.equal(await text(page, '.source mark'), 'France');
    await page.click('.row .primary');
    await page.waitForSelector('.fill tbody tr');
    assert.equal(await text(page, '.fill tbody .token'), 'paris');
    await press(page, 'Compare the texts');
    await page.waitForSelector('.large');
    const shown = async () => Number((await text(page, '.large')).replace('−', '-'));
    const [pair, stranger] = [await shown(), Number((await text(page, '.legend .unrelated')).match(/[−-]?\d\.\d+/)[0].replace('−', '-'))];
    assert.ok(pair > stranger, `${pair} > ${stranger}`);
    assert.ok((await texts(page, '.results .inner')).some((part) => /Does B follow A\? \d+\.\d %/.test(part)));
    assert.deepEqual(page.faults, []);
    assert.deepEqual(page.requests, []);
    await page.close();
  });

  test('what was run and typed is still there when the reader comes back from another panel', async () => {
    const page = await openRun();
    await page.$eval('.field', (input) => (input.value = ''));
    await page.type('.field', 'the capital of japan is [MASK].');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.fill');
    await press(page, 'Tensors');
    await press(page, 'Run');
    assert.equal((await page.$$('.fill')).length, 1);
    await press(page, '中文');
    await page.waitForSelector('.chip');
    assert.equal(await page.$eval('.field', (input) => input.value), 'the capital of japan is [MASK].');
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('several masks get a table each, and a text without any says how to write one', async () => {
    const page = await openRun();
    const type = async (words) => {
      await page.$eval('.field', (input) => (input.value = ''));
      await page.type('.field', words);
      await page.keyboard.press('Enter');
      await page.waitForSelector('.results .columns-chart');
    };
    await type('[MASK] is the [MASK] of japan.');
    assert.equal((await page.$$('.fill')).length, 2);
    await type('dogs like bones.');
    assert.equal((await page.$$('.fill')).length, 0);
    assert.match(await text(page, '.results'), /Write \[MASK\]/);
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('in 8-bit numbers it runs when asked, and says how near float32 it came', async () => {
    const page = await openRun();
    const ran = async (button) => {
      await page.click(button);
      await page.waitForSelector('.results .micro');
      return text(page, '.results .micro');
    };
    assert.match(await ran('.row .primary'), /^Done in /);
    await page.click('.choice input');
    assert.equal((await page.$$('.results .micro')).length, 0);
    const said = await ran('.row .primary');
    assert.match(said, /^In 8-bit numbers \d+\.\d\d s, in float32 \d+\.\d\d s\. Cosine of their last hidden states: 0\.999\d\d; the same best word at 1 of 1 masks\.$/);
    assert.equal(await text(page, '.fill tbody .token'), 'paris');
    await page.click('.choice input');
    assert.match(await ran('.row .primary'), /^Done in /);
    assert.deepEqual(page.faults, []);
    assert.deepEqual(page.requests, []);
    await page.close();
  });

  test('the bad one does not load; its cause is the config and its fix is a file', async () => {
    const page = await open();
    await press(page, 'one that does not');
    await phase(page, 'final');
    assert.match(await text(page, 'h1'), /^Will not load in keras-bert/);
    assert.equal((await loaders(page))['google-bert'], 'will not load');
    assert.equal(await text(page, '.finding .meta code'), 'shapes/vocab-rows');
    await page.waitForSelector('.lines .add');
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('the corrected config of the bad one loads when it is given back', async () => {
    const page = await open();
    await page.evaluate(() => {
      HTMLAnchorElement.prototype.click = function click() {};
      const make = URL.createObjectURL;
      URL.createObjectURL = (blob) => ((window.last_blob = blob), make.call(URL, blob));
    });
    await press(page, 'one that does not');
    await phase(page, 'final');
    await page.click('.actions .primary');
    const config = JSON.parse(await page.evaluate(() => window.last_blob.text()));
    assert.equal(config.vocab_size, 176);
    await page.close();
  });
});
