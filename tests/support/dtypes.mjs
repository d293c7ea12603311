// Types a bundle can hold, by their names and numbers, and numbers written as each of them.

/** @type {Record<string, {id: number, size: number}>} size 0: not of one size */
export const DTYPES = {
  float32: { id: 1, size: 4 },
  float64: { id: 2, size: 8 },
  int32: { id: 3, size: 4 },
  uint8: { id: 4, size: 1 },
  int16: { id: 5, size: 2 },
  int8: { id: 6, size: 1 },
  string: { id: 7, size: 0 },
  int64: { id: 9, size: 8 },
  bool: { id: 10, size: 1 },
  bfloat16: { id: 14, size: 2 },
  float16: { id: 19, size: 2 },
};

const bits = new DataView(new ArrayBuffer(4));
function bitsOf(value) {
  bits.setFloat32(0, value);
  return bits.getUint32(0);
}

/** The upper half of a float32, rounded to even. */
function bfloat16Bits(value) {
  const word = bitsOf(value);
  if (Number.isNaN(value)) return (word >>> 16) | 0x40;
  return (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
}

/** IEEE binary16, rounded to even. */
function float16Bits(value) {
  const word = bitsOf(value);
  const sign = (word >>> 16) & 0x8000;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return sign | 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00;
  const roundEven = (x) => {
    const down = Math.floor(x);
    const rest = x - down;
    return rest > 0.5 || (rest === 0.5 && down % 2) ? down + 1 : down;
  };
  if (magnitude < 2 ** -14) return sign | roundEven(magnitude * 2 ** 24); // subnormal; rounding up gives the least normal
  const exponent = ((word >>> 23) & 0xff) - 127;
  return sign | (((exponent + 14) << 10) + roundEven(magnitude * 2 ** (10 - exponent)));
}

const WRITERS = {
  float32: (values) => Float32Array.from(values),
  float64: (values) => Float64Array.from(values),
  int64: (values) => BigInt64Array.from(values, (v) => BigInt(v)),
  int32: (values) => Int32Array.from(values),
  int16: (values) => Int16Array.from(values),
  int8: (values) => Int8Array.from(values),
  uint8: (values) => Uint8Array.from(values),
  bool: (values) => Uint8Array.from(values, Number),
  bfloat16: (values) => Uint16Array.from(values, bfloat16Bits),
  float16: (values) => Uint16Array.from(values, float16Bits),
};

/** Little-endian bytes of numbers as `dtype`. */
export function toBytes(values, dtype) {
  const typed = dtype === 'float32' && values instanceof Float32Array ? values : WRITERS[dtype](values);
  return new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength);
}
