import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { compareSets as compareOpen } from '../../web/engine/compare.js';
import { runsOf, valuesOf } from '../../web/engine/tensor_values.js';
import { compareSets } from '../../web/node/index.js';
import { bertSet, cloneSet, setFiles, tensorOf, withConfig, withoutTensors, writeFiles } from '../support/bert_set.mjs';
import { torchFile } from '../support/torch_writer.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'bert-preflight-'));
after(() => rmSync(work, { recursive: true, force: true }));

const base = bertSet({ sizes: { V: 160, H: 16, L: 2, A: 2, I: 32, P: 24 } });
const kKernel = 'bert/encoder/layer_1/output/dense/kernel';
const compare = (a, b, options) => compareSets(setFiles(a), setFiles(b), options);
const pairOf = (result, name) => result.tensors.pairs.find((pair) => pair.name === name);

test('a set and itself are the same, value by value', async () => {
  const result = await compare(base, base);
  assert.deepEqual(result.tensors.counts, { equal: base.tensors.length, differs: 0, shape: 0, not_compared: 0, only_a: 0, only_b: 0 });
  assert.deepEqual(result.config.rows, []);
  assert.deepEqual([result.vocab.same, result.vocab.differ], [160, 0]);
});

test('the largest difference is told with its place, and values that are not finite apart', async () => {
  const other = cloneSet(base);
  const values = tensorOf(other, kKernel).values;
  values[5] += 0.25;
  values[17] -= 0.5;
  values[18] = Infinity;
  values[20] = NaN;
  const pair = pairOf(await compare(base, other), kKernel);
  assert.deepEqual([pair.state, pair.differ, pair.at, pair.not_finite], ['differs', 4, 17, 2]);
  assert.ok(Math.abs(pair.largest - 0.5) < 1e-6);
  const both = cloneSet(other);
  assert.equal(pairOf(await compare(other, both), kKernel).state, 'equal', 'the same not finite values are no difference');
});

test('names, shapes, config keys and lines of the vocabulary that one of them has not', async () => {
  let other = withoutTensors(withConfig(cloneSet(base), { hidden_act: 'relu', new_key: [1, 2] }), /seq_relationship/);
  other.vocab[7] = 'elsewhere';
  other.vocab.push('more');
  const changed = tensorOf(other, 'bert/embeddings/position_embeddings');
  changed.shape = [12, 16];
  changed.values = changed.values.slice(0, 12 * 16);
  const result = await compare(base, other);
  assert.deepEqual(result.tensors.only_a.map(({ name }) => name), ['cls/seq_relationship/output_bias', 'cls/seq_relationship/output_weights']);
  assert.deepEqual(pairOf(result, 'bert/embeddings/position_embeddings').shape, [[24, 16], [12, 16]]);
  assert.equal(pairOf(result, 'bert/embeddings/position_embeddings').state, 'shape');
  assert.deepEqual(result.config.rows.find(({ key }) => key === 'hidden_act'), { key: 'hidden_act', a: { value: 'gelu' }, b: { value: 'relu' } });
  assert.deepEqual(result.config.rows.find(({ key }) => key === 'new_key').a, null);
  assert.deepEqual(result.vocab.rows, [{ line: 8, a: base.vocab[7], b: 'elsewhere' }, { line: 161, a: null, b: 'more' }]);
  assert.deepEqual([result.vocab.only_a, result.vocab.only_b], [1, 2]);
});

test('the same values in another type are the same', async () => {
  const rounded = cloneSet(base);
  for (const tensor of rounded.tensors) tensor.values = tensor.values.map((x) => Math.fround(Math.round(x * 64) / 64));
  const other = cloneSet(rounded);
  for (const tensor of other.tensors) tensor.dtype = 'float64';
  const result = await compare(rounded, other);
  assert.equal(result.tensors.counts.equal, base.tensors.length);
  assert.deepEqual(pairOf(result, kKernel).dtype, ['float32', 'float64']);
});

// A set as engine/compare.js sees one: a tensor in one file.
function opened(name, role, shape, values) {
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  return {
    files: [{ path: name, size: bytes.length, role: 'weights' }],
    tensors: [{ name, dtype: 'float32', shape, bytes: bytes.length, role, layer: 0 }],
    layout: () => ({ parts: [{ file: 0, offset: 0, length: bytes.length, start: [], shape: [] }], strides: [], big_endian: false, item: 4 }),
    excerpt: async ({ offset, length }) => bytes.slice(offset, offset + length),
  };
}

test('the kernel of one library and the transposed weight of the other are one pair, found by their place', async () => {
  const kernel = opened('bert/encoder/layer_0/output/dense/kernel', 'output kernel', [2, 3], [1, 2, 3, 4, 5, 6]);
  const weight = (values) => opened('bert.encoder.layer.0.output.dense.weight', 'output kernel', [3, 2], values);
  const [same] = (await compareOpen(kernel, weight([1, 4, 2, 5, 3, 6]))).tensors.pairs;
  assert.deepEqual([same.state, same.transposed, same.other], ['equal', true, 'bert.encoder.layer.0.output.dense.weight']);
  const [other] = (await compareOpen(kernel, weight([1, 4, 2, 5, 3.5, 6]))).tensors.pairs;
  assert.deepEqual([other.state, other.differ, other.largest, other.at], ['differs', 1, 0.5, 2]);
  const apart = await compareOpen(kernel, opened('x', null, [2, 3], [1, 2, 3, 4, 5, 6]));
  assert.deepEqual([apart.tensors.only_a.length, apart.tensors.only_b.length], [1, 1]);
});

