// Several workers that share one set, in real browsers: on a page without COOP and COEP, and in the sealed page.
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { processesBelow, threadsOf } from '../support/processes.mjs';
import { clientPage, drop, eachBrowser, filesOf, fixture, root, until } from './support.mjs';

const kGood = fixture('tf/good-uncased/uncased_L-4_H-16_A-2');
const files = filesOf(kGood, 'set/');
const kWorkerThread = /^(DedicatedWorker|DOM Worker)/;

// Worker threads of all processes that one started: a browser has some itself.
const workerThreads = (pid) => processesBelow(pid).flatMap(threadsOf).filter((name) => kWorkerThread.test(name)).length;

const work = mkdtempSync(join(tmpdir(), 'team-'));
after(() => rmSync(work, { recursive: true, force: true }));
copyFileSync(join(root, 'dist/bert-preflight.html'), join(work, 'bert-preflight.html'));
const kFrame = '<!doctype html><iframe sandbox="allow-scripts" src="bert-preflight.html"></iframe>';

// In the sealed page, as its own client does it, but with two workers for a small set.
async function askForTwoWorkers() {
  globalThis.heard = [];
  globalThis.Worker = class extends Worker {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', ({ data }) => data.result?.state && globalThis.heard.push({ workers: data.result.state.memory?.workers, tokens: data.result.value?.pooled?.data.length }));
    }

    postMessage(message, ...more) {
      if (message.method === 'open') message.params.options.workers = 2;
      super.postMessage(message, ...more);
    }
  };
}

eachBrowser('workers that share a set', join(root, 'dist'), (here) => {
  let page;
  before(async () => (page = await clientPage(here, files)));

  test('two workers give what one gives, on a page that may not share memory', async () => {
    const { isolated, gaps, workers, attention } = await page.evaluate(async () => {
      const outputs = [];
      const workers = [];
      for (const count of [1, 2, 3]) {
        const set = await window.client.open(window.good, { workers: count });
        outputs.push(await set.encode('hello there', 'again', { layers: 'all', attention: true }));
        workers.push(set.memory.workers);
        set.close();
      }
      const gap = (a, b) => a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), a.length === b.length ? 0 : Infinity);
      const [alone, ...shared] = outputs;
      return {
        isolated: window.crossOriginIsolated, workers, attention: shared.map((output) => output.attention[0].shape[0]),
        gaps: shared.flatMap((output) => Object.keys(alone.layers).map((layer) => gap(output.layers[layer].data, alone.layers[layer].data))),
      };
    });
    assert.equal(isolated, false);
    assert.deepEqual(workers, [1, 2, 3]);
    assert.deepEqual(attention, [2, 2]);
    assert.ok(gaps.length === 10 && gaps.every((one) => one <= 2e-5), gaps.join(' '));
  });

  for (const [place, html] of Object.entries({ 'from disk': null, 'in a sandboxed frame': kFrame })) {
    test(`two workers of the sealed page ${place} share a set`, async () => {
      const sealed = await here.browser.newPage();
      if (html) writeFileSync(join(work, 'frame.html'), html);
      try {
        await sealed.goto(pathToFileURL(join(work, html ? 'frame.html' : 'bert-preflight.html')), { waitUntil: 'load' });
        const frame = html ? sealed.frames().find((one) => one !== sealed.mainFrame()) : sealed.mainFrame();
        await frame.waitForSelector('.drop');
        await frame.evaluate(askForTwoWorkers);
        await drop(frame, files);
        await until(frame, () => document.querySelector('.bp')?.dataset.phase === 'final');
        await frame.evaluate(() => document.querySelectorAll('.tabs a')[2].click());
        await frame.waitForSelector('.chip');
        await frame.evaluate(() => document.querySelector('.row.end .primary').click());
        await until(frame, () => globalThis.heard.at(-1)?.tokens === 16);
        assert.equal(await frame.evaluate(() => globalThis.heard.at(-1).workers), 2);
      } finally {
        await sealed.close();
      }
    });
  }

  for (const [how, ends, message] of [['throws', "setTimeout(() => { throw new Error('gone') })", /worker 2 of 2 ended: .*gone/], ['is gone without a word', 'self.close()', /worker 2 of 2 does not answer/]]) {
    test(`a worker that ${how} while a text is encoded is reported`, async () => {
      const seen = await page.evaluate(async (act) => {
        const script = await (await fetch('/worker.js')).text();
        const spoilt = `${script}\nlet steps = 0; self.addEventListener('message', ({ data }) => { if (data.sum && (steps += 1) === 4) { ${act}; } });`;
        const workerURL = URL.createObjectURL(new Blob([spoilt], { type: 'text/javascript' }));
        const set = await window.client.open(window.good, { workers: 2, workerURL });
        await set.check({ run: false });
        const started = performance.now();
        const error = await set.encode('hello there').catch(({ code, message }) => ({ code, message }));
        const seconds = (performance.now() - started) / 1000;
        set.close();
        return { ...error, seconds };
      }, ends);
      assert.equal(seen.code, 'engine-failed');
      assert.match(seen.message, message);
      assert.ok(seen.seconds < 20, `${seen.seconds} s`);
    });
  }

  test('cancelling ends all workers, and fifty rounds of opening and closing leave none', async () => {
    await page.evaluate(async () => {
      const set = await window.client.open(window.good, { workers: 2 });
      for (const delay of [0, 2, 10, 30]) {
        const controller = new AbortController();
        const task = set.encode('hello', undefined, { signal: controller.signal }).catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, delay));
        controller.abort();
        await task;
      }
      await set.encode('hello');
      set.close();
      for (let i = 0; i < 50; i += 1) {
        const one = await window.client.open(window.good, { workers: 2 });
        await one.encode('hello');
        one.close();
      }
    });
    const { pid } = here.browser.process();
    let left = workerThreads(pid);
    for (let i = 0; i < 100 && left; i += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      left = workerThreads(pid);
    }
    assert.equal(left, 0);
    const open = await page.evaluate(async () => {
      window.kept = await window.client.open(window.good, { workers: 2 });
      await window.kept.encode('hello');
      return window.kept.memory.workers;
    });
    assert.deepEqual([open, workerThreads(pid)], [2, 2]);  // so that the count above can tell
    await page.evaluate(() => window.kept.close());
  });
});
