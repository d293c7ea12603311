// Writes a LevelDB table, the format of a bundle's index: prefix-compressed blocks with restarts, each under a
// checksum, an index block of separators, and a footer. Keys are bytes in unsigned order.
import { crc32c, maskCrc } from './crc32c.mjs';
import { concat, fixed32, varint } from './proto_writer.mjs';
import { snappyCompress } from './snappy_writer.mjs';

const MAGIC = Uint8Array.of(0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb);
const FOOTER_SIZE = 48;

/** Unsigned byte order, shorter first. */
export const compareBytes = (a, b) => Buffer.compare(a, b);

function sharedPrefix(a, b) {
  const limit = Math.min(a.length, b.length);
  let n = 0;
  while (n < limit && a[n] === b[n]) n++;
  return n;
}

class BlockBuilder {
  constructor(restartInterval) {
    this.restartInterval = restartInterval;
    this.clear();
  }

  clear() {
    this.parts = [];
    this.size = 0;
    this.count = 0;
    this.restarts = [];
    this.last = new Uint8Array();
  }

  add(key, value) {
    const restart = this.count % this.restartInterval === 0;
    if (restart) this.restarts.push(this.size);
    const shared = restart ? 0 : sharedPrefix(this.last, key);
    const entry = concat([varint(shared), varint(key.length - shared), varint(value.length), key.subarray(shared), value]);
    this.parts.push(entry);
    this.size += entry.length;
    this.count++;
    this.last = key;
  }

  finish() {
    const restarts = this.restarts.length ? this.restarts : [0];
    return concat([...this.parts, ...restarts.map(fixed32), fixed32(restarts.length)]);
  }
}

/** A short key k with last <= k < next; without `next`, some k >= last. */
function separator(last, next) {
  const from = next ? sharedPrefix(last, next) : 0;
  for (let i = from; i < last.length; i++) {
    const raised = last[i] + 1;
    if (last[i] === 0xff || (next && i === from && raised >= next[i])) continue;
    return Uint8Array.of(...last.subarray(0, i), raised);
  }
  return last;
}

/**
 * @param {[Uint8Array, Uint8Array][]} entries sorted by key
 * @param {{blockSize?: number, restartInterval?: number, snappy?: boolean}} options blockSize is where a data block is cut
 */
export function buildTable(entries, { blockSize = 262144, restartInterval = 16, snappy = false } = {}) {
  const parts = [];
  let offset = 0;
  const writeBlock = (raw) => {
    const packed = snappy ? snappyCompress(raw) : raw;
    const useful = snappy && packed.length < raw.length - raw.length / 8;
    const stored = useful ? packed : raw;
    const type = Uint8Array.of(useful ? 1 : 0);
    parts.push(stored, type, fixed32(maskCrc(crc32c(type, crc32c(stored)))));
    const handle = concat([varint(offset), varint(stored.length)]);
    offset += stored.length + 5;
    return handle;
  };

  const data = new BlockBuilder(restartInterval);
  const index = new BlockBuilder(1);
  entries.forEach(([key, value], i) => {
    data.add(key, value);
    const next = entries[i + 1]?.[0];
    if (next && data.size < blockSize) return;
    index.add(separator(key, next), writeBlock(data.finish()));
    data.clear();
  });
  const metaindex = writeBlock(new BlockBuilder(1).finish());
  const handles = concat([metaindex, writeBlock(index.finish())]);
  const footer = new Uint8Array(FOOTER_SIZE);
  footer.set(handles);
  footer.set(MAGIC, FOOTER_SIZE - MAGIC.length);
  return concat([...parts, footer]);
}
