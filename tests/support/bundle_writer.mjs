// Writes TensorFlow's checkpoint V2 (TensorBundle): data shards as a stream, and the index that tells where each
// tensor lies. Independent of the C++ reader: made from the format alone, so that a test of one proves the other.
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

import { crc32c, maskCrc } from './crc32c.mjs';
import { DTYPES, toBytes } from './dtypes.mjs';
import { concat, field, fixed32, utf8, varint } from './proto_writer.mjs';
import { orderedKey } from './slice_keys.mjs';
import { buildTable, compareBytes } from './table_writer.mjs';

/**
 * @typedef {object} Tensor
 * @property {string} name
 * @property {string} dtype       a key of DTYPES
 * @property {number[]} shape
 * @property {ArrayLike<number>|string[]} [values]     what it holds, or
 * @property {() => Iterable<Uint8Array>} [chunks]     its bytes as they are stored, a piece at a time
 * @property {number} [shard]     0 unless said
 * @property {number[][][]} [slices]  partitioned: of each part, [start, length] of each dimension; WHOLE for one not cut
 * @property {object} [entry]     fields of the index entry that are to lie: dtype, shape, shard, offset, size, crc
 */

/** An extent without fields: all of a dimension. */
export const WHOLE = [0, -1];

export const elements = (shape) => shape.reduce((product, dim) => product * dim, 1);
export const shardName = (stem, shard, of) => `${stem}.data-${String(shard).padStart(5, '0')}-of-${String(of).padStart(5, '0')}`;

const shapeMessage = (shape) => shape.map((dim) => field.message(2, [field.varint(1, dim)]));

/** A string tensor's bytes and checksum: lengths, a checksum of them, then the strings. */
function stringBytes(strings) {
  const items = strings.map(utf8);
  const lengths = crc32c(concat(items.map((item) => fixed32(item.length))));
  const check = fixed32(maskCrc(lengths));
  const text = concat(items);
  return { bytes: concat([...items.map((item) => varint(item.length)), check, text]), crc: crc32c(text, crc32c(check, lengths)) };
}

/** The part of a row-major array that one slice covers. */
function sliceOf(values, shape, slice) {
  let runs = [0];
  slice.forEach(([start, length], d) => {
    const stride = elements(shape.slice(d + 1));
    runs = runs.flatMap((base) => Array.from({ length }, (_, i) => base + (start + i) * stride));
  });
  return runs.map((i) => values[i]);
}

export class BundleWriter {
  /**
   * @param {(shard: number, bytes: Uint8Array) => void} write  takes the shards' bytes in order; each shard is announced by an empty piece
   * @param {{shards?: number, align?: number, header?: object, table?: object}} options
   *   align pads each tensor's end with zeros; header may set numShards, endianness, producer, minConsumer, badConsumers;
   *   table as buildTable
   */
  constructor(write, { shards = 1, align = 1, header = {}, table = {} } = {}) {
    this.write = write;
    this.align = align;
    this.header = { numShards: shards, endianness: 0, producer: 1, minConsumer: 0, badConsumers: [], ...header };
    this.table = table;
    this.sizes = new Array(shards).fill(0);
    this.entries = [];
    for (let shard = 0; shard < shards; shard++) write(shard, new Uint8Array());
  }

  /** @param {Tensor} tensor */
  add(tensor) {
    if (!tensor.slices) return this.#put(utf8(tensor.name), tensor);
    const { name, dtype, shape, values, slices, shard = 0 } = tensor;
    const extents = slices.map((slice) =>
      field.message(
        7,
        slice.map(([start, length]) => field.message(1, [field.varint(1, start), field.varint(2, Math.max(length, 0))])),
      ),
    );
    this.entries.push([utf8(name), concat([field.varint(1, DTYPES[dtype].id), field.message(2, shapeMessage(shape)), ...extents])]);
    slices.forEach((slice, i) => {
      const extent = slice.map(([start, length], d) => [start, length < 0 ? shape[d] : length]);
      const part = { dtype, shape: extent.map(([, length]) => length), values: sliceOf(values, shape, extent) };
      this.#put(orderedKey(name, slice), { ...part, shard: (shard + i) % this.sizes.length });
    });
  }

  #put(key, { dtype, shape, values, chunks, shard = 0, entry = {} }) {
    const offset = this.sizes[shard];
    let size = 0;
    let crc = 0;
    const put = (bytes, checksum) => {
      this.write(shard, bytes);
      size += bytes.length;
      crc = checksum;
    };
    if (dtype === 'string') {
      const strings = stringBytes(values);
      put(strings.bytes, strings.crc);
    } else {
      for (const bytes of chunks ? chunks() : [toBytes(values, dtype)]) put(bytes, crc32c(bytes, crc));
    }
    const gap = (this.align - (size % this.align)) % this.align;
    if (gap) this.write(shard, new Uint8Array(gap));
    this.sizes[shard] += size + gap;
    const said = { dtype: DTYPES[dtype].id, shape, shard, offset, size, crc: maskCrc(crc), ...entry };
    this.entries.push([
      key,
      concat([
        field.varint(1, said.dtype),
        field.message(2, shapeMessage(said.shape)),
        field.varint(3, said.shard),
        field.varint(4, said.offset),
        field.varint(5, said.size),
        field.fixed32(6, said.crc),
      ]),
    ]);
  }

  /** The index file, once every tensor is added. */
  finish() {
    const { numShards, endianness, producer, minConsumer, badConsumers } = this.header;
    const version = [field.varint(1, producer), field.varint(2, minConsumer), ...badConsumers.map((bad) => field.varint(3, bad))];
    const header = concat([field.varint(1, numShards), field.varint(2, endianness), field.message(3, version)]);
    const entries = [[new Uint8Array(), header], ...this.entries];
    return buildTable(
      entries.sort(([a], [b]) => compareBytes(a, b)),
      this.table,
    );
  }
}

/** All files of a bundle in memory: {name: bytes}. Tensors lie in the order of their names, as TensorFlow's Saver writes them. */
export function bundleFiles(stem, tensors, options = {}) {
  const shards = options.shards ?? 1;
  const parts = Array.from({ length: shards }, () => []);
  const writer = new BundleWriter((shard, bytes) => parts[shard].push(bytes), options);
  for (const tensor of tensors.toSorted((a, b) => compareBytes(utf8(a.name), utf8(b.name)))) writer.add(tensor);
  const files = { [`${stem}.index`]: writer.finish() };
  parts.forEach((bytes, shard) => (files[shardName(stem, shard, options.header?.numShards ?? shards)] = concat(bytes)));
  return files;
}

/** The same on disk, tensor by tensor, so that a set larger than memory can be written. Returns the bytes written. */
export function writeBundle(prefix, tensors, options = {}) {
  mkdirSync(dirname(prefix), { recursive: true });
  const shards = options.shards ?? 1;
  const files = Array.from({ length: shards }, (_, shard) => openSync(shardName(prefix, shard, shards), 'w'));
  try {
    const writer = new BundleWriter((shard, bytes) => {
      for (let at = 0; at < bytes.length;) at += writeSync(files[shard], bytes, at);
    }, options);
    for (const tensor of tensors) writer.add(tensor);
    writeFileSync(`${prefix}.index`, writer.finish());
    return writer.sizes.reduce((sum, size) => sum + size, 0);
  } finally {
    files.forEach(closeSync);
  }
}
