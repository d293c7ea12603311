// A whole BERT set as data that a test can change before it is written: config, vocabulary, tensors and the names of
// the files. Values bear the marks of training (no gamma is 1, no bias or beta is 0) and come from a seed.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { bertConfig, bertTensors } from './bert_names.mjs';
import { bundleFiles, elements } from './bundle_writer.mjs';
import { metaGraph } from './meta_writer.mjs';
import { utf8 } from './proto_writer.mjs';
import { Rng } from './rng.mjs';
import { makeVocab } from './vocab_maker.mjs';

/** Values as they look after training. `unused` lists the rows that no text ever met. */
export function trainedValues(kind, shape, rng, unused = []) {
  const count = elements(shape);
  if (kind === 'gamma') return rng.normals(count, 0.87, 0.05);
  if (kind === 'beta' || kind === 'bias') return rng.normals(count, -0.01, 0.06);
  const values = kind === 'vocab-bias' ? rng.normals(count, -0.4, 0.08) : rng.normals(count, 0, 0.042);
  if (kind === 'vocab-bias') for (const row of unused) values[row] = -1.2 + 0.02 * rng.normal();
  return values;
}

/** Adam's two moments of a tensor and, once, the step. */
export function adamSlots(tensors, rng, step = 120000) {
  const slots = tensors.flatMap(({ name, shape, dtype }) => [
    { name: `${name}/adam_m`, dtype, shape, values: rng.normals(elements(shape), 0, 1e-4) },
    { name: `${name}/adam_v`, dtype, shape, values: rng.normals(elements(shape), 0, 1e-4).map((x) => x * x + 1e-12) },
  ]);
  return [...slots, { name: 'global_step', dtype: 'int64', shape: [], values: [step] }];
}

/**
 * @typedef {object} BertSet
 * @property {string} folder
 * @property {string} stem
 * @property {object|string} config        text is written as it is
 * @property {string[]|string|Uint8Array} vocab
 * @property {import('./bundle_writer.mjs').Tensor[]} tensors
 * @property {object} bundle               options of bundleFiles
 * @property {boolean} meta
 * @property {boolean} checkpoint
 *
 * @param {object} options  sizes (Partial<Sizes>), seed, dtype, stem, folder, shards, table, lines (of the vocabulary;
 *   V unless said), cased,
 *   unused, pooler, mlm, nsp, adam, meta, checkpoint
 * @returns {BertSet}
 */
export function bertSet(options = {}) {
  const sizes = { V: 200, H: 64, L: 2, A: 1, I: 256, P: 64, T: 2, ...options.sizes };
  const { seed = 1, dtype = 'float32', stem = 'bert_model.ckpt', shards = 1, table = {}, lines = sizes.V, cased = false } = options;
  const rng = new Rng(seed);
  const vocab = makeVocab(rng, lines, { unused: options.unused ?? 10, cased });
  const unused = vocab.flatMap((token, id) => (token.startsWith('[unused') ? [id] : []));
  const weights = bertTensors(sizes, options).map(({ name, shape, kind }) => ({
    name,
    dtype,
    shape,
    values: trainedValues(kind, shape, rng, unused),
  }));
  const tensors = options.adam ? [...weights, ...adamSlots(weights, rng)] : weights;
  for (const tensor of tensors) tensor.shard = shards > 1 ? rng.int(0, shards - 1) : 0;
  const { L, H, A } = sizes;
  return {
    folder: options.folder ?? `${cased ? 'cased' : 'uncased'}_L-${L}_H-${H}_A-${A}`,
    stem,
    config: bertConfig(sizes),
    vocab,
    tensors,
    bundle: { shards, table },
    meta: options.meta ?? false,
    checkpoint: options.checkpoint ?? false,
  };
}

/** The tensor called `name`, to look at or to change. */
export function tensorOf(set, name) {
  const tensor = set.tensors.find((t) => t.name === name);
  if (!tensor) throw new Error(`the set has no tensor ${name}`);
  return tensor;
}

/** The same set without the tensors whose names `pattern` matches. */
export const withoutTensors = (set, pattern) => ({ ...set, tensors: set.tensors.filter(({ name }) => !pattern.test(name)) });

/** The same set with every name passed through `rename`. */
export const withNames = (set, rename) => ({ ...set, tensors: set.tensors.map((t) => ({ ...t, name: rename(t.name) })) });

export const withConfig = (set, change) => ({ ...set, config: { ...set.config, ...change } });

/** A deep enough copy to change values in. */
export const cloneSet = (set) => ({
  ...set,
  config: typeof set.config === 'string' ? set.config : { ...set.config },
  vocab: Array.isArray(set.vocab) ? [...set.vocab] : set.vocab,
  tensors: set.tensors.map((t) => ({ ...t, shape: [...t.shape], values: t.values.slice() })),
});

/** Every file of the set: {path: bytes}, in the order a folder lists them. */
export function setFiles({ folder, stem, config, vocab, tensors, bundle, meta, checkpoint }) {
  const files = {};
  if (config !== null) files['bert_config.json'] = utf8(typeof config === 'string' ? config : `${JSON.stringify(config, null, 2)}\n`);
  if (vocab !== null) files['vocab.txt'] = Array.isArray(vocab) ? utf8(vocab.map((line) => `${line}\n`).join('')) : utf8(vocab);
  Object.assign(files, bundleFiles(stem, tensors, bundle));
  if (meta) files[`${stem}.meta`] = metaGraph(tensors);
  if (checkpoint) files.checkpoint = utf8(`model_checkpoint_path: "${stem}"\nall_model_checkpoint_paths: "${stem}"\n`);
  return Object.fromEntries(
    Object.keys(files)
      .sort()
      .map((name) => [folder ? `${folder}/${name}` : name, files[name]]),
  );
}

export function writeFiles(root, files) {
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), bytes);
  }
}
