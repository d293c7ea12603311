// The plainest reader of a good bundle, for tests of the writer: no hostile input, everything in memory.
import { readFileSync } from 'node:fs';

import { crc32c, maskCrc } from './crc32c.mjs';
import { elements, shardName } from './bundle_writer.mjs';
import { DTYPES } from './dtypes.mjs';

function varintAt(bytes, at) {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    value |= BigInt(bytes[at] & 0x7f) << shift;
    if (bytes[at++] < 0x80) return [Number(BigInt.asIntN(64, value)), at];
  }
}

/** [[field number, value]], value a number or bytes. */
function fieldsOf(message) {
  const fields = [];
  for (let at = 0; at < message.length;) {
    let tag, value;
    [tag, at] = varintAt(message, at);
    if ((tag & 7) === 0) [value, at] = varintAt(message, at);
    else if ((tag & 7) === 5) {
      value = new DataView(message.buffer, message.byteOffset + at).getUint32(0, true);
      at += 4;
    } else {
      let length;
      [length, at] = varintAt(message, at);
      value = message.subarray(at, (at += length));
    }
    fields.push([tag >>> 3, value]);
  }
  return fields;
}

function unsnappy(packed) {
  let [size, at] = varintAt(packed, 0);
  const out = new Uint8Array(size);
  let to = 0;
  while (at < packed.length) {
    const tag = packed[at++];
    const number = (width) => packed.subarray(at, (at += width)).reduceRight((sum, byte) => sum * 256 + byte, 0);
    if ((tag & 3) === 0) {
      const length = 1 + (tag >>> 2 < 60 ? tag >>> 2 : number((tag >>> 2) - 59));
      out.set(packed.subarray(at, (at += length)), to);
      to += length;
    } else {
      const short = (tag & 3) === 1;
      const length = short ? 4 + ((tag >>> 2) & 7) : 1 + (tag >>> 2);
      const offset = short ? ((tag >>> 5) << 8) | number(1) : number((tag & 3) === 2 ? 2 : 4);
      for (let i = 0; i < length; i++, to++) out[to] = out[to - offset];
    }
  }
  if (to !== size) throw new Error(`Snappy block of ${to} bytes, not ${size}`);
  return out;
}

function block(file, offset, size) {
  const stored = file.subarray(offset, offset + size);
  const crc = new DataView(file.buffer, file.byteOffset + offset + size + 1).getUint32(0, true);
  if (maskCrc(crc32c(file.subarray(offset, offset + size + 1))) !== crc) throw new Error(`block at ${offset}: checksum`);
  const bytes = file[offset + size] === 1 ? unsnappy(stored) : stored;
  const restarts = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4).getUint32(0, true);
  const entries = [];
  let key = Buffer.alloc(0);
  for (let at = 0; at < bytes.length - 4 - 4 * restarts;) {
    let shared, rest, length;
    [shared, at] = varintAt(bytes, at);
    [rest, at] = varintAt(bytes, at);
    [length, at] = varintAt(bytes, at);
    key = Buffer.concat([key.subarray(0, shared), bytes.subarray(at, (at += rest))]);
    entries.push([key, bytes.subarray(at, (at += length))]);
  }
  return entries;
}

/** [[key, value]] of a table, blocks checked. */
export function tableEntries(file) {
  const footer = file.subarray(file.length - 48);
  let at = 0,
    handle = [];
  for (let i = 0; i < 4; i++) [handle[i], at] = varintAt(footer, at);
  const entries = block(file, handle[2], handle[3]).flatMap(([, value]) => {
    const [offset, next] = varintAt(value, 0);
    return block(file, offset, varintAt(value, next)[0]);
  });
  return { entries, blocks: block(file, handle[2], handle[3]).length };
}

const dimsOf = (shape) => fieldsOf(shape).map(([, dim]) => fieldsOf(dim)[0]?.[1] ?? 0);

/** Tensors of a bundle on disk, bytes checked; a partitioned one with its slices, its parts under their own keys. */
export function readBundle(prefix) {
  const [[, header], ...entries] = tableEntries(readFileSync(`${prefix}.index`)).entries;
  const shards = fieldsOf(header).find(([number]) => number === 1)[1];
  const data = Array.from({ length: shards }, (_, shard) => readFileSync(shardName(prefix, shard, shards)));
  const tensors = entries.map(([key, value]) => {
    const fields = fieldsOf(value);
    const number = (n) => fields.find(([f]) => f === n)?.[1] ?? 0;
    const dtype = Object.keys(DTYPES).find((name) => DTYPES[name].id === number(1));
    const shape = dimsOf(number(2));
    const slices = fields
      .filter(([f]) => f === 7)
      .map(([, slice]) =>
        fieldsOf(slice).map(([, extent]) =>
          [
            [1, 0],
            [2, -1],
          ].map(([n, absent]) => fieldsOf(extent).find(([f]) => f === n)?.[1] ?? absent),
        ),
      );
    const common = { key, name: key.toString('utf8'), dtype, shape, shard: number(3) };
    if (slices.length) return { ...common, slices };
    const bytes = data[number(3)].subarray(number(4), number(4) + number(5));
    if (maskCrc(crc32c(bytes)) !== number(6) && dtype !== 'string') throw new Error(`${key}: checksum`);
    if (dtype !== 'string' && bytes.length !== elements(shape) * DTYPES[dtype].size) throw new Error(`${key}: size`);
    return { ...common, bytes, offset: number(4) };
  });
  return { shards, tensors };
}
