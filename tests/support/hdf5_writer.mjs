// HDF5 in its first form, as h5py writes it by default: groups in B-trees, attributes of text, data in one piece.
import { concat, utf8 } from './proto_writer.mjs';
import { toBytes } from './dtypes.mjs';

const UNDEFINED = 2n ** 64n - 1n;
const LEAF = 8; // symbols of a node
const TREE = 32; // children of a tree node

/** Little-endian numbers, each as [value, bytes]; texts and bytes as they are. */
function pack(...fields) {
  return concat(
    fields.map((field) => {
      if (!Array.isArray(field)) return typeof field === 'string' ? utf8(field) : field;
      const [value, size] = field;
      const bytes = new Uint8Array(size);
      let rest = BigInt(value);
      for (let i = 0; i < size; i++, rest >>= 8n) bytes[i] = Number(rest & 255n);
      return bytes;
    }),
  );
}
const u8 = (value) => [value, 1];
const u16 = (value) => [value, 2];
const u32 = (value) => [value, 4];
const u64 = (value) => [value, 8];
const padded = (bytes) => concat([bytes, new Uint8Array((8 - (bytes.length % 8)) % 8)]);

const sized = (size, bytes) => concat([bytes, new Uint8Array(size - bytes.length)]);

const FLOAT32 = pack(u8(0x11), u8(0x20), u8(0x1f), u8(0), u32(4), u16(0), u16(32), u8(23), u8(8), u8(0), u8(23), u32(127));

/**
 * @typedef {object} Node
 * @property {Record<string, string[] | string>} [attributes]
 * @property {Record<string, Node>} [children]  a group
 * @property {{shape: number[], values: ArrayLike<number>, chunked?: boolean}} [data]  a dataset of float32
 */

/** @param {Node} root */
export function hdf5File(root) {
  const blocks = [new Uint8Array(96)];
  let size = 96;
  const put = (bytes) => {
    const at = size;
    const block = padded(bytes);
    blocks.push(block);
    size += block.length;
    return at;
  };

  const space = (dims) => pack(u8(1), u8(dims.length), u8(0), u8(0), u32(0), ...dims.map(u64));
  const message = (type, bytes) => pack(u16(type), u16(padded(bytes).length), u32(0), padded(bytes));
  const header = (messages) => {
    const body = concat(messages);
    return put(pack(u8(1), u8(0), u16(messages.length), u32(1), u32(body.length), u32(0), body));
  };

  function attribute(name, value) {
    const texts = [value].flat().map((text) => utf8(text));
    const width = Math.max(1, ...texts.map((text) => text.length));
    const type = pack(u8(0x13), u8(0), u8(0), u8(0), u32(width));
    const dims = space(Array.isArray(value) ? [texts.length] : []);
    const label = pack(name, u8(0));
    const data = texts.map((text) => concat([text, new Uint8Array(width - text.length)]));
    return message(0x0c, pack(u8(1), u8(0), u16(label.length), u16(type.length), u16(dims.length), padded(label), padded(type), padded(dims), ...data));
  }

  function dataset({ shape, values, chunked }) {
    const bytes = toBytes(values, 'float32');
    const layout = pack(u8(3), u8(chunked ? 2 : 1), u64(put(bytes)), u64(bytes.length));
    return [message(0x01, space(shape)), message(0x03, FLOAT32), message(0x08, layout)];
  }

  function group(children) {
    const names = Object.keys(children).sort();
    const offsets = [];
    let heap = new Uint8Array(8);
    for (const name of names) {
      offsets.push(heap.length);
      heap = concat([heap, padded(pack(name, u8(0)))]);
    }
    const symbols = names.map((name, i) => pack(u64(offsets[i]), u64(node(children[name])), u32(0), new Uint8Array(20)));
    const heapAt = put(pack('HEAP', u32(0), u64(heap.length), u64(1), u64(put(heap))));
    // Nodes take their full size whatever is in them. A key between two children is the last name of the one before.
    let below = [];
    for (let i = 0; i < symbols.length || i === 0; i += LEAF) {
      const some = symbols.slice(i, i + LEAF);
      const node = sized(8 + 40 * LEAF, pack('SNOD', u8(1), u8(0), u16(some.length), ...some));
      below.push({ address: put(node), last: offsets[i + some.length - 1] ?? 0 });
    }
    for (let level = 0; level === 0 || below.length > 1; level++) {
      const nodes = [];
      for (let i = 0; i < below.length; i += TREE) {
        const some = below.slice(i, i + TREE);
        const first = u64(i === 0 ? 0 : below[i - 1].last);
        const entries = some.map(({ address, last }) => pack(u64(address), u64(last)));
        const node = pack('TREE', u8(0), u8(level), u16(some.length), u64(UNDEFINED), u64(UNDEFINED), first, ...entries);
        nodes.push({ address: put(sized(32 + 16 * TREE, node)), last: some.at(-1).last });
      }
      below = nodes;
    }
    return [message(0x11, pack(u64(below[0].address), u64(heapAt)))];
  }

  function node({ attributes = {}, children = {}, data }) {
    const texts = Object.entries(attributes).map(([name, value]) => attribute(name, value));
    return header([...(data ? dataset(data) : group(children)), ...texts]);
  }

  const address = node(root);
  const signature = Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a);
  blocks[0] = concat([
    pack(signature, u32(0), u8(0), u8(8), u8(8), u8(0), u16(4), u16(16), u32(0), u64(0), u64(UNDEFINED), u64(size), u64(UNDEFINED), u64(0), u64(address)),
    new Uint8Array(24),
  ]);
  return concat(blocks);
}
