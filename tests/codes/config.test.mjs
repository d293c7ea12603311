import { withConfig, withoutTensors } from '../support/bert_set.mjs';
import { codeTest, only } from './code_test.mjs';
import { add, FOLDER, good } from './sets.mjs';

const text = (change) => () => {
  const set = good();
  return { ...set, config: change(JSON.stringify(set.config, null, 2)) };
};
const config = (change, options) => () => withConfig(good(options), change);

codeTest(
  'config/not-json',
  [
    {
      when: 'a comma follows the last key',
      set: text((t) => t.replace(/\n}/, ',\n}')),
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses', 'hf-convert': 'refuses' },
    },
    { when: 'the text ends in the middle', set: text((t) => t.slice(0, 100)), severity: 'error' },
    { when: 'keys stand between single quotes', set: text((t) => t.replaceAll('"', "'")), severity: 'error' },
    { when: 'there is a comment', set: text((t) => t.replace('{', '{ // sizes')), severity: 'error' },
  ],
  [
    {
      when: 'a value nobody reads is NaN, as Python allows',
      set: text((t) => t.replace('{', '{"score": NaN, "best": -Infinity, ')),
      verdicts: { 'keras-bert': 'loads' },
    },
    {
      when: 'a string holds half a surrogate pair',
      set: text((t) => t.replace('{', '{"note": "\\ud83d", ')),
      verdicts: { 'keras-bert': 'loads' },
    },
  ],
);

codeTest(
  'config/byte-order-mark',
  { when: 'the config starts with one', set: text((t) => `\ufeff${t}`), severity: 'error', verdicts: { 'google-bert': 'refuses' } },
  { when: 'the same sign stands inside a string', set: text((t) => t.replace('{', '{"note": "\ufeff", ')) },
);

codeTest(
  'config/missing-key',
  [
    {
      when: 'num_attention_heads is absent',
      set: config({ num_attention_heads: undefined }, { sizes: { H: 192, A: 3 } }),
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses', 'google-bert': 'loads', 'bert-for-tf2': 'refuses' },
    },
    {
      when: 'hidden_act is absent',
      set: config({ hidden_act: undefined }),
      severity: 'error',
      verdicts: { bert4keras: 'refuses', 'google-bert': 'loads', 'bert-for-tf2': 'loads' },
    },
    {
      when: 'vocab_size is absent',
      set: config({ vocab_size: undefined }),
      severity: 'error',
      verdicts: { 'google-bert': 'refuses', 'model-garden': 'refuses' },
    },
    {
      when: 'type_vocab_size is absent and bert-for-tf2 is asked',
      set: config({ type_vocab_size: undefined }),
      consumers: only('bert-for-tf2'),
      severity: 'error',
    },
  ],
  [
    {
      when: 'dropout and initializer_range are absent',
      set: config({ attention_probs_dropout_prob: undefined, hidden_dropout_prob: undefined, initializer_range: undefined }),
      verdicts: { 'keras-bert': 'loads' },
    },
    {
      when: 'type_vocab_size is absent and only keras-bert is asked',
      set: config({ type_vocab_size: undefined }),
      consumers: only('keras-bert'),
    },
  ],
);

codeTest(
  'config/wrong-type',
  [
    { when: 'hidden_size is the text "64"', set: config({ hidden_size: '64' }), severity: 'error', verdicts: { 'keras-bert': 'refuses' } },
    { when: 'vocab_size is a fraction', set: config({ vocab_size: 200.5 }), severity: 'error' },
    { when: 'num_hidden_layers is negative', set: config({ num_hidden_layers: -2 }), severity: 'error' },
    { when: 'a size is zero', set: config({ intermediate_size: 0 }), severity: 'error' },
  ],
  { when: 'a key that no loader reads is text', set: config({ pooler_fc_size: '768' }), verdicts: { 'keras-bert': 'loads' } },
);

codeTest(
  'config/unknown-activation',
  [
    {
      when: 'hidden_act is gelu_new',
      set: config({ hidden_act: 'gelu_new' }),
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses', 'google-bert': 'refuses', 'hf-convert': 'loads', 'model-garden': 'refuses' },
    },
    {
      when: 'hidden_act is written GELU',
      set: config({ hidden_act: 'GELU' }),
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses', 'google-bert': 'loads', 'hf-convert': 'refuses', 'bert-for-tf2': 'loads' },
    },
  ],
  { when: 'hidden_act is relu', set: config({ hidden_act: 'relu' }), verdicts: { 'keras-bert': 'loads', 'hf-convert': 'loads' } },
);

