// Values that no training leaves, and types that not every loader takes.
import { cloneSet, tensorOf } from '../bert_set.mjs';
import { changedTensor, pickWeight } from './common.mjs';

/** The tensors `pattern` names, as an initializer of range 0.02 leaves them: a normal cut at two deviations. */
function freshen(set, pattern, rng) {
  const copy = cloneSet(set);
  for (const t of copy.tensors.filter(({ name }) => pattern.test(name))) {
    const draw = () => {
      let x;
      do x = rng.normal();
      while (Math.abs(x) > 2);
      return 0.02 * x;
    };
    t.values = Float32Array.from(
      { length: t.values.length },
      /gamma$/.test(t.name) ? () => 1 : /(beta|bias)$/.test(t.name) ? () => 0 : draw,
    );
  }
  return copy;
}

export const WEIGHT_FAULTS = {
  'values that are no numbers': ({ set, rng }) => {
    const { name } = pickWeight(set, rng);
    const bad = changedTensor(set, name, (t) => (t.values[rng.int(0, t.values.length - 1)] = rng.pick([NaN, Infinity, -Infinity])));
    return { set: bad, codes: ['weights/not-finite'], facts: { wrongUsersOf: name } };
  },
  'a value no half can hold': ({ set, rng }) => {
    const { name } = pickWeight(set, rng, /^bert\/encoder/);
    return { set: changedTensor(set, name, (t) => (t.values[0] = rng.pick([70000, -2e6]))), codes: ['weights/over-half-range'] };
  },
  'a kernel of one value': ({ set, rng }) => {
    const { name } = pickWeight(set, rng, /encoder.*kernel$|embeddings\/(word|position)_embeddings$/);
    return {
      set: changedTensor(set, name, (t) => t.values.fill(rng.pick([0, 0.02]))),
      codes: ['weights/constant-kernel'],
      facts: { wrongUsersOf: name },
    };
  },
  'layers as freshly made': ({ set, sizes, rng }) => {
    const layer = rng.int(0, sizes.L - 1);
    return {
      set: freshen(set, new RegExp(`^bert/encoder/layer_${layer}/(?!.*adam)`), rng),
      codes: ['weights/untrained-part'],
      facts: { wrong: 'all' },
    };
  },
  'MLM head as freshly made': ({ set, rng }) => ({
    set: freshen(set, /^cls\/predictions\/(?!.*adam)/, rng),
    codes: ['weights/untrained-head'],
    facts: { wrong: ['hf-convert'] },
  }),
  'a layer copied': ({ set, sizes }) => {
    const copy = cloneSet(set);
    for (const t of copy.tensors) {
      const source = t.name.replace(`layer_${sizes.L - 1}/`, 'layer_0/');
      if (source !== t.name) t.values = tensorOf(copy, source).values;
    }
    return { set: copy, codes: ['weights/copied-layers'] };
  },
  'half precision': ({ set, rng }) => {
    const dtype = rng.pick(['float16', 'bfloat16']);
    const few = rng.chance(0.3) ? pickWeight(set, rng, /^bert\/encoder/).name : null;
    return {
      set: { ...set, tensors: set.tensors.map((t) => (t.dtype === 'float32' && (!few || t.name === few) ? { ...t, dtype } : t)) },
      codes: ['set/half-precision'],
    };
  },
};
