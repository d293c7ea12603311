import { trainedValues, withConfig, withNames, withoutTensors } from '../support/bert_set.mjs';
import { Rng } from '../support/rng.mjs';
import { codeTest } from './code_test.mjs';
import { good } from './sets.mjs';

const plus = (set, ...extra) => ({
  ...set,
  tensors: [
    ...set.tensors,
    ...extra.map(([name, shape]) => ({ name, dtype: 'float32', shape, values: trainedValues('kernel', shape, new Rng(4)) })),
  ],
});
const renamed = (from, to) => withNames(good(), (name) => name.replace(from, to));
const lacking = (pattern) => withoutTensors(good(), pattern);
const strange =
  (...names) =>
  () => ({ ...good(), tensors: [], ...plus({ ...good(), tensors: [] }, ...names.map((name) => [name, [64, 64]])) });
/** Words 32 wide and a matrix that widens them. */
const albert = () => {
  const layers = withoutTensors(good(), /layer_1|word_embeddings$/);
  return plus(
    withNames(layers, (name) => name.replace('encoder/layer_0', 'encoder/transformer/group_0/inner_group_0')),
    ['bert/embeddings/word_embeddings', [200, 32]],
    ['bert/encoder/embedding_hidden_mapping_in/kernel', [32, 64]],
    ['bert/encoder/embedding_hidden_mapping_in/bias', [64]],
  );
};
const electra = () =>
  plus(
    withNames(withoutTensors(good(), /^cls|pooler/), (name) => name.replace('bert/', 'electra/')),
    ['discriminator_predictions/dense/kernel', [64, 64]],
    ['discriminator_predictions/dense_1/kernel', [64, 1]],
  );

codeTest(
  'family/albert',
  [
    {
      when: 'layers share weights in group_0/inner_group_0',
      set: albert,
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses', 'bert-for-tf2': 'loads-wrong' },
    },
    {
      when: 'all embeddings are narrower than H and nothing else tells',
      set: () =>
        plus(
          lacking(/bert\/embeddings/),
          ['bert/embeddings/word_embeddings', [200, 32]],
          ['bert/embeddings/position_embeddings', [64, 32]],
          ['bert/embeddings/token_type_embeddings', [2, 32]],
          ['bert/embeddings/LayerNorm/gamma', [32]],
          ['bert/embeddings/LayerNorm/beta', [32]],
        ),
      severity: 'error',
    },
  ],
  { when: 'the folder is called albert', set: () => good({ folder: 'albert_base' }), verdicts: { 'keras-bert': 'loads' } },
);

codeTest(
  'family/albert-brightmart',
  {
    when: 'the word table has a second factor',
    set: () => plus(renamed('encoder/layer_0', 'encoder/layer_shared'), ['bert/embeddings/word_embeddings_2', [32, 64]]),
    severity: 'error',
    verdicts: { 'keras-bert': 'refuses' },
  },
  { when: "it is Google's ALBERT", set: albert },
);

codeTest(
  'family/electra',
  { when: 'names start electra/', set: electra, severity: 'error', verdicts: { 'keras-bert': 'refuses', 'google-bert': 'loads-wrong' } },
  { when: 'the scope is called my_electra', set: () => renamed(/^/, 'my_electra/') },
);

codeTest(
  'family/electra-two-models',
  {
    when: 'a generator lies beside the discriminator',
    set: () =>
      plus(electra(), ['generator/encoder/layer_0/output/dense/kernel', [128, 32]], ['generator_predictions/dense/kernel', [32, 64]]),
    severity: 'error',
  },
  { when: 'there is the discriminator alone', set: electra },
);

codeTest(
  'family/no-position-table',
  {
    when: 'the position table is absent',
    set: () => lacking(/position_embeddings/),
    severity: 'error',
    verdicts: { 'keras-bert': 'refuses', 'google-bert': 'loads-wrong', 'bert-for-tf2': 'loads-wrong' },
  },
  { when: 'the segment table is absent', set: () => lacking(/token_type_embeddings/) },
);

codeTest(
  'family/roberta-positions',
  [{ when: 'there are 514 positions and one segment', set: () => good({ sizes: { P: 514, T: 1 } }), severity: 'warning' }],
  { when: 'there are 514 positions and nothing else', set: () => good({ sizes: { P: 514 } }) },
);

