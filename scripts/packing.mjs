// Packs files into one stream: LZMA, a quarter smaller than gzip here because the worker and the page repeat each other.
import { spawnSync } from 'node:child_process';

/**
 * @param {Object<string, Buffer>} files
 * @returns {{stream: Buffer, files: [string, number][]}} what web/packed/unpack.js takes
 */
export function pack(files) {
  const input = Buffer.concat(Object.values(files));
  const { status, stdout, stderr, error } = spawnSync('xz', ['--format=lzma', '--lzma1=preset=9e,lc=4,pb=0', '--stdout'],
    { input, maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(`xz: ${error?.message ?? stderr}`);
  return { stream: stdout, files: Object.entries(files).map(([name, { length }]) => [name, length]) };
}
