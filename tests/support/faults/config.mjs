// Configs that are no JSON, or say what the tensors do not.
import { withConfig } from '../bert_set.mjs';

export const CONFIG_FAULTS = {
  'comma after the last key': ({ set }) => ({
    set: { ...set, config: JSON.stringify(set.config, null, 2).replace(/\n}/, ',\n}') },
    codes: ['config/not-json'],
    facts: { config: null },
  }),
  'config cut': ({ set, rng }) => {
    const text = JSON.stringify(set.config, null, 2);
    return { set: { ...set, config: text.slice(0, rng.int(20, text.length - 3)) }, codes: ['config/not-json'], facts: { config: null } };
  },
  'byte order mark in the config': ({ set }) => ({
    set: { ...set, config: `\ufeff${JSON.stringify(set.config)}` },
    codes: ['config/byte-order-mark'],
    facts: { config: null },
  }),
  'vocab_size wrong': ({ set, sizes, rng }) => ({
    set: withConfig(set, { vocab_size: rng.pick([sizes.V + rng.int(1, 300), 30522, 21128]) }),
    codes: ['shapes/vocab-rows'],
  }),
  'vocab_size too small': ({ set, sizes, rng }) => ({
    set: withConfig(set, { vocab_size: sizes.V - rng.int(20, 60) }),
    codes: ['shapes/vocab-rows'],
  }),
  'equal keys, the last one wrong': ({ set }) => {
    const text = JSON.stringify(set.config, null, 2).replace(/\n}$/, ',\n  "vocab_size": 30522\n}');
    return { set: { ...set, config: text }, codes: ['shapes/vocab-rows'], facts: { config: { ...set.config, vocab_size: 30522 } } };
  },
  'hidden_size wrong': ({ set, sizes, rng }) => ({
    set: withConfig(set, { hidden_size: sizes.H + sizes.A * rng.int(1, 9) * 8 }),
    codes: ['shapes/other-size'],
  }),
  'intermediate_size wrong': ({ set, sizes, rng }) => ({
    set: withConfig(set, { intermediate_size: sizes.I + 8 * rng.int(1, 20) }),
    codes: ['shapes/other-size'],
  }),
  'max_position_embeddings wrong': ({ set, sizes, rng }) => ({
    set: withConfig(set, { max_position_embeddings: sizes.P + rng.pick([-8, -1, 1, 16, 352]) }),
    codes: ['shapes/position-rows'],
  }),
  'type_vocab_size wrong': ({ set, rng }) => ({
    set: withConfig(set, { type_vocab_size: rng.pick([1, 3, 16]) }),
    codes: ['shapes/segment-rows'],
  }),
  'too few layers in the config': ({ set, sizes, rng }) => ({
    set: withConfig(set, { num_hidden_layers: rng.int(1, sizes.L - 1) }),
    codes: ['config/fewer-layers'],
  }),
  'too many layers in the config': ({ set, sizes, rng }) => ({
    set: withConfig(set, { num_hidden_layers: sizes.L + rng.int(1, 12) }),
    codes: ['config/more-layers'],
  }),
  'key missing': ({ set, rng }) => {
    const key = rng.pick([
      'vocab_size',
      'hidden_size',
      'num_hidden_layers',
      'num_attention_heads',
      'intermediate_size',
      'max_position_embeddings',
      'hidden_act',
      'type_vocab_size',
    ]);
    const { [key]: _, ...rest } = set.config;
    return { set: { ...set, config: rest }, codes: ['config/missing-key'] };
  },
  'size of the wrong type': ({ set, rng }) => {
    const key = rng.pick([
      'vocab_size',
      'hidden_size',
      'num_hidden_layers',
      'num_attention_heads',
      'intermediate_size',
      'max_position_embeddings',
    ]);
    const value = rng.pick([String(set.config[key]), set.config[key] + 0.5, 0, -1]);
    return { set: withConfig(set, { [key]: value }), codes: ['config/wrong-type'] };
  },
  'activation nobody or not everybody knows': ({ set, rng }) => ({
    set: withConfig(set, { hidden_act: rng.pick(['gelu_new', 'quick_gelu', 'gelu_erf', 'GELU', 'sigmoid']) }),
    codes: ['config/unknown-activation'],
  }),
  'heads that do not divide': ({ set, rng }) => ({
    set: withConfig(set, { num_attention_heads: rng.pick([5, 7, 9, 11]) }),
    codes: ['config/heads-do-not-divide'],
  }),
  'heads of another width': ({ set, sizes, rng }) => ({
    set: withConfig(set, { num_attention_heads: sizes.A * rng.pick([2, 4]) }),
    codes: ['config/heads-unusual'],
  }),
  'embedding_size in the config': ({ set, sizes }) => ({
    set: withConfig(set, { embedding_size: sizes.H }),
    codes: ['config/embedding-size'],
  }),
  'config of a class that is not plain': ({ set, rng }) => ({
    set: withConfig(set, rng.pick([{ position_embedding_type: 'relative_key' }, { is_decoder: true }, { pruned_heads: { 0: [1] } }])),
    codes: ['config/not-plain-bert'],
  }),
};
