// Keys of the parts of a partitioned tensor, in TensorFlow's ordered code: num(0) string(name) num(rank), then
// signed(start) signed(length) of each dimension.
import { concat, utf8 } from './proto_writer.mjs';

/** One byte for the count of significant bytes, then these, highest first. */
function orderedNumber(value) {
  const digits = [];
  for (let rest = BigInt(value); rest > 0n; rest >>= 8n) digits.unshift(Number(rest & 0xffn));
  return Uint8Array.of(digits.length, ...digits);
}

function orderedString(text) {
  const bytes = [...utf8(text)].flatMap((byte) => (byte === 0 ? [0, 0xff] : byte === 0xff ? [0xff, 0] : [byte]));
  return Uint8Array.of(...bytes, 0, 1);
}

/** Big-endian in n bytes, 7 n - 1 of their bits free; the n leading bits tell sign and n. */
function orderedSigned(value) {
  const v = BigInt(value);
  let n = 1;
  while (v < -(1n << BigInt(7 * n - 1)) || v >= 1n << BigInt(7 * n - 1)) n++;
  const bytes = new Uint8Array(n);
  for (let i = 0; i < n; i++) bytes[n - 1 - i] = Number((v >> BigInt(8 * i)) & 0xffn);
  for (let bit = 0; bit < n; bit++) bytes[bit >> 3] ^= 0x80 >> (bit & 7);
  return bytes;
}

export function orderedKey(name, slice) {
  return concat([
    orderedNumber(0),
    orderedString(name),
    orderedNumber(slice.length),
    ...slice.flatMap(([start, length]) => [orderedSigned(start), orderedSigned(length)]),
  ]);
}

export const forTest = { orderedNumber, orderedSigned };
