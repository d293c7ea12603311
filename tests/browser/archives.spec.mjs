// Archives dropped on the page: the worker inflates them with the browser's own DecompressionStream.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { deflatedZip, tarOf } from '../support/archive_writer.mjs';
import { zipOf } from '../support/zip_writer.mjs';
import { drop, filesOf, fixture, inEachBrowser, loaders, phase, text, texts } from './support.mjs';

const kFolder = 'uncased_L-4_H-16_A-2';
const kGood = fixture(`tf/good-uncased/${kFolder}`);
const files = filesOf(kGood, `${kFolder}/`);

inEachBrowser('archives', (open) => {
  for (const [name, bytes] of Object.entries({ 'set.zip': deflatedZip(zipOf(files)), 'set.tar.gz': gzipSync(tarOf(files)) })) {
    test(`a set in a dropped ${name} is judged as if it were unpacked, and the report says where to unpack it`, async () => {
      const page = await open();
      await drop(page, { [name]: bytes });
      await phase(page, 'final');
      assert.match(await text(page, 'h1'), /^Loads in all six loaders/);
      assert.ok((await text(page, '.notes')).includes(name), 'where the weights lie');
      assert.deepEqual(page.faults, []);
      assert.deepEqual(page.requests, []);
      await page.close();
    });

    test(`a dropped ${name} that ends early is a finding, not a failure`, async () => {
      const page = await open();
      await drop(page, { [name]: bytes.subarray(0, Math.floor(bytes.length / 2)) });
      await phase(page, 'final');
      assert.ok((await texts(page, '.finding .meta code')).includes('files/truncated'));
      assert.equal((await loaders(page))['keras-bert'], 'will not load');
      assert.deepEqual(page.faults, []);
      await page.close();
    });
  }
});
