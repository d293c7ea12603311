// What the real libraries make of converted sets.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { open } from '../../web/node/index.js';
import { pythonEnv, pythonJson } from '../support/python_env.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const support = (name) => join(root, 'tests/support', name);
const work = mkdtempSync(join(tmpdir(), 'bert-preflight-'));
after(() => rmSync(work, { recursive: true, force: true }));

const caseOf = (path) => {
  const folder = join(root, 'tests/fixtures', path);
  const { set } = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8'));
  return { folder: join(folder, set), reference: join(folder, 'reference.json') };
};

async function converted(folder, to) {
  const into = mkdtempSync(join(work, `${to}-`));
  const set = await open([folder]);
  await set.convert({ to, into });
  set.close();
  return into;
}

const largestGap = (ours, theirs) => ours.flat(3).reduce((gap, value, i, all) => Math.max(gap, Math.abs(value - theirs[i])), 0);
const kClose = 2e-5, kCloseLogits = 1e-4;

const torch = pythonEnv('transformers', ['numpy==1.26.4', 'torch==2.4.1', 'transformers==4.46.3', 'safetensors']);
for (const name of ['good-chinese', 'good-cased', 'good-uncased']) {
  test(`transformers loads tf/${name} as safetensors whole and gives Google's hidden states`, { skip: torch.why, timeout: 300_000 }, async () => {
    const { folder, reference } = caseOf(`tf/${name}`);
    const { inputs, hidden_act, 'google-bert': expected } = JSON.parse(readFileSync(reference, 'utf8'));
    // Google's gelu is the tanh form, which transformers calls gelu_new.
    const activation = hidden_act === 'gelu' ? 'gelu_new' : '';
    const seen = pythonJson(torch.python, support('read_with_transformers.py'), [await converted(folder, 'safetensors'), 'BertForPreTraining', reference, activation]);
    assert.match(seen.version, /^4\./);
    assert.deepEqual([seen.missing, seen.unexpected, seen.mismatched], [[], [], []]);
    assert.deepEqual([seen.auto, seen.lower], ['BertForPreTraining', name !== 'good-cased']);
    expected.forEach((one, i) => {
      const kept = (rows) => rows.filter((_, token) => inputs[i].attention_mask[token]);  // the others mean nothing
      one.layers.forEach((layer, l) => assert.ok(largestGap(kept(layer), kept(seen.outputs[i].layers[l]).flat()) < kClose, `layer ${l} of input ${i}`));
      assert.ok(largestGap(kept(one.mlm_logits), kept(seen.outputs[i].mlm_logits).flat()) < kCloseLogits);
      assert.ok(largestGap(one.nsp_logits, seen.outputs[i].nsp_logits) < kCloseLogits);
    });
  });
}

const tensorflow = pythonEnv('tensorflow', ['numpy==1.26.4', 'tensorflow-cpu==2.15.1']);
test('TensorFlow reads a bundle that went through safetensors and finds what it found in the first one', { skip: tensorflow.why, timeout: 300_000 }, async () => {
  const kSets = ['tf/good-uncased', 'tf/good-chinese', 'tf/sharded-3', 'tf/sharded-with-slices', 'tf/half', 'tf/bfloat16'];
  const prefixes = [];
  for (const path of kSets) {
    const { folder } = caseOf(path);
    const stem = readdirSync(folder).find((name) => name.endsWith('.index')).slice(0, -'.index'.length);
    prefixes.push(join(folder, stem), join(await converted(await converted(folder, 'safetensors'), 'tf-bundle'), 'bert_model.ckpt'));
  }
  const { version, tensors, latest } = pythonJson(tensorflow.python, support('read_with_tensorflow.py'), prefixes);
  assert.match(version, /^2\./);
  for (const [i, path] of kSets.entries()) {
    const { global_step, ...before } = tensors[2 * i];
    assert.ok(Object.keys(before).length > 5 + 2 * 16, path);
    assert.deepEqual(tensors[2 * i + 1], before, path);
    assert.equal(latest[2 * i + 1], prefixes[2 * i + 1], `${path}: checkpoint names the prefix`);
  }
});