test('without values only names and shapes are compared, and it says so', async () => {
  const { counts } = (await compare(base, cloneSet(base), { values: false })).tensors;
  assert.deepEqual([counts.equal, counts.not_compared], [0, base.tensors.length]);
});

test('progress is told up to its end, and an abort is heard', async () => {
  const steps = [];
  await compare(base, base, { onProgress: (step) => steps.push(step) });
  assert.equal(steps.at(-1).phase, 'compare');
  assert.equal(steps.at(-1).bytesDone, steps.at(-1).bytesTotal);
  await assert.rejects(compare(base, base, { signal: AbortSignal.abort() }), { code: 'aborted' });
});

test('a tensor of PyTorch that is a transposed view is compared in the order of its elements', async () => {
  const fileOf = (entry) => ({ 'pytorch_model.bin': torchFile([['w', { dtype: 'float32', ...entry }]]) });
  const plain = fileOf({ shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) });
  const view = fileOf({ shape: [2, 3], strides: [1, 2], values: Float32Array.of(1, 4, 2, 5, 3, 6) });
  assert.equal(pairOf(await compareSets(plain, view), 'w').state, 'equal');
  const other = fileOf({ shape: [2, 3], strides: [1, 2], values: Float32Array.of(1, 4, 2, 5, 3, 8) });
  const { state, differ, at, largest } = pairOf(await compareSets(plain, other), 'w');
  assert.deepEqual([state, differ, at, largest], ['differs', 1, 5, 2]);
});

test('values of every type are read as numbers', () => {
  const bytes = (view) => new Uint8Array(view.buffer);
  assert.deepEqual([...valuesOf('float16', bytes(Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00, 0x7e00, 0x3555)))].map((x) => Number(x.toPrecision(6))),
    [1, -2, 5.96046e-8, Infinity, NaN, 0.333252]);
  assert.deepEqual([...valuesOf('bfloat16', bytes(Uint16Array.of(0x3f80, 0xc000, 0x7f80)))], [1, -2, Infinity]);
  assert.deepEqual([...valuesOf('int64', bytes(BigInt64Array.of(-3n, 2n ** 60n)))], [-3, 2 ** 60]);
  assert.deepEqual([...valuesOf('float32', Uint8Array.of(0x3f, 0x80, 0, 0), true)], [1]);
  assert.deepEqual([...valuesOf('int16', new Uint8Array([9, 1, 0, 2, 0]).subarray(1))], [1, 2]);
});

test('parts that are rows one after another are one run of values, others are not', () => {
  const tensor = { shape: [4, 3], dtype: 'float32' };
  const part = (start, shape, offset) => ({ file: 0, offset, length: 4 * shape[0] * shape[1], start, shape });
  const layout = (...parts) => ({ parts, strides: [], big_endian: false, item: 4 });
  assert.deepEqual(runsOf(tensor, layout(part([2, 0], [2, 3], 0), part([0, 0], [2, 3], 100))),
    [{ file: 0, offset: 100, first: 0, count: 6 }, { file: 0, offset: 0, first: 6, count: 6 }]);
  assert.equal(runsOf(tensor, layout(part([0, 0], [4, 2], 0), part([0, 2], [4, 1], 32))), null);
  assert.equal(runsOf(tensor, layout(part([0, 0], [2, 3], 0))), null);
  assert.equal(runsOf({ shape: [2], dtype: 'string' }, layout(part([0], [2, 1], 0))), null);
});

test('the command line says what differs, and by its exit code whether anything does', () => {
  const cli = join(root, JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).bin['bert-preflight']);
  const other = withConfig(cloneSet(base), { '\u001b[31mkey': 1 });
  tensorOf(other, kKernel).values[0] += 1;
  writeFiles(work, setFiles({ ...base, folder: 'a' }));
  writeFiles(work, setFiles({ ...other, folder: 'b' }));
  const run = (...args) => spawnSync(process.execPath, [cli, 'compare', ...args], { encoding: 'utf8' });
  const differ = run(join(work, 'a'), join(work, 'b'));
  assert.equal(differ.status, 1, differ.stderr);
  assert.match(differ.stdout, new RegExp(`1 with other values\n  ${kKernel}: 1 values, by at most 1`.replaceAll('/', '\\/')));
  assert.ok(!differ.stdout.includes('\u001b'));
  assert.equal(JSON.parse(execFileSync(process.execPath, [cli, 'compare', join(work, 'a'), join(work, 'a'), '--json'])).tensors.counts.differs, 0);
  assert.equal(run(join(work, 'a')).status, 2);
  assert.match(run(join(work, 'a')).stderr, /compare takes two sets/);
});
