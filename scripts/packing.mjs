// Packs files into one text: LZMA, a quarter smaller than gzip here because the worker and the page repeat each other, in printable ASCII.
import { spawnSync } from 'node:child_process';

import { toText91 } from '../web/packed/text91.js';

/** @param {Object<string, Buffer>} files; @returns what web/packed/unpack.js takes */
export function pack(files) {
  const input = Buffer.concat(Object.values(files));
  const { status, stdout, stderr, error } = spawnSync('xz', ['--format=lzma', '--lzma1=preset=9e,lc=4,pb=0', '--stdout'],
    { input, maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(`xz: ${error?.message ?? stderr}`);
  return { text: toText91(stdout), packed: stdout.length, files: Object.entries(files).map(([name, { length }]) => [name, length]) };
}
