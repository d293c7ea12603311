// Files packed at build time (scripts/packing.mjs) into one text, back to bytes.
import { readLzma } from './lzma.js';
import { fromText91 } from './text91.js';

/**
 * @param {{text: string, packed: number, files: [string, number][]}} pack name and size of each file, in order
 * @returns {Object<string, Uint8Array>}
 */
export function unpack({ text, packed, files }) {
  const all = readLzma(fromText91(text, packed), files.reduce((sum, [, size]) => sum + size, 0));
  let at = 0;
  return Object.fromEntries(files.map(([name, size]) => [name, all.slice(at, (at += size))]));
}
