import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { openSet } from '../../web/engine/engine.js';
import { compileEngine } from '../../web/engine/load.js';
import { BertPreflightError, open } from '../../web/node/index.js';
import { BlobSource, sourcesOf } from '../../web/node/file_source.js';
import { bertSet, setFiles, writeFiles } from '../support/bert_set.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const good = join(root, 'tests/fixtures/tf/good-uncased/uncased_L-4_H-16_A-2');
const engine = await compileEngine(readFileSync(join(root, 'dist/core.wasm')));
const work = mkdtempSync(join(tmpdir(), 'bert-preflight-'));
after(() => rmSync(work, { recursive: true, force: true }));

// Files in memory that note what is read of them.
function notedSources(files) {
  const reads = [];
  const sources = Object.entries(files).map(([path, bytes]) => {
    const inner = new BlobSource(path, bytes);
    return {
      path,
      size: inner.size,
      read(offset, length) {
        reads.push({ path, offset, length });
        return inner.read(offset, length);
      },
      async *stream(offset, length) {
        reads.push({ path, offset, length, streamed: true });
        yield* inner.stream(offset, length);
      },
    };
  });
  return { sources, reads };
}

const goodFiles = () => Object.fromEntries(readdirSync(good).map((name) => [`set/${name}`, readFileSync(join(good, name))]));

test('opening reads no tensor data and gives files, tensors and abilities', async () => {
  const { sources, reads } = notedSources(goodFiles());
  const set = await openSet(engine, sources);
  assert.ok(reads.every(({ streamed }) => !streamed));
  assert.deepEqual(set.files.map(({ role }) => role).sort(), ['config', 'data', 'index', 'vocabulary']);
  assert.ok(set.tensors.length > 5 + 16 * 4);
  assert.ok(set.tensors.every(({ state }) => state === 'not-read'));
  assert.deepEqual([set.abilities.encoder, set.abilities.vocab], [true, true]);
  set.close();
});

test('the data is read once, whatever is asked for afterwards', async () => {
  const { sources, reads } = notedSources(goodFiles());
  const set = await openSet(engine, sources);
  await set.check({ run: false });
  const after_check = reads.length;
  assert.ok(set.tensors.every(({ state }) => state === 'good'));
  await set.encode('hello');
  await set.check({ consumers: ['keras-bert'] });
  await set.check({ consumers: [{ id: 'bert4keras' }], paste: 'ckpt.index' });
  assert.equal(reads.length, after_check);
  set.close();
});

test('encode without a check before it reads what it needs', async () => {
  const set = await open(good);
  const { layers, pooled, input_ids } = await set.encode('hello there', 'again', { layers: 'all' });
  assert.deepEqual(Object.keys(layers), ['0', '1', '2', '3', '4']);
  assert.deepEqual(layers[4].shape, [input_ids.length, 16]);
  assert.ok(layers[4].data instanceof Float32Array && layers[4].data.every(Number.isFinite));
  assert.deepEqual(pooled.shape, [16]);
  const again = await set.encode({ input_ids: Int32Array.from(input_ids) }, { layers: [0] });
  assert.deepEqual(Object.keys(again.layers), ['0']);
  set.close();
});

test('attention is a distribution over the tokens for each head of each layer', async () => {
  const set = await open(good);
  const { attention, input_ids } = await set.encode('hello there', undefined, { attention: true });
  const n = input_ids.length;
  assert.equal(attention.length, 4);
  assert.deepEqual(attention[0].shape, [2, n, n]);
  for (const { data } of attention) {
    for (let row = 0; row < data.length; row += n) {
      const sum = data.subarray(row, row + n).reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(sum - 1) < 1e-5);
    }
  }
  set.close();
});

test('calls on one set take turns', async () => {
  const set = await open(good);
  const [report, tokens, encoding] = await Promise.all([set.check({ run: false }), set.tokenize('one two'), set.encode('three')]);
  assert.ok(report.consumers.length === 7 && tokens.tokens.length > 2 && encoding.pooled);
  set.close();
});

test('a signal that fires stops the reading, and the set can go on', async () => {
  const files = setFiles(bertSet({ sizes: { V: 4000, H: 256, L: 2, A: 4, I: 1024 } }));
  const controller = new AbortController();
  const { sources } = notedSources(files);
  const set = await openSet(engine, sources);
  const stopped = set.check({ signal: controller.signal, onProgress: ({ phase }) => phase === 'data' && controller.abort() });
  await assert.rejects(stopped, (error) => error instanceof BertPreflightError && error.code === 'aborted');
  const report = await set.check({ run: false });
  assert.ok(report.consumers.filter(({ verdict }) => verdict === 'loads').every(({ final }) => final));
  const gone = AbortSignal.abort();
  await assert.rejects(open(good, { signal: gone }), { code: 'aborted' });
  set.close();
});

