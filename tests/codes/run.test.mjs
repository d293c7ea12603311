// The probes need a model that means something: the small trained one, whole or with one thing changed.
import { tensorOf, withConfig, withoutTensors } from '../support/bert_set.mjs';
import { Rng } from '../support/rng.mjs';
import { codeTest, only } from './code_test.mjs';
import { good, trained } from './sets.mjs';

const run = true;
const whole = { when: 'the model is as it was trained', set: trained, run };
const changed = (change) => () => {
  const set = trained();
  change(set);
  return set;
};
const scaled = (set, pattern, factor) =>
  set.tensors.filter(({ name }) => pattern.test(name)).forEach(({ values }) => values.forEach((x, i) => (values[i] = x * factor)));
const transpose = ({ shape: [n], values }) => values.set(values.map((_, i) => values[(i % n) * n + Math.floor(i / n)]));

const ofMlm = /^cls\/predictions/;
const fresh = (set, pattern, rng = new Rng(5)) =>
  set.tensors
    .filter(({ name }) => pattern.test(name))
    .forEach(({ name, values }) =>
      values.forEach((_, i) => (values[i] = /gamma/.test(name) ? 1 : /beta|bias/.test(name) ? 0 : 0.02 * truncated(rng))),
    );
const truncated = (rng) => {
  for (;;) {
    const x = rng.normal();
    if (Math.abs(x) < 2) return x;
  }
};
const shuffledVocab = () => {
  const set = trained();
  const lines = new TextDecoder().decode(set.vocab).trimEnd().split('\n');
  return { ...set, vocab: [...lines.slice(0, 5), ...new Rng(7).shuffle(lines.slice(5))] };
};

codeTest(
  'run/not-possible',
  [
    { when: 'the MLM head is absent', set: () => withoutTensors(trained(), ofMlm), run, severity: 'note' },
    { when: 'the MLM head was never trained', set: changed((set) => fresh(set, ofMlm)), run, severity: 'note' },
    { when: 'the words of the vocabulary are of no language of the sentences', set: () => good(), run, severity: 'note' },
  ],
  whole,
);

codeTest(
  'run/mlm-probe-failed',
  [
    { when: 'the words of the vocabulary are in another order', set: shuffledVocab, run, severity: 'warning' },
    {
      when: 'the kernels of the layers are noise, though not as a fresh start has it',
      set: changed((set) => {
        const rng = new Rng(3);
        set.tensors
          .filter(({ name }) => /layer_\d.*kernel/.test(name))
          .forEach(({ values }) => values.forEach((_, i) => (values[i] = 0.08 * rng.normal())));
      }),
      run,
      severity: 'warning',
    },
  ],
  [whole, { when: 'the weights are random and the vocabulary has hardly a word of the sentences', set: () => good(), run }],
);

codeTest(
  'run/heads-mismatch',
  {
    when: 'the config says one head for two',
    set: () => withConfig(trained(), { num_attention_heads: 1 }),
    run,
    severity: 'warning',
    fix: '"num_attention_heads": 2',
  },
  [
    whole,
    {
      when: 'the config says four heads, which this model can hardly tell from two',
      set: () => withConfig(trained(), { num_attention_heads: 4 }),
      run,
    },
  ],
);

codeTest(
  'run/activation-mismatch',
  { when: 'the config says tanh for gelu', set: () => withConfig(trained(), { hidden_act: 'tanh' }), run, severity: 'warning', fix: '"hidden_act": "gelu"' },
  [
    whole,
    {
      when: 'the config says relu, which this model can hardly tell from gelu',
      set: () => withConfig(trained(), { hidden_act: 'relu' }),
      run,
    },
  ],
);

codeTest(
  'run/transposed-kernels',
  {
    when: 'square kernels are turned round',
    set: changed((set) =>
      set.tensors.filter(({ name, shape }) => /encoder\/.*kernel$/.test(name) && shape[0] === shape[1]).forEach(transpose),
    ),
    run,
    severity: 'warning',
  },
  whole,
);

codeTest(
  'run/padding-leaks',
  { when: 'bert-for-tf2 is asked, which masks nothing', set: trained, run, severity: 'note' },
  { when: 'bert-for-tf2 is not asked', set: trained, run, consumers: only('google-bert') },
);

codeTest(
  'run/collapsed',
  {
    when: 'the last norm leaves its beta and nothing else',
    set: changed((set) => scaled(set, /layer_2\/output\/LayerNorm\/gamma/, 1e-4)),
    run,
    severity: 'warning',
  },
  whole,
);

codeTest(
  'run/flat-attention',
  { when: 'queries are as good as zero', set: changed((set) => scaled(set, /self\/query\//, 1e-4)), run, severity: 'warning' },
  whole,
);

codeTest(
  'run/nsp-probe-failed',
  {
    when: 'the two rows of the NSP head are exchanged',
    set: changed((set) => {
      tensorOf(set, 'cls/seq_relationship/output_bias').values.reverse();
      const { values } = tensorOf(set, 'cls/seq_relationship/output_weights');
      const half = values.length / 2;
      values.set([...values.slice(half), ...values.slice(0, half)]);
    }),
    run,
    severity: 'warning',
  },
  whole,
);
