// The second opinion held against what the real libraries did: verdicts and counts measured on the fixtures.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { readBundle } from './bundle_reader.mjs';
import { LOADERS, predict } from './loader_model.mjs';

const fixtures = fileURLToPath(new URL('../fixtures/tf/', import.meta.url));

// Cases that names, shapes, types and config alone decide.
const CASES = [
  'adam-slots',
  'bfloat16',
  'config-gelu-new',
  'config-no-act',
  'config-no-heads',
  'config-text-number',
  'converter-cannot-map',
  'embedding-size',
  'encoder-one-missing',
  'extra-scope',
  'fewer-layers',
  'four-segment-rows',
  'good-cased',
  'good-chinese',
  'good-head64',
  'good-uncased',
  'half',
  'heads-do-not-divide',
  'heads-unusual',
  'hidden-size',
  'intermediate-size',
  'layer-normalization',
  'missing-scope',
  'more-layers',
  'near-miss',
  'no-heads-no-pooler',
  'no-mlm-head',
  'no-nsp-head',
  'no-pooler',
  'no-positions',
  'no-type-vocab-size',
  'one-segment-row',
  'positions-and-no-nsp',
  'positions-fewer',
  'positions-more',
  'sharded-3',
  'task-head',
  'vocab-size-too-large',
];

for (const name of CASES) {
  test(`the loaders do with ${name} what the model of them says`, () => {
    const { set, call, consumers } = JSON.parse(readFileSync(join(fixtures, name, 'case.json'), 'utf8'));
    const folder = join(fixtures, name, set);
    const prefix = join(folder, call.prefix);
    assert.ok(existsSync(`${prefix}.index`));
    const tensors = readBundle(prefix).tensors;
    const predicted = predict({ tensors, config: JSON.parse(readFileSync(join(folder, call.config), 'utf8')), highestId: 0 });
    for (const id of LOADERS) {
      assert.equal(predicted[id].verdict, consumers[id].verdict, id);
      if (predicted[id].of) assert.deepEqual([predicted[id].loaded, predicted[id].of], [consumers[id].loaded, consumers[id].of], id);
    }
  });
}
