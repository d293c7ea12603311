// The probes need a model that means something: the small trained one, whole or with one thing changed.
import { tensorOf, withConfig, withoutTensors } from '../support/bert_set.mjs';
import { codeTest as testOfCode, only } from './code_test.mjs';
import { good, trained } from './sets.mjs';

const run = true;
const codeTest = (code, raised, nearMiss) => testOfCode(code, raised, nearMiss, { todo: 'the probes are not written yet' });
const whole = { when: 'the model is as it was trained', set: trained, run };
const changed = (change) => () => {
  const set = trained();
  change(set);
  return set;
};
const scaled = (set, pattern, factor) =>
  set.tensors.filter(({ name }) => pattern.test(name)).forEach(({ values }) => values.forEach((x, i) => (values[i] = x * factor)));
const transpose = ({ shape: [n], values }) => values.set(values.map((_, i) => values[(i % n) * n + Math.floor(i / n)]));

codeTest(
  'run/not-possible',
  { when: 'the MLM head is absent', set: () => withoutTensors(trained(), /^cls\/predictions/), run, severity: 'note' },
  whole,
);

codeTest('run/mlm-probe-failed', { when: 'the weights are random', set: () => good(), run, severity: 'warning' }, whole);

codeTest(
  'run/heads-mismatch',
  { when: 'the config says one head for two', set: () => withConfig(trained(), { num_attention_heads: 1 }), run, severity: 'warning' },
  whole,
);

codeTest(
  'run/activation-mismatch',
  { when: 'the config says tanh for gelu', set: () => withConfig(trained(), { hidden_act: 'tanh' }), run, severity: 'warning' },
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