test('progress is told in order, at most 20 times a second, and ends at the whole', async () => {
  const steps = [];
  const set = await open(setFiles(bertSet({ sizes: { V: 4000, H: 256, L: 2, A: 4, I: 1024 } })));
  const started = performance.now();
  await set.check({ run: false, onProgress: (step) => steps.push(step) });
  const seconds = (performance.now() - started) / 1000;
  const data = steps.filter(({ phase }) => phase === 'data');
  assert.ok(data.length && data.length <= 20 * seconds + 2);
  assert.equal(data.at(-1).bytesDone, data.at(-1).bytesTotal);
  assert.ok(data.every(({ bytesDone }, i) => i === 0 || bytesDone >= data[i - 1].bytesDone));
  set.close();
});

test('the engine holds no more than the weights and a quarter', async () => {
  const sizes = { V: 12000, H: 512, L: 4, A: 8, I: 2048, P: 512 };
  const set_files = bertSet({ sizes, lines: sizes.V });
  const folder = mkdtempSync(join(work, 'large-'));
  writeFiles(folder, setFiles(set_files));
  const set = await open(folder, { workers: 1 });
  await set.encode('a');
  await set.check({ run: false });
  const floats = set.tensors.reduce((sum, { shape }) => sum + shape.reduce((product, dim) => product * dim, 1), 0);
  const { engine: held, weights } = set.memory;
  assert.ok(weights >= 4 * floats * 0.99, `${weights} bytes of ${4 * floats} kept`);
  assert.ok(held <= 1.25 * 4 * floats, `${held} bytes for ${4 * floats} of weights`);
  set.close();
});

test('a set that cannot be run says why', async () => {
  const files = goodFiles();
  delete files['set/vocab.txt'];
  const set = await open(files);
  assert.equal(set.abilities.vocab, false);
  await assert.rejects(set.tokenize('hello'), { code: 'not-possible', message: /vocabulary/ });
  assert.ok((await set.encode({ input_ids: [1, 2, 3] })).pooled);
  await assert.rejects(set.encode({ input_ids: [1, 2, 3e9] }), { code: 'not-possible' });
  await assert.rejects(set.tokenize(5), { code: 'bad-input' });
  set.close();
  await assert.rejects(set.check(), { code: 'bad-input', message: /closed/ });

  const no_config = goodFiles();
  delete no_config['set/bert_config.json'];
  const other = await open(no_config);
  await assert.rejects(other.encode('hello'), { code: 'not-possible', message: /config/ });
  other.close();
});

test('excerpt gives the bytes of a place, cut at the end of the file', async () => {
  const set = await open(good);
  const { path, size } = set.files.find(({ role }) => role === 'config');
  const text = readFileSync(join(good, 'bert_config.json'));
  assert.deepEqual(Buffer.from(await set.excerpt({ file: path, offset: 0, length: size })), text);
  assert.equal((await set.excerpt({ file: path, offset: size - 2, length: 100 })).length, 2);
  await assert.rejects(set.excerpt({ file: 'elsewhere', offset: 0, length: 1 }), { code: 'bad-input' });
  set.close();
});

test('a file that fails in the middle of its data is a finding, and the rest is judged', async () => {
  const files = goodFiles();
  const half = (source) => ({ ...source, async *stream(offset, length) {
    yield* source.stream(offset, Math.floor(length / 2));
    throw new Error('the disk is gone');
  } });
  const set = await openSet(engine, notedSources(files).sources.map((source) => (source.path.includes('data') ? half(source) : source)));
  const report = await set.check();
  const found = report.findings.find(({ code }) => code === 'files/truncated');
  assert.match(found.subject.file, /data-00000-of-00001$/);
  assert.match(found.message, /could not be read from byte [\d,]+ on: the disk is gone/);
  assert.equal(found.severity, 'error');
  const keras = report.consumers.find(({ id }) => id === 'keras-bert');
  assert.equal(keras.verdict, 'refuses');
  assert.ok(keras.loaded > 0 && keras.loaded < keras.of, `${keras.loaded} of ${keras.of}`);
  assert.deepEqual([...new Set(set.tensors.map(({ state }) => state))].sort(), ['cut', 'good']);
  set.close();
});

