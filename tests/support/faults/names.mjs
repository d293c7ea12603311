// Tensors that are missing, extra, or under other names and in other shapes.
import { cloneSet, trainedValues, withConfig, withNames, withoutTensors } from '../bert_set.mjs';
import { changedTensor, pickWeight, weightsOf } from './common.mjs';

export const NAME_FAULTS = {
  'extra scope': ({ set, rng }) => {
    const scope = rng.pick(['model', 'student', 'module', 'my_bert']);
    return { set: withNames(set, (name) => `${scope}/${name}`), codes: ['names/extra-scope'] };
  },
  'scope missing': ({ set }) => ({ set: withNames(set, (name) => name.replace(/^bert\//, '')), codes: ['names/missing-scope'] }),
  'a part of the names misspelt': ({ set, rng }) => {
    const [from, to] = rng.pick([
      [/\/word_embeddings/, '/word_embedings'],
      [/bert\/embeddings/, 'bert/embeding'],
      [/layer_1\/attention\/self\/query/, 'layer_1/attention/self/qeury'],
      [/layer_0\/output\/dense\/bias/, 'layer_0/output/dense/beta'],
      [/\/intermediate\//, '/intermediat/'],
    ]);
    return { set: withNames(set, (name) => name.replace(from, to)), codes: ['names/near-miss'] };
  },
  'encoder tensor missing': ({ set, rng }) => {
    const { name } = pickWeight(set, rng, /^bert\/(encoder|embeddings\/(word|token|Layer))/);
    return { set: withoutTensors(set, new RegExp(`^${name}($|/)`)), codes: ['names/missing-encoder'] };
  },
  'position table missing': ({ set }) => ({ set: withoutTensors(set, /position_embeddings/), codes: ['family/no-position-table'] }),
  'no MLM head': ({ set }) => ({ set: withoutTensors(set, /^cls\/predictions/), codes: ['names/mlm-head-missing'] }),
  'no NSP head': ({ set }) => ({ set: withoutTensors(set, /^cls\/seq_relationship/), codes: ['names/nsp-head-missing'] }),
  'no pooler': ({ set }) => ({ set: withoutTensors(set, /^bert\/pooler/), codes: ['names/pooler-missing'] }),
  'fine-tuned with a classifier': ({ set, sizes, rng }) => {
    const classes = rng.int(2, 5);
    const head = [
      ['output_weights', [classes, sizes.H]],
      ['output_bias', [classes]],
    ].map(([name, shape]) => ({ name, dtype: 'float32', shape, values: trainedValues('kernel', shape, rng) }));
    return { set: { ...set, tensors: [...withoutTensors(set, /^cls\//).tensors, ...head] }, codes: ['names/converter-cannot-map'] };
  },
  "slots of TensorFlow's own Adam": ({ set }) => {
    const slots = weightsOf(set).flatMap((t) => ['Adam', 'Adam_1'].map((slot) => ({ ...t, name: `${t.name}/${slot}` })));
    return { set: { ...set, tensors: [...weightsOf(set), ...slots] }, codes: ['names/converter-cannot-map'] };
  },
  'norms under Keras names': ({ set }) => {
    const sorted = (layer) => (layer === '' ? 0 : Number(layer));
    return {
      set: withNames(set, (name) =>
        name
          .replace('bert/embeddings/LayerNorm', 'bert/embeddings/layer_normalization')
          .replace(
            /layer_(\d+)\/attention\/output\/LayerNorm/,
            (_, layer) => `layer_${layer}/attention/output/layer_normalization_${2 * sorted(layer) + 1}`,
          )
          .replace(/layer_(\d+)\/output\/LayerNorm/, (_, layer) => `layer_${layer}/output/layer_normalization_${2 * sorted(layer) + 2}`),
      ),
      codes: ['names/layer-normalization'],
    };
  },
  'kernels stored [out, in]': ({ set }) => {
    const copy = cloneSet(set);
    const kernels = copy.tensors.filter(({ name }) => /encoder\/.*kernel$/.test(name));
    for (const kernel of kernels) {
      const [rows, columns] = kernel.shape;
      const { values } = kernel;
      kernel.values = Float32Array.from({ length: rows * columns }, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]);
      kernel.shape = [columns, rows];
    }
    return { set: copy, codes: ['shapes/layout-vs-names'], facts: { turned: new Set(kernels.map(({ name }) => name)) } };
  },
  'attention kernels in three dimensions': ({ set, sizes: { H, A } }) => {
    const copy = cloneSet(set);
    const D = H / A;
    for (const t of copy.tensors) {
      if (/attention\/self\/\w+\/kernel$/.test(t.name)) t.shape = [H, A, D];
      else if (/attention\/self\/\w+\/bias$/.test(t.name)) t.shape = [A, D];
      else if (/attention\/output\/dense\/kernel$/.test(t.name)) t.shape = [A, D, H];
    }
    return { set: copy, codes: ['shapes/heads-in-kernel'] };
  },
  'segment table of another length': ({ set, sizes: { H }, rng }) => {
    const rows = rng.pick([1, 4]);
    const shape = [rows, H];
    const cut = changedTensor(set, 'bert/embeddings/token_type_embeddings', (t) =>
      Object.assign(t, { shape, values: trainedValues('table', shape, rng) }),
    );
    return { set: rng.chance(0.5) ? cut : withConfig(cut, { type_vocab_size: rows }), codes: ['shapes/segment-rows-not-two'] };
  },
  'a second model under its own scope': ({ set }) => {
    const second = weightsOf(set)
      .filter(({ name }) => name.startsWith('bert/'))
      .map((t) => ({ ...t, name: `teacher/${t.name}` }));
    return { set: { ...set, tensors: [...set.tensors, ...second] }, codes: ['names/two-models'] };
  },
};
