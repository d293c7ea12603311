import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inEachBrowser, phase, text, until } from './support.mjs';

// Tab until the focused control says the words; the page must get there on its own order.
async function tabTo(page, words, { back = false } = {}) {
  for (let i = 0; i < 80; i++) {
    if (back) await page.keyboard.down('Shift');
    await page.keyboard.press('Tab');
    if (back) await page.keyboard.up('Shift');
    const said = await page.evaluate(() =>
      (document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent).trim(),
    );
    if (said.includes(words)) return;
  }
  throw new Error(`Tab does not lead to "${words}"`);
}

inEachBrowser('the keyboard alone', (open) => {
  test('leads from the sample to a filled mask', async () => {
    const page = await open();
    await tabTo(page, 'one that loads');
    await page.keyboard.press('Enter');
    await phase(page, 'final');
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1');
    await tabTo(page, 'Try a sentence');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.chip');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Run the encoder, here');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'INPUT');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.fill');
    assert.equal(await text(page, '.fill tbody .token'), 'paris');
    await tabTo(page, 'france, id');
    assert.equal(await text(page, '.source mark'), 'France');
    await page.keyboard.press(' ');
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-pressed')), 'true');
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('leads from the failure to its place, opens the explanation and copies the fix', async () => {
    const page = await open();
    await tabTo(page, 'one that does not');
    await page.keyboard.press('Enter');
    await phase(page, 'final');
    await tabTo(page, 'See the place');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'finding error');
    await tabTo(page, 'Copy line');
    await page.keyboard.press('Enter');
    await until(page, () => /Copied|Not copied/.test(document.querySelector('.bp-status').textContent));
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'BUTTON');
    await tabTo(page, 'What this means');
    await page.keyboard.press('Enter');
    assert.ok(await page.evaluate(() => document.activeElement.parentElement.open));
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('walks the picture of the tensors with arrows and opens one', async () => {
    const page = await open();
    await tabTo(page, 'one that loads');
    await page.keyboard.press('Enter');
    await phase(page, 'final');
    await tabTo(page, 'Tensors', { back: true });
    await page.keyboard.press('Enter');
    await tabTo(page, 'layer 0, query');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('End');
    assert.match(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), /^layer 1, norm 2/);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.detail-name');
    assert.equal(await text(page, '.detail-name'), 'bert/encoder/layer_1/output/LayerNorm/gamma');
    assert.deepEqual(page.faults, []);
    await page.close();
  });
});
