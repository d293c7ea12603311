import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { open } from '../../web/node/index.js';
import { deflatedZip, tarOf } from '../support/archive_writer.mjs';
import { bertSet, setFiles } from '../support/bert_set.mjs';
import { judge } from '../support/engine.mjs';
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
