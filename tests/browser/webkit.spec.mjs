// The main job in WebKitGTK: the page on a server, the sealed page from a server and from disk.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { fixture, root, serveSite } from './support.mjs';
import { startWebkit, webkitMissing } from './webkit.mjs';

const kSet = fixture('tf/good-uncased/uncased_L-4_H-16_A-2');

describe('WebKitGTK', { timeout: 300_000, skip: webkitMissing() }, () => {
  let browser, site;
  before(async () => {
    site = await serveSite();
    browser = await startWebkit();
  });
  after(async () => {
    await browser?.close();
    site?.close();
  });

  const kFinal = "return document.querySelector('.bp')?.dataset.phase === 'final'";
  const kPlaces = {
    'the page on a server': () => `${site.url}?lang=en`,
    'the sealed page on a server': () => `${site.url}bert-preflight.html?lang=en`,
    'the sealed page from disk': () => `${pathToFileURL(join(root, 'dist/bert-preflight.html'))}?lang=en`,
  };
  for (const [place, address] of Object.entries(kPlaces)) {
    test(`${place} judges a sample, runs it, and refuses every attempt to reach out`, async () => {
      await browser.open(address());
      await browser.until("return document.querySelector('.drop .as-link') !== null");
      site.requests.length = 0;
      await browser.run("document.querySelector('.drop .as-link').click()");
      await browser.until(kFinal);
      assert.match(await browser.run("return document.querySelector('h1').textContent"), /^Loads in all six loaders/);
      await browser.run("document.querySelectorAll('.tabs a')[2].click()");
      await browser.until("return document.querySelector('.chip') !== null");
      await browser.run("document.querySelector('.row.end .primary').click()");
      assert.equal(await browser.until("return document.querySelector('.fill tbody .token')?.textContent"), 'paris');
      await browser.run("document.querySelector('.seal a').click(); document.querySelector('[data-prove]').click()");
      await browser.until("return document.querySelector('[data-proved]')?.textContent");
      // WebKit does not tell a worker why its attempts fail; that nothing came of them is seen at the server.
      const answers = await browser.run("return [...document.querySelectorAll('.results tbody tr')].map((row) => row.innerText)");
      assert.equal(answers.length, 12);
      assert.deepEqual(answers.filter((text) => !/refused by/.test(text) && !/worker\s+it failed/.test(text)), []);
      assert.deepEqual(site.requests, []);
    });
  }

  for (const place of ['the page on a server', 'the sealed page from disk']) {
    test(`files chosen in ${place} are judged`, async () => {
      await browser.open(kPlaces[place]());
      await browser.until("return document.querySelector('[data-pick=\"files\"]') !== null");
      await browser.choose('[data-pick="files"]', readdirSync(kSet).map((name) => join(kSet, name)));
      await browser.until(kFinal);
      assert.match(await browser.run("return document.querySelector('h1').textContent"), /^Loads in all six loaders/);
    });
  }
});
