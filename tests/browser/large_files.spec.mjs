// BERT-large, 1.3 GB in one file of another library: judged in a tab, and how much memory that takes beyond the weights kept.
// The files take a minute to make and stay in build/large; BERT_PREFLIGHT_LARGE=1 asks for it.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import puppeteer from 'puppeteer-core';

import { bertSet, setFiles, writeFiles } from '../support/bert_set.mjs';
import { hfFiles, hfSet } from '../support/hf_set.mjs';
import { kerasFile } from '../support/keras_writer.mjs';
import { commandOf, processesBelow } from '../support/processes.mjs';
import { stateDict } from '../support/torch_writer.mjs';
import { choose, kBrowsers, phase, root, serveSite, text } from './support.mjs';

const skip = !process.env.BERT_PREFLIGHT_LARGE && 'set BERT_PREFLIGHT_LARGE';
const kSizes = { V: 30522, H: 1024, L: 24, A: 16, I: 4096, P: 512, T: 2 };
const kMost = 200e6;

const kMakers = {
  torch: () => hfFiles({ ...hfSet({ sizes: kSizes, folder: 'torch' }), write: (tensors) => ({ 'pytorch_model.bin': stateDict(tensors) }) }),
  keras: () => {
    const set = bertSet({ sizes: kSizes, folder: 'keras' });
    const companions = Object.entries(setFiles({ ...set, tensors: [] })).filter(([path]) => /\.(json|txt)$/.test(path));
    return { ...Object.fromEntries(companions), 'keras/bert.weights.h5': kerasFile(set.tensors, 'keras-bert') };
  },
};

// The most memory that any of the browser's pages ever held, in bytes.
const peak = (browser) => Math.max(...processesBelow(browser.process().pid).filter((pid) => commandOf(pid).includes('--type=renderer'))
  .map((pid) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024));

describe('BERT-large in one file, in Chromium', { skip, timeout: 900_000 }, () => {
  const folder = join(root, 'build/large');
  before(() => {
    mkdirSync(folder, { recursive: true });
    for (const [name, make] of Object.entries(kMakers)) if (!existsSync(join(folder, name))) writeFiles(folder, make());
  });

  for (const name of Object.keys(kMakers)) {
    test(`a file of ${name} is judged and its weights are all that is kept`, async (context) => {
      const site = await serveSite();
      const browser = await puppeteer.launch({ ...kBrowsers.chromium, headless: true, protocolTimeout: 600_000 });
      const page = await browser.newPage();
      await page.goto(site.url, { waitUntil: 'networkidle0' });
      const empty = peak(browser);
      const started = Date.now();
      await choose(page, readdirSync(join(folder, name)).map((file) => join(folder, name, file)));
      await phase(page, 'final', 300_000);
      const seconds = (Date.now() - started) / 1000;
      const weights = 4 * setSize(kSizes);
      const beyond = peak(browser) - empty - weights;
      context.diagnostic(`${await text(page, 'h1')} · ${seconds.toFixed(1)} s · ${(beyond / 1e6).toFixed(0)} MB beyond ${(weights / 1e6).toFixed(0)} MB of weights`);
      await browser.close();
      site.close();
      assert.ok(beyond < kMost, `${beyond} bytes beyond the weights`);
    });
  }
});

// Weights of the encoder, embeddings and pooler.
function setSize({ V, H, L, I, P, T }) {
  return (V + P + T) * H + 2 * H + L * (4 * (H * H + H) + 2 * H * I + I + H + 4 * H) + H * H + H;
}
