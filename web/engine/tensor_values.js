// The values of a tensor, read a piece at a time from wherever its parts lie. Never more than one piece is held.

const kNumbers = {
  float32: Float32Array, float64: Float64Array, int8: Int8Array, int16: Int16Array, int32: Int32Array, int64: BigInt64Array,
  uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, uint64: BigUint64Array, bool: Uint8Array, float16: Uint16Array, bfloat16: Uint16Array,
};

const word = new Uint32Array(1);
const number = new Float32Array(word.buffer);

function fromFloat16(half) {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 0x1f) return mantissa ? NaN : sign * Infinity;
  return sign * (1024 + mantissa) * 2 ** (exponent - 25);
}

function fromBfloat16(half) {
  word[0] = half << 16;
  return number[0];
}

/**
 * @param {string} dtype one of kNumbers
 * @param {Uint8Array} bytes whole elements
 * @returns {ArrayLike<number>} 64-bit integers are rounded to the nearest number
 */
export function valuesOf(dtype, bytes, big_endian = false) {
  const Kind = kNumbers[dtype];
  const width = Kind.BYTES_PER_ELEMENT;
  const whole = bytes.byteOffset % width || big_endian ? bytes.slice() : bytes;
  if (big_endian && width > 1) for (let i = 0; i < whole.length; i += width) whole.subarray(i, i + width).reverse();
  const values = new Kind(whole.buffer, whole.byteOffset, whole.length / width);
  if (dtype === 'float16') return Float32Array.from(values, fromFloat16);
  if (dtype === 'bfloat16') return Float32Array.from(values, fromBfloat16);
  return typeof values[0] === 'bigint' ? Float64Array.from(values, Number) : values;
}

/**
 * Where stored element after element of a tensor lies: [{file, offset, first, count}], or null where its bytes are not all here or
 * its parts are not whole rows one after another. With strides, stored elements are not those of row-major order: readStrided.
 * @param {{parts: object[], strides: number[], big_endian: boolean, item: number}} layout of Session.layout
 */
export function runsOf({ shape, dtype }, { parts, strides, item }) {
  if (!Object.hasOwn(kNumbers, dtype) || !item || !parts.length || parts.some(({ file }) => file === null)) return null;
  if (strides.length) return [{ file: parts[0].file, offset: parts[0].offset, first: 0, count: parts[0].length / item }];
  const row = shape.slice(1).reduce((product, dim) => product * dim, 1);
  const runs = [];
  let first = 0;
  for (const part of [...parts].sort((a, b) => (a.start[0] ?? 0) - (b.start[0] ?? 0))) {
    const inner = part.start.length ? part.start.slice(1).every((at) => at === 0) && part.shape.slice(1).every((dim, i) => dim === shape[i + 1]) : true;
    if (!inner || (part.start.length && part.start[0] * row !== first)) return null;
    runs.push({ file: part.file, offset: part.offset, first, count: part.length / item });
    first += part.length / item;
  }
  return first === shape.reduce((product, dim) => product * dim, 1) ? runs : null;
}

/** Reads `count` elements from `first` on, over the ends of runs. `read(file, offset, length)` gives bytes. */
export async function readValues({ dtype }, { big_endian, item }, runs, first, count, read) {
  const pieces = [];
  for (const run of runs) {
    const from = Math.max(first, run.first);
    const to = Math.min(first + count, run.first + run.count);
    if (from < to) pieces.push(await read(run.file, run.offset + (from - run.first) * item, (to - from) * item));
  }
  return valuesOf(dtype, pieces.length ? joined(pieces) : new Uint8Array(), big_endian);
}

/** All elements of a tensor with strides, in row-major order; holds what is stored of it and the result. */
export async function readStrided(tensor, layout, runs, read) {
  const stored = await readValues(tensor, layout, runs, 0, runs[0].count, read);
  const { shape } = tensor;
  const values = new stored.constructor(shape.reduce((product, dim) => product * dim, 1));
  const index = shape.map(() => 0);
  let place = 0;
  for (let i = 0; i < values.length; i += 1) {
    values[i] = stored[place];
    for (let d = shape.length - 1; d >= 0; d -= 1) {
      place += layout.strides[d];
      if ((index[d] += 1) < shape[d]) break;
      place -= layout.strides[d] * shape[d];
      index[d] = 0;
    }
  }
  return values;
}

/** Typed arrays of one kind, at least one, one after another. */
export function joined(arrays) {
  if (arrays.length === 1) return arrays[0];
  const all = new arrays[0].constructor(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}