codeTest(
  'config/heads-do-not-divide',
  [
    {
      when: 'five heads share 64 columns',
      set: config({ num_attention_heads: 5 }),
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses', 'bert-for-tf2': 'refuses' },
    },
    { when: 'there are more heads than columns', set: config({ num_attention_heads: 128 }), severity: 'error' },
  ],
  { when: 'two heads share 64', set: config({ num_attention_heads: 2 }), verdicts: { 'keras-bert': 'loads' } },
);

codeTest(
  'config/heads-unusual',
  [
    { when: 'a head is 32 wide', set: config({ num_attention_heads: 2 }), severity: 'warning', verdicts: { 'keras-bert': 'loads' } },
    { when: 'the folder says another number', set: () => good({ folder: 'uncased_L-2_H-64_A-4' }), severity: 'warning' },
  ],
  [
    { when: 'a head is 64 wide and the folder says nothing', set: () => good({ sizes: { H: 128, A: 2 }, folder: 'bert' }) },
    { when: 'the number does not even divide', set: config({ num_attention_heads: 3 }) },
  ],
);

codeTest(
  'config/fewer-layers',
  {
    when: 'the weights have three layers and the config one',
    set: config({ num_hidden_layers: 1 }, { sizes: { L: 3 } }),
    severity: 'error',
    verdicts: { 'keras-bert': 'loads-wrong', 'hf-convert': 'refuses', 'google-bert': 'loads-wrong' },
  },
  {
    when: 'another tower has the further layers',
    set: () => {
      const set = good();
      return {
        ...set,
        tensors: [
          ...set.tensors,
          ...good({ sizes: { L: 3 } })
            .tensors.filter(({ name }) => /layer_2/.test(name))
            .map((t) => ({ ...t, name: t.name.replace('bert/encoder', 'tower/side') })),
        ],
      };
    },
  },
);

codeTest(
  'config/more-layers',
  {
    when: 'the config says three layers and the weights have two',
    set: config({ num_hidden_layers: 3 }),
    severity: 'error',
    verdicts: { 'keras-bert': 'refuses', 'google-bert': 'loads-wrong', 'hf-convert': 'loads-wrong' },
  },
  { when: 'a layer in the middle is missing', set: () => withoutTensors(good({ sizes: { L: 3 } }), /layer_1\//) },
);

codeTest(
  'config/gelu-form',
  { when: 'hidden_act is gelu', set: () => good(), severity: 'note' },
  { when: 'hidden_act is relu', set: config({ hidden_act: 'relu' }) },
);

codeTest(
  'config/layer-norm-eps',
  [
    { when: 'the config says nothing of it', set: () => good(), severity: 'note' },
    { when: 'the config says 1e-5, which most loaders do not read', set: config({ layer_norm_eps: 1e-5 }), severity: 'warning' },
  ],
  { when: 'there is no config', set: () => ({ ...good(), config: null }) },
);

codeTest(
  'config/embedding-size',
  {
    when: 'the config has embedding_size equal to hidden_size',
    set: config({ embedding_size: 64 }),
    severity: 'warning',
    verdicts: { 'keras-bert': 'loads', 'bert-for-tf2': 'loads-wrong' },
  },
  { when: 'bert-for-tf2 is not asked', set: () => good(), consumers: only('keras-bert') },
);

codeTest(
  'config/two-configs',
  {
    when: 'a config.json beside says other heads',
    set: () => add(good(), { [`${FOLDER}/config.json`]: JSON.stringify({ ...good().config, num_attention_heads: 2 }) }),
    severity: 'warning',
  },
  {
    when: 'a config.json beside says the same sizes and other dropout',
    set: () => add(good(), { [`${FOLDER}/config.json`]: JSON.stringify({ ...good().config, hidden_dropout_prob: 0, model_type: 'bert' }) }),
  },
);

codeTest(
  'config/not-plain-bert',
  [
    { when: 'positions are relative', set: config({ position_embedding_type: 'relative_key' }), severity: 'warning' },
    { when: 'it is a decoder', set: config({ is_decoder: true }), severity: 'warning' },
    { when: 'heads were pruned', set: config({ pruned_heads: { 1: [0] } }), severity: 'warning' },
  ],
  { when: 'these keys have their plain values', set: config({ position_embedding_type: 'absolute', is_decoder: false, pruned_heads: {} }) },
);
