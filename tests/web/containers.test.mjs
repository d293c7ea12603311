import assert from 'node:assert/strict';
import { test } from 'node:test';

import { open } from '../../web/node/index.js';
import { bertSet, setFiles } from '../support/bert_set.mjs';
import { kerasFile } from '../support/keras_writer.mjs';
import { asObjectGraph } from '../support/object_graph.mjs';
import { v1File } from '../support/v1_writer.mjs';

const set = bertSet();
const stem = `${set.folder}/${set.stem}`;
const isData = (path) => path.startsWith(stem);
const companions = Object.fromEntries(Object.entries(setFiles(set)).filter(([path]) => !isData(path)));
const withFile = (name, bytes) => ({ ...companions, [`${set.folder}/${name}`]: bytes });

// Model Garden's shapes: heads apart in attention.
function byHeads({ name, shape, values }) {
  const heads = set.config.num_attention_heads;
  const split = ([...dims], axis) => dims.toSpliced(axis, 1, heads, dims[axis] / heads);
  const self = /attention\/self\/(query|key|value)\/(kernel|bias)$/.test(name);
  if (self) return split(shape, shape.length - 1);
  return name.endsWith('attention/output/dense/kernel') ? split(shape, 0) : shape;
}

const half = set.tensors.length >> 1;
const sliced = set.tensors.map((tensor) => {
  const { shape, name } = tensor;
  return name.endsWith('word_embeddings') ? { ...tensor, slices: [[[0, 100], [0, shape[1]]], [[100, shape[0] - 100], [0, shape[1]]]] } : tensor;
});

const kContainers = {
  'a V1 file': withFile(set.stem, v1File(set.tensors)),
  'two V1 files': {
    ...withFile(`${set.stem}-00000-of-00002`, v1File(set.tensors.slice(0, half))),
    [`${stem}-00001-of-00002`]: v1File(set.tensors.slice(half)),
  },
  'a V1 file with a table in slices': withFile(set.stem, v1File(sliced)),
  'keras-bert weights': withFile('model.h5', kerasFile(set.tensors, 'keras-bert', { heads: true })),
  'bert4keras weights': withFile('model.h5', kerasFile(set.tensors, 'bert4keras', { heads: true })),
  'a whole Keras model': withFile('model.h5', kerasFile(set.tensors, 'keras-bert', { heads: true, whole: true })),
  'an object graph': setFiles({ ...set, tensors: asObjectGraph(set.tensors) }),
  'an object graph with heads apart': setFiles({ ...set, tensors: asObjectGraph(set.tensors.map((tensor) => ({ ...tensor, shape: byHeads(tensor) }))) }),
};

async function numbersOf(files) {
  const opened = await open(files);
  const { layers, pooled, mlm_logits, nsp_logits } = await opened.encode({ input_ids: [2, 9, 10, 11, 3] }, { layers: 'all', logits: true });
  opened.close();
  assert.ok(mlm_logits && nsp_logits);
  return [...Object.values(layers).map(({ data }) => data), pooled.data ?? pooled, mlm_logits.data ?? mlm_logits, nsp_logits.data ?? nsp_logits];
}

const expected = await numbersOf(setFiles(set));

for (const [what, files] of Object.entries(kContainers)) {
  test(`a model in ${what} gives the numbers of the bundle it was made from`, async () => {
    assert.deepEqual(await numbersOf(files), expected);
  });
}

test('another weight gives other numbers', async () => {
  const other = set.tensors.map((tensor) => (tensor.name.endsWith('layer_1/output/dense/bias') ? { ...tensor, values: tensor.values.map((v) => v + 1) } : tensor));
  assert.notDeepEqual(await numbersOf(withFile(set.stem, v1File(other))), expected);
});
