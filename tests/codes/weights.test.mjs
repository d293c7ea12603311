import { cloneSet, tensorOf, withNames } from '../support/bert_set.mjs';
import { FAULTS } from '../support/faults.mjs';
import { Rng } from '../support/rng.mjs';
import { codeTest, only } from './code_test.mjs';
import { good } from './sets.mjs';

const KERNEL = 'bert/encoder/layer_1/intermediate/dense/kernel';
const changed = (name, change, options) => () => {
  const set = cloneSet(good(options));
  change(tensorOf(set, name).values, set);
  return set;
};
const fault = (name, options) => () => FAULTS[name]({ set: good(options), sizes: { L: options?.sizes?.L ?? 2 }, rng: new Rng(3) }).set;

codeTest(
  'weights/not-finite',
  [
    {
      when: 'one value of a kernel is NaN',
      set: changed(KERNEL, (v) => (v[77] = NaN)),
      severity: 'warning',
      verdicts: { 'keras-bert': 'loads-wrong', 'hf-convert': 'loads-wrong' },
    },
    {
      when: 'one bias of the MLM head is infinite',
      set: changed('cls/predictions/output_bias', (v) => (v[3] = -Infinity)),
      severity: 'warning',
      verdicts: { 'keras-bert': 'loads', 'hf-convert': 'loads-wrong' },
    },
  ],
  { when: 'a value is as large as a float can be', set: changed(KERNEL, (v) => (v[77] = 3.4e38)) },
);

codeTest(
  'weights/over-half-range',
  { when: 'one weight is 65505', set: changed(KERNEL, (v) => (v[5] = -65505)), severity: 'warning', verdicts: { 'keras-bert': 'loads' } },
  { when: 'one weight is 65504', set: changed(KERNEL, (v) => (v[5] = 65504)) },
);

codeTest(
  'weights/constant-kernel',
  [
    {
      when: 'a kernel is all zero',
      set: changed(KERNEL, (v) => v.fill(0)),
      severity: 'warning',
      verdicts: { 'keras-bert': 'loads-wrong' },
    },
    {
      when: 'the position table is one value',
      set: changed('bert/embeddings/position_embeddings', (v) => v.fill(0.1)),
      severity: 'warning',
    },
  ],
  { when: 'all values but one of a kernel are zero', set: changed(KERNEL, (v) => v.fill(0).set([0.3], 9)) },
);

codeTest(
  'weights/untrained-head',
  [
    {
      when: 'the MLM head is as freshly made',
      set: fault('MLM head as freshly made'),
      severity: 'warning',
      verdicts: { 'keras-bert': 'loads', 'hf-convert': 'loads-wrong' },
    },
    {
      when: 'the same head, asked for by keras-bert in training',
      set: fault('MLM head as freshly made'),
      consumers: only('keras-bert', { training: true }),
      verdicts: { 'keras-bert': 'loads-wrong' },
    },
  ],
  {
    when: 'one beta of the head moved',
    set: () => {
      const set = fault('MLM head as freshly made')();
      tensorOf(set, 'cls/predictions/transform/LayerNorm/beta').values[0] = 0.01;
      return set;
    },
  },
);

codeTest(
  'weights/untrained-part',
  {
    when: 'a layer is as freshly made',
    set: fault('layers as freshly made', { sizes: { L: 4 } }),
    severity: 'warning',
    verdicts: { 'keras-bert': 'loads-wrong', 'google-bert': 'loads-wrong' },
  },
  {
    when: 'the gammas of a layer are 1 and its biases are not 0',
    set: changed('bert/encoder/layer_1/output/LayerNorm/gamma', (v) => v.fill(1)),
  },
);

codeTest(
  'weights/copied-layers',
  [
    {
      when: 'the last layer is the first',
      set: fault('a layer copied', { sizes: { L: 3 } }),
      severity: 'warning',
      verdicts: { 'keras-bert': 'loads' },
    },
  ],
  {
    when: 'one value of the copy differs',
    set: () => {
      const set = cloneSet(fault('a layer copied', { sizes: { L: 3 } })());
      tensorOf(set, 'bert/encoder/layer_2/output/dense/bias').values[0] += 0.5;
      return withNames(set, (name) => name);
    },
  },
);
