import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { readBundle, tableEntries } from './bundle_reader.mjs';
import { BundleWriter, bundleFiles, writeBundle } from './bundle_writer.mjs';
import { bertSet, setFiles, writeFiles } from './bert_set.mjs';
import { crc32c, maskCrc } from './crc32c.mjs';
import { toBytes } from './dtypes.mjs';
import { field } from './proto_writer.mjs';
import { forTest, orderedKey } from './slice_keys.mjs';
import { buildTable } from './table_writer.mjs';
import { v1File } from './v1_writer.mjs';

const fixtures = fileURLToPath(new URL('../fixtures/tf/', import.meta.url));
const hex = (bytes) => Buffer.from(bytes).toString('hex');
const asStored = ({ name, dtype, shape, bytes, shard }) => ({ name, dtype, shape, shard, chunks: () => [bytes] });

function inTemporaryFolder(run) {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  try {
    return run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('CRC32C gives the published checksums, from any address and in pieces', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(255)), 0x62a8ab43);
  assert.equal(crc32c(new Uint8Array()), 0);
  assert.equal(maskCrc(0xe3069283), 0xc78ab0e5);
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => i * 31);
  for (let from = 0; from < 9; from++) {
    const whole = crc32c(bytes.slice(from));
    assert.equal(crc32c(bytes.subarray(from)), whole);
    assert.equal(crc32c(bytes.subarray(from + 70), crc32c(bytes.subarray(from, from + 70))), whole);
  }
});

test('keys of slices are those of the ordered code', () => {
  const signed = {
    0: '80',
    '-1': '7f',
    63: 'bf',
    64: 'c040',
    '-64': '40',
    '-65': '3fbf',
    768: 'c300',
    30522: 'e0773a',
    '-2048': '3800',
    4342338: 'f0424242',
  };
  for (const [value, bytes] of Object.entries(signed)) assert.equal(hex(forTest.orderedSigned(Number(value))), bytes, value);
  assert.equal(
    hex(
      orderedKey('w', [
        [0, 768],
        [384, 384],
      ]),
    ),
    '00770001010280c300c180c180',
  );
});

test('strings are written with their lengths, a checksum of these, and the bytes', () => {
  const files = bundleFiles('s', [{ name: 'x', dtype: 'string', shape: [2], values: ['ab', ''] }]);
  assert.equal(hex(files['s.data-00000-of-00001']), '020078270b346162');
  const entry = tableEntries(Buffer.from(files['s.index'])).entries[1][1];
  assert.equal(hex(entry.subarray(-5)), '35' + '9188b04d'); // field 6, fixed32 4db08891
});

test('half and bfloat16 round to even and keep the special values', () => {
  const bits = (value, dtype) => new Uint16Array(toBytes([value], dtype).slice().buffer)[0];
  const half = {
    1: 0x3c00,
    '-2': 0xc000,
    65504: 0x7bff,
    65520: 0x7c00,
    Infinity: 0x7c00,
    6.103515625e-5: 0x0400,
    5.960464477539063e-8: 1,
    1.00048828125: 0x3c00,
    1.00146484375: 0x3c02,
    0: 0,
  };
  for (const [value, expected] of Object.entries(half)) assert.equal(bits(Number(value), 'float16'), expected, value);
  assert.equal(bits(2047.9, 'float16'), 0x6800);
  const brain = { 1: 0x3f80, 1.00390625: 0x3f80, 1.01171875: 0x3f82, '-3': 0xc040, Infinity: 0x7f80 };
  for (const [value, expected] of Object.entries(brain)) assert.equal(bits(Number(value), 'bfloat16'), expected, value);
  for (const dtype of ['float16', 'bfloat16']) assert.ok((bits(NaN, dtype) & 0x7fff) > (dtype === 'float16' ? 0x7c00 : 0x7f80));
});

