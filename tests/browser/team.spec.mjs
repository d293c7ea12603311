// Several workers that share one set, in real browsers: on a page without COOP and COEP, and in a sealed frame.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import puppeteer from 'puppeteer-core';

import { serve } from '../../scripts/serve.mjs';
import { bytesOf, fixture, kBrowsers, root } from './support.mjs';

const kGood = fixture('tf/good-uncased/uncased_L-4_H-16_A-2');
const kWorkerThread = /^(DedicatedWorker|DOM Worker)/;

// Worker threads of all processes that one started, but for its own: a browser has some for itself.
function workerThreads(pid, own = false) {
  let count = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const place = `/proc/${pid}/task/${task}`;
    if (!existsSync(place)) continue;
    if (own && kWorkerThread.test(readFileSync(join(place, 'comm'), 'utf8'))) count += 1;
    for (const child of readFileSync(join(place, 'children'), 'utf8').split(' ').filter(Boolean)) if (existsSync(`/proc/${child}`)) count += workerThreads(child, true);
  }
  return count;
}

// What a sealed page does, in a frame of no origin that may ask for nothing: a worker from a blob, which starts another.
const kSealed = `<!doctype html><meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; worker-src blob:; connect-src 'none'">
<script>onmessage = async ({ data: { script, engine, files } }) => {
  const worker = new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })));
  const ask = (id, method, params) => new Promise((resolve, reject) => {
    worker.onerror = ({ message }) => reject(new Error(message || 'no worker'));
    worker.onmessage = ({ data }) => data.progress || (data.error ? reject(new Error(data.error.message)) : resolve(data.result));
    worker.postMessage({ id, method, params });
  });
  try {
    await ask(1, 'open', { files, engine, options: { workers: 2 } });
    const { value, state } = await ask(2, 'encode', { input: 'hello there' });
    parent.postMessage({ pooled: [...value.pooled.data], workers: state.memory.workers }, '*');
  } catch (error) {
    parent.postMessage({ fault: error.message }, '*');
  }
  worker.terminate();
};</script>`;

for (const [name, options] of Object.entries(kBrowsers)) {
  describe(`workers that share a set in ${name}`, { timeout: 180_000 }, () => {
    let browser, site, page;
    before(async () => {
      site = await serve(join(root, 'dist'));
      browser = await puppeteer.launch({ ...options, headless: true });
      page = await browser.newPage();
      await page.goto(new URL('core.js', site.address), { waitUntil: 'load' });
      const files = Object.fromEntries(readdirSync(kGood).map((file) => [`set/${file}`, bytesOf(join(kGood, file)).toString('base64')]));
      await page.evaluate(async (given) => {
        window.client = await import('/client.js');
        window.good = Object.fromEntries(Object.entries(given).map(([path, text]) => [path, Uint8Array.from(atob(text), (char) => char.charCodeAt(0))]));
      }, files);
    });
    after(async () => {
      await browser?.close();
      site?.close();
    });

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

    test('a worker from a blob starts its like in a sealed frame', async () => {
      const seen = await page.evaluate(async (html) => {
        const frame = Object.assign(document.createElement('iframe'), { srcdoc: html });
        frame.setAttribute('sandbox', 'allow-scripts');
        document.documentElement.append(frame);
        await new Promise((resolve) => (frame.onload = resolve));
        const script = await (await fetch('/worker.js')).text();
        const engine = await (await fetch('/core.wasm')).arrayBuffer();
        const files = Object.entries(window.good).map(([path, bytes]) => ({ path, blob: new Blob([bytes]) }));
        const answer = new Promise((resolve) => window.addEventListener('message', ({ data }) => resolve(data), { once: true }));
        frame.contentWindow.postMessage({ script, engine, files }, '*');
        const data = await answer;
        frame.remove();
        return data;
      }, kSealed);
      assert.equal(seen.fault, undefined);
      assert.deepEqual([seen.pooled.length, seen.workers], [16, 2]);
    });

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
      const { pid } = browser.process();
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
}
