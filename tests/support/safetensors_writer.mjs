// Writes safetensors from the format alone: header length, header, data without gaps.
import { toBytes } from './dtypes.mjs';
import { concat, utf8 } from './proto_writer.mjs';

const CODES = { float32: 'F32', float64: 'F64', float16: 'F16', bfloat16: 'BF16', int64: 'I64', int32: 'I32', uint8: 'U8', bool: 'BOOL' };

/**
 * @param {{name: string, dtype: string, shape: number[], values: ArrayLike<number>}[]} tensors
 * @param {{metadata?: object|null, header?: (header: object) => object}} [options]  metadata null: none; header: a last change of it
 */
export function safetensors(tensors, { metadata = { format: 'pt' }, header = (same) => same } = {}) {
  const pieces = [];
  const entries = metadata ? { __metadata__: metadata } : {};
  let at = 0;
  for (const { name, dtype, shape, values } of tensors) {
    const bytes = toBytes(values, dtype);
    entries[name] = { dtype: CODES[dtype], shape, data_offsets: [at, at + bytes.length] };
    pieces.push(bytes);
    at += bytes.length;
  }
  const text = utf8(JSON.stringify(header(entries)));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
  return concat([length, text, ...pieces]);
}
