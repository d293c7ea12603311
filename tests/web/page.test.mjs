// What the page works out without a browser.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { focus } from '../../web/page/attention.js';
import { labelsOf } from '../../web/page/histogram.js';
import { measured } from '../../web/page/language.js';
import { codePointLabel, plainText } from '../../web/page/plain-text.js';
import { languageOf } from '../../web/page/run-texts.js';
import { filesOfSet, setsIn } from '../../web/page/sets.js';
import { csv, grouped, groupOf } from '../../web/page/tensor-facts.js';
import { cosine, meanLength, meanVector } from '../../web/page/vectors.js';

test('tensors are grouped by layer in both spellings, and layers in a row fold into one', () => {
  assert.equal(groupOf('bert/encoder/layer_11/output/dense/kernel'), 'bert/encoder/layer_11');
  assert.equal(groupOf('bert.encoder.layer.3.output.dense.weight'), 'bert.encoder.layer.3');
  assert.equal(groupOf('bert/embeddings/LayerNorm/beta'), 'bert/embeddings');
  assert.equal(groupOf('cls/predictions/output_bias'), 'cls');
  assert.equal(groupOf('global_step'), '');
  const names = [
    'cls/predictions/output_bias',
    ...[0, 1, 2, 10].flatMap((layer) => [`bert/encoder/layer_${layer}/a/b`, `bert/encoder/layer_${layer}/c/d`]),
    'global_step',
  ];
  const groups = grouped(names.map((name) => ({ name })));
  assert.deepEqual(
    groups.map(({ name }) => name),
    ['', 'bert/encoder/layer_{0…10}', 'cls'],
  );
  assert.deepEqual(
    groups[1].groups.map(({ name }) => name.split('_')[1]),
    ['0', '1', '2', '10'],
  );
  assert.equal(groups[1].tensors.length, 8);
});

test('a table for spreadsheets holds no formula and no control characters of a name', () => {
  const text = csv([{ name: '=HYPERLINK("x")\u202e', dtype: 'float32', shape: [2, 3], bytes: 24, file: '@a', offset: 0, state: 'good' }]);
  const line = text.split('\n')[1];
  assert.ok(line.startsWith(`"'=HYPERLINK(""x"")‹U+202E right-to-left override›"`), line);
  assert.ok(line.includes("'@a"));
});

test('what is not seen in a name is shown by its number', () => {
  assert.equal(plainText('a\u202eb\u0000'), 'a‹U+202E right-to-left override›b‹U+0000 null›');
  assert.equal(plainText('x'.repeat(130)), `${'x'.repeat(120)} (+10)`);
  assert.equal(codePointLabel(0x1f600), 'U+1F600');
  assert.equal(plainText('北京 ok'), '北京 ok');
});

test('the language of a vocabulary is told by the script of its words', () => {
  assert.equal(languageOf('[PAD]\nthe\nof\n北\n##ing\nand\nto'), 'en');
  assert.equal(languageOf('[PAD]\n北\n京\n##京\nthe'), 'zh');
  assert.equal(languageOf('[PAD]\nの\n東\n京'), 'ja');
  assert.equal(languageOf(''), 'en');
});

test('vectors: mean, length, cosine', () => {
  const matrix = { data: Float32Array.of(3, 4, 1, 0), shape: [2, 2] };
  assert.deepEqual([...meanVector(matrix)], [2, 2]);
  assert.equal(meanLength(matrix), 3);
  assert.ok(Math.abs(cosine([1, 0], [1, 1]) - Math.SQRT1_2) < 1e-12);
});

test('a head on one token is focused, an even one is not', () => {
  const even = { data: new Float32Array(4).fill(0.5), shape: [1, 2, 2] };
  const sharp = { data: Float32Array.of(1, 0, 0, 1), shape: [1, 2, 2] };
  assert.ok(focus(even, 0) < 1e-6);
  assert.equal(focus(sharp, 0), 1);
});

test('measured values keep three digits and their sign', () => {
  assert.deepEqual(
    [0.0393, -0.212, 0, 1234567, 1e-7, NaN, null].map((value) => measured(value)),
    ['0.0393', '−0.212', '0', '1.23e+6', '1.00e−7', 'NaN', '–'],
  );
});

test('no language of the page lacks a word', () => {
  const said = execFileSync(process.execPath, [fileURLToPath(new URL('../../scripts/check_strings.mjs', import.meta.url))], {
    encoding: 'utf8',
  });
  assert.match(said, /^\d+ strings in 2 languages/);
});

test('labels of a histogram do not run into each other, and its ends are always there', () => {
  const wide = labelsOf({ from: -1, to: 1 }, { mean: 0, variance: 0.004 }, 640);
  assert.deepEqual(wide.map(([, text]) => text), ['−1', '0', '1']);
  const even = labelsOf({ from: -1, to: 1 }, { mean: 0, variance: 0.25 }, 640);
  assert.deepEqual(even.map(([x, text]) => [x, text]), [[0, '−1'], [160, '−σ'], [320, '0'], [480, '+σ'], [640, '1']]);
  assert.deepEqual(labelsOf({ from: 0.5, to: 0.9 }, { mean: 0.7, variance: 0.01 }, 640).map(([, text]) => text), ['0.5', '−σ', '+σ', '0.9']);
  assert.deepEqual(labelsOf({ from: 2, to: 2 }, { mean: 2, variance: 0 }, 640), [[320, '2']]);
});

test('of several sets that came together one is taken out with its own files alone', () => {
  const of = (prefix, prefixes, paths) => filesOfSet(paths.map((path) => ({ path })), prefix, prefixes).map(({ path }) => path);
  const folders = ['a/m.ckpt.index', 'a/m.ckpt.data-00000-of-00001', 'a/vocab.txt', 'b/m.ckpt.index', 'b/vocab.txt', 'readme.md'];
  assert.deepEqual(of('b/m.ckpt', ['a/m.ckpt', 'b/m.ckpt'], folders), ['b/m.ckpt.index', 'b/vocab.txt', 'readme.md']);
  // Checkpoints of one run share config and vocabulary; "-10" is no longer name of "-1".
  const steps = ['run/config.json', 'run/m-1.index', 'run/m-1.data-00000-of-00001', 'run/m-10.index', 'run/m-10.meta'];
  assert.deepEqual(of('run/m-10', ['run/m-1', 'run/m-10'], steps), ['run/config.json', 'run/m-10.index', 'run/m-10.meta']);
  // One above the other: the outer set keeps what lies beside it.
  const nested = ['config.json', 'model.safetensors', 'old/m.index', 'old/config.json'];
  assert.deepEqual(of('model.safetensors', ['model.safetensors', 'old/m'], nested), ['config.json', 'model.safetensors']);
  assert.deepEqual(of('old/m', ['model.safetensors', 'old/m'], nested), ['config.json', 'old/m.index', 'old/config.json']);
  const report = { set: { prefix: 'a/m' }, findings: [{ code: 'files/several-sets', evidence: { items: ['b/m', 'c.zip/m'] } }] };
  assert.deepEqual(setsIn(report, [{ path: 'a/m.index' }, { path: 'b/m.index' }, { path: 'c.zip' }]), ['a/m', 'b/m']);
  assert.deepEqual(setsIn(report, [{ path: 'a/m.index' }, { path: 'c.zip' }]), []);
  assert.deepEqual(setsIn({ set: { prefix: 'm' }, findings: [{ code: 'files/meta-not-needed' }] }, [{ path: 'm.index' }]), []);
});