for (const path of [
  'good-chinese/chinese_L-2_H-32_A-4/bert_model.ckpt',
  'good-cased/cased_L-3_H-24_A-3/bert_model.ckpt',
  'good-uncased/uncased_L-4_H-16_A-2/model.ckpt-1200',
]) {
  test(`the tensors of ${path} written again give TensorFlow's own files, byte for byte`, () => {
    const { tensors } = readBundle(join(fixtures, path));
    const files = bundleFiles('again', tensors.map(asStored));
    assert.equal(hex(files['again.index']), hex(readFileSync(join(fixtures, `${path}.index`))));
    assert.equal(hex(files['again.data-00000-of-00001']), hex(readFileSync(join(fixtures, `${path}.data-00000-of-00001`))));
  });
}

test("the tensors of good-chinese written in the older form give the file of TensorFlow's V1 saver", () => {
  const tensors = readBundle(join(fixtures, 'good-chinese/chinese_L-2_H-32_A-4/bert_model.ckpt')).tensors.map(
    ({ name, dtype, shape, bytes }) => ({ name, dtype, shape, values: new Float32Array(new Uint8Array(bytes).buffer) }),
  );
  assert.equal(hex(v1File(tensors)), hex(readFileSync(join(fixtures, 'v1-saver/chinese_L-2_H-32_A-4/bert_model.ckpt'))));
});

test('the partitioned tensors of sharded-with-slices cut again give the same keys, entries and bytes', () => {
  const { tensors } = readBundle(join(fixtures, 'sharded-with-slices/uncased_L-4_H-16_A-2/model.ckpt-1200'));
  const entry = (list) => new Map(list.map((t) => [hex(t.key), t]));
  const real = entry(tensors);
  for (const whole of tensors.filter((t) => t.slices)) {
    const parts = whole.slices.map((slice) => real.get(hex(orderedKey(whole.name, slice))));
    const values = new Float32Array(new Uint8Array(Buffer.concat(parts.map((part) => part.bytes))).buffer);
    inTemporaryFolder((folder) => {
      writeBundle(join(folder, 'm'), [{ name: whole.name, dtype: 'float32', shape: whole.shape, values, slices: whole.slices }]);
      const again = entry(readBundle(join(folder, 'm')).tensors);
      for (const part of parts) assert.equal(hex(again.get(hex(part.key)).bytes), hex(part.bytes));
      assert.deepEqual(again.get(hex(Buffer.from(whole.name))).slices, whole.slices);
    });
  }
});

test('several shards and slices come back as they were given, in memory and streamed', () =>
  inTemporaryFolder((folder) => {
    const kernel = Float32Array.from({ length: 60 }, (_, i) => i);
    const tensors = [
      {
        name: 'a/kernel',
        dtype: 'float32',
        shape: [6, 10],
        values: kernel,
        slices: [
          [
            [0, 4],
            [0, 10],
          ],
          [
            [4, 2],
            [0, 10],
          ],
        ],
      },
      { name: 'b', dtype: 'int64', shape: [], values: [7], shard: 2 },
      { name: 'c', dtype: 'float16', shape: [3], values: [1, 2, 3], shard: 1 },
      { name: 'd', dtype: 'float32', shape: [0, 4], values: [], shard: 1 },
    ];
    const size = writeBundle(join(folder, 'm'), tensors, { shards: 3 });
    const read = readBundle(join(folder, 'm'));
    assert.equal(size, 240 + 8 + 6);
    assert.equal(read.shards, 3);
    assert.deepEqual(
      read.tensors.filter((t) => t.slices).map(({ name, shape, slices }) => ({ name, shape, slices })),
      [{ name: 'a/kernel', shape: [6, 10], slices: tensors[0].slices }],
    );
    const parts = read.tensors.filter((t) => t.key[0] === 0);
    assert.deepEqual(
      parts.map((t) => [t.shape, t.shard]),
      [
        [[4, 10], 0],
        [[2, 10], 1],
      ],
    );
    assert.equal(hex(Buffer.concat(parts.map((t) => t.bytes))), hex(toBytes(kernel, 'float32')));
    const inMemory = bundleFiles('m', tensors, { shards: 3 });
    for (const [name, bytes] of Object.entries(inMemory)) assert.equal(hex(bytes), hex(readFileSync(join(folder, name))), name);
  }));

