import assert from 'node:assert/strict';
import { test } from 'node:test';

import { bertConfig, bertTensors } from '../support/bert_names.mjs';
import { bundleFiles } from '../support/bundle_writer.mjs';
import { Rng } from '../support/rng.mjs';
import { drop, inEachBrowser, phase, press, text, texts, until } from './support.mjs';

const kMarkup = '<img src=x onerror="window.reached=1"><script>window.reached=1</script>';
const kUnseen = '\u202e\u2066\u200b\u0007\u001b[31m\u2028\ufeff';
const kHostile = `${kMarkup}${kUnseen}`;

// A set that loads, with every string that can be a stranger's.
function hostileSet() {
  const rng = new Rng(3);
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
  tensors.push({ name: `${kHostile}/kernel`, dtype: 'float32', shape: [2], values: [1, 2] });
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
    ...Array.from({ length: 30 }, (_, i) => `w${i}`),
  ];
  const config = { ...bertConfig(sizes), [kHostile]: kHostile, hidden_act: kHostile };
  const files = bundleFiles('bert_model.ckpt', tensors);
  return {
    ...files,
    'bert_config.json': JSON.stringify(config, null, 2),
    'vocab.txt': `${vocab.join('\n')}\n`,
    [`a${kUnseen.replace('\u0007\u001b[31m', '')}<b onclick=x>.bin`]: 'x',
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
      elements: document.querySelectorAll('main :is(img, script, b[onclick], iframe, object, style)').length,
    };
  });

inEachBrowser('strings of strangers', (open) => {
  test('are text on every panel, and what is not seen is shown by its number', async () => {
    const page = await open();
    await drop(page, hostileSet());
    await phase(page, 'final');
    const panels = [];
    for (const panel of ['Verdict', 'Tensors', 'Run', 'Report']) {
      await press(page, panel);
      await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
      if (panel === 'Tensors') await page.type('input[type="search"]', 'kernel');
      if (panel === 'Run') await page.waitForSelector('.chip');
      await new Promise((resolve) => setTimeout(resolve, 200));
      panels.push([panel, await exposed(page)]);
    }
    for (const [panel, { text: all, reached, elements }] of panels) {
      assert.equal(reached, undefined, panel);
      assert.equal(elements, 0, panel);
      for (const sign of kUnseen.replace('[31m', ''))
        assert.ok(!all.includes(sign), `${panel} holds U+${sign.codePointAt(0).toString(16)} as it is`);
    }
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
