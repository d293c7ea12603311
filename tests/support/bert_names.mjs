// The tensors of a BERT under Google's names, as google-research/bert's modeling.py and run_pretraining.py make them.

/**
 * @typedef {{V: number, H: number, L: number, A: number, I: number, P: number, T: number}} Sizes
 * @typedef {'table'|'kernel'|'bias'|'gamma'|'beta'|'vocab-bias'} Kind  what the values look like after training
 * @typedef {{name: string, shape: number[], kind: Kind}} Named
 */

const dense = (scope, from, to) => [
  { name: `${scope}/kernel`, shape: [from, to], kind: 'kernel' },
  { name: `${scope}/bias`, shape: [to], kind: 'bias' },
];
const norm = (scope, H) => [
  { name: `${scope}/LayerNorm/gamma`, shape: [H], kind: 'gamma' },
  { name: `${scope}/LayerNorm/beta`, shape: [H], kind: 'beta' },
];

/** 5 tensors. */
export const embeddingTensors = ({ V, H, P, T }) => [
  { name: 'bert/embeddings/word_embeddings', shape: [V, H], kind: 'table' },
  { name: 'bert/embeddings/position_embeddings', shape: [P, H], kind: 'table' },
  { name: 'bert/embeddings/token_type_embeddings', shape: [T, H], kind: 'table' },
  ...norm('bert/embeddings', H),
];

/** 16 tensors. */
export function layerTensors({ H, I }, layer) {
  const at = `bert/encoder/layer_${layer}`;
  return [
    ...['query', 'key', 'value'].flatMap((part) => dense(`${at}/attention/self/${part}`, H, H)),
    ...dense(`${at}/attention/output/dense`, H, H),
    ...norm(`${at}/attention/output`, H),
    ...dense(`${at}/intermediate/dense`, H, I),
    ...dense(`${at}/output/dense`, I, H),
    ...norm(`${at}/output`, H),
  ];
}

/** 2 tensors. */
export const poolerTensors = ({ H }) => dense('bert/pooler/dense', H, H);

/** 5 tensors. */
export const mlmTensors = ({ V, H }) => [
  ...dense('cls/predictions/transform/dense', H, H),
  ...norm('cls/predictions/transform', H),
  { name: 'cls/predictions/output_bias', shape: [V], kind: 'vocab-bias' },
];

/** 2 tensors. */
export const nspTensors = ({ H }) => [
  { name: 'cls/seq_relationship/output_weights', shape: [2, H], kind: 'kernel' },
  { name: 'cls/seq_relationship/output_bias', shape: [2], kind: 'bias' },
];

/** @returns {Named[]} 5 + 16 L, and the parts asked for */
export function bertTensors(sizes, { pooler = true, mlm = true, nsp = true } = {}) {
  return [
    ...embeddingTensors(sizes),
    ...Array.from({ length: sizes.L }, (_, layer) => layerTensors(sizes, layer)).flat(),
    ...(pooler ? poolerTensors(sizes) : []),
    ...(mlm ? mlmTensors(sizes) : []),
    ...(nsp ? nspTensors(sizes) : []),
  ];
}

/** The seven keys and the four that Google's configs hold besides. */
export const bertConfig = ({ V, H, L, A, I, P, T }) => ({
  attention_probs_dropout_prob: 0.1,
  hidden_act: 'gelu',
  hidden_dropout_prob: 0.1,
  hidden_size: H,
  initializer_range: 0.02,
  intermediate_size: I,
  max_position_embeddings: P,
  num_attention_heads: A,
  num_hidden_layers: L,
  type_vocab_size: T,
  vocab_size: V,
});
