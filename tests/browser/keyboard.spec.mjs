import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inFolder } from './states.mjs';
import { fixture, inEachBrowser, phase, text, texts, until } from './support.mjs';

const kOther = fixture('tf/good-cased/cased_L-3_H-24_A-3');
const focused = (page) => page.evaluate(() => document.activeElement.textContent);

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

// Keeps the name and contents of the last file the page saved.
const watchSaves = (page) =>
  page.evaluate(() => {
    const make = URL.createObjectURL;
    URL.createObjectURL = (blob) => ((window.last_blob = blob), make.call(URL, blob));
    HTMLAnchorElement.prototype.click = function click() {
      window.last_saved = this.download;
    };
  });

async function openSample(page) {
  await tabTo(page, 'one that loads');
  await page.keyboard.press('Enter');
  await phase(page, 'final');
}

inEachBrowser('the keyboard alone', (open) => {
  test('chooses a second set, reads the comparison, saves it and leaves', async () => {
    const page = await open();
    await openSample(page);
    await tabTo(page, 'Compare', { back: true });
    await page.keyboard.press('Enter');
    assert.equal(await focused(page), 'Compare with another set');
    const asked = page.waitForFileChooser(); // before the keys that come to it, for the browser takes orders of both kinds in parallel
    await tabTo(page, 'Choose files');
    await page.keyboard.press('Enter');
    const chooser = await asked;
    assert.equal(chooser.isMultiple(), true);
    await chooser.accept(inFolder(kOther));
    await page.waitForSelector('[data-compared]');
    await until(page, () => document.activeElement.dataset.compared !== undefined);
    await watchSaves(page);
    await tabTo(page, 'Save JSON');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => window.last_saved), 'bert-preflight-compare.json');
    assert.ok(JSON.parse(await page.evaluate(() => window.last_blob.text())).tensors.pairs.length > 0);
    await tabTo(page, 'tensors that differ');
    await page.keyboard.press('Enter');
    assert.ok((await texts(page, 'details[open] .table tbody th')).some((name) => name.includes('word_embeddings')));
    await page.keyboard.press('Enter');
    assert.equal((await page.$$('.results details[open]')).length, 0);
    await tabTo(page, 'Choose another set', { back: true });
    await page.keyboard.press('Enter');
    await phase(page, 'empty');
    assert.equal(await focused(page), 'Choose files');
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('converts the set and saves what comes of it', async () => {
    const page = await open();
    await openSample(page);
    await tabTo(page, 'Report', { back: true });
    await page.keyboard.press('Enter');
    await tabTo(page, 'To Hugging Face');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-converted]');
    await until(page, () => document.activeElement.textContent === 'Converted');
    await watchSaves(page);
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'Save model.safetensors');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => window.last_saved), 'model.safetensors');
    assert.ok((await page.evaluate(() => window.last_blob.size)) > 200_000);
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('opens a tensor in the table below its row and closes it, and is not lost on the way', async () => {
    const page = await open();
    await openSample(page);
    await tabTo(page, 'Tensors', { back: true });
    await page.keyboard.press('Enter');
    await tabTo(page, 'bert/embeddings');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'LayerNorm/beta');
    await page.keyboard.press('Enter');
    assert.equal(await focused(page), 'LayerNorm/beta');
    assert.equal(await text(page, '.chosen + .opened .detail-name'), 'bert/embeddings/LayerNorm/beta');
    await page.keyboard.press('Enter');
    assert.equal(await focused(page), 'LayerNorm/beta');
    assert.equal((await page.$$('.opened')).length, 0);
    assert.deepEqual(page.faults, []);
    await page.close();
  });

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
    for (const type of ['checkbox', 'text']) {  // 8-bit numbers, then the sentence
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate(() => document.activeElement.type), type);
    }
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
