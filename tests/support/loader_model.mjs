// What the six loaders of a TensorFlow set make of it, written from the rules of their behaviour alone: which names
// each asks for, what a missing name or a wrong shape does to it, and what it needs of the config. Default modes.
// A second opinion for tests; it knows nothing of how the engine judges.
import { bertTensors } from './bert_names.mjs';

export const LOADERS = ['keras-bert', 'bert4keras', 'google-bert', 'hf-convert', 'model-garden', 'bert-for-tf2'];

const SEVEN = [
  'vocab_size',
  'hidden_size',
  'num_hidden_layers',
  'num_attention_heads',
  'intermediate_size',
  'max_position_embeddings',
  'hidden_act',
];
const SIZE_KEYS = {
  V: 'vocab_size',
  H: 'hidden_size',
  L: 'num_hidden_layers',
  A: 'num_attention_heads',
  I: 'intermediate_size',
  P: 'max_position_embeddings',
  T: 'type_vocab_size',
};
const GOOGLE_DEFAULTS = { H: 768, L: 12, A: 12, I: 3072, P: 512, T: 16 };
const KERAS_ACTIVATIONS = ['gelu', 'relu', 'tanh', 'linear', 'sigmoid', 'elu', 'selu', 'softplus', 'swish', 'mish'];
const FOUR_ACTIVATIONS = ['gelu', 'relu', 'tanh', 'linear'];
const HF_ACTIVATIONS = [
  'gelu',
  'gelu_new',
  'gelu_fast',
  'gelu_python',
  'gelu_pytorch_tanh',
  'gelu_10',
  'quick_gelu',
  'relu',
  'relu6',
  'tanh',
  'linear',
  'sigmoid',
  'silu',
  'swish',
  'mish',
];

/**
 * needs: keys without a default · defaults: of the others · parts: beside embeddings and layers · missing, shape: what such
 * a tensor does · reads: every tensor it fetches · refuses: types it does not take
 */
const RULES = {
  'keras-bert': {
    needs: SEVEN,
    defaults: {},
    segments: 2,
    parts: {},
    missing: 'refuses',
    shape: 'refuses',
    cutsPositions: true,
    acts: KERAS_ACTIVATIONS,
  },
  bert4keras: {
    needs: SEVEN.filter((k) => k !== 'max_position_embeddings'),
    defaults: { P: 512, T: 2 },
    parts: {},
    missing: 'refuses',
    shape: 'refuses',
    acts: KERAS_ACTIVATIONS,
  },
  'google-bert': {
    needs: ['vocab_size'],
    defaults: GOOGLE_DEFAULTS,
    parts: { pooler: true },
    missing: 'loads-wrong',
    shape: 'refuses',
    acts: FOUR_ACTIVATIONS,
    anyCase: true,
    refuses: ['float16', 'bfloat16'],
  },
  'hf-convert': {
    needs: [],
    defaults: { ...GOOGLE_DEFAULTS, V: 30522, T: 2 },
    parts: { pooler: true, mlm: true, nsp: true },
    missing: 'loads-wrong',
    shape: 'refuses',
    acts: HF_ACTIVATIONS,
    reads: () => true,
    refuses: ['bfloat16'],
  },
  'model-garden': {
    needs: ['vocab_size'],
    defaults: GOOGLE_DEFAULTS,
    parts: { pooler: true },
    missing: 'refuses',
    shape: 'refuses',
    acts: KERAS_ACTIVATIONS,
    anyCase: true,
    reads: (name) => !/adam_[mv]$|\/Adam(_1)?$/.test(name),
    refuses: ['float16', 'bfloat16'],
    addsScope: true,
  },
  'bert-for-tf2': {
    needs: [...SEVEN.filter((k) => k !== 'hidden_act'), 'type_vocab_size'],
    defaults: {},
    parts: {},
    missing: 'loads-wrong',
    shape: 'loads-wrong',
    acts: FOUR_ACTIVATIONS,
    anyCase: true,
  },
};

const same = (a, b) => a.length === b.length && a.every((dim, i) => dim === b[i]);

/** Layers there are, counted from 0 without a gap, under bert/encoder or encoder. */
function layersPresent(names) {
  let count = 0;
  while (names.some((name) => new RegExp(`(^|/)encoder/layer_${count}/`).test(name))) count++;
  return count;
}

/** How transformers' walk calls the last part of a name. */
const attribute = (name) =>
  name.replace(
    /[^/]+$/,
    (part) => ({ kernel: 'weight', gamma: 'weight', output_weights: 'weight', beta: 'bias', output_bias: 'bias' })[part] ?? part,
  );