test('small blocks and Snappy change the index and nothing it says', () => {
  const { tensors } = bertSet({ sizes: { L: 12 } });
  const plain = tableEntries(Buffer.from(bundleFiles('m', tensors)['m.index']));
  for (const table of [{ blockSize: 300 }, { snappy: true }, { blockSize: 2000, snappy: true, restartInterval: 3 }]) {
    const index = Buffer.from(bundleFiles('m', tensors, { table })['m.index']);
    const read = tableEntries(index);
    assert.equal(read.blocks > 1, table.blockSize !== undefined);
    assert.deepEqual(
      read.entries.map(([k, v]) => hex(k) + hex(v)),
      plain.entries.map(([k, v]) => hex(k) + hex(v)),
    );
  }
});

test('separators of blocks lie between the blocks', () => {
  const keys = ['', 'a', 'ab', 'abc', 'b\xff', 'c', 'cz', 'd'].map((text) => Buffer.from(text, 'latin1'));
  const table = Buffer.from(
    buildTable(
      keys.map((key) => [key, key]),
      { blockSize: 1 },
    ),
  );
  assert.deepEqual(
    tableEntries(table).entries.map(([key]) => key.toString('latin1')),
    keys.map((key) => key.toString('latin1')),
  );
});

test('an entry can be made to lie, and padding moves what follows', () => {
  let data = Buffer.alloc(0);
  const writer = new BundleWriter((_, bytes) => (data = Buffer.concat([data, bytes])), { align: 16 });
  writer.add({ name: 'a', dtype: 'float32', shape: [1], values: [1], entry: { size: 8 } });
  writer.add({ name: 'b', dtype: 'float32', shape: [1], values: [2] });
  const [, [, a], [, b]] = tableEntries(Buffer.from(writer.finish())).entries;
  assert.equal(data.length, 32);
  assert.ok(hex(a).includes(hex(field.varint(5, 8))));
  assert.ok(hex(b).includes(hex(field.varint(4, 16))));
});

test('a set bears the marks of training and is the same for the same seed', () =>
  inTemporaryFolder((folder) => {
    const options = { sizes: { L: 3 }, seed: 5, shards: 2, adam: true, meta: true, checkpoint: true };
    const set = bertSet(options);
    assert.equal(set.tensors.length, 3 * (5 + 16 * 3 + 9) + 1);
    for (const { name, values } of set.tensors.filter((t) => /(gamma|beta|bias)$/.test(t.name))) {
      assert.ok(
        values.every((value) => value !== 0 && value !== 1),
        name,
      );
    }
    assert.equal(set.vocab.length, 200);
    assert.equal(new Set(set.vocab).size, 200);
    const files = setFiles(set);
    assert.deepEqual(
      Object.keys(files),
      [
        'bert_config.json',
        'bert_model.ckpt.data-00000-of-00002',
        'bert_model.ckpt.data-00001-of-00002',
        'bert_model.ckpt.index',
        'bert_model.ckpt.meta',
        'checkpoint',
        'vocab.txt',
      ].map((name) => `uncased_L-3_H-64_A-1/${name}`),
    );
    for (const [path, bytes] of Object.entries(setFiles(bertSet(options))))
      assert.ok(Buffer.from(bytes).equals(Buffer.from(files[path])), path);
    writeFiles(folder, files);
    const read = readBundle(join(folder, 'uncased_L-3_H-64_A-1/bert_model.ckpt'));
    assert.deepEqual(
      read.tensors.map((t) => t.name),
      set.tensors.map((t) => t.name).sort(),
    );
  }));
