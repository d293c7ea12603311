// Just enough of the protobuf wire format to write messages: a message is an array of fields, a field is bytes.

const encoder = new TextEncoder();
export const utf8 = (text) => (typeof text === 'string' ? encoder.encode(text) : text);

/** One Uint8Array from many. */
export function concat(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A base-128 varint; a negative number takes ten bytes, as int64 does on the wire. */
export function varint(value) {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes = [];
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

export function fixed32(value) {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value >>> 0, true);
  return bytes;
}

const tag = (number, wire) => varint((number << 3) | wire);

/** Fields of proto3: zero is left out, as every writer does. */
export const field = {
  varint: (number, value) => (BigInt(value) === 0n ? new Uint8Array() : concat([tag(number, 0), varint(value)])),
  fixed32: (number, value) => concat([tag(number, 5), fixed32(value)]),
  bytes: (number, value) => concat([tag(number, 2), varint(utf8(value).length), utf8(value)]),
  message: (number, fields) => field.bytes(number, concat(fields)),
};
