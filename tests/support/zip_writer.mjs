// A zip of stored members: {path: bytes} in, one archive out.
import { concat, utf8 } from './proto_writer.mjs';

const TABLE = Uint32Array.from({ length: 256 }, (_, i) => {
  for (let bit = 0; bit < 8; bit++) i = i & 1 ? (i >>> 1) ^ 0xedb88320 : i >>> 1;
  return i;
});

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 0xff];
  return ~crc >>> 0;
}

/** Little-endian numbers: [value, bytes] each. */
function packed(...numbers) {
  return concat(numbers.map(([value, width]) => Uint8Array.from({ length: width }, (_, i) => (value >>> (8 * i)) & 0xff)));
}

export function zipOf(files) {
  const locals = [];
  const central = [];
  let offset = 0;
  for (const [path, bytes] of Object.entries(files)) {
    const name = utf8(path);
    const common = packed(
      [20, 2],
      [0x800, 2],
      [0, 2],
      [0, 4],
      [crc32(bytes), 4],
      [bytes.length, 4],
      [bytes.length, 4],
      [name.length, 2],
      [0, 2],
    );
    const local = concat([packed([0x04034b50, 4]), common, name, bytes]);
    central.push(concat([packed([0x02014b50, 4], [20, 2]), common, packed([0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]), name]));
    locals.push(local);
    offset += local.length;
  }
  const directory = concat(central);
  const end = packed([0x06054b50, 4], [0, 4], [central.length, 2], [central.length, 2], [directory.length, 4], [offset, 4], [0, 2]);
  return concat([...locals, directory, end]);
}
