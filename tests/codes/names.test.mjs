import { trainedValues, withNames, withoutTensors } from '../support/bert_set.mjs';
import { asObjectGraph } from '../support/object_graph.mjs';
import { Rng } from '../support/rng.mjs';
import { codeTest, only } from './code_test.mjs';
import { good } from './sets.mjs';

const renamed = (from, to, options) => () => withNames(good(options), (name) => name.replace(from, to));
const lacking = (pattern, options) => () => withoutTensors(good(options), pattern);
const plus =
  (...extra) =>
  () => {
    const set = good();
    const rng = new Rng(4);
    return {
      ...set,
      tensors: [
        ...set.tensors,
        ...extra.map(([name, shape]) => ({ name, dtype: 'float32', shape, values: trainedValues('kernel', shape, rng) })),
      ],
    };
  };
const classifier = (pattern) => () => {
  const set = plus(['output_weights', [3, 64]], ['output_bias', [3]])();
  return withoutTensors(set, pattern);
};

codeTest(
  'names/object-graph',
  [
    {
      when: 'tensors lie under paths of objects',
      set: () => ({ ...good(), tensors: asObjectGraph(good().tensors) }),
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses', 'google-bert': 'loads-wrong', 'model-garden': 'refuses', 'bert-for-tf2': 'loads-wrong' },
    },
  ],
  { when: 'a name only holds the word ATTRIBUTES', set: plus(['extra/ATTRIBUTES', [3, 5]]) },
);

