// The weights of a BERT under Google's names as keras-bert and bert4keras save them.
import { hdf5File } from './hdf5_writer.mjs';

const LIBRARIES = {
  'keras-bert': { layer: (i) => `Encoder-${i + 1}`, gammaFirst: true, pooler: 'NSP-Dense', mlm: 'MLM-Sim', nsp: 'NSP' },
  bert4keras: { layer: (i) => `Transformer-${i}`, gammaFirst: false, pooler: 'Pooler-Dense', mlm: 'MLM-Bias', nsp: 'NSP-Proba' },
};

function turned({ shape, values }) {
  const [rows, cols] = shape;
  const out = new Float32Array(values.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) out[c * rows + r] = values[r * cols + c];
  return { shape: [cols, rows], values: out };
}

/** Layers in the order of the model: [name, [weight name, tensor][]]. */
export function kerasLayers(tensors, library, { heads = false } = {}) {
  const { layer, gammaFirst, pooler, mlm, nsp } = LIBRARIES[library];
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const count = tensors.filter(({ name }) => name.endsWith('/intermediate/dense/kernel')).length;
  const layers = [];
  const add = (name, weights) => layers.push([name, weights]);
  const norm = (name, google) => {
    const pair = [
      [`${name}/gamma:0`, byName.get(`${google}/gamma`)],
      [`${name}/beta:0`, byName.get(`${google}/beta`)],
    ];
    add(name, gammaFirst ? pair : pair.reverse());
  };
  // bert4keras's parts are dense layers of their own, numbered as they were made; keras-bert's have letters.
  let made = 0;
  const dense = (name, googles, letters) =>
    add(
      name,
      googles.flatMap((google, i) => {
        const [kernel, bias] = ['kernel', 'bias'].map((leaf) => byName.get(`${google}/${leaf}`));
        const number = made++;
        if (gammaFirst) return [[`${name}/${name}_W${letters[i]}:0`, kernel], [`${name}/${name}_b${letters[i]}:0`, bias]];
        return [[`${name}/dense${number ? `_${number}` : ''}/kernel:0`, kernel], [`${name}/dense${number ? `_${number}` : ''}/bias:0`, bias]];
      }),
    );
  add('Input-Token', []);
  for (const [name, table] of [['Token', 'word'], ['Segment', 'token_type'], ['Position', 'position']]) {
    add(`Embedding-${name}`, [[`Embedding-${name}/embeddings:0`, byName.get(`bert/embeddings/${table}_embeddings`)]]);
  }
  norm('Embedding-Norm', 'bert/embeddings/LayerNorm');
  for (let i = 0; i < count; i++) {
    const google = `bert/encoder/layer_${i}`;
    dense(`${layer(i)}-MultiHeadSelfAttention`, ['self/query', 'self/key', 'self/value', 'output/dense'].map((part) => `${google}/attention/${part}`), 'qkvo');
    norm(`${layer(i)}-MultiHeadSelfAttention-Norm`, `${google}/attention/output/LayerNorm`);
    dense(`${layer(i)}-FeedForward`, [`${google}/intermediate/dense`, `${google}/output/dense`], '12');
    norm(`${layer(i)}-FeedForward-Norm`, `${google}/output/LayerNorm`);
  }
  if (!heads) return layers;
  const plain = (name, google) => add(name, ['kernel', 'bias'].map((leaf) => [`${name}/${leaf}:0`, byName.get(`${google}/${leaf}`)]));
  plain('MLM-Dense', 'cls/predictions/transform/dense');
  norm('MLM-Norm', 'cls/predictions/transform/LayerNorm');
  add(mlm, [[`${mlm}/bias:0`, byName.get('cls/predictions/output_bias')]]);
  plain(pooler, 'bert/pooler/dense');
  add(nsp, [
    [`${nsp}/kernel:0`, turned(byName.get('cls/seq_relationship/output_weights'))],
    [`${nsp}/bias:0`, byName.get('cls/seq_relationship/output_bias')],
  ]);
  return layers;
}

function placed(weights, chunked) {
  const children = {};
  for (const [name, { shape, values }] of weights) {
    const parts = name.split('/');
    let at = children;
    for (const part of parts.slice(0, -1)) at = (at[part] ??= { children: {} }).children;
    at[parts.at(-1)] = { data: { shape, values, chunked } };
  }
  return children;
}

/** An `.h5` of weights, or of a whole model. */
export function kerasFile(tensors, library, { heads = false, whole = false, chunked = false } = {}) {
  const layers = kerasLayers(tensors, library, { heads });
  const weights = {
    attributes: { layer_names: layers.map(([name]) => name), backend: 'tensorflow', keras_version: '2.3.1' },
    children: Object.fromEntries(
      layers.map(([name, list]) => [name, { attributes: { weight_names: list.map(([weight]) => weight) }, children: placed(list, chunked) }]),
    ),
  };
  if (!whole) return hdf5File(weights);
  return hdf5File({ attributes: { model_config: '{}', keras_version: '2.3.1' }, children: { model_weights: weights } });
}

/** The form of Keras 3: positions for names. */
export function keras3File(tensors, library) {
  const layers = {};
  for (const [name, list] of kerasLayers(tensors, library)) {
    const group = (layers[name.toLowerCase().replaceAll('-', '_')] = { children: {} });
    const vars = (some) => ({ children: Object.fromEntries(some.map(([, { shape, values }], i) => [`${i}`, { data: { shape, values } }])) });
    const below = library === 'bert4keras' && list.length === 8;
    if (!below) group.children.vars = vars(list);
    else ['q', 'k', 'v', 'o'].forEach((part, i) => (group.children[`${part}_dense`] = { children: { vars: vars(list.slice(2 * i, 2 * i + 2)) } }));
  }
  return hdf5File({ children: { _layer_checkpoint_dependencies: { children: layers } } });
}
