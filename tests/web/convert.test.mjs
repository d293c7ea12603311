import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { openSet } from '../../web/engine/engine.js';
import { compileEngine } from '../../web/engine/load.js';
import { open } from '../../web/node/index.js';
import { BlobSource } from '../../web/node/file_source.js';
import { FolderOutput } from '../../web/node/folder_output.js';
import { readBundle } from '../support/bundle_reader.mjs';
import { bertSet, setFiles, withNames } from '../support/bert_set.mjs';
import { hfFiles, hfSet } from '../support/hf_set.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = join(root, 'dist/cli.js');
const good = join(root, 'tests/fixtures/tf/good-uncased/uncased_L-4_H-16_A-2');
const work = mkdtempSync(join(tmpdir(), 'bert-preflight-'));
after(() => rmSync(work, { recursive: true, force: true }));
const place = (name) => mkdtempSync(join(work, `${name}-`));

const cli = (...args) => new Promise((done) => execFile(process.execPath, [bin, ...args], (error, stdout, stderr) => done({ code: error ? error.code : 0, stdout, stderr })));

async function convert(files, options) {
  const set = await open(files);
  try {
    return await set.convert(options);
  } finally {
    set.close();
  }
}

async function judged(files, consumers) {
  const set = await open(files, { consumers });
  try {
    return await set.check({ run: false });
  } finally {
    set.close();
  }
}

async function refusal(files, options) {
  const error = await convert(files, { to: 'safetensors', into: join(work, 'refused'), ...options }).then(() => null, (error) => error);
  assert.ok(!existsSync(join(work, 'refused')), 'nothing is written');
  return error;
}

const bytesByName = (prefix) => Object.fromEntries(readBundle(prefix).tensors.map(({ name, dtype, shape, bytes }) => [name, { dtype, shape, bytes: Buffer.from(bytes).toString('base64') }]));

for (const [what, options] of Object.entries({
  'float32': {},
  'half': { dtype: 'float16' },
  'bfloat16': { dtype: 'bfloat16' },
  'three data files and an index in Snappy blocks': { shards: 3, table: { snappy: true } },
  'no heads and no pooler': { pooler: false, mlm: false, nsp: false },
  'odd sizes': { sizes: { V: 151, H: 6, L: 3, A: 2, I: 10, P: 7, T: 3 } },
})) {
  test(`a checkpoint comes back from safetensors with the same tensors bit for bit: ${what}`, async () => {
    const set = bertSet(options);
    const files = setFiles(set);
    const there = place('st'), back = place('tf'), before = place('before');
    await convert(files, { to: 'safetensors', into: there });
    await convert(there, { to: 'tf-bundle', into: back });
    for (const [path, bytes] of Object.entries(files)) writeFileSync(join(before, path.split('/').at(-1)), bytes);
    assert.deepEqual(bytesByName(join(back, 'bert_model.ckpt')), bytesByName(join(before, set.stem)));
    assert.deepEqual(readFileSync(join(back, 'vocab.txt')), readFileSync(join(before, 'vocab.txt')));
    assert.deepEqual(JSON.parse(readFileSync(join(back, 'bert_config.json'))), set.config);
    assert.deepEqual(readdirSync(back).sort(), ['bert_config.json', 'bert_model.ckpt.data-00000-of-00001', 'bert_model.ckpt.index', 'checkpoint', 'vocab.txt']);
    assert.deepEqual(readdirSync(there).sort(), ['config.json', 'model.safetensors', 'tokenizer_config.json', 'vocab.txt']);
  });
}

for (const name of ['good-uncased', 'good-chinese', 'good-cased']) {
  test(`${name} through safetensors and back is TensorFlow's own checkpoint, byte for byte`, async () => {
    const folder = join(root, 'tests/fixtures/tf', name, readdirSync(join(root, 'tests/fixtures/tf', name)).find((one) => /_A-\d+$/.test(one)));
    const there = place('st'), back = place('tf');
    await convert([folder], { to: 'safetensors', into: there });
    await convert(there, { to: 'tf-bundle', into: back });
    const stem = readdirSync(folder).find((one) => one.endsWith('.index')).slice(0, -'.index'.length);
    for (const end of ['.index', '.data-00000-of-00001']) assert.deepEqual(readFileSync(join(back, `bert_model.ckpt${end}`)), readFileSync(join(folder, stem + end)), end);
  });
}

test('the converted model gives the same hidden states', async () => {
  const into = place('same');
  await convert([good], { to: 'safetensors', into });
  const [before, converted] = await Promise.all([good, into].map((folder) => open([folder], { gelu: 'erf' })));
  const vectors = async (set) => {
    const { layers, pooled, mlm_logits } = await set.encode('hello there', undefined, { layers: 'all', logits: true });
    return [...Object.values(layers), pooled, mlm_logits].map(({ data }) => data);
  };
  assert.deepEqual(await vectors(converted), await vectors(before));
  before.close();
  converted.close();
});

