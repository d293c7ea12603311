// Sets one after another: what came before is ended, is not seen any more, and leaves nothing behind.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Part, inFolder, kStates } from './states.mjs';
import { drop, filesOf, fixture, inEachBrowser, loaders, phase, press, text, until } from './support.mjs';

const kGood = fixture('tf/good-uncased/uncased_L-4_H-16_A-2');
const kOther = fixture('tf/good-cased/cased_L-3_H-24_A-3');
// A fact of the model in the side column: how wide it is.
const showsWidth = (page, width) =>
  until(page, (wanted) => document.querySelector('.bp').dataset.phase === 'final' && document.querySelector('.facts')?.textContent.includes(wanted), {}, `Width${width}`);

// The browser tells of an end a little later.
async function workersLeft(page, count) {
  for (const late = Date.now() + 5000; page.workers().length !== count && Date.now() < late; ) await new Promise((done) => setTimeout(done, 50));
  assert.equal(page.workers().length, count);
}

inEachBrowser('a set after another', (open) => {
  test('dropped when the first is judged replaces it', async () => {
    const page = await open();
    await drop(page, filesOf(kGood));
    await showsWidth(page, 16);
    await drop(page, filesOf(kOther));
    await showsWidth(page, 24);
    assert.equal((await page.$$('main h1')).length, 1);
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('dropped while the first is read ends that, and is judged alone', async () => {
    const page = await open();
    // The first worker is not asked to read the data, as if that took long.
    await page.evaluate(() => {
      const post = Worker.prototype.postMessage;
      let first = null;
      Worker.prototype.postMessage = function postMessage(message, ...rest) {
        first ??= this;
        if (this !== first || message.method !== 'check' || message.params.options.quick) post.call(this, message, ...rest);
      };
    });
    await drop(page, filesOf(kGood));
    await phase(page, 'data');
    await drop(page, filesOf(kOther));
    await showsWidth(page, 24);
    assert.match(await text(page, 'h1'), /^Loads in all six loaders/);
    assert.equal((await page.$$('progress')).length, 0);
    await workersLeft(page, 1);
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('stopped by Escape keeps what names and shapes tell, and goes on when asked', async () => {
    const page = await open();
    await kStates.progress(new Part(page));
    const verdict = await text(page, 'h1');
    await page.focus('.progress button');
    await page.keyboard.press('Escape');
    await phase(page, 'stopped');
    assert.match(verdict, /^Names and shapes fit/);
    assert.match(await text(page, 'h1'), /^Names and shapes fit/);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Go on');
    await until(page, () => document.querySelector('.bp-status').textContent.startsWith('Stopped'));
    await workersLeft(page, 0);
    assert.equal((await loaders(page))['keras-bert'], 'fits so far');
    await page.evaluate(() => window.letRead());
    await page.keyboard.press('Enter');
    await phase(page, 'final');
    assert.match(await text(page, 'h1'), /^Loads in all six loaders/);
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('of the same drop is judged when it is asked for, and the way back stays', async () => {
    const page = await open();
    await drop(page, { ...filesOf(kGood, 'a/'), ...filesOf(kOther, 'b/') });
    await showsWidth(page, 16);
    await press(page, 'One of 2 sets here');
    await press(page, 'b/bert_model.ckpt');
    await showsWidth(page, 24);
    assert.match(await text(page, 'h1'), /^Loads in all six loaders/);
    assert.equal(await text(page, '.set-line .name'), 'b/bert_model.ckpt');
    assert.ok(!(await text(page, 'main')).includes('two configs'));
    await press(page, 'One of 2 sets here');
    await press(page, 'a/model.ckpt-1200');
    await showsWidth(page, 16);
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  // Each is shown on every panel, its encoder run, and held against another set.
  test('twenty times leaves one worker, no growing heap and no nodes', async (t) => {
    const page = await open();
    const part = new Part(page);
    const cdp = await page.createCDPSession().catch(() => null); // Firefox has no way to count these
    const measure = async () => {
      await cdp.send('HeapProfiler.collectGarbage');
      const { JSHeapUsedSize: heap, Nodes: nodes } = await page.metrics();
      return { heap, nodes };
    };
    let early = null;
    for (let i = 0; i < 20; i += 1) {
      await (i % 2 ? kStates.tensors : kStates.run)(part);
      if (i % 4 === 3) {
        await part.click('[data-panel="compare"]');
        await part.choose(inFolder(kGood), 'other');
        await part.wait('[data-compared]');
      }
      if (i === 7 && cdp) early = await measure();
      if (i < 19) await press(page, 'Choose another set');
    }
    await workersLeft(page, 1);
    assert.deepEqual(page.faults, []);
    if (cdp) {
      const late = await measure();
      t.diagnostic(`after 8 sets ${early.heap} bytes and ${early.nodes} nodes, after 20 ${late.heap} and ${late.nodes}`);
      assert.ok(late.heap < early.heap + 2e6, `${early.heap} bytes after 8 sets, ${late.heap} after 20`);
      assert.ok(late.nodes < early.nodes * 1.1, `${early.nodes} nodes after 8 sets, ${late.nodes} after 20`);
    }
    await page.close();
  });
});
