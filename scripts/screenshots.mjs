#!/usr/bin/env node
// Pictures of the page in each state, for the README and to be looked at: web/screenshots/<state>-<lang>-<width>-<theme>.png.
//   node scripts/screenshots.mjs [--all] [STATE…]     --all: every state in both languages, widths and themes, into build/screenshots
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';

import { baseSet, choose, fixture, phase, root, serveSite } from '../tests/browser/support.mjs';

const all = process.argv.includes('--all');
const kOut = join(root, all ? 'build/screenshots' : 'web/screenshots');
// What is kept: each state on a desk and on a phone, then dark and Chinese where they differ most.
const kKept =
  /^(?:\w+-en-(?:1280|390)-light|(?:loads|fails|run)-en-1280-dark|loads-en-390-dark|(?:empty|loads|fails)-zh-1280-light|(?:loads|run)-zh-390-light)$/;
const kStates = {
  empty: async () => {},
  // A set large enough that reading it takes a second.
  progress: async (page) => {
    const set = baseSet();
    await choose(
      page,
      readdirSync(set).map((name) => join(set, name)),
    );
    await page.waitForFunction(() => document.querySelector('progress')?.position > 0.3, { polling: 20 });
  },
  loads: (page) => sample(page, 0),
  fails: async (page) => {
    await sample(page, 1);
    await page.waitForSelector('.lines .add');
  },
  tensors: async (page) => {
    await sample(page, 0);
    await page.click('.tabs a:nth-child(2)');
    await page.click('.tensors [data-group$="embeddings"]');
    await page.$$eval('.heat button', (cells) => cells.at(-2).click());
  },
  compare: async (page) => {
    const files = (set) => readdirSync(fixture(set)).map((name) => join(fixture(set), name));
    await choose(page, files('tf/good-uncased/uncased_L-4_H-16_A-2'));
    await phase(page, 'final');
    await page.click('.tabs a:nth-child(4)');
    await choose(page, files('tf/untrained-layers/uncased_L-4_H-16_A-2'), 'other');
    await page.waitForSelector('[data-compared]');
  },
  privacy: async (page) => {
    await page.click('.seal a');
    await page.click('[data-prove]');
    await page.waitForFunction(() => document.querySelector('[data-proved]')?.textContent, { polling: 100 });
  },
  run: async (page) => {
    await sample(page, 0);
    await page.click('.tabs a:nth-child(3)');
    await page.waitForSelector('.chip');
    await page.click('.row .primary');
    await page.waitForSelector('.fill');
    await page.$$eval('.row.end .button:not(.primary)', ([button]) => button.click());
    await page.waitForSelector('.large');
    await page.click('.chips li:nth-child(5) .chip');
  },
};

async function sample(page, which) {
  await page.evaluate((index) => document.querySelectorAll('.drop .as-link')[index].click(), which);
  await phase(page, 'final');
}

mkdirSync(kOut, { recursive: true });
const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith('-'));
const site = await serveSite();
const browser = await puppeteer.launch({
  browser: 'chrome',
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
  headless: true,
});
try {
  for (const [state, reach] of Object.entries(kStates)) {
    if (wanted.length && !wanted.includes(state)) continue;
    for (const lang of ['en', 'zh']) {
      for (const width of [1280, 390]) {
        for (const theme of ['light', 'dark']) {
          const name = `${state}-${lang}-${width}-${theme}`;
          if (!all && !kKept.test(name)) continue;
          const page = await browser.newPage();
          await page.setViewport({ width, height: width < 500 ? 844 : 900 });
          await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]);
          await page.goto(`${site.url}?lang=${lang}`, { waitUntil: 'networkidle0' });
          await reach(page);
          await page.evaluate(() => document.activeElement?.blur?.());
          await page.screenshot({ path: join(kOut, `${name}.png`), fullPage: true });
          await page.close();
        }
      }
    }
  }
} finally {
  await browser.close();
  site.close();
}