// What only the loaders of the other kind of set have to say, of every set.
const kOfTheOtherLoaders = {
  'tf-bundle': { 'vocab/unknown-word-rule': 'keras-bert splits unknown words otherwise', 'files/meta-not-needed': 'there is no .meta', 'config/gelu-form': 'gelu_new is called gelu there',
    'names/converter-cannot-map': 'hf-convert takes no head of a fine-tuned model' },
  safetensors: {},
};

for (const area of ['tf', 'hf']) {
  for (const to of ['safetensors', 'tf-bundle']) {
    test(`sets of ${area} as ${to}, checked again, have no finding they did not have before`, { timeout: 300_000 }, async () => {
      let converted = 0;
      for (const name of readdirSync(join(root, 'tests/fixtures', area)).sort()) {
        const folder = join(root, 'tests/fixtures', area, name);
        if (!existsSync(join(folder, 'case.json'))) continue;
        const { set: path, mutation } = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8'));
        const into = join(place('again'), 'model');
        const set = await open([join(folder, path)]);
        const before = await set.check({ run: false });
        const done = await set.convert({ to, into }).catch((error) => {
          if (error.code !== 'not-possible') throw error;
          assert.notEqual(mutation, 'none', `${name}: ${error.message}`);
          assert.ok(!existsSync(into), name);
          return null;
        });
        set.close();
        if (!done) continue;
        converted += 1;
        const config = existsSync(join(into, 'config.json')) ? JSON.parse(readFileSync(join(into, 'config.json'))) : {};
        const [architecture = ''] = config.architectures ?? [];
        const native = { id: 'hf-native', mode: { class: architecture.startsWith('Bert') ? architecture : 'AutoModel' } };
        const again = await judged([into], ['keras-bert', 'bert4keras', 'google-bert', 'hf-convert', native, 'model-garden', 'bert-for-tf2']);
        const known = new Set(before.findings.flatMap(({ code, covers }) => [code, ...covers.map((one) => one.code)]));
        if (architecture === 'BertForMaskedLM') known.add('names/not-used');  // it has no pooler, and no class has just these two
        // The right way round, the kernels show a head size that was not judged before.
        if (known.has('shapes/layout-vs-names')) known.add('config/heads-unusual');
        const fresh = again.findings.map(({ code }) => code).filter((code) => !known.has(code) && !(before.set.kind !== to && code in kOfTheOtherLoaders[to]));
        assert.deepEqual(fresh, [], `${area}/${name}`);
      }
      assert.ok(converted > 20, `${converted} sets were converted`);
    });
  }
}

