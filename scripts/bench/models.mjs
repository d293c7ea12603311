// The models of the benchmark, once as a checkpoint and once as ONNX with the same values, in build/bench.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { bertConfig, bertTensors } from '../../tests/support/bert_names.mjs';
import { elements, writeBundle } from '../../tests/support/bundle_writer.mjs';
import { Rng } from '../../tests/support/rng.mjs';
import { makeVocab } from '../../tests/support/vocab_maker.mjs';
import { onnxModel } from './onnx_model.mjs';

// A small vocabulary: the word table takes no part in what is measured.
export const kShapes = {
  base: { V: 1000, H: 768, L: 12, A: 12, I: 3072, P: 512, T: 2 },
  minilm: { V: 1000, H: 384, L: 6, A: 12, I: 1536, P: 512, T: 2 },
};
const kStem = 'bert_model.ckpt';
const kSetFiles = ['bert_config.json', 'vocab.txt', `${kStem}.index`, `${kStem}.data-00000-of-00001`];

/** Normal values, cut from one list at a place of its own for each tensor. */
function drawer(rng) {
  const list = Float32Array.from({ length: 4194301 }, () => rng.normal());
  return (count, mean, spread) => {
    const start = rng.int(0, list.length - 1);
    return Float32Array.from({ length: count }, (_, i) => mean + spread * list[(start + i) % list.length]);
  };
}

/** @returns {{folder: string, files: string[], onnx: {float32: string, int8: string}}} */
export function makeModel(shape) {
  const folder = join('build/bench', shape);
  const model = { folder, files: kSetFiles.map((file) => join(folder, file)), onnx: { float32: join(folder, 'float32.onnx'), int8: join(folder, 'int8.onnx') } };
  if ([...model.files, ...Object.values(model.onnx)].every(existsSync)) return model;
  mkdirSync(folder, { recursive: true });
  const sizes = kShapes[shape], rng = new Rng(20181031), draw = drawer(rng);
  const tensors = new Map(bertTensors(sizes).map(({ name, shape: dims, kind }) => {
    const spread = kind === 'kernel' ? 1.2 / Math.sqrt(dims[0]) : kind === 'table' ? 0.05 : 0.1;
    return [name, { shape: dims, values: draw(elements(dims), kind === 'gamma' ? 1 : 0, spread) }];
  }));
  writeBundle(join(folder, kStem), [...tensors].map(([name, { shape: dims, values }]) => ({ name, dtype: 'float32', shape: dims, chunks: () => [new Uint8Array(values.buffer)] })).sort((a, b) => (a.name < b.name ? -1 : 1)));
  writeFileSync(join(folder, 'bert_config.json'), JSON.stringify({ ...bertConfig(sizes), hidden_act: 'gelu_python' }));
  writeFileSync(join(folder, 'vocab.txt'), makeVocab(rng, sizes.V, { unused: 10 }).map((token) => `${token}\n`).join(''));
  for (const [precision, file] of Object.entries(model.onnx)) writeFileSync(file, onnxModel(sizes, (name) => tensors.get(name), precision));
  return model;
}

/** Ids of a sentence of so many tokens. */
export const idsOf = (tokens) => Array.from({ length: tokens }, (_, i) => (i * 37 + 11) % 900 + 100);