test('a file that fails to be read is named, and one that shrank is noticed', async () => {
  const files = goodFiles();
  const fails = notedSources(files).sources.map((source) => (source.path.includes('data') ? { ...source, stream() { throw new Error('the disk is gone'); } } : source));
  const set = await openSet(engine, fails);
  const messages = (report) => report.findings.filter(({ code }) => code === 'files/truncated').map(({ message }) => message).join('\n');
  assert.match(messages(await set.check()), /could not be read from byte 0 on: the disk is gone/);
  set.close();

  const shrinks = notedSources(files).sources.map((source) => (source.path.includes('data') ? { ...source, async *stream(offset, length) { yield* new BlobSource('x', new Uint8Array(length - 10)).stream(0, length); } } : source));
  const shorter = await openSet(engine, shrinks);
  assert.match(messages(await shorter.check()), /the file is shorter than it was/);
  shorter.close();

  const none = notedSources(files).sources.map((source) => ({ ...source, read() { return Promise.reject(new Error('no permission')); } }));
  await assert.rejects(openSet(engine, none), { code: 'no-files', message: /no permission/ });
  await assert.rejects(openSet(engine, []), { code: 'no-files' });
});

test('what is not the engine is said to be something else', async () => {
  await assert.rejects(compileEngine(new TextEncoder().encode('<!DOCTYPE html><p>404')), { code: 'engine-failed', message: /web page/ });
  await assert.rejects(compileEngine(new TextEncoder().encode('hello')), { code: 'engine-failed', message: /not WebAssembly/ });
});

test('links that go in a circle end, and .git is left out', async () => {
  const folder = mkdtempSync(join(work, 'links-'));
  const { mkdirSync, symlinkSync } = await import('node:fs');
  mkdirSync(join(folder, 'inner/.git'), { recursive: true });
  writeFileSync(join(folder, 'inner/.git/config'), 'x');
  writeFileSync(join(folder, 'inner/a.txt'), 'x');
  symlinkSync(folder, join(folder, 'inner/loop'));
  const sources = await sourcesOf([folder]);
  const name = folder.split('/').at(-1);
  assert.deepEqual(sources.map(({ path }) => path), [`${name}/inner/a.txt`]);
});

test('two folders of one name are told apart', async () => {
  for (const side of ['a', 'b']) writeFiles(join(work, side), { 'set/vocab.txt': '[PAD]\n' });
  const sources = await sourcesOf([join(work, 'a/set'), join(work, 'b/set')]);
  assert.equal(new Set(sources.map(({ path }) => path)).size, 2);
});

test('reading a file in pieces gives its bytes', async () => {
  const bytes = Buffer.from(Uint8Array.from({ length: 9_000_001 }, (_, i) => (i * 2654435761) >>> 13));
  const place = join(work, 'bytes.bin');
  writeFileSync(place, bytes);
  const [source] = await sourcesOf([place]);
  const pieces = [];
  for await (const chunk of source.stream(5, bytes.length - 7)) pieces.push(Buffer.from(chunk));
  assert.ok(pieces.length > 1);
  assert.ok(Buffer.concat(pieces).equals(bytes.subarray(5, -2)));
  assert.deepEqual(Buffer.from(await source.read(8_999_000, 2000)), bytes.subarray(8_999_000));
});

test('test sentences tell how far they are, stop when asked, and go on from there', async () => {
  const set = await open(join(root, 'tests/fixtures/trained/set'));
  assert.equal(set.abilities.probes, true);
  const before = await set.check({ run: false });
  assert.ok(before.unsettled.includes('kernel-orientation'));

  const stop = new AbortController();
  let seen = 0;
  const onProgress = ({ phase, bytesDone }) => phase === 'probe' && (seen = bytesDone) > 10 && stop.abort();
  await assert.rejects(set.check({ signal: stop.signal, onProgress }), { code: 'aborted' });
  assert.ok(seen > 10);
  assert.deepEqual((await set.check({ run: false })).unsettled, before.unsettled);

  const steps = [];
  const report = await set.check({ onProgress: (step) => steps.push(step) });
  const probes = steps.filter(({ phase }) => phase === 'probe');
  assert.ok(probes[0].bytesDone > 10, 'it went on');
  assert.ok(probes.every(({ bytesDone }, i) => i === 0 || bytesDone >= probes[i - 1].bytesDone));
  assert.ok(probes.slice(0, -1).every(({ bytesDone, bytesTotal }) => bytesDone < bytesTotal));
  assert.equal(probes.at(-1).bytesDone, probes.at(-1).bytesTotal);
  assert.ok(!report.unsettled.includes('kernel-orientation'));
  assert.deepEqual(await set.check({ run: false }), report);
  set.close();
});

test('a text the user is about to run is held against the position table and the vocabulary', async () => {
  const set = await open(goodFiles());
  const limit = async (text) => (await set.check({ text, run: false })).findings.find(({ code }) => code === 'shapes/position-limit');
  const long = await limit('the '.repeat(500));
  assert.match(long.message, /500|502/);
  assert.equal(long.evidence.found, 502);
  assert.notEqual((await limit('the')).evidence.found, 3);
  await assert.rejects(set.check({ text: 5 }), { code: 'bad-input' });
  set.close();
});
