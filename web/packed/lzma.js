// Reads LZMA 1 streams (the .lzma format of xz --format=lzma), after the description in the LZMA SDK's lzma-specification.txt.
// For streams made at build time and shipped with this code: what is not one is a fault of the build, and says so.
const kStates = 12;
const kEven = 1024;  // of 2048: a bit may as well be 0 as 1
const kTop = 2 ** 24;

const probabilities = (count) => new Uint16Array(count).fill(kEven);

class RangeDecoder {
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at + 5;
    this.range = 0xffffffff;
    this.code = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at + 1);
  }

  normalize() {
    if (this.range >= kTop) return;
    this.range = (this.range << 8) >>> 0;
    this.code = ((this.code << 8) | this.bytes[this.at]) >>> 0;
    this.at += 1;
  }

  bit(table, index) {
    const p = table[index];
    const bound = (this.range >>> 11) * p;
    if (this.code < bound) {
      this.range = bound;
      table[index] = p + ((2048 - p) >>> 5);
      this.normalize();
      return 0;
    }
    this.range -= bound;
    this.code -= bound;
    table[index] = p - (p >>> 5);
    this.normalize();
    return 1;
  }

  // `count` bits, the highest first, each in the context of those before it.
  tree(table, offset, count) {
    let node = 1;
    for (let i = 0; i < count; i += 1) node = 2 * node + this.bit(table, offset + node);
    return node - (1 << count);
  }

  reverseTree(table, offset, count) {
    let node = 1;
    let value = 0;
    for (let i = 0; i < count; i += 1) {
      const bit = this.bit(table, offset + node);
      node = 2 * node + bit;
      value |= bit << i;
    }
    return value;
  }

  direct(count) {
    let value = 0;
    for (let i = 0; i < count; i += 1) {
      this.range >>>= 1;
      const bit = this.code >= this.range ? 1 : 0;
      if (bit) this.code -= this.range;
      this.normalize();
      value = 2 * value + bit;
    }
    return value;
  }
}

class LengthDecoder {
  choice = probabilities(2);
  low = probabilities(16 * 8);
  middle = probabilities(16 * 8);
  high = probabilities(256);

  read(range, position_state) {
    if (!range.bit(this.choice, 0)) return 2 + range.tree(this.low, 8 * position_state, 3);
    if (!range.bit(this.choice, 1)) return 10 + range.tree(this.middle, 8 * position_state, 3);
    return 18 + range.tree(this.high, 0, 8);
  }
}

/** @param {Uint8Array} bytes a whole .lzma stream; @param {number} size of what is in it; @returns {Uint8Array} */
export function readLzma(bytes, size) {
  const properties = bytes[0];
  const literal_context = properties % 9;
  const literal_position = Math.floor(properties / 9) % 5;
  const position_mask = (1 << Math.floor(properties / 45)) - 1;

  const range = new RangeDecoder(bytes, 13);
  const literals = probabilities(0x300 << (literal_context + literal_position));
  const is_match = probabilities(kStates * 16);
  const is_repeat = probabilities(kStates);
  const repeat_other = [probabilities(kStates), probabilities(kStates), probabilities(kStates)];
  const repeat_long = probabilities(kStates * 16);
  const slots = probabilities(4 * 64);
  const middle_distances = probabilities(128);
  const align = probabilities(16);
  const match_length = new LengthDecoder();
  const repeat_length = new LengthDecoder();

  const out = new Uint8Array(size);
  let at = 0;
  let state = 0;
  let distances = [1, 1, 1, 1];  // the last four, latest first

  function literal() {
    const before = at ? out[at - 1] : 0;
    const context = ((at & ((1 << literal_position) - 1)) << literal_context) + (before >> (8 - literal_context));
    const table = 0x300 * context;
    let node = 1;
    // After a match the byte that would have gone on with it is a second context, up to the first bit that differs.
    if (state >= 7) {
      let match = out[at - distances[0]];
      while (node < 0x100) {
        const expected = (match >> 7) & 1;
        match <<= 1;
        const bit = range.bit(literals, table + ((1 + expected) << 8) + node);
        node = 2 * node + bit;
        if (bit !== expected) break;
      }
    }
    while (node < 0x100) node = 2 * node + range.bit(literals, table + node);
    out[at++] = node & 0xff;
    state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
  }

  function distance(length) {
    const slot = range.tree(slots, 64 * Math.min(length - 2, 3), 6);
    if (slot < 4) return slot + 1;
    const bits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) * 2 ** bits;
    if (slot < 14) return base + range.reverseTree(middle_distances, base - slot, bits) + 1;
    return base + range.direct(bits - 4) * 16 + range.reverseTree(align, 0, 4) + 1;
  }

  // Which of the last four distances comes again.
  function repeated() {
    let which = 0;
    while (which < 3 && range.bit(repeat_other[which], state)) which += 1;
    return which;
  }

  while (at < size) {
    const position_state = at & position_mask;
    if (!range.bit(is_match, 16 * state + position_state)) {
      literal();
      continue;
    }
    let length;
    if (!range.bit(is_repeat, state)) {
      length = match_length.read(range, position_state);
      distances = [distance(length), distances[0], distances[1], distances[2]];
      state = state < 7 ? 7 : 10;
    } else {
      const which = repeated();
      if (which === 0 && !range.bit(repeat_long, 16 * state + position_state)) {
        length = 1;
        state = state < 7 ? 9 : 11;
      } else {
        if (which > 0) distances.unshift(...distances.splice(which, 1));
        length = repeat_length.read(range, position_state);
        state = state < 7 ? 8 : 11;
      }
    }
    const from = distances[0];
    if (from > at || at + length > size) throw new Error('this is no whole LZMA stream');
    for (const end = at + length; at < end; at += 1) out[at] = out[at - from];
  }
  return out;
}
