import assert from 'node:assert/strict';
import { test } from 'node:test';

import { bertConfig, bertTensors } from '../support/bert_names.mjs';
import { bundleFiles } from '../support/bundle_writer.mjs';
import { Rng } from '../support/rng.mjs';
import { drop, inEachBrowser, inText, phase, press, text, texts, until } from './support.mjs';

const kMarkup = '<img src=x onerror="window.reached=1"><script>window.reached=1</script>';
const kUnseen = '\u202e\u2066\u200b\u0007\u001b[31m\u2028\ufeff';
const kHostile = `${kMarkup}${kUnseen}`;
const kHidden = kUnseen.replace('\u0007\u001b[31m', ''); // what a file may be called

// A set that loads, with every string that can be a stranger's. Sets of other seeds differ in values, words, keys and names.
function hostileSet(seed = 3) {
  const rng = new Rng(seed);
  const sizes = { V: 40, H: 8, L: 1, A: 2, I: 12, P: 16, T: 2 };
  const tensors = bertTensors(sizes).map(({ name, shape }) => ({
    name,
    dtype: 'float32',
    shape,
    values: rng.normals(
      shape.reduce((a, b) => a * b, 1),
      0.1,
      0.3,
    ),
  }));
  tensors.push({ name: `${kHostile}/kernel`, dtype: 'float32', shape: [2], values: [1, seed] }, { name: `${kHostile}${seed}`, dtype: 'float32', shape: [1], values: [1] });
  const vocab = [
    '[PAD]',
    '[UNK]',
    '[CLS]',
    '[SEP]',
    '[MASK]',
    '.',
    'the',
    `${kMarkup}`,
    '<b>',
    '\u202egnp',
    `${kMarkup.replace('img', 'iframe')}\u200b${seed}`,
    ...Array.from({ length: 29 }, (_, i) => `w${i}`),
  ];
  const config = { ...bertConfig(sizes), [kHostile]: `${kHostile}${seed}`, hidden_act: kHostile };
  const files = bundleFiles(`${kHidden}<b onclick=x>model.ckpt`, tensors);
  return {
    ...files,
    'bert_config.json': JSON.stringify(config, null, 2),
    'vocab.txt': `${vocab.join('\n')}\n`,
    [`a${kHidden}<b onclick=x>.bin`]: 'x',
  };
}

// Everything a reader of the page could meet: text, and attributes that are read out or shown.
const exposed = (page) =>
  page.evaluate(() => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = walker.currentNode; node; node = walker.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) found.push(node.data);
      else for (const { name, value } of node.attributes) if (!['d', 'value', 'placeholder'].includes(name)) found.push(value);
    }
    return {
      text: found.join('\n') + document.title,
      reached: window.reached,
      elements: document.body.querySelectorAll('img, script, b[onclick], iframe, object, style').length,
    };
  });

// Nothing of them has become part of the page, or is there without being seen.
function assertHarmless({ text: all, reached, elements }, where) {
  assert.equal(reached, undefined, where);
  assert.equal(elements, 0, where);
  assertNoneUnseen(all, where);
}

function assertNoneUnseen(text, where) {
  for (const sign of kUnseen.replace('[31m', '')) assert.ok(!text.includes(sign), `${where} holds U+${sign.codePointAt(0).toString(16)} as it is`);
}

const openDetails = (page) => page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));

// Presses what saves a file; answers its name and text.
async function saved(page, words) {
  await page.evaluate(() => {
    window.saved = null;
    URL.createObjectURL = (blob) => ((window.last_blob = blob), 'blob:');
    HTMLAnchorElement.prototype.click = function click() {
      window.saved = this.download;
    };
  });
  await press(page, words);
  return page.evaluate(async () => ({ name: window.saved, text: await window.last_blob.text() }));
}