codeTest(
  'names/extra-scope',
  [
    {
      when: 'every name begins model/',
      set: renamed(/^/, 'model/'),
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses', 'google-bert': 'loads-wrong', 'hf-convert': 'loads', 'model-garden': 'refuses' },
    },
    { when: 'the scope is called bert too', set: renamed(/^bert\//, 'bert/bert/'), severity: 'error' },
  ],
  { when: 'only the heads lie under a scope', set: renamed(/^cls/, 'model/cls') },
);

codeTest(
  'names/missing-scope',
  {
    when: 'bert/ is taken off every name',
    set: renamed(/^bert\//, ''),
    severity: 'error',
    verdicts: { 'keras-bert': 'refuses', 'google-bert': 'loads-wrong', 'model-garden': 'loads' },
  },
  { when: 'only the pooler lacks it', set: renamed(/^bert\/pooler/, 'pooler') },
);

codeTest(
  'names/layer-normalization',
  [
    {
      when: "norms bear Keras's names and numbers",
      set: () => {
        let count = 0;
        const numbers = new Map();
        return withNames(good(), (name) =>
          name.startsWith('cls')
            ? name
            : name.replace(/^(.*)\/LayerNorm/, (_, scope) => {
                if (!numbers.has(scope)) numbers.set(scope, count++);
                return `${scope}/layer_normalization${numbers.get(scope) ? `_${numbers.get(scope)}` : ''}`;
              }),
        );
      },
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses', 'google-bert': 'loads-wrong' },
    },
  ],
  {
    when: 'a norm outside the encoder is called so',
    set: plus(['head/layer_normalization/gamma', [64]], ['head/layer_normalization/beta', [64]]),
  },
);

codeTest(
  'names/near-miss',
  [
    {
      when: 'embeddings is spelt embedings',
      set: renamed('bert/embeddings', 'bert/embedings'),
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses', 'google-bert': 'loads-wrong' },
    },
    {
      when: 'kernels of a layer are called weight',
      set: renamed(/layer_1\/(.*)\/kernel$/, 'layer_1/$1/weight'),
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses', 'hf-convert': 'loads-wrong' },
    },
  ],
  {
    when: 'the name alike has another shape',
    set: () => {
      const set = withoutTensors(good(), /layer_1\/output\/dense\/bias/);
      return {
        ...set,
        tensors: [
          ...set.tensors,
          { name: 'bert/encoder/layer_1/output/dense/beta', dtype: 'float32', shape: [32], values: new Rng(1).normals(32) },
        ],
      };
    },
  },
);

codeTest(
  'names/missing-encoder',
  [
    {
      when: 'a bias of a layer is absent',
      set: lacking(/layer_1\/output\/dense\/bias/),
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses', 'google-bert': 'loads-wrong', 'bert-for-tf2': 'loads-wrong' },
    },
    { when: 'the word table is absent', set: lacking(/word_embeddings/), severity: 'error' },
    { when: 'the index has no tensors', set: () => ({ ...good(), tensors: [] }), severity: 'error' },
  ],
  { when: 'the pooler is absent', set: lacking(/pooler/) },
);

codeTest(
  'names/mlm-head-missing',
  [
    {
      when: 'the head is absent',
      set: lacking(/^cls\/predictions/),
      severity: 'warning',
      verdicts: { 'keras-bert': 'loads', 'hf-convert': 'loads-wrong' },
    },
    { when: 'one of its five tensors is absent', set: lacking(/predictions\/output_bias/), severity: 'warning' },
    {
      when: 'keras-bert is to train',
      set: lacking(/^cls\/predictions/),
      consumers: only('keras-bert', { training: true }),
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses' },
    },
    { when: 'nobody asked reads it', set: lacking(/^cls\/predictions/), consumers: only('keras-bert'), severity: 'note' },
  ],
  { when: 'the other head is absent', set: lacking(/seq_relationship/) },
);

codeTest(
  'names/pooler-missing',
  [
    {
      when: 'the pooler is absent',
      set: lacking(/pooler/),
      severity: 'error',
      verdicts: { 'keras-bert': 'loads', 'google-bert': 'loads-wrong', 'model-garden': 'refuses', 'bert-for-tf2': 'loads' },
    },
  ],
  { when: 'the heads are absent', set: lacking(/^cls/) },
);

codeTest(
  'names/nsp-head-missing',
  [
    {
      when: 'the head is absent',
      set: lacking(/seq_relationship/),
      severity: 'warning',
      verdicts: { 'hf-convert': 'loads-wrong', 'model-garden': 'loads' },
    },
    {
      when: 'bert4keras is asked for it',
      set: lacking(/seq_relationship/),
      consumers: only('bert4keras', { with_nsp: true }),
      severity: 'error',
    },
  ],
  { when: 'the other head is absent', set: lacking(/^cls\/predictions/) },
);

codeTest(
  'names/task-head-missing',
  {
    when: "the folder goes to Google's classifier as its own output and has no classifier",
    set: () => good(),
    consumers: only('google-bert', { as: 'model_dir' }),
    severity: 'error',
    verdicts: { 'google-bert': 'refuses' },
  },
  { when: 'it has one', set: classifier(/^cls/), consumers: only('google-bert', { as: 'model_dir' }) },
);

codeTest(
  'names/converter-cannot-map',
  [
    {
      when: 'a classifier is there',
      set: classifier(/^cls/),
      severity: 'error',
      verdicts: { 'keras-bert': 'loads', 'hf-convert': 'refuses' },
    },
    {
      when: "TensorFlow's own Adam left its slots",
      set: plus(['bert/embeddings/word_embeddings/Adam', [200, 64]], ['bert/embeddings/word_embeddings/Adam_1', [200, 64]]),
      verdicts: { 'hf-convert': 'refuses', 'google-bert': 'loads' },
    },
    {
      when: 'a slot lands on the bias it belongs to',
      set: plus(['bert/pooler/dense/bias/Adam', [64]]),
      verdicts: { 'hf-convert': 'loads-wrong', 'google-bert': 'loads' },
    },
    { when: 'a span head is there', set: plus(['cls/squad/output_weights', [2, 64]], ['cls/squad/output_bias', [2]]), severity: 'error' },
  ],
  { when: "Google's Adam left its slots", set: () => good({ adam: true }), verdicts: { 'hf-convert': 'loads' } },
);

codeTest(
  'names/head-for-headless-class',
  {
    when: 'BertModel is to take a full release',
    set: () => good(),
    consumers: only('hf-convert', { class: 'BertModel' }),
    severity: 'error',
    verdicts: { 'hf-convert': 'refuses' },
  },
  {
    when: 'BertModel is to take one without heads',
    set: lacking(/^cls/),
    consumers: only('hf-convert', { class: 'BertModel' }),
    verdicts: { 'hf-convert': 'loads' },
  },
);

codeTest(
  'names/ignore-invalid-weights',
  {
    when: 'bert4keras is to go on without a head',
    set: lacking(/^cls/),
    consumers: only('bert4keras', { with_mlm: true, ignore_invalid_weights: true }),
    severity: 'warning',
    verdicts: { bert4keras: 'loads-wrong' },
  },
  {
    when: 'all it asks for is there',
    set: lacking(/^cls/),
    consumers: only('bert4keras', { ignore_invalid_weights: true }),
    verdicts: { bert4keras: 'loads' },
  },
);

codeTest(
  'names/two-models',
  {
    when: 'a second BERT lies under teacher/',
    set: () => ({
      ...good(),
      tensors: [...good().tensors, ...good({ seed: 2 }).tensors.map((t) => ({ ...t, name: `teacher/${t.name}` }))],
    }),
    severity: 'warning',
    verdicts: { 'keras-bert': 'loads', 'hf-convert': 'loads-wrong' },
  },
  { when: 'the other tower is no BERT', set: plus(['teacher/lstm/kernel', [64, 256]]) },
);
