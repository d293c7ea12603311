#!/usr/bin/env node
// Writes a set of the size people really drop: BERT-base, 438 MB; with --adam also the optimizer's slots, 1.3 GB.
//   node scripts/make_base_set.mjs OUT [--adam] [--seed=N]
// Names, shapes, checksums and vocabulary size are those of uncased_L-12_H-768_A-12; the values are random.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { bertConfig, bertTensors } from '../tests/support/bert_names.mjs';
import { trainedValues } from '../tests/support/bert_set.mjs';
import { elements, writeBundle } from '../tests/support/bundle_writer.mjs';
import { metaGraph } from '../tests/support/meta_writer.mjs';
import { Rng } from '../tests/support/rng.mjs';
import { makeVocab } from '../tests/support/vocab_maker.mjs';

const SIZES = { V: 30522, H: 768, L: 12, A: 12, I: 3072, P: 512, T: 2 };
const STEM = 'bert_model.ckpt';
const RESERVOIR = 4194301; // a prime, so that no row of a table repeats at the same place
const SMALL = 1 << 16; // up to this many values are drawn one by one

const args = process.argv.slice(2);
const out = args.find((arg) => !arg.startsWith('-'));
const unknown = args.find((arg) => arg.startsWith('-') && arg !== '--adam' && !/^--seed=\d+$/.test(arg));
if (!out || unknown) {
  console.error(unknown ? `unknown option ${unknown}` : 'usage: make_base_set.mjs OUT [--adam] [--seed=N]');
  process.exit(2);
}
const seed = Number(args.find((arg) => arg.startsWith('--seed='))?.slice(7) ?? 20181031);
const rng = new Rng(seed);

/** Values drawn once and handed out from a random place on, round and round. */
function reservoir(draw) {
  const values = Float32Array.from({ length: RESERVOIR }, draw);
  return (count) => {
    const start = rng.int(0, RESERVOIR - 1);
    return function* chunks() {
      for (let left = count, at = start; left > 0; at = 0) {
        const piece = values.subarray(at, Math.min(RESERVOIR, at + left));
        left -= piece.length;
        yield new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
      }
    };
  };
}

const weights = reservoir(() => (rng.chance(0.02) ? 0.06 : 0.02) * rng.normal()); // trained kernels have longer tails than fresh ones
const vocab = makeVocab(rng, SIZES.V, { unused: 99 });
const unused = vocab.flatMap((token, id) => (token.startsWith('[unused') ? [id] : []));

let tensors = bertTensors(SIZES).map(({ name, shape, kind }) => {
  const count = elements(shape);
  const large = count > SMALL && (kind === 'kernel' || kind === 'table');
  return { name, dtype: 'float32', shape, ...(large ? { chunks: weights(count) } : { values: trainedValues(kind, shape, rng, unused) }) };
});
if (args.includes('--adam')) {
  const first = reservoir(() => 1e-4 * rng.normal());
  const second = reservoir(() => 1e-8 * rng.uniform() + 1e-14);
  const slots = tensors.flatMap(({ name, dtype, shape }) => [
    { name: `${name}/adam_m`, dtype, shape, chunks: first(elements(shape)) },
    { name: `${name}/adam_v`, dtype, shape, chunks: second(elements(shape)) },
  ]);
  tensors = [...tensors, ...slots, { name: 'global_step', dtype: 'int64', shape: [], values: [1000000] }];
}
tensors.sort((a, b) => (a.name < b.name ? -1 : 1));

const bytes = writeBundle(join(out, STEM), tensors);
writeFileSync(join(out, `${STEM}.meta`), metaGraph(tensors));
writeFileSync(join(out, 'checkpoint'), `model_checkpoint_path: "${STEM}"\nall_model_checkpoint_paths: "${STEM}"\n`);
writeFileSync(join(out, 'bert_config.json'), `${JSON.stringify(bertConfig(SIZES), null, 2)}\n`);
writeFileSync(join(out, 'vocab.txt'), vocab.map((token) => `${token}\n`).join(''));
console.log(`${join(out, STEM)}: ${tensors.length} tensors, ${bytes.toLocaleString('en')} bytes`);
