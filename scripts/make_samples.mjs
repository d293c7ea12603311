#!/usr/bin/env node
// Makes the built-in samples of the page: a tiny BERT, trained here on a few facts, as a set that loads and as one
// whose config comes from another model. Prints how the masks come out and writes web/page/sample-data.js.
//   node scripts/make_samples.mjs [--steps=N]
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

import { bertConfig } from '../tests/support/bert_names.mjs';
import { bundleFiles } from '../tests/support/bundle_writer.mjs';
import { Rng } from '../tests/support/rng.mjs';
import { vocabulary } from './sample/corpus.mjs';
import { TinyBert } from './sample/tiny_bert.mjs';

const kBits = 3; // of the mantissa that matrices keep: a page should be small, and the masks still come out right
const kOut = new URL('../web/page/sample-data.js', import.meta.url);
const steps = Number(process.argv.find((arg) => arg.startsWith('--steps='))?.slice(8) ?? 2500);

const rng = new Rng(7);
const bert = new TinyBert(vocabulary(), rng);
for (let step = 1; step <= steps; step++) {
  const { mlm, nsp } = bert.train(rng, 16, 3e-3 * Math.min(1, step / 50) * (1 - (0.95 * step) / steps));
  if (step % 100 === 0) console.log(`step ${step}: masked words ${mlm.toFixed(3)}, next sentence ${nsp.toFixed(3)}`);
}

// To the nearest value with so few bits after the leading one.
function rounded(values) {
  const bits = new Uint32Array(Float32Array.from(values).buffer);
  const drop = 23 - kBits;
  for (let i = 0; i < bits.length; i++) bits[i] = ((bits[i] + (1 << (drop - 1))) >>> drop) << drop;
  return new Float32Array(bits.buffer);
}
for (const parameter of bert.parameters.values()) if (parameter.rows > 1) parameter.data.set(rounded(parameter.data));

for (const text of [
  'the capital of france is [MASK] .',
  'tokyo is the capital of [MASK] .',
  'people there speak [MASK] .',
  'dogs like [MASK] .',
  'the weather is [MASK] today .',
]) {
  console.log(
    text,
    bert
      .fill(text)
      .map((best) => best.map(({ token, p }) => `${token} ${(p * 100).toFixed(1)} %`).join(', '))
      .join(' | '),
  );
}

const tensors = [...bert.parameters].map(([name, { shape, data }]) => ({ name, dtype: 'float32', shape, values: data }));
const text = (value) => new TextEncoder().encode(value);
const files = {
  'bert_config.json': text(`${JSON.stringify(bertConfig(bert.sizes), null, 2)}\n`),
  'vocab.txt': text(`${bert.vocab.join('\n')}\n`),
  ...bundleFiles('bert_model.ckpt', tensors),
};
const packed = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, gzipSync(bytes, { level: 9 }).toString('base64')]));
const size = Object.values(packed).reduce((sum, { length }) => sum + length, 0);
writeFileSync(
  kOut,
  `// Written by scripts/make_samples.mjs: each file gzipped, in base64.\nexport default ${JSON.stringify(packed, null, 2)};\n`,
);
console.log(`${Object.values(files).reduce((sum, { length }) => sum + length, 0)} bytes, ${size} in the page`);
