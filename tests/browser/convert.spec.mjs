// Conversions through dist/client.js in real browsers: into blobs, and into a folder's handle (that of the page's own storage).
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { open } from '../../web/node/index.js';
import { bertSet, setFiles } from '../support/bert_set.mjs';
import { clientPage, eachBrowser, filesOf, inText, root } from './support.mjs';

const files = setFiles(bertSet({ sizes: { V: 3000, H: 256, L: 2, A: 4, I: 1024, P: 64 } }));
const work = mkdtempSync(join(tmpdir(), 'bert-preflight-'));
after(() => rmSync(work, { recursive: true, force: true }));
const in_node = await open(files);
await in_node.convert({ to: 'safetensors', into: work });
in_node.close();
const expected = inText(filesOf(work));

eachBrowser('conversions', join(root, 'dist'), (here) => {
  let page;
  before(async () => {
    page = await clientPage(here, files);
    await page.evaluate(() => {
      window.openSet = () => window.client.open(window.good);
      window.text = async (blob) => {
        const url = await new Promise((done) => Object.assign(new FileReader(), { onload: ({ target }) => done(target.result) }).readAsDataURL(blob));
        return url.slice(url.indexOf(',') + 1);
      };
      window.contents = async (folder) => {
        const found = {};
        for await (const [name, handle] of folder.entries()) found[name] = await window.text(await handle.getFile());
        return found;
      };
    });
  });

  test('without a folder each file comes as a blob, the same bytes as in Node', async () => {
    const seen = await page.evaluate(async () => {
      const set = await window.openSet();
      const phases = new Set();
      const { files } = await set.convert({ to: 'safetensors', onProgress: ({ phase }) => phases.add(phase) });
      set.close();
      return { files: Object.fromEntries(await Promise.all(files.map(async ({ name, blob }) => [name, await window.text(blob)]))), phases: [...phases] };
    });
    assert.deepEqual(seen.files, expected);
    assert.ok(seen.phases.includes('convert'));
  });

  test('a folder that may be written to gets the files, and none of its own is replaced unasked', async () => {
    const seen = await page.evaluate(async () => {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('written', { create: true });
      const set = await window.openSet();
      await set.convert({ to: 'safetensors', into: folder });
      const files = await window.contents(folder);
      const refused = await set.convert({ to: 'safetensors', into: folder }).catch(({ code, message }) => ({ code, message }));
      await set.convert({ to: 'safetensors', into: folder, overwrite: true });
      const again = await window.contents(folder);
      set.close();
      return { files, refused, again };
    });
    assert.deepEqual(seen.files, expected);
    assert.deepEqual(seen.again, expected);
    assert.equal(seen.refused.code, 'write-failed');
    assert.match(seen.refused.message, /is there already/);
  });

  test('a cancel leaves an empty folder, and the set goes on', async () => {
    const seen = await page.evaluate(async () => {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('cancelled', { create: true });
      const set = await window.openSet();
      const controller = new AbortController();
      const task = set.convert({ to: 'safetensors', into: folder, signal: controller.signal, onProgress: ({ phase }) => phase === 'convert' && controller.abort() });
      const code = await task.then(() => 'done', (error) => error.code);
      const left = Object.keys(await window.contents(folder));
      const { files } = await set.convert({ to: 'tf-bundle', into: folder });
      set.close();
      return { code, left, files: files.length };
    });
    assert.deepEqual(seen, { code: 'aborted', left: [], files: 5 });
  });
});
