import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { choose, drop, filesOf, fixture, inEachBrowser, loaders, phase, press, text, texts, until } from './support.mjs';

const kGood = fixture('tf/good-uncased/uncased_L-4_H-16_A-2');
const inFolder = (folder) => readdirSync(folder).map((name) => join(folder, name));
const kTf = ['keras-bert', 'bert4keras', 'google-bert', 'hf-convert', 'model-garden', 'bert-for-tf2'];

inEachBrowser('the main job', (open) => {
  test('chosen files give a verdict for every loader, with focus on it, and nothing is asked of the server', async () => {
    const page = await open();
    await choose(page, inFolder(kGood));
    await phase(page, 'final');
    const verdicts = await loaders(page);
    assert.deepEqual(Object.keys(verdicts).length, 7);
    for (const id of kTf) assert.equal(verdicts[id], 'loads', id);
    assert.equal(verdicts['hf-native'], 'does not apply');
    assert.match(await text(page, 'h1'), /^Loads in all six loaders/);
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1');
    assert.match(await page.title(), /^Loads in all six loaders/);
    const roles = await texts(page, 'aside .files li');
    for (const [name, role] of [
      ['bert_config.json', 'config'],
      ['.index', 'names'],
      ['.data-00000-of-00001', 'weights'],
      ['vocab.txt', 'words'],
    ]) {
      assert.ok(
        roles.some((row) => row.includes(name) && row.includes(role)),
        `${name} is ${role}`,
      );
    }
    assert.deepEqual(page.faults, []);
    assert.deepEqual(page.requests, []);
    await page.close();
  });

  test('a dropped list of files is judged the same', async () => {
    const page = await open();
    await drop(page, filesOf(kGood));
    await phase(page, 'final');
    assert.match(await text(page, 'h1'), /^Loads in all six loaders/);
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('a set with a fault names the loaders that stop, the cause, and offers the corrected file', async () => {
    const page = await open();
    await choose(
      page,
      inFolder(fixture('tf/vocab-size-too-large/' + readdirSync(fixture('tf/vocab-size-too-large')).find((name) => !name.includes('.')))),
    );
    await phase(page, 'final');
    assert.match(await text(page, 'h1'), /^Will not load in keras-bert and \w+ others/);
    assert.equal(await text(page, '.finding .meta code'), 'shapes/vocab-rows');
    assert.ok((await text(page, '.finding')).includes('Found'));
    await page.waitForSelector('.lines .add');
    assert.match(await text(page, '.lines .del'), /"vocab_size"/);
    assert.match(await text(page, '.actions .primary'), /Download corrected config/);
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('a pasted error is explained without any file', async () => {
    const page = await open();
    await page.type(
      'textarea',
      'InvalidArgumentError: Unsuccessful TensorSliceReader constructor: Failed to find any matching files for bert_model.ckpt',
    );
    await press(page, 'Explain');
    await page.waitForSelector('[data-explained]');
    assert.ok((await texts(page, '.finding .meta code')).includes('files/index-missing'));
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('a fault that prints nothing is chosen from a list and explained', async () => {
    const page = await open();
    const sentence = await page.$eval('.paste select option:nth-child(2)', (option) => option.value);
    await page.select('.paste select', sentence);
    assert.equal(await page.$eval('.paste textarea', (area) => area.value), sentence);
    await press(page, 'Explain');
    await page.waitForSelector('[data-explained]');
    assert.ok((await texts(page, '.finding .meta code')).length > 0);
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('test sentences settle what they can', async () => {
    const page = await open();
    await choose(page, inFolder(fixture('trained/set')));
    await phase(page, 'final');
    const open_questions = () => texts(page, '.unsettled li');
    assert.ok((await open_questions()).includes('kernel orientation'));
    await press(page, 'Test them with sentences');
    await until(page, () => document.body.textContent.includes('The test sentences show no fault.'));
    assert.ok(!(await open_questions()).includes('kernel orientation'));
    assert.ok((await open_questions()).includes('LayerNorm epsilon'));
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('nothing in a drop is said, and files that are no checkpoint are told as such', async () => {
    const page = await open();
    await drop(page, { 'notes.md': Buffer.from('# notes\n') });
    await until(page, () => ['final', 'failed'].includes(document.querySelector('.bp').dataset.phase));
    assert.match(await text(page, 'h1'), /No BERT weights|No loader|Will not load|could not be judged/);
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('fewer loaders are judged when the user asks', async () => {
    const page = await open();
    await drop(page, filesOf(kGood));
    await phase(page, 'final');
    await press(page, 'Judged for all 7');
    await page.click('.check input[value="hf-convert"]');
    await until(page, () => document.querySelectorAll('.loaders > li').length === 6);
    assert.ok(!('hf-convert' in (await loaders(page))));
    await page.close();
  });

  test('the other language says the same', async () => {
    const page = await open({ lang: 'zh' });
    await drop(page, filesOf(kGood));
    await phase(page, 'final');
    assert.equal(await text(page, 'h1'), '六个适用的加载器都能加载');
    await press(page, 'English');
    assert.match(await text(page, 'h1'), /^Loads in all six loaders/);
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('the tensors are shown, filtered and sorted', async () => {
    const page = await open();
    await drop(page, filesOf(kGood));
    await phase(page, 'final');
    await press(page, 'Tensors');
    assert.match(await text(page, 'h1'), /^78 tensors/);
    assert.equal(await page.$$eval('.heat tbody tr', (rows) => rows.length), 4);
    await page.type('input[type="search"]', 'layer_2/attention');
    assert.equal(await page.$$eval('.tensors tbody tr', (rows) => rows.length), 10);
    await page.click('[data-sort="bytes"]');
    assert.equal(await page.$eval('th[aria-sort] button', (node) => node.dataset.sort), 'bytes');
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('an opened tensor shows how its values lie, as a picture and as a table', async () => {
    const page = await open();
    await drop(page, filesOf(kGood));
    await phase(page, 'final');
    await press(page, 'Tensors');
    await page.$$eval('.heat button', ([first]) => first.click());
    await page.waitForSelector('.histogram');
    const bars = await page.$$eval('.histogram rect', (nodes) => nodes.length);
    assert.ok(bars > 10 && bars <= 64, `${bars} bars`);
    assert.match(await page.$eval('.histogram', (node) => node.getAttribute('aria-label')), /^Values from −?\d/);
    const counts = await page.$$eval('.histogram-place tbody tr', (rows) => rows.map((row) => Number(row.lastChild.textContent)));
    assert.equal(counts.length, bars);
    assert.equal(counts.reduce((a, b) => a + b, 0), 256);
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('another set is compared value by value, and the comparison is saved as JSON', async () => {
    const page = await open();
    await drop(page, filesOf(kGood));
    await phase(page, 'final');
    await press(page, 'Compare');
    await choose(page, inFolder(kGood), 'other');
    await page.waitForSelector('[data-compared]');
    assert.equal(await text(page, '[data-compared]'), 'The two sets are the same');
    await choose(page, inFolder(fixture('tf/good-cased/cased_L-3_H-24_A-3')), 'other');
    await until(page, () => document.querySelector('[data-compared]')?.textContent === 'The two sets differ');
    assert.ok((await texts(page, '.results .table th')).includes('num_hidden_layers'));
    await page.evaluate(() => {
      HTMLAnchorElement.prototype.click = function click() {};
      const make = URL.createObjectURL;
      URL.createObjectURL = (blob) => ((window.last_blob = blob), make.call(URL, blob));
    });
    await press(page, 'Save JSON');
    const { tensors } = JSON.parse(await page.evaluate(() => window.last_blob.text()));
    assert.ok(tensors.counts.shape > 0 && tensors.counts.only_a > 0);
    await press(page, '中文');
    assert.equal(await text(page, '[data-compared]'), '两组有差异');
    assert.deepEqual(page.faults, []);
    assert.deepEqual(page.requests, []);
    await page.close();
  });

  test('the set is converted, and what comes of it is offered to be saved', async () => {
    const page = await open();
    await drop(page, filesOf(kGood));
    await phase(page, 'final');
    await press(page, 'Report');
    await press(page, 'To Hugging Face');
    await page.waitForSelector('[data-converted]');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Converted');
    const files = await texts(page, '[data-converted] .formats button');
    assert.deepEqual(files, ['model.safetensors', 'config.json', 'tokenizer_config.json', 'vocab.txt'].map((name) => `Save ${name}`));
    await page.evaluate(() => {
      HTMLAnchorElement.prototype.click = function click() {};
      URL.createObjectURL = (blob) => ((window.last_blob = blob), 'blob:');
    });
    await press(page, 'Save model.safetensors');
    const names = await page.evaluate(async () => {
      const bytes = await window.last_blob.arrayBuffer();
      const length = Number(new DataView(bytes).getBigUint64(0, true));
      return Object.keys(JSON.parse(new TextDecoder().decode(bytes.slice(8, 8 + length))));
    });
    assert.ok(names.includes('bert.encoder.layer.0.attention.self.query.weight'));
    await press(page, '中文');
    assert.match(await text(page, '[data-converted]'), /^已转换/);
    assert.deepEqual(page.faults, []);
    assert.deepEqual(page.requests, []);
    await page.close();
  });

  test('a link to a finding leads to it once its set is open', async () => {
    const page = await open({ hash: 'shapes/vocab-rows' });
    const set = fixture('tf/vocab-size-too-large');
    await choose(page, inFolder(join(set, readdirSync(set).find((name) => !name.includes('.')))));
    await phase(page, 'final');
    await until(page, () => document.activeElement.dataset.code === 'shapes/vocab-rows');
    const link = await page.$eval('.finding .row a', (node) => node.getAttribute('href'));
    assert.equal(link, '#shapes/vocab-rows');
    await page.close();
  });

  test('causes are filtered by loader, and the bytes of a failed checksum are shown', async () => {
    const page = await open();
    const set = fixture('tf/byte-flipped-nsp');
    await choose(page, inFolder(join(set, readdirSync(set).find((name) => !name.includes('.')))));
    await phase(page, 'final');
    const shown = () => page.$$eval('.finding', (cards) => cards.filter((card) => card.checkVisibility()).map((card) => card.dataset.code));
    const all = await shown();
    assert.ok(all.includes('bundle/checksum-mismatch'));
    await page.waitForSelector('.finding .hex');
    await page.select('.select', 'keras-bert');
    const some = await shown();
    assert.ok(!some.includes('bundle/checksum-mismatch') && some.length < all.length);
    await page.select('.select', '');
    assert.deepEqual(await shown(), all);
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('the gravest cause stands first, as the verdict says', async () => {
    const page = await open();
    const set = fixture('tf/nan');
    await choose(page, inFolder(join(set, readdirSync(set).find((name) => !name.includes('.')))));
    await phase(page, 'final');
    assert.match(await text(page, '.verdict .lead'), /NaN/);
    const codes = await texts(page, '.finding .meta code');
    assert.ok(codes.length > 1 && codes[0] === 'weights/not-finite', codes.join());
    await page.close();
  });

  test('every report can be saved and holds the verdicts', async () => {
    const page = await open();
    await drop(page, filesOf(kGood));
    await phase(page, 'final');
    await press(page, 'Report');
    // What would be downloaded is read back from its blob.
    await page.evaluate(() => {
      window.saved = {};
      HTMLAnchorElement.prototype.click = function click() {
        const name = this.download;
        window.saved[name] = window.last_blob.text();
      };
      const make = URL.createObjectURL;
      URL.createObjectURL = (blob) => ((window.last_blob = blob), make.call(URL, blob));
    });
    for (const [format, name] of [
      ['JSON', 'json'],
      ['Markdown', 'md'],
      ['SARIF', 'sarif'],
      ['HTML', 'html'],
    ]) {
      await press(page, `Save ${format}`);
      const document_text = await page.evaluate((file) => window.saved[file], `bert-preflight-report.${name}`);
      assert.ok(document_text.includes('keras-bert'), format);
      if (name === 'json' || name === 'sarif') JSON.parse(document_text);
    }
    assert.deepEqual(page.faults, []);
    await page.close();
  });
});

inEachBrowser(
  'a folder',
  (open) => {
    test('dropped as a folder is walked to its end', async () => {
      const page = await open();
      const cdp = await page.createCDPSession();
      const data = { items: [], files: [fixture('tf/good-uncased')], dragOperationsMask: 1 };
      const { x, y } = await (await page.$('.drop')).boundingBox();
      for (const type of ['dragEnter', 'dragOver', 'drop']) await cdp.send('Input.dispatchDragEvent', { type, x: x + 20, y: y + 20, data });
      await phase(page, 'final');
      assert.match(await text(page, 'h1'), /^Loads in all six loaders/);
      assert.match(await text(page, '.set-line code'), /uncased_L-4_H-16_A-2\/model\.ckpt-1200$/);
      assert.deepEqual(page.faults, []);
      await page.close();
    });
  },
  { only: 'chromium' },
);

inEachBrowser('a folder', (open) => {
  test('whose entries come a few at a time is read until none comes', async () => {
    const page = await open();
    const files = Object.entries(filesOf(kGood)).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]);
    await page.evaluate((list) => {
      const entries = list.map(([name, base64]) => {
        const file = new File([Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))], name);
        return { name, isFile: true, isDirectory: false, file: (done) => done(file) };
      });
      const folder = {
        name: 'set',
        isDirectory: true,
        createReader() {
          const left = [...entries];
          return { readEntries: (done) => done(left.splice(0, 1)) };
        },
      };
      const transfer = new DataTransfer();
      const item = { kind: 'file', webkitGetAsEntry: () => folder, getAsFile: () => null };
      Object.defineProperty(transfer, 'items', { value: [item] });
      Object.defineProperty(transfer, 'types', { value: ['Files'] });
      document.querySelector('main').dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }, files);
    await phase(page, 'final');
    assert.match(await text(page, 'h1'), /^Loads in all six loaders/);
    assert.deepEqual(page.faults, []);
    await page.close();
  });
});
