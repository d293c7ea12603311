// A Hugging Face folder as data that a test can change before it is written: the tensors of bert_set.mjs under Hugging Face's names,
// kernels turned round, with config.json.
import { bertSet } from './bert_set.mjs';
import { utf8 } from './proto_writer.mjs';
import { safetensors } from './safetensors_writer.mjs';

const ENDS = { kernel: 'weight', gamma: 'weight', beta: 'bias', bias: 'bias' };

/** "bert/encoder/layer_0/output/dense/kernel" → "bert.encoder.layer.0.output.dense.weight". */
export function hfName(name) {
  if (name === 'cls/predictions/output_bias') return 'cls.predictions.bias';
  if (name.startsWith('cls/seq_relationship/')) return name.replace('output_weights', 'weight').replace('output_bias', 'bias').replaceAll('/', '.');
  if (/_embeddings$/.test(name)) return `${name.replaceAll('/', '.')}.weight`;
  const parts = name.replace(/layer_(\d+)/, 'layer/$1').split('/');
  return [...parts.slice(0, -1), ENDS[parts.at(-1)]].join('.');
}

function turned({ shape: [rows, cols], values }) {
  const out = new Float32Array(rows * cols);
  for (let row = 0; row < rows; row++) for (let col = 0; col < cols; col++) out[col * rows + row] = values[row * cols + col];
  return { shape: [cols, rows], values: out };
}

/**
 * @param {object} options  of bertSet; and bare: names without "bert."
 * @returns {{folder: string, config: object|string|null, vocab: string[]|string|null, tensors: object[], write: (tensors: object[]) => object, more: object}}
 *   write gives the files of the weights; more are further files, by name
 */
export function hfSet(options = {}) {
  const { config, vocab, tensors } = bertSet(options);
  const folder = options.folder ?? 'model';
  return {
    folder,
    config: { architectures: ['BertForPreTraining'], model_type: 'bert', layer_norm_eps: 1e-12, pad_token_id: 0, ...config },
    vocab,
    tensors: tensors
      .map((tensor) => ({ ...tensor, ...(tensor.name.endsWith('/kernel') ? turned(tensor) : {}), name: hfName(tensor.name) }))
      .map((tensor) => (options.bare ? { ...tensor, name: tensor.name.replace(/^bert\./, '') } : tensor)),
    write: (list) => ({ 'model.safetensors': safetensors(list) }),
    more: {},
  };
}

/** {path: bytes} of the folder. */
export function hfFiles({ folder, config, vocab, tensors, write, more }) {
  const files = { ...write(tensors), ...more };
  if (config !== null) files['config.json'] = typeof config === 'string' ? config : `${JSON.stringify(config, null, 2)}\n`;
  if (vocab !== null) files['vocab.txt'] = Array.isArray(vocab) ? vocab.map((line) => `${line}\n`).join('') : vocab;
  return Object.fromEntries(
    Object.keys(files)
      .sort()
      .map((name) => [`${folder}/${name}`, utf8(files[name])]),
  );
}