codeTest(
  'family/roberta',
  { when: 'names start roberta.', set: () => renamed(/^bert\//, 'roberta.'), severity: 'error', verdicts: { 'keras-bert': 'refuses' } },
  { when: 'the folder is called roberta', set: () => good({ folder: 'chinese_roberta_wwm_ext' }), verdicts: { 'keras-bert': 'loads' } },
);

codeTest(
  'family/nezha',
  {
    when: 'relative positions are encoded',
    set: () => plus(lacking(/position_embeddings/), ['bert/encoder/layer_0/attention/self/relative_positions_encoding', [64, 64]]),
    severity: 'error',
    verdicts: { 'keras-bert': 'refuses' },
  },
  { when: 'the position table is only absent', set: () => lacking(/position_embeddings/) },
);

codeTest(
  'family/roformer',
  {
    when: 'embed_positions is there',
    set: () => plus(lacking(/position_embeddings/), ['roformer.encoder.embed_positions.weight', [64, 64]]),
    severity: 'error',
  },
  { when: 'the position table is only absent', set: () => lacking(/position_embeddings/) },
);

codeTest(
  'family/roformer-v2',
  {
    when: 'there is neither a bias nor a norm',
    set: () => lacking(/bias|LayerNorm|position_embeddings/),
    severity: 'error',
    verdicts: { 'keras-bert': 'refuses' },
  },
  { when: 'only the biases are absent', set: () => lacking(/dense\/bias|query\/bias|key\/bias|value\/bias/) },
);

codeTest(
  'family/distilbert',
  {
    when: 'layers are made of q_lin, k_lin and v_lin',
    set: strange(
      'distilbert.transformer.layer.0.attention.q_lin.weight',
      'distilbert.transformer.layer.0.attention.k_lin.weight',
      'distilbert.transformer.layer.0.sa_layer_norm.weight',
    ),
    severity: 'error',
  },
  { when: 'the folder is called distilbert', set: () => good({ folder: 'distilbert-base' }), verdicts: { 'keras-bert': 'loads' } },
);

codeTest(
  'family/ernie',
  {
    when: 'the config names ERNIE',
    set: () => withConfig(good(), { model_type: 'ernie' }),
    severity: 'warning',
    verdicts: { 'keras-bert': 'loads' },
  },
  { when: 'the config says relu', set: () => withConfig(good(), { hidden_act: 'relu' }) },
);

codeTest(
  'family/gpt',
  {
    when: 'names are those of a GPT',
    set: strange('transformer.h.0.attn.c_attn.weight', 'transformer.h.0.mlp.c_fc.weight', 'transformer.wte.weight'),
    severity: 'error',
  },
  { when: 'a scope is called transformer', set: () => renamed(/^bert\//, 'transformer/') },
);

codeTest(
  'family/t5',
  {
    when: 'shared.weight and encoder.block are there',
    set: strange('shared.weight', 'encoder.block.0.layer.0.SelfAttention.q.weight'),
    severity: 'error',
  },
  {
    when: 'a BERT has a tensor called shared.weight beside',
    set: () => plus(good(), ['shared.weight', [4, 4]]),
    verdicts: { 'keras-bert': 'loads' },
  },
);

codeTest(
  'family/xlnet',
  {
    when: 'a lookup_table is there',
    set: strange('model/transformer/word_embedding/lookup_table', 'model/transformer/layer_0/rel_attn/q/kernel'),
    severity: 'error',
  },
  { when: 'the folder is called xlnet', set: () => good({ folder: 'xlnet' }) },
);

codeTest(
  'family/deberta',
  {
    when: 'rel_embeddings is there',
    set: strange('deberta.encoder.rel_embeddings.weight', 'deberta.encoder.layer.0.attention.self.in_proj.weight'),
    severity: 'error',
  },
  { when: 'the folder is called deberta', set: () => good({ folder: 'deberta' }) },
);

codeTest(
  'family/other',
  [
    {
      when: 'names start mobilebert',
      set: strange('mobilebert.embeddings.word_embeddings.weight', 'mobilebert.encoder.layer.0.bottleneck.input.dense.weight'),
      severity: 'error',
    },
    {
      when: 'layers attend to a second input',
      set: () => plus(good(), ['bert/encoder/layer_0/crossattention/self/query/kernel', [64, 64]]),
      severity: 'error',
    },
  ],
  { when: 'the folder is called mobilebert', set: () => good({ folder: 'mobilebert' }) },
);