inEachBrowser('strings of strangers', (open) => {
  test('are text where two sets are compared, and in what is saved of it', async () => {
    const page = await open();
    await drop(page, hostileSet());
    await phase(page, 'final');
    await press(page, 'Compare');
    await page.evaluate((given) => {
      const transfer = new DataTransfer();
      for (const [name, base64] of Object.entries(given)) transfer.items.add(new File([Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))], name));
      const input = document.querySelector('input[data-pick="other"]');
      input.files = transfer.files;
      input.dispatchEvent(new Event('change'));
    }, inText(hostileSet(4)));
    await page.waitForSelector('[data-compared]');
    await openDetails(page);
    const seen = await exposed(page);
    assertHarmless(seen, 'compare');
    assert.equal((await page.$$('.results details')).length, 4); // differing and equal tensors, those of one side each, lines: some folded
    assert.ok(seen.text.includes('U+202E right-to-left override'));
    const json = await saved(page, 'Save JSON');
    assertNoneUnseen(json.text, 'the JSON');
    assert.ok(JSON.parse(json.text).tensors.only_a.some(({ name }) => name === `${kHostile}3`));
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('are text where a set is converted, and name no file of it', async () => {
    const page = await open();
    await drop(page, hostileSet());
    await phase(page, 'final');
    await press(page, 'Report');
    for (const to of ['To Hugging Face', 'To a TensorFlow']) {
      await page.evaluate(() => document.querySelector('[data-converted]')?.remove());
      await press(page, to);
      await page.waitForSelector('[data-converted]');
      const seen = await exposed(page);
      assertHarmless(seen, to);
      assert.match(await text(page, '[data-converted]'), /U\+202E/, 'what is left out is named');
      const files = await texts(page, '[data-converted] .formats button');
      assert.ok(files.length >= 4 && files.every((name) => /^Save [\w.-]+$/.test(name)), files.join());
    }
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('are text in every report that is saved', async () => {
    const page = await open();
    await drop(page, hostileSet());
    await phase(page, 'final');
    await press(page, 'Report');
    for (const [words, ending] of [['Save JSON', 'json'], ['Save SARIF', 'sarif'], ['Save Markdown', 'md'], ['Save HTML', 'html']]) {
      const report = await saved(page, words);
      assert.equal(report.name, `bert-preflight-report.${ending}`);
      assertNoneUnseen(report.text, ending);
      if (ending === 'json') assert.ok(report.text.includes('<img src=x onerror='), 'the names are in the reports');
      if (ending !== 'html') continue;
      const alone = await page.browser().newPage();
      await alone.setContent(report.text, { waitUntil: 'load' });
      assertHarmless(await exposed(alone), 'the HTML report');
      await alone.close();
    }
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('are text on every panel, and what is not seen is shown by its number', async () => {
    const page = await open();
    await drop(page, hostileSet());
    await phase(page, 'final');
    const panels = [];
    for (const panel of ['Verdict', 'Tensors', 'Run', 'Report']) {
      await press(page, panel);
      await openDetails(page);
      if (panel === 'Tensors') await page.type('input[type="search"]', 'kernel');
      if (panel === 'Run') await page.waitForSelector('.chip');
      await new Promise((resolve) => setTimeout(resolve, 200));
      panels.push([panel, await exposed(page)]);
    }
    for (const [panel, seen] of panels) assertHarmless(seen, panel);
    assert.ok(panels[1][1].text.includes('<img src=x onerror='), 'the name itself is shown');
    assert.ok(panels[1][1].text.includes('U+202E right-to-left override'));
    assert.deepEqual(page.faults, []);
    assert.deepEqual(page.requests, []);
    await page.close();
  });

  test('in the text to run and in pasted errors stay text', async () => {
    const page = await open();
    await page.evaluate((words) => {
      const area = document.querySelector('textarea');
      area.value = `KeyError: '${words}' Failed to find any matching files for ${words}`;
    }, kMarkup);
    await press(page, 'Explain');
    await page.waitForSelector('[data-explained]');
    assert.equal((await exposed(page)).elements, 0);
    await drop(page, hostileSet());
    await phase(page, 'final');
    await press(page, 'Run');
    await page.waitForSelector('.chip');
    await page.$eval(
      '.field',
      (input, words) => {
        input.value = words;
        input.dispatchEvent(new Event('input'));
      },
      `the ${kMarkup} \u202egnp`,
    );
    await until(page, () => document.querySelectorAll('.chip').length > 10);
    const { reached, elements } = await exposed(page);
    assert.equal(reached, undefined);
    assert.equal(elements, 0);
    assert.ok((await texts(page, '.source')).join().includes('<img'));
    assert.match(await text(page, '.source'), /U\+202E/);
    assert.deepEqual(page.faults, []);
    await page.close();
  });
});
