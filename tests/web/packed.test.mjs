// What is packed for the sealed page and the package comes out as it was. The streams are made by xz.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { pack } from '../../scripts/packing.mjs';
import { readLzma } from '../../web/packed/lzma.js';
import { fromText91, toText91 } from '../../web/packed/text91.js';
import { unpack } from '../../web/packed/unpack.js';
import { Rng } from '../support/rng.mjs';

const rng = new Rng(11);
const noise = (count) => Uint8Array.from({ length: count }, () => rng.int(0, 255));
const lzma = (bytes, options) => spawnSync('xz', ['--format=lzma', `--lzma1=${options}`, '--stdout'], { input: bytes, maxBuffer: 1e8 }).stdout;

test('bytes become printable ASCII and come back, whatever their number', () => {
  for (const count of [0, 1, 2, 12, 13, 14, 1000, 4099]) {
    const bytes = noise(count);
    const text = toText91(bytes);
    assert.match(text, /^[!-~]*$/);
    assert.doesNotMatch(text, /[<&\\]/);
    assert.ok(text.length <= Math.ceil((count * 8) / 13) * 2);
    assert.deepEqual(fromText91(text, count), bytes);
  }
  assert.deepEqual(fromText91(toText91(new Uint8Array(100).fill(255)), 100), new Uint8Array(100).fill(255));
});

test('streams of every kind of setting and content are read as xz wrote them', () => {
  const engine = readFileSync(fileURLToPath(new URL('../../dist/core.wasm', import.meta.url)));
  const contents = {
    nothing: new Uint8Array(0),
    'one byte': Uint8Array.of(7),
    'one byte many times': new Uint8Array(100_000).fill(65),
    noise: noise(30_000),
    'words in turn': Buffer.from('attention is all you need, is it? '.repeat(3000)),
    'far repeats': Buffer.concat([noise(5000), new Uint8Array(70_000), noise(10)].flatMap((part) => [part, part])),
    'the engine': engine,
  };
  for (const [title, bytes] of Object.entries(contents)) {
    for (const options of ['preset=9e', 'preset=0', 'lc=0,lp=2,pb=2', 'lc=4,lp=0,pb=0', 'lc=1,lp=3,pb=4']) {
      const read = readLzma(lzma(bytes, options), bytes.length);
      assert.ok(Buffer.from(read).equals(Buffer.from(bytes)), `${title}, ${options}`);
    }
  }
});

test('several files go into one text and come out by name', () => {
  const files = { 'a.js': Buffer.from('let a;'), empty: Buffer.alloc(0), 'b.bin': Buffer.from(noise(999)) };
  const out = unpack(pack(files));
  assert.deepEqual(Object.keys(out), Object.keys(files));
  for (const [name, bytes] of Object.entries(files)) assert.ok(Buffer.from(out[name]).equals(bytes), name);
});
