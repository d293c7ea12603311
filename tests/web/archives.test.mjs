import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { open } from '../../web/node/index.js';
import { deflatedZip, tarOf, withField } from '../support/archive_writer.mjs';
import { bertSet, setFiles } from '../support/bert_set.mjs';
import { judge } from '../support/engine.mjs';
import { hfFiles, hfSet } from '../support/hf_set.mjs';
import { zipOf } from '../support/zip_writer.mjs';

const files = setFiles(bertSet());
const folder = Object.keys(files)[0].split('/')[0];
const archives = {
  'set.zip': zipOf(files),
  'small.zip': deflatedZip(zipOf(files)),
  'set.tar': tarOf(files),
  'set.tar.gz': gzipSync(tarOf(files)),
  'set.tgz': gzipSync(tarOf(files)),
};
const codes = (report) => report.findings.map(({ code }) => code);
const verdicts = (report) => report.consumers.map(({ id, verdict, loaded, of }) => ({ id, verdict, loaded, of }));

async function encoded(dropped) {
  const set = await open(dropped);
  try {
    const { layers } = await set.encode({ input_ids: [1, 2, 3] }, { layers: 'last' });
    return Object.values(layers)[0].data;
  } finally {
    set.close();
  }
}

for (const [name, bytes] of Object.entries(archives)) {
  test(`a set in ${name} is judged and runs as if it were unpacked`, async () => {
    const loose = await judge(files);
    const packed = await judge({ [`dir/${name}`]: bytes });
    assert.deepEqual(verdicts(packed), verdicts(loose));
    assert.deepEqual(codes(packed).filter((code) => code !== 'files/still-packed'), codes(loose));
    const finding = packed.findings.find(({ code }) => code === 'files/still-packed');
    assert.equal(finding.subject.file, `dir/${name}`);
    assert.equal(finding.fix.paste.text, `dir/${folder}/bert_model.ckpt`);
    assert.equal(packed.set.prefix, `dir/${folder}/bert_model.ckpt`);
    assert.deepEqual(await encoded({ [name]: bytes }), await encoded(files));
  });
}

test('a Hugging Face folder in an archive is judged as if it were unpacked, and calls name the unpacked folder', async () => {
  const folder = hfFiles(hfSet());
  const loose = await judge(folder);
  for (const [name, bytes] of Object.entries({ 'set.zip': deflatedZip(zipOf(folder)), 'set.tar.gz': gzipSync(tarOf(folder)) })) {
    const packed = await judge({ [name]: bytes });
    assert.deepEqual(verdicts(packed), verdicts(loose));
    assert.deepEqual(codes(packed).filter((code) => code !== 'files/still-packed'), codes(loose));
    const call = (report) => report.consumers.find(({ id }) => id === 'hf-native').call;
    assert.equal(call(packed), call(loose));
  }
});

const plain = zipOf(files);
const many = Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`${i}`, new Uint8Array()]));
const hostile = {
  'encrypted members': ['files/not-read', 'encrypted', withField(plain, { central: 8, local: 6, value: 0x801 })],
  'members in another method': ['files/not-read', 'by a method', withField(plain, { central: 10, local: 8, value: 12 })],
  'too many members': ['files/not-read', 'more files', zipOf(many)],
  'a member that leads out of the folder': ['container/bad-header', 'leads out', zipOf({ ...files, '../../evil': new Uint8Array(1) })],
  'an absolute member in a tar.gz': ['container/bad-header', 'leads out', gzipSync(tarOf({ ...files, '/etc/evil': new Uint8Array(1) }))],
  'a backslash in a name': ['container/bad-header', 'leads out', zipOf({ '..\\evil': new Uint8Array(1) })],
  'a NUL in a name': ['container/bad-header', 'leads out', zipOf({ 'a\0': new Uint8Array(1) })],
};

for (const [what, [code, words, bytes]] of Object.entries(hostile)) {
  test(`an archive with ${what} is named with its reason, and a set beside it is judged all the same`, async () => {
    const alone = await judge({ 'evil.tar.gz': bytes });
    const finding = alone.findings.find((one) => one.code === code);
    assert.ok(finding, `said ${codes(alone)}`);
    assert.equal(finding.subject.file, 'evil.tar.gz');
    assert.ok(finding.message.includes(words), finding.message);
    assert.equal(alone.consumers.find(({ id }) => id === 'keras-bert').verdict, 'refuses');
    const beside = await judge({ ...files, 'evil.tar.gz': bytes });
    assert.deepEqual(verdicts(beside), verdicts(await judge(files)));
    assert.equal(beside.findings.find((one) => one.code === code).severity, 'note');
  });
}

test('what is missing may lie in an archive that cannot be opened: its fault covers that', async () => {
  const report = await judge({ 'set.zip': plain.subarray(0, plain.length - 30) });
  const errors = report.findings.filter(({ severity }) => severity === 'error');
  assert.deepEqual(errors.map(({ code }) => code), ['files/truncated']);
});

test('files compressed one by one belong together', async () => {
  const each = Object.fromEntries(Object.entries(files).map(([path, bytes]) => [`${path}.gz`, gzipSync(bytes)]));
  const report = await judge(each);
  assert.deepEqual(verdicts(report), verdicts(await judge(files)));
  assert.equal(report.set.prefix, `${folder}/bert_model.ckpt`);
});

test('a cut archive is a finding wherever it ends', async () => {
  for (const [name, bytes] of Object.entries(archives)) {
    for (const share of [0.02, 0.5, 0.9, 0.97]) {
      const report = await judge({ [name]: bytes.subarray(0, Math.floor(bytes.length * share)) });
      assert.ok(codes(report).some((code) => code === 'files/truncated' || code === 'files/weights-missing' || code.startsWith('bundle/')), `${name} ${share}: ${codes(report)}`);
      assert.equal(report.consumers.find(({ id }) => id === 'keras-bert').verdict, 'refuses');
    }
  }
});

test('a zip in a zip is named and not opened', async () => {
  const report = await judge({ 'outer.zip': zipOf({ 'inner.zip': zipOf(files), 'README.md': Buffer.from('read me') }) });
  const finding = report.findings.find(({ code }) => code === 'files/not-read');
  assert.equal(finding.subject.file, 'outer.zip/inner.zip');
  assert.ok(codes(report).includes('files/weights-missing'));
});
