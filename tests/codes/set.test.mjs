import { bertSet, trainedValues, withoutTensors } from '../support/bert_set.mjs';
import { metaGraph } from '../support/meta_writer.mjs';
import { Rng } from '../support/rng.mjs';
import { codeTest, only } from './code_test.mjs';
import { add, FOLDER, good, STEM } from './sets.mjs';

const plus =
  (...extra) =>
  () => {
    const set = good();
    return {
      ...set,
      tensors: [
        ...set.tensors,
        ...extra.map(([name, shape]) => ({ name, dtype: 'float32', shape, values: trainedValues('kernel', shape, new Rng(4)) })),
      ],
    };
  };
const stored =
  (dtype, pattern = /./) =>
  () => ({ ...good(), tensors: good().tensors.map((t) => (pattern.test(t.name) ? { ...t, dtype } : t)) });
const TINY = { sizes: { V: 30522, H: 128, L: 2, A: 2, I: 512, P: 512 }, unused: 99 };

codeTest(
  'set/known-release',
  { when: 'shapes, lines and special tokens are those of uncased Tiny', set: () => bertSet(TINY), severity: 'note' },
  { when: 'the rows are padded to a multiple of 64', set: () => bertSet({ ...TINY, sizes: { ...TINY.sizes, V: 30528 }, lines: 30522 }) },
);

codeTest(
  'set/optimizer-slots',
  [
    {
      when: "Google's Adam left its slots",
      set: () => good({ adam: true }),
      severity: 'note',
      verdicts: { 'keras-bert': 'loads', 'hf-convert': 'loads' },
    },
    { when: "TensorFlow's own Adam left a slot", set: plus(['bert/pooler/dense/bias/Adam', [64]]), severity: 'note' },
  ],
  { when: 'a tensor is called adam', set: plus(['adam', [64]]) },
);

codeTest(
  'set/task-head',
  [
    { when: 'a classifier of three classes is there', set: plus(['output_weights', [3, 64]], ['output_bias', [3]]), severity: 'note' },
    { when: 'a span head is there', set: plus(['cls/squad/output_weights', [2, 64]], ['cls/squad/output_bias', [2]]), severity: 'note' },
  ],
  { when: 'the pre-training heads are there', set: () => good() },
);

codeTest(
  'set/roberta-in-name',
  [
    {
      when: 'the folder says roberta and the content is BERT',
      set: () => good({ folder: 'chinese_RoBERTa_wwm_ext_L-2_H-64_A-1' }),
      severity: 'note',
      verdicts: { 'keras-bert': 'loads' },
    },
    { when: 'the stem says it', set: () => good({ stem: 'roberta_zh.ckpt' }), severity: 'note' },
  ],
  { when: 'the folder says robert', set: () => good({ folder: 'robert' }) },
);

codeTest(
  'set/half-precision',
  [
    {
      when: 'every tensor is half',
      set: stored('float16'),
      severity: 'error',
      verdicts: { 'keras-bert': 'loads', 'google-bert': 'refuses', 'hf-convert': 'loads', 'model-garden': 'refuses' },
    },
    {
      when: 'one kernel is bfloat16',
      set: stored('bfloat16', /layer_0\/output\/dense\/kernel/),
      severity: 'error',
      verdicts: { 'hf-convert': 'refuses', 'bert-for-tf2': 'loads' },
    },
    { when: 'nobody asked minds', set: stored('float16'), consumers: only('keras-bert'), severity: 'note' },
  ],
  {
    when: 'a tensor that is no part of the model is half',
    set: () => {
      const set = plus(['extra/kernel', [4, 4]])();
      return { ...set, tensors: set.tensors.map((t) => (t.name === 'extra/kernel' ? { ...t, dtype: 'float16' } : t)) };
    },
  },
);

codeTest(
  'set/other-tensors',
  { when: 'a name fits no rule', set: plus(['lstm/kernel', [64, 256]]), severity: 'note' },
  { when: "everything beside is the optimizer's", set: () => good({ adam: true }) },
);

codeTest(
  'set/producer',
  { when: 'the .meta tells the version', set: () => good({ meta: true }), severity: 'note' },
  { when: 'there is no .meta', set: () => good() },
);

codeTest(
  'set/meta-disagrees',
  [
    {
      when: 'the .meta has a layer more',
      set: () => add(good(), { [`${FOLDER}/${STEM}.meta`]: metaGraph(good({ sizes: { L: 3 } }).tensors) }),
      severity: 'warning',
    },
    {
      when: 'the .meta lacks a head',
      set: () => add(good(), { [`${FOLDER}/${STEM}.meta`]: metaGraph(withoutTensors(good(), /^cls/).tensors) }),
      severity: 'warning',
    },
  ],
  {
    when: 'the .meta names the same variables in another order',
    set: () => add(good(), { [`${FOLDER}/${STEM}.meta`]: metaGraph(good().tensors.toReversed()) }),
  },
);
