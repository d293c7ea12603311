import { cloneSet, tensorOf, trainedValues, withConfig, withNames } from '../support/bert_set.mjs';
import { FAULTS } from '../support/faults.mjs';
import { Rng } from '../support/rng.mjs';
import { codeTest, only } from './code_test.mjs';
import { good } from './sets.mjs';

const SIZES = { V: 200, H: 64, L: 2, A: 1, I: 256, P: 64, T: 2 };

function table(name, rows, options) {
  const set = cloneSet(good(options));
  const tensor = tensorOf(set, `bert/embeddings/${name}`);
  tensor.shape = [rows, tensor.shape[1]];
  tensor.values = trainedValues('table', tensor.shape, new Rng(9));
  return set;
}
const fault = (name) => () => FAULTS[name]({ set: good(), sizes: SIZES, rng: new Rng(3) }).set;

codeTest(
  'shapes/vocab-rows',
  [
    {
      when: 'vocab_size is more than the rows',
      set: () => withConfig(good(), { vocab_size: 30522 }),
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses', 'bert-for-tf2': 'loads-wrong' },
    },
    {
      when: 'vocab_size is less than the rows and the vocabulary',
      set: () => withConfig(good(), { vocab_size: 190 }),
      severity: 'error',
      verdicts: { 'google-bert': 'refuses', 'bert-for-tf2': 'refuses' },
    },
    {
      when: 'the last of two equal keys is wrong',
      set: () => {
        const set = good();
        return { ...set, config: JSON.stringify(set.config).replace(/}$/, ', "vocab_size": 201}') };
      },
      severity: 'error',
    },
  ],
  {
    when: 'the first of two equal keys is wrong',
    set: () => {
      const set = good();
      return { ...set, config: JSON.stringify(set.config).replace('{', '{"vocab_size": 201, ') };
    },
    verdicts: { 'keras-bert': 'loads' },
  },
);

codeTest(
  'shapes/other-size',
  [
    {
      when: 'hidden_size is another',
      set: () => withConfig(good(), { hidden_size: 128, num_attention_heads: 2 }),
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses', 'bert-for-tf2': 'loads-wrong' },
    },
    { when: 'intermediate_size is another', set: () => withConfig(good(), { intermediate_size: 260 }), severity: 'error' },
  ],
  {
    when: 'intermediate_size is not 4 H and the tensors agree',
    set: () => good({ sizes: { I: 100 } }),
    verdicts: { 'keras-bert': 'loads' },
  },
);

codeTest(
  'shapes/segment-rows-not-two',
  [
    {
      when: 'the table and the config say four',
      set: () => good({ sizes: { T: 4 } }),
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses', 'google-bert': 'loads' },
    },
    { when: 'the table has one row', set: () => table('token_type_embeddings', 1), severity: 'error' },
  ],
  {
    when: 'the table has two rows and the config says three',
    set: () => withConfig(good(), { type_vocab_size: 3 }),
    verdicts: { 'keras-bert': 'loads' },
  },
);

codeTest(
  'shapes/segment-rows',
  [
    {
      when: 'type_vocab_size is 16 for two rows',
      set: () => withConfig(good(), { type_vocab_size: 16 }),
      severity: 'error',
      verdicts: { 'keras-bert': 'loads', 'google-bert': 'refuses', 'bert-for-tf2': 'loads-wrong' },
    },
    {
      when: 'type_vocab_size is absent, which Google reads as 16',
      set: () => withConfig(good(), { type_vocab_size: undefined }),
      severity: 'error',
      verdicts: { 'google-bert': 'refuses', bert4keras: 'loads', 'hf-convert': 'loads' },
    },
  ],
  [
    { when: 'table and config say four', set: () => good({ sizes: { T: 4 } }) },
    {
      when: 'type_vocab_size is absent and only loaders are asked that take 2',
      set: () => withConfig(good(), { type_vocab_size: undefined }),
      consumers: [...only('bert4keras'), ...only('hf-convert')],
    },
  ],
);

codeTest(
  'shapes/position-rows',
  [
    {
      when: 'the config says more positions than rows',
      set: () => withConfig(good(), { max_position_embeddings: 512 }),
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses', 'bert-for-tf2': 'loads-wrong' },
    },
    {
      when: 'the config says fewer, which keras-bert clips',
      set: () => withConfig(good(), { max_position_embeddings: 63 }),
      severity: 'error',
      verdicts: { 'keras-bert': 'loads', bert4keras: 'refuses' },
    },
  ],
  { when: 'both say 40', set: () => good({ sizes: { P: 40 } }) },
);

codeTest(
  'shapes/position-limit',
  { when: 'a set is whole', set: () => good(), severity: 'note' },
  {
    when: 'the position table is missing',
    set: () => ({ ...good(), tensors: good().tensors.filter(({ name }) => !/position/.test(name)) }),
  },
);

codeTest(
  'shapes/layout-vs-names',
  [
    {
      when: 'every kernel of the layers is stored [out, in]',
      set: fault('kernels stored [out, in]'),
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses', 'hf-convert': 'refuses', 'bert-for-tf2': 'loads-wrong' },
    },
  ],
  { when: 'I equals H, so no shape can tell', set: () => good({ sizes: { I: 64 } }), verdicts: { 'keras-bert': 'loads' } },
);

codeTest(
  'shapes/heads-in-kernel',
  [
    {
      when: 'attention kernels under Google names have three dimensions',
      set: () =>
        FAULTS['attention kernels in three dimensions']({ set: good({ sizes: { H: 128, A: 2 } }), sizes: { ...SIZES, H: 128, A: 2 } }).set,
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses', 'bert-for-tf2': 'loads-wrong' },
    },
  ],
  {
    when: 'a kernel that is no part of BERT has three dimensions',
    set: () =>
      withNames(
        {
          ...good(),
          tensors: [...good().tensors, { name: 'conv/kernel', dtype: 'float32', shape: [3, 4, 5], values: new Float32Array(60).fill(0.5) }],
        },
        (n) => n,
      ),
  },
);
