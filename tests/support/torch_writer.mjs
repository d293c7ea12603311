// Writes PyTorch's archive: a pickle of a dictionary of tensors, and their storages, in a zip. Opcodes of protocol 2.
import { toBytes } from './dtypes.mjs';
import { concat, utf8 } from './proto_writer.mjs';
import { zipOf } from './zip_writer.mjs';

const STORAGES = { float32: 'FloatStorage', float64: 'DoubleStorage', float16: 'HalfStorage', bfloat16: 'BFloat16Storage', int64: 'LongStorage' };

const op = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0));
function number(value, width) {
  const bytes = new Uint8Array(width);
  for (let i = 0; i < width; i++) bytes[i] = Math.floor(value / 2 ** (8 * i)) % 256;
  return bytes;
}
const text = (string) => concat([op('X'), number(utf8(string).length, 4), utf8(string)]);
const integer = (value) => concat([op('J'), number(value, 4)]);
const global = (module, name) => op(`c${module}\n${name}\n`);
const tuple = (...items) => concat([op('('), ...items, op('t')]);
const emptyOrdered = concat([global('collections', 'OrderedDict'), op(')R')]);

/** A call when the file is opened by a reader that allows it: {pickled: module, name, argument}. */
export const call = (module, name, argument) => ({ raw: concat([global(module, name), tuple(text(argument)), op('R')]) });

const strides = (shape) => shape.map((_, i) => shape.slice(i + 1).reduce((product, dim) => product * dim, 1));

function valueOf(value, storages) {
  if (typeof value === 'number') return integer(value);
  if (typeof value === 'string') return text(value);
  if (value.raw) return value.raw;
  if (value.tensors) return dictionary(value.tensors.map((tensor) => [tensor.name, tensor]), storages);
  const key = String(storages.length);
  storages.push(toBytes(value.values, value.dtype));
  const elements = value.values.length;
  const storage = concat([tuple(text('storage'), global('torch', STORAGES[value.dtype]), text(key), text('cpu'), integer(elements)), op('Q')]);
  const args = tuple(
    storage,
    integer(0),
    tuple(...value.shape.map(integer)),
    tuple(...(value.strides ?? strides(value.shape)).map(integer)),
    op('\x89'),
    emptyOrdered,
  );
  return concat([global('torch._utils', '_rebuild_tensor_v2'), args, op('R')]);
}

const dictionary = (entries, storages) =>
  concat([op('}('), ...entries.flatMap(([name, value]) => [text(name), valueOf(value, storages)]), op('u')]);

/**
 * A tensor's `values` are its storage; with `strides` it is a view that need not be row-major.
 * @param {[string, object|number|string][]} entries  of the outermost dictionary: tensors, {tensors: [...]} for a dictionary of them,
 *   plain values, or a call()
 */
export function torchFile(entries, { extra = {} } = {}) {
  const storages = [];
  const pickle = concat([op('\x80\x02'), dictionary(entries, storages), op('.')]);
  return zipOf({
    'archive/data.pkl': pickle,
    ...Object.fromEntries(storages.map((bytes, key) => [`archive/data/${key}`, bytes])),
    'archive/version': utf8('3\n'),
    ...extra,
  });
}

export const stateDict = (tensors) => torchFile(tensors.map((tensor) => [tensor.name, tensor]));