test('what a finding names is mended, listed, and not found again', async () => {
  const scoped = withNames(bertSet(), (name) => `module/${name}`);
  const cases = {
    'names/extra-scope': setFiles(scoped),
    'names/missing-scope': setFiles(withNames(bertSet(), (name) => name.replace(/^bert\//, ''))),
    'names/near-miss': setFiles(withNames(bertSet(), (name) => name.replace('layer_1/output/dense/kernel', 'layer_1/output/dense/kernal'))),
    'set/optimizer-slots': setFiles(bertSet({ adam: true })),
    'names/gamma-beta': (() => {
      const set = hfSet();
      const rename = (name) => name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta');
      return hfFiles({ ...set, tensors: set.tensors.map((one) => ({ ...one, name: rename(one.name) })) });
    })(),
  };
  for (const [code, files] of Object.entries(cases)) {
    assert.ok((await judged(files)).findings.some((finding) => finding.code === code), code);
    for (const to of ['safetensors', 'tf-bundle']) {
      const into = place('mended');
      const { repairs } = await convert(files, { to, into });
      const [repair] = repairs.filter((one) => one.code === code);
      assert.ok(repair.count > 0 && repair.message.includes(repair.before), code);
      assert.ok(!(await judged([into])).findings.some((finding) => finding.code === code), `${code} in ${to}`);
    }
  }
});

test('rows without words are cut when that is asked for', async () => {
  const files = setFiles(bertSet({ lines: 180 }));
  for (const [to, config] of [['safetensors', 'config.json'], ['tf-bundle', 'bert_config.json']]) {
    const whole = place('whole'), cut = place('cut');
    await convert(files, { to, into: whole });
    const { repairs } = await convert(files, { to, into: cut, cutRows: true });
    assert.deepEqual(repairs.map(({ code, count }) => [code, count]), [['vocab/fewer-lines', 180]]);
    assert.equal(JSON.parse(readFileSync(join(cut, config))).vocab_size, 180);
    const found = async (folder) => (await judged([folder])).findings.some(({ code }) => code === 'vocab/fewer-lines');
    assert.deepEqual([await found(whole), await found(cut)], [true, false]);
    const rows = async (folder) => {
      const set = await open([folder]);
      set.close();
      return ['word_embeddings', 'cls/predictions/output_bias', 'output_bias'].map((role) => set.tensors.find((one) => one.role === role)?.shape[0]).filter(Boolean);
    };
    assert.ok((await rows(cut)).every((count) => count === 180) && (await rows(whole)).every((count) => count === 200), `${await rows(cut)}`);
  }
});

test('what cannot be converted is said in the words of what was found', async () => {
  const files = setFiles(bertSet());
  const data = Object.keys(files).find((path) => path.includes('.data-'));
  const flipped = { ...files, [data]: files[data].map((byte, i) => (i === 1000 ? byte ^ 1 : byte)) };
  for (const [broken, code] of [
    [flipped, 'bundle/checksum-mismatch'],
    [{ ...files, [data]: files[data].subarray(0, 5000) }, 'bundle/truncated-data'],
    [Object.fromEntries(Object.entries(files).filter(([path]) => !path.endsWith('.index'))), 'files/index-missing'],
    [setFiles(withNames(bertSet(), (name) => name.replace('layer_1/output/dense/bias', 'elsewhere'))), 'names/missing-encoder'],
    [{ ...files, 'uncased_L-2_H-64_A-1/bert_config.json': Buffer.from('{"hidden_size": 64,}') }, 'config/not-json'],
  ]) {
    const error = await refusal(broken);
    assert.deepEqual([error.code, error.findings[0]?.code], ['not-possible', code]);
    assert.ok(error.message.includes(error.findings[0].message));
  }
  assert.equal((await refusal(files, { to: 'pickle' })).code, 'bad-input');
  assert.equal((await refusal(files, { into: undefined })).code, 'bad-input');
});

test('what is no part of the model is left out and named, what a repair accounts for last', async () => {
  const set = bertSet({ adam: true });
  const files = setFiles({ ...set, tensors: [...set.tensors, { name: 'mine/table', dtype: 'float32', shape: [2], values: [1, 2] }] });
  const folder = place('mine'), into = place('mine');
  for (const [path, bytes] of Object.entries(files)) writeFileSync(join(folder, path.split('/').at(-1)), bytes);
  const { stdout } = await cli('convert', folder, '--to', 'safetensors', '-o', into);
  assert.match(stdout, /left out \d+ tensors of the optimizer, such as .*\(set\/optimizer-slots\)\n\nleft out 1 tensor that is no part of the model, such as mine\/table\n$/);
  const { left_out } = await convert([folder], { to: 'tf-bundle', into: place('mine') });
  assert.equal(left_out[0], 'mine/table');
  assert.equal(left_out.length, 1 + 2 * (5 + 16 * 2 + 2 + 5 + 2) + 1);
});

test('what is there already stays, unless it is to be replaced', async () => {
  const into = place('taken');
  writeFileSync(join(into, 'config.json'), 'mine');
  const error = await convert([good], { to: 'safetensors', into }).then(() => null, (error) => error);
  assert.equal(error.code, 'write-failed');
  assert.match(error.message, /config\.json is there already/);
  assert.deepEqual(readdirSync(into), ['config.json']);
  assert.equal(readFileSync(join(into, 'config.json'), 'utf8'), 'mine');
  await convert([good], { to: 'safetensors', into, overwrite: true });
  assert.equal(JSON.parse(readFileSync(join(into, 'config.json'))).model_type, 'bert');
  mkdirSync(join(into, 'checkpoint'));
  assert.equal((await convert([good], { to: 'tf-bundle', into, overwrite: true }).catch((error) => error)).code, 'write-failed');
});

test('a set may be written over itself', async () => {
  const into = place('over');
  await convert([good], { to: 'safetensors', into });
  const before = readFileSync(join(into, 'model.safetensors'));
  await convert([into], { to: 'safetensors', into, overwrite: true });
  assert.deepEqual(readFileSync(join(into, 'model.safetensors')), before);
});

test('a failure or a cancel in the middle leaves nothing behind', async () => {
  const engine = await compileEngine(readFileSync(join(root, 'dist/core.wasm')));
  const files = setFiles(bertSet({ sizes: { V: 3000, H: 64, L: 2, A: 1, I: 256, P: 64, T: 2 } }));
  for (const way of ['read', 'short', 'abort', 'write']) {
    const into = join(place('middle'), 'new');
    const controller = new AbortController();
    let converting = false;
    const sources = Object.entries(files).map(([path, bytes]) => {
      const inner = new BlobSource(path, bytes);
      return { path, size: inner.size, read: (...range) => inner.read(...range),
        async *stream(offset, length) {
          if (converting && offset > 100_000 && way === 'read') throw new Error('the disk is gone');
          if (converting && offset > 100_000 && way === 'short') return;
          yield* inner.stream(offset, length);
        } };
    });
    const outputTo = (folder, overwrite) => {
      const output = new FolderOutput(folder, overwrite);
      const create = output.create.bind(output);
      output.create = (name) => {
        converting = true;
        return create(name);
      };
      if (way === 'write') output.finish = async () => { throw new Error('the disk is full'); };
      return output;
    };
    const set = await openSet(engine, sources, { outputTo });
    const onProgress = ({ phase }) => phase === 'convert' && way === 'abort' && controller.abort();
    const error = await set.convert({ to: 'safetensors', into, signal: controller.signal, onProgress }).then(() => null, (error) => error);
    set.close();
    assert.ok(error, way);
    if (way !== 'write') assert.equal(error.code, way === 'abort' ? 'aborted' : 'read-failed');
    assert.ok(!existsSync(into), `${way}: ${existsSync(into) && readdirSync(into)}`);
  }
});

test('memory stays bounded where a kernel is larger than what is held of it', async () => {
  const set = bertSet({ sizes: { V: 2000, H: 512, L: 1, A: 8, I: 12288, P: 64, T: 2 } });  // kernels of 25 MB
  const files = setFiles(set);
  const there = place('large'), back = place('large');
  for (const [given, to, into] of [[files, 'safetensors', there], [there, 'tf-bundle', back]]) {
    const opened = await open(given);
    await opened.convert({ to, into });
    assert.ok(opened.memory.engine < 40e6, `${opened.memory.engine} bytes of memory`);
    opened.close();
  }
  const before = place('large');
  for (const [path, bytes] of Object.entries(files)) writeFileSync(join(before, path.split('/').at(-1)), bytes);
  assert.deepEqual(bytesByName(join(back, 'bert_model.ckpt')), bytesByName(join(before, set.stem)));
});

test('the command line converts, says what it did and where, and its exit code is the answer', async () => {
  const into = join(place('cli'), 'out');
  const done = await cli('convert', good, '--to', 'safetensors', '-o', into);
  assert.deepEqual([done.code, done.stderr], [0, '']);
  assert.match(done.stdout, /78 tensors, written to [\s\S]*model\.safetensors +[\d,]+\n/);
  const json = await cli('convert', into, '--to=tf-bundle', '-o', into, '--json');
  assert.equal(json.code, 2);
  assert.match(json.stderr, /vocab\.txt is there already/);
  const replaced = await cli('convert', into, '--to=tf-bundle', '-o', into, '--json', '--overwrite');
  assert.equal(replaced.code, 0);
  assert.equal(JSON.parse(replaced.stdout).files[0].name, 'bert_model.ckpt.data-00000-of-00001');

  const flipped = join(root, 'tests/fixtures/tf/byte-flipped');
  const refused = await cli('convert', flipped, '--to', 'safetensors', '-o', join(work, 'no'));
  assert.deepEqual([refused.code, refused.stdout], [1, '']);
  assert.match(refused.stderr, /^bert-preflight: cannot be converted: .*\(bundle\/checksum-mismatch\)\n$/);
  const refused_json = await cli('convert', flipped, '--to', 'safetensors', '-o', join(work, 'no'), '--json');
  assert.equal(refused_json.code, 1);
  assert.equal(JSON.parse(refused_json.stdout).findings[0].code, 'bundle/checksum-mismatch');
  for (const args of [['--to', 'safetensors'], ['-o', into], ['--to', 'onnx', '-o', into], ['--to', 'safetensors', '-o', join(good, 'vocab.txt', 'x')]]) {
    const bad = await cli('convert', good, ...args);
    assert.deepEqual([bad.code, bad.stdout], [2, '']);
    assert.match(bad.stderr, /^bert-preflight: [^\n]+\n$/);
  }
});

test('stopped with Ctrl-C it puts its unfinished files away', { timeout: 60_000 }, async () => {
  const folder = place('slow'), into = join(place('slow'), 'out');
  for (const [path, bytes] of Object.entries(setFiles(bertSet({ sizes: { V: 40000, H: 256, L: 2, A: 4, I: 1024, P: 64 } })))) writeFileSync(join(folder, path.split('/').at(-1)), bytes);
  const child = spawn(process.execPath, [bin, 'convert', folder, '--to', 'safetensors', '-o', into]);
  const ended = new Promise((done) => child.on('close', done));
  while (child.exitCode === null && !(existsSync(into) && readdirSync(into).length)) await new Promise((again) => setTimeout(again, 1));
  child.kill('SIGINT');
  assert.equal(await ended, 2);
  assert.ok(!existsSync(into));
});
