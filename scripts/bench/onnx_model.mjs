// A BERT encoder as ONNX, as exporters write it: standard operators only, so that the runtime's own optimizer fuses what it can.
// int8 is what quantize_dynamic makes: activations a tensor to uint8 at run time, weights to int8, MatMulInteger.
import { concat, field } from '../../tests/support/proto_writer.mjs';

const kFloat = 1, kInt8 = 3, kInt64 = 7;
const kOpset = 17;

const bytesOf = (values) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
const name = (number, text) => field.bytes(number, text);

const kAttributes = {
  axis: (value) => [field.varint(3, value), field.varint(20, 2)],
  to: (value) => [field.varint(3, value), field.varint(20, 2)],
  epsilon: (value) => [field.fixed32(2, new Uint32Array(Float32Array.of(value).buffer)[0]), field.varint(20, 1)],
  perm: (values) => [...values.map((value) => concat([Uint8Array.of(8 << 3), Uint8Array.of(value)])), field.varint(20, 7)],
};

/**
 * @param {{H: number, L: number, A: number}} sizes
 * @param {(tensor: string) => {shape: number[], values: Float32Array}} weights by Google's names
 * @param {'float32'|'int8'} precision
 * @returns {Uint8Array} inputs input_ids, token_type_ids, position_ids, attention_mask (int64 [1, N]); output hidden [1, N, H]
 */
export function onnxModel({ H, L, A }, weights, precision) {
  const nodes = [], initializers = [], known = new Set();
  const constant = (key, type, shape, values) => {
    if (!known.has(key)) initializers.push(field.message(5, [...shape.map((dim) => concat([Uint8Array.of(1 << 3), dim === 0 ? Uint8Array.of(0) : field.varint(1, dim).subarray(1)])), field.varint(2, type), name(8, key), field.bytes(9, bytesOf(values))]));
    known.add(key);
    return key;
  };
  const tensor = (key) => {
    const { shape, values } = weights(key);
    return constant(key, kFloat, shape, values);
  };
  const scalar = (value) => constant(`scalar_${value}`, kFloat, [], Float32Array.of(value));
  const longs = (...values) => constant(`longs_${values.join('_')}`, kInt64, [values.length], BigInt64Array.from(values, BigInt));
  let made = 0;
  const op = (type, inputs, attributes = {}, outputs = 1) => {
    const results = Array.from({ length: outputs }, () => `t${(made += 1)}`);
    nodes.push(field.message(1, [...inputs.map((one) => name(1, one)), ...results.map((one) => name(2, one)), name(3, `n${made}`), name(4, type),
      ...Object.entries(attributes).map(([key, value]) => field.message(5, [name(1, key), ...kAttributes[key](value)]))]));
    return outputs === 1 ? results[0] : results;
  };

  const norm = (x, scope) => op('LayerNormalization', [x, tensor(`${scope}/LayerNorm/gamma`), tensor(`${scope}/LayerNorm/beta`)], { axis: 2, epsilon: 1e-12 });
  // Quantized once for all products that take it.
  const quantized = new Map();
  const quantize = (x) => {
    if (!quantized.has(x)) quantized.set(x, op('DynamicQuantizeLinear', [x], {}, 3));
    return quantized.get(x);
  };
  const product = (x, key) => {
    if (precision === 'float32') return op('MatMul', [x, tensor(key)]);
    const { shape, values } = weights(key);
    const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127;
    const w = constant(`${key}_int8`, kInt8, shape, Int8Array.from(values, (value) => Math.round(value / scale)));
    const [levels, x_scale, zero] = quantize(x);
    const sum = op('Cast', [op('MatMulInteger', [levels, w, zero, constant('no_zero', kInt8, [], Int8Array.of(0))])], { to: kFloat });
    return op('Mul', [sum, op('Mul', [x_scale, constant(`${key}_scale`, kFloat, [], Float32Array.of(scale))])]);
  };
  const dense = (x, scope) => op('Add', [product(x, `${scope}/kernel`), tensor(`${scope}/bias`)]);

  let x = op('Add', [op('Gather', [tensor('bert/embeddings/word_embeddings'), 'input_ids']), op('Gather', [tensor('bert/embeddings/token_type_embeddings'), 'token_type_ids'])]);
  x = norm(op('Add', [x, op('Gather', [tensor('bert/embeddings/position_embeddings'), 'position_ids'])]), 'bert/embeddings');
  const visible = op('Cast', [op('Unsqueeze', ['attention_mask', longs(1, 2)])], { to: kFloat });
  const mask = op('Mul', [op('Sub', [scalar(1), visible]), scalar(-10000)]);
  for (let layer = 0; layer < L; layer += 1) {
    const at = `bert/encoder/layer_${layer}`;
    const split = (part, perm) => op('Transpose', [op('Reshape', [dense(x, `${at}/attention/self/${part}`), longs(0, 0, A, H / A)])], { perm });
    const q = split('query', [0, 2, 1, 3]), k = split('key', [0, 2, 3, 1]), v = split('value', [0, 2, 1, 3]);
    const scores = op('Div', [op('MatMul', [q, k]), scalar(Math.sqrt(H / A))]);
    const weighted = op('MatMul', [op('Softmax', [op('Add', [scores, mask])], { axis: 3 }), v]);
    const context = op('Reshape', [op('Transpose', [weighted], { perm: [0, 2, 1, 3] }), longs(0, 0, H)]);
    x = norm(op('Add', [dense(context, `${at}/attention/output/dense`), x]), `${at}/attention/output`);
    const inner = dense(x, `${at}/intermediate/dense`);
    const erf = op('Add', [op('Erf', [op('Div', [inner, scalar(Math.SQRT2)])]), scalar(1)]);
    const gelu = op('Mul', [op('Mul', [inner, erf]), scalar(0.5)]);
    x = norm(op('Add', [dense(gelu, `${at}/output/dense`), x]), `${at}/output`);
  }
  nodes.push(field.message(1, [name(1, x), name(2, 'hidden'), name(4, 'Identity')]));

  const value = (number, key, type, dims) => field.message(number, [name(1, key), field.message(2, [field.message(1, [field.varint(1, type),
    field.message(2, dims.map((dim) => field.message(1, [typeof dim === 'string' ? name(2, dim) : field.varint(1, dim)])))])])]);
  const inputs = ['input_ids', 'token_type_ids', 'position_ids', 'attention_mask'].map((key) => value(11, key, kInt64, [1, 'N']));
  const graph = [...nodes, name(2, 'bert'), ...initializers, ...inputs, value(12, 'hidden', kFloat, [1, 'N', H])];
  return concat([field.varint(1, 8), field.message(7, graph), field.message(8, [field.varint(2, kOpset)])]);
}
