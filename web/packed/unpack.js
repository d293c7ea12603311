// Files packed at build time (scripts/packing.mjs), back to bytes.
import { readLzma } from './lzma.js';

/**
 * @param {Uint8Array} stream of all of them, one after another
 * @param {[string, number][]} files name and size of each, in order
 * @returns {Object<string, Uint8Array>}
 */
export function unpack(stream, files) {
  const all = readLzma(stream, files.reduce((sum, [, size]) => sum + size, 0));
  let at = 0;
  return Object.fromEntries(files.map(([name, size]) => [name, all.slice(at, (at += size))]));
}
