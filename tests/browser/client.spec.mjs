// The API of dist/client.js in real browsers, without the page.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { bertSet, setFiles, writeFiles } from '../support/bert_set.mjs';
import { clientPage, eachBrowser, filesOf, fixture, root } from './support.mjs';

// A set that takes a while to read.
const work = mkdtempSync(join(tmpdir(), 'bert-preflight-'));
after(() => rmSync(work, { recursive: true, force: true }));
writeFiles(work, setFiles(bertSet({ folder: 'large', sizes: { V: 12000, H: 512, L: 2, A: 8, I: 2048, P: 512 } })));
const large = readdirSync(join(work, 'large')).map((file) => join(work, 'large', file));

const kGood = fixture('tf/good-uncased/uncased_L-4_H-16_A-2');

test('importing the client touches neither window nor Worker', async () => {
  const { open, explain } = await import('../../dist/client.js');
  assert.equal(typeof open, 'function');
  assert.equal(explain('Key bert/pooler/dense/kernel not found in checkpoint').set, null);
});

eachBrowser('the client', join(root, 'dist'), (here) => {
  let page;
  before(async () => (page = await clientPage(here, filesOf(kGood, 'set/'))));

  test('a set is opened, judged and run, and its state is told', async () => {
    const seen = await page.evaluate(async () => {
      const set = await window.client.open(window.good);
      const before = set.tensors[0].state;
      const report = await set.check({ run: false });
      const { layers, pooled } = await set.encode('hello there', undefined, { layers: [0, 4] });
      const text = new TextDecoder().decode(await set.excerpt({ file: 'set/bert_config.json', offset: 0, length: 1 }));
      const out = { before, now: set.tensors[0].state, verdicts: report.consumers.map(({ verdict }) => verdict), files: set.files.length, memory: set.memory,
        layers: Object.keys(layers), kind: layers[4].data.constructor.name, pooled: pooled.shape, text };
      set.close();
      return out;
    });
    assert.deepEqual([seen.before, seen.now], ['not-read', 'good']);
    assert.equal(seen.verdicts.filter((verdict) => verdict === 'loads').length, 6);
    assert.deepEqual([seen.files, seen.layers, seen.kind, seen.pooled, seen.text], [4, ['0', '4'], 'Float32Array', [16], '{']);
    assert.ok(seen.memory.engine > 0 && seen.memory.weights > 0);
  });

  test('cancelling answers at once at any moment, and the set goes on afterwards', async () => {
    const { waited, code, verdicts } = await page.evaluate(async () => {
      const set = await window.client.open(window.good);
      const waits = [];
      let last;
      for (const delay of [0, 1, 5, 20]) {
        const controller = new AbortController();
        const task = set.check({ signal: controller.signal });
        await new Promise((resolve) => setTimeout(resolve, delay));
        const started = performance.now();
        controller.abort();
        await task.then((report) => (last = report), (error) => (last = error));
        waits.push(performance.now() - started);
      }
      const report = await set.check({ run: false });
      set.close();
      return { waited: waits, code: last.code ?? 'done', verdicts: report.consumers.map(({ verdict }) => verdict) };
    });
    assert.ok(waited.every((ms) => ms < 1000), waited.join(' '));
    assert.ok(['aborted', 'done'].includes(code));
    assert.equal(verdicts.filter((verdict) => verdict === 'loads').length, 6);
  });

  test('cancelling while 50 MB are read answers at once, and nothing found before is lost', async () => {
    await page.evaluate(() => document.body.replaceChildren(Object.assign(document.createElement('input'), { type: 'file', multiple: true })));
    const input = await page.$('input');
    await input.uploadFile(...large);
    const seen = await page.evaluate(async () => {
      const controller = new AbortController();
      const set = await window.client.open(document.querySelector('input').files);
      const tensors = set.tensors.length;
      let aborted_at = 0;
      const onProgress = ({ phase, bytesDone, bytesTotal }) => {
        if (phase !== 'data' || bytesDone === bytesTotal || aborted_at) return;
        aborted_at = performance.now();
        controller.abort();
      };
      const code = await set.check({ signal: controller.signal, onProgress }).then(() => 'done', (error) => error.code);
      const waited = performance.now() - aborted_at;
      const kept = set.tensors.length;
      const report = await set.check({ run: false });
      set.close();
      return { code, waited, tensors, kept, final: report.consumers.filter(({ verdict, final }) => verdict === 'loads' && final).length };
    });
    assert.equal(seen.code, 'aborted');
    assert.ok(seen.waited < 1000, `${seen.waited} ms`);
    assert.ok(seen.tensors > 0 && seen.kept === seen.tensors);
    assert.equal(seen.final, 6);
  });

  test('what goes wrong is a BertPreflightError with its code', async () => {
    const codes = await page.evaluate(async () => {
      const code = (promise) => promise.then(() => 'none', (error) => `${error.name} ${error.code}`);
      const set = await window.client.open(window.good);
      const all = [
        await code(window.client.open({})),
        await code(window.client.open(window.good, { signal: AbortSignal.abort() })),
        await code(window.client.open(window.good, { wasmURL: '/client.js' })),
        await code(window.client.open(window.good, { wasmURL: '/not-there.wasm' })),
        await code(set.encode({ input_ids: [-1] })),
        await code(set.check({ consumers: ['nobody'] })),
        await code(set.tokenize(5)),
      ];
      set.close();
      return [...all, await code(set.check())];
    });
    assert.deepEqual(codes.map((text) => text.replace('BertPreflightError ', '')),
      ['no-files', 'aborted', 'engine-failed', 'engine-failed', 'not-possible', 'bad-input', 'bad-input', 'bad-input']);
  });
});
