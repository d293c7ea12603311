// CRC32C (Castagnoli), eight bytes a step, and the mask LevelDB tables and tensor bundles store it under.

const POLYNOMIAL = 0x82f63b78; // reflected
const TABLES = Array.from({ length: 8 }, () => new Uint32Array(256));
for (let i = 0; i < 256; i++) {
  let crc = i;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  TABLES[0][i] = crc;
}
for (let t = 1; t < 8; t++) {
  for (let i = 0; i < 256; i++) TABLES[t][i] = (TABLES[t - 1][i] >>> 8) ^ TABLES[0][TABLES[t - 1][i] & 0xff];
}

/** The checksum of `bytes`; `seed` is the checksum of what came before. */
export function crc32c(bytes, seed = 0) {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES;
  let crc = ~seed;
  let i = 0;
  const aligned = bytes.length >= 16 ? Math.min(bytes.length, -bytes.byteOffset & 3) : bytes.length;
  for (; i < aligned; i++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[i]) & 0xff];
  const words = new Uint32Array(bytes.buffer, bytes.length > i ? bytes.byteOffset + i : 0, (bytes.length - i) >>> 2);
  const pairs = words.length & ~1;
  for (let w = 0; w < pairs; w += 2) {
    const low = crc ^ words[w];
    const high = words[w + 1];
    crc =
      t7[low & 0xff] ^
      t6[(low >>> 8) & 0xff] ^
      t5[(low >>> 16) & 0xff] ^
      t4[low >>> 24] ^
      t3[high & 0xff] ^
      t2[(high >>> 8) & 0xff] ^
      t1[(high >>> 16) & 0xff] ^
      t0[high >>> 24];
  }
  for (i += pairs * 4; i < bytes.length; i++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[i]) & 0xff];
  return ~crc >>> 0;
}

/** LevelDB's mask, so that a checksum of bytes that hold checksums stays useful. */
export const maskCrc = (crc) => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
