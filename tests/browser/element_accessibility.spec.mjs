// axe on <bert-preflight> in a page of somebody else: its states, its colours, its languages.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { Part, kStates } from './states.mjs';
import { eachBrowser, root, until, violations } from './support.mjs';

const work = mkdtempSync(join(tmpdir(), 'bert-preflight-'));
after(() => rmSync(work, { recursive: true, force: true }));
cpSync(join(root, 'dist'), join(work, 'dist'), { recursive: true });

// A host page that gives axe nothing to find by itself.
const host = (body, { lang = 'en', theme = 'light' } = {}) => `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><title>Docs</title>
<link rel="icon" href="data:,"><style>:root { color-scheme: ${theme} } body { background: Canvas; color: CanvasText }</style><script type="module" src="dist/element.js"></script></head>
<body><main><h1>Docs</h1><h2>Check yours</h2>${body}</main></body></html>`;

// [theme, language, width of the column the element stands in]
const kLooks = [['light', 'en', 680], ['dark', 'zh', 360]];
// What a narrow element shows.
const kCompact = ['empty', 'progress', 'stopped', 'success', 'loaders chosen', 'failure', 'not to be judged'];

eachBrowser('axe finds nothing in the element', work, (here) => {
  async function open(name, body, options) {
    writeFileSync(join(work, name), host(body, options));
    const page = await here.browser.newPage();
    await page.setViewport({ width: 1280, height: 900 });
    await page.goto(new URL(name, here.site.url), { waitUntil: 'load' });
    await page.evaluate(() => customElements.whenDefined('bert-preflight'));
    return page;
  }

  for (const [theme, lang, width] of kLooks) {
    for (const [state, reach] of Object.entries(kStates)) {
      test(`${state}, ${theme}, ${lang}, ${width} px`, async () => {
        const page = await open('one.html', `<bert-preflight theme="${theme}" style="width: ${width}px"></bert-preflight>`, { theme, lang });
        await reach(new Part(page, 'bert-preflight'));
        assert.deepEqual(await violations(page), []);
        await page.close();
      });
    }
  }

  for (const state of kCompact) {
    test(`compact, ${state}`, async () => {
      const page = await open('compact.html', '<bert-preflight compact heading-level="3" style="width: 320px"></bert-preflight>');
      await kStates[state](new Part(page, 'bert-preflight'));
      assert.deepEqual(await violations(page), []);
      await page.close();
    });
  }

  test('two on one page, one judged well and one not', async () => {
    const page = await open('two.html', '<bert-preflight id="a" sample="good"></bert-preflight><bert-preflight id="b" sample="bad"></bert-preflight>');
    await page.evaluate(() => document.querySelector('#b').scrollIntoView());
    for (const id of ['#a', '#b']) await new Part(page, id).phase('final');
    await until(page, () => document.querySelector('.bp-status')?.textContent);
    assert.deepEqual(await violations(page), []);
    await page.close();
  });
}, { timeout: 400_000 });
