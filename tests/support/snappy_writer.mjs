// A Snappy block encoder: greedy matches of four bytes and more, near and far copies, literals of any length.
import { concat, varint } from './proto_writer.mjs';

const MIN_MATCH = 4;

function literal(bytes) {
  const last = bytes.length - 1;
  if (last < 60) return concat([Uint8Array.of(last << 2), bytes]);
  const width = last < 1 << 8 ? 1 : last < 1 << 16 ? 2 : 3;
  const head = Uint8Array.from({ length: 1 + width }, (_, i) => (i ? last >>> (8 * (i - 1)) : (59 + width) << 2));
  return concat([head, bytes]);
}

function copy(offset, length) {
  if (length >= 4 && length <= 11 && offset < 2048) {
    return Uint8Array.of(1 | ((length - 4) << 2) | ((offset >>> 8) << 5), offset & 0xff);
  }
  if (offset < 1 << 16) return Uint8Array.of(2 | ((length - 1) << 2), offset & 0xff, offset >>> 8);
  return Uint8Array.of(3 | ((length - 1) << 2), offset & 0xff, (offset >>> 8) & 0xff, (offset >>> 16) & 0xff, offset >>> 24);
}

export function snappyCompress(bytes) {
  const parts = [varint(bytes.length)];
  const lastSeen = new Map();
  const key = (i) => bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
  let from = 0; // first byte not yet written
  let at = 0;
  while (at + MIN_MATCH <= bytes.length) {
    const match = lastSeen.get(key(at));
    lastSeen.set(key(at), at);
    if (match === undefined) {
      at++;
      continue;
    }
    let length = MIN_MATCH;
    while (length < 64 && at + length < bytes.length && bytes[match + length] === bytes[at + length]) length++;
    if (at > from) parts.push(literal(bytes.subarray(from, at)));
    parts.push(copy(at - match, length));
    at += length;
    from = at;
  }
  if (from < bytes.length) parts.push(literal(bytes.subarray(from)));
  return concat(parts);
}
