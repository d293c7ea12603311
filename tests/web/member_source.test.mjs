import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';

import { memberSource } from '../../web/engine/member_source.js';
import { BlobSource } from '../../web/node/file_source.js';

const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) >> 7);
const checksum = (of) => (crc32 ? crc32(of) : null);

// A parent with something around the stored bytes, counting what is read of it.
function parentOf(stored, counts = { streams: 0 }) {
  const inner = new BlobSource('a.zip', Uint8Array.from([9, 9, 9, ...stored, 9]));
  return {
    path: inner.path,
    size: inner.size,
    read: (offset, length) => inner.read(offset, length),
    stream(offset, length) {
      counts.streams += 1;
      return inner.stream(offset, length);
    },
  };
}

function deflated(content, { size = content.length, crc = checksum(content), cut = 0, counts } = {}) {
  const stored = deflateRawSync(content);
  return memberSource(parentOf(stored, counts), { path: 'a.zip/a', method: 'deflate', offset: 3, length: stored.length - cut, size, crc32: crc });
}

async function drained(source, offset, length) {
  const chunks = [];
  for await (const chunk of source.stream(offset, length)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

test('a stored member is a range of its archive', async () => {
  const source = memberSource(parentOf(bytes), { path: 'a.zip/a', method: 'stored', offset: 3, length: bytes.length, size: bytes.length });
  assert.deepEqual(Buffer.from(await source.read(5, 10)), Buffer.from(bytes.subarray(5, 15)));
  assert.deepEqual(await drained(source, 100, 1000), Buffer.from(bytes.subarray(100, 1100)));
});

test('reads that go forward inflate once, one that goes back begins again', async () => {
  const counts = { streams: 0 };
  const source = deflated(bytes, { counts });
  const reads = await Promise.all([[0, 10], [5000, 10], [200_000, 99_000]].map(([offset, length]) => source.read(offset, length)));
  assert.deepEqual(Buffer.from(reads[1]), Buffer.from(bytes.subarray(5000, 5010)));
  assert.deepEqual(Buffer.from(reads[2]), Buffer.from(bytes.subarray(200_000, 299_000)));
  assert.equal(counts.streams, 1);
  assert.deepEqual(await drained(source, 299_000, 1000), Buffer.from(bytes.subarray(299_000)));
  assert.equal(counts.streams, 1);
  assert.deepEqual(await drained(source, 0, bytes.length), Buffer.from(bytes));
  assert.equal(counts.streams, 2);
});

test('a gzip file, and a member of what it holds', async () => {
  const packed = gzipSync(bytes);
  const outer = memberSource(new BlobSource('a.tar.gz', packed), { path: 'a.tar', method: 'gzip', offset: 0, length: packed.length, size: bytes.length, crc32: null });
  const inner = memberSource(outer, { path: 'a.tar.gz/a', method: 'stored', offset: 1000, length: 500, size: 500 });
  assert.deepEqual(await drained(inner, 0, 500), Buffer.from(bytes.subarray(1000, 1500)));
  outer.close();
});

test('bytes that end early, go on too long, do not inflate or have another sum reject the read that comes to them', async () => {
  const short = deflated(bytes, { cut: 1000 });
  assert.deepEqual(Buffer.from(await short.read(0, 10)), Buffer.from(bytes.subarray(0, 10)));
  await assert.rejects(short.read(bytes.length - 10, 10));
  await assert.rejects(deflated(bytes, { size: bytes.length + 1, crc: null }).read(bytes.length, 1), /end early/);
  await assert.rejects(deflated(bytes, { size: 5000, crc: null }).read(4990, 10), /more than its 5000 bytes/);
  await assert.rejects(deflated(bytes, { crc: 1 }).read(bytes.length - 1, 1), /check sum/);
  await assert.rejects(drained(deflated(bytes, { crc: 1 }), 0, bytes.length), /check sum/);
  const packed = gzipSync(bytes);
  packed[100] ^= 255;
  const damaged = memberSource(new BlobSource('a.gz', packed), { path: 'a', method: 'gzip', offset: 0, length: packed.length, size: bytes.length, crc32: null });
  await assert.rejects(drained(damaged, 0, bytes.length));
});

test('a bomb stops at the size it was announced with', async () => {
  const bomb = deflated(Buffer.alloc(200_000_000), { size: 1000, crc: null });
  const before = process.memoryUsage().arrayBuffers;
  await assert.rejects(drained(bomb, 0, 1000), /more than its 1000 bytes/);
  assert.ok(process.memoryUsage().arrayBuffers - before < 64_000_000);
});

test('the error of the archive itself is the one told', async () => {
  const parent = { path: 'a.zip', size: 10, async *stream() { throw new Error('the disk is gone'); } };
  const source = memberSource(parent, { path: 'a', method: 'deflate', offset: 0, length: 10, size: 100, crc32: null });
  await assert.rejects(source.read(0, 10), /the disk is gone/);
});
