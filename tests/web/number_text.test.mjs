import assert from 'node:assert/strict';
import { test } from 'node:test';

import { arrayText, writeNumber } from '../../web/node/number_text.js';

const bytes = Buffer.alloc(32);
const written = (x) => bytes.toString('latin1', 0, writeNumber(x, bytes, 0));

test('numbers are written as JSON with nine significant digits at most', () => {
  for (const [x, text] of [[0, '0'], [1, '1'], [-1, '-1'], [0.5, '0.5'], [100, '100'], [Math.fround(0.1), '0.100000001'], [123456789, '123456789'],
    [1e20, '1e20'], [Math.fround(1e-7), '1.00000001e-7'], [2 ** -149, '1.40129846e-45'], [Math.fround(3.4028234e38), '3.40282347e38'],
    [9.9999999999, '10'], [NaN, 'null'], [Infinity, 'null'], [-Infinity, 'null']]) assert.equal(written(x), text);
});

test('every float32 comes back from its text', () => {
  const float = new Float32Array(1), bits = new Uint32Array(float.buffer);
  for (let i = 0; i < 300_000; ++i) {
    bits[0] = Math.imul(i, 0x9e3779b1) >>> 0;
    if (!Number.isFinite(float[0]) || float[0] === 0) continue;
    const text = written(float[0]);
    if (Math.fround(JSON.parse(text)) !== float[0]) assert.fail(`${float[0]} came back from ${text}`);
  }
});

test('arrays are written in their shape', () => {
  const data = Float32Array.of(1, 2.5, -3, 4, 5, 6);
  const text = (matrix) => Buffer.concat([...arrayText(matrix)]).toString();
  assert.equal(text({ data, shape: [6] }), '[1,2.5,-3,4,5,6]');
  assert.equal(text({ data, shape: [2, 3] }), '[[1,2.5,-3],[4,5,6]]');
  assert.deepEqual(JSON.parse(text({ data: new Float32Array(0), shape: [0, 3] })), []);
});

test('a large array comes in pieces that make one text', () => {
  const data = Float32Array.from({ length: 300 * 1000 }, (_, i) => Math.sin(i));
  const pieces = [...arrayText({ data, shape: [300, 1000] })];
  assert.ok(pieces.length > 3);
  const rows = JSON.parse(Buffer.concat(pieces));
  assert.deepEqual([rows.length, rows[299].length, Math.fround(rows[299][999])], [300, 1000, data.at(-1)]);
});