/** transformers' walk: it skips Adam's slots, the step and any scope before bert or cls, and stops at a name it cannot follow. */
function walk(tensors, demanded) {
  const writes = new Map();
  for (const { name, shape } of tensors) {
    const parts = name.split('/');
    if (parts.some((part) => ['adam_m', 'adam_v', 'global_step', 'AdamWeightDecayOptimizer', 'AdamWeightDecayOptimizer_1'].includes(part)))
      continue;
    const start = parts.findIndex((part) => part === 'bert' || part === 'cls');
    const path = parts.slice(Math.max(start, 0)).join('/');
    const target = demanded.find((wanted) => attribute(wanted.name) === attribute(path));
    if (!target || !same(target.shape, shape)) return null;
    writes.set(target.name, (writes.get(target.name) ?? 0) + 1);
  }
  return writes;
}

function predictOne(id, facts) {
  const rule = RULES[id];
  const refused = { verdict: 'refuses' };
  const { config, tensors } = facts;
  if (facts.stops === 'all' || facts.stops?.includes(id) || !config || rule.needs.some((key) => config[key] === undefined)) return refused;

  const sizes = Object.fromEntries(Object.entries(SIZE_KEYS).map(([letter, key]) => [letter, config[key] ?? rule.defaults[letter]]));
  if (rule.segments) sizes.T = rule.segments;
  if (Object.values(sizes).some((size) => !Number.isInteger(size) || size < 1) || sizes.H % sizes.A) return refused;
  const act = config.hidden_act;
  if (act !== undefined && !rule.acts.includes(rule.anyCase ? act.toLowerCase() : act)) return refused;

  const demanded = bertTensors(sizes, { pooler: false, mlm: false, nsp: false, ...rule.parts });
  const wanted = new Set(demanded.map(({ name }) => name));
  const present = new Map(
    tensors.flatMap((t) =>
      rule.addsScope
        ? [
            [t.name, t],
            [`bert/${t.name}`, t],
          ]
        : [[t.name, t]],
    ),
  );
  const reads = rule.reads ?? ((name) => wanted.has(name));
  const fetched = tensors.filter(({ name }) => reads(name) || (rule.addsScope && wanted.has(`bert/${name}`)));
  if (fetched.some(({ name, dtype }) => facts.unreadable?.has(name) || rule.refuses?.includes(dtype))) return refused;

  const layers = layersPresent(tensors.map(({ name }) => name));
  if (id === 'hf-convert') {
    const writes = layers > sizes.L ? null : walk(tensors, demanded);
    if (!writes) return refused;
    const loaded = [...writes.values()].filter((times) => times === 1).length;
    return finish(id, facts, loaded, demanded.length, false);
  }
  let loaded = 0;
  for (const { name, shape } of demanded) {
    const tensor = present.get(name);
    const longer =
      tensor && rule.cutsPositions && /position_embeddings$/.test(name) && tensor.shape[0] > shape[0] && tensor.shape[1] === shape[1];
    const problem = !tensor ? rule.missing : same(tensor.shape, shape) || longer ? null : rule.shape;
    if (problem === 'refuses') return refused;
    if (!problem && !facts.turned?.has(name)) loaded++;
  }
  if (id === 'bert-for-tf2' && config.embedding_size !== undefined) loaded = Math.min(loaded, 5);
  if (id === 'bert-for-tf2' && facts.highestId >= sizes.V) return refused;
  return finish(id, facts, loaded, demanded.length, layers > sizes.L);
}

function finish(id, facts, found, of, partly) {
  const loaded = facts.empty ? 0 : found;
  const wrong = partly || loaded < of || facts.wrong === 'all' || facts.wrong?.includes(id);
  return { verdict: wrong ? 'loads-wrong' : 'loads', loaded, of };
}

/** Loaders whose model holds the tensor called `name`, for a set whose config fits it; one that only reads it along is not among them. */
export function usersOf(name, sizes) {
  return LOADERS.filter((id) =>
    bertTensors(sizes, { pooler: false, mlm: false, nsp: false, ...RULES[id].parts }).some((tensor) => tensor.name === name),
  );
}

/**
 * @param {object} facts  tensors [{name, shape, dtype}]; config (null: none that can be read); unreadable, names whose bytes do not
 *   come in; empty: the path opens as a file without tensors; turned, names that come in transposed; stops and wrong, 'all' or
 *   loaders for which something else decides; highestId of the vocabulary
 * @returns {Record<string, {verdict: string, loaded?: number, of?: number}>}
 */
export const predict = (facts) => Object.fromEntries(LOADERS.map((id) => [id, predictOne(id, facts)]));
