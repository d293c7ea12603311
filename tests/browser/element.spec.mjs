// <bert-preflight> in a page of somebody else, out of the package's modules.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { importedAtOnce, sizes } from '../../scripts/size.mjs';
import { drop, eachBrowser, filesOf, fixture, root, until } from './support.mjs';

const kSet = fixture('tf/good-uncased/uncased_L-4_H-16_A-2');
const files = filesOf(kSet);

// A host page with its own style, which must reach nothing of the element.
const host = (body, lang = 'en') => `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><title>Docs</title>
<link rel="icon" href="data:,"><style>button { display: none !important } p { color: red } .drop { border: 9px solid red }</style>
<script type="module" src="dist/element.js"></script></head><body>${body}</body></html>`;
const work = mkdtempSync(join(tmpdir(), 'bert-preflight-'));
after(() => rmSync(work, { recursive: true, force: true }));
cpSync(join(root, 'dist'), join(work, 'dist'), { recursive: true });
const kPages = {
  one: host('<bert-preflight><p>Needs JavaScript.</p></bert-preflight>'),
  two: host('<bert-preflight id="a" sample="good"></bert-preflight><bert-preflight id="b" compact sample="bad" consumers="keras-bert google-bert"></bert-preflight>'),
  slots: host('<bert-preflight heading-level="3" features="verdict report" no-run theme="dark"><h3 slot="intro">Check yours</h3><p slot="empty">Any BERT</p><p slot="footer">By us</p>plain</bert-preflight>'),
  chinese: host('<bert-preflight></bert-preflight>', 'zh-CN'),
};
for (const [name, html] of Object.entries(kPages)) writeFileSync(join(work, `${name}.html`), html);

test('the shell of the element, with all it imports at once, loads no engine and no panels', () => {
  const names = importedAtOnce('element.js');
  assert.ok(!names.includes('packed.js'));
  assert.ok(sizes().find(({ title }) => title === 'element shell').fits);
});

eachBrowser('the element', work, (here) => {
  async function open(which) {
    const page = await here.browser.newPage();
    const faults = [];
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    await page.goto(`${here.site.url}${which}.html`, { waitUntil: 'load' });
    await page.evaluate(() => customElements.whenDefined('bert-preflight'));
    return Object.assign(page, { faults });
  }
  const final = (page, selector = 'bert-preflight') =>
    until(page, (wanted) => document.querySelector(wanted).shadowRoot.querySelector('.bp')?.dataset.phase === 'final', { timeout: 60_000 }, selector);
  const inside = (page, selector, read, of = 'bert-preflight') =>
    page.evaluate((host_selector, wanted, body) => new Function('node', `return ${body}`)(document.querySelector(host_selector).shadowRoot.querySelector(wanted)), of, selector, read);
  const give = (page) => drop(page, files, 'bert-preflight');

  test('loads no engine before its first use, then judges what is dropped and tells the page', async () => {
    const page = await open('one');
    assert.ok(!here.site.requests.some((path) => path.includes('packed')), here.site.requests.join());
    assert.equal(await page.evaluate(() => document.querySelector('bert-preflight').report), null);
    await page.evaluate(() => {
      window.told = [];
      for (const name of ['start', 'progress', 'report', 'error', 'cancel'])
        document.addEventListener(`bert-preflight-${name}`, ({ detail, composed }) => window.told.push([name, composed, detail?.consumers?.length ?? null]));
    });
    await give(page);
    await final(page);
    const told = await page.evaluate(() => window.told);
    assert.deepEqual(told[0], ['start', true, null]);
    assert.ok(told.some(([event]) => event === 'progress'));
    assert.deepEqual(told.at(-1), ['report', true, 7]);
    assert.equal(await page.evaluate(() => document.querySelector('bert-preflight').report.consumers.length), 7);
    assert.match(await inside(page, 'h2', 'node.textContent'), /^Loads in all six loaders/);
    assert.equal(await inside(page, '.button', 'getComputedStyle(node).display'), 'flex');
    await page.evaluate(() => document.querySelector('bert-preflight').setAttribute('consumers', 'hf-native'));
    await until(page, () => document.querySelector('bert-preflight').report.consumers.length === 1);
    await page.evaluate(() => document.querySelector('bert-preflight').setAttribute('lang', 'zh'));
    assert.match(await inside(page, 'h2', 'node.textContent'), /\p{Script=Han}/u);
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('two on one page judge at once with one download of the engine', async () => {
    here.site.requests.length = 0;
    const page = await open('two');
    await page.evaluate(() => document.querySelector('#b').scrollIntoView());
    await page.evaluate(() => document.querySelector('#a').scrollIntoView());
    await final(page, '#a');
    await page.evaluate(() => document.querySelector('#b').scrollIntoView());
    await final(page, '#b');
    assert.equal(here.site.requests.filter((path) => path.endsWith('packed.js')).length, 1);
    const [a, b] = await page.evaluate(() => ['#a', '#b'].map((id) => document.querySelector(id).report.consumers.map(({ id: loader, verdict }) => `${loader} ${verdict}`)));
    assert.equal(a.length, 7);
    assert.deepEqual(b, ['keras-bert refuses', 'google-bert refuses']);
    assert.match(await inside(page, '[data-verdict]', 'node.textContent', '#a'), /^Loads in all/);
    assert.match(await inside(page, '[data-verdict]', 'node.textContent', '#b'), /^Will (?:not load|load in no)/);
    assert.equal(await inside(page, '.tabs', 'node', '#b'), null);
    assert.equal((await page.$$('[role="status"]')).length, 1);
    const ids = await page.evaluate(() => [...document.querySelectorAll('bert-preflight')].flatMap(({ shadowRoot }) => [...shadowRoot.querySelectorAll('[id]')].map(({ id }) => id)));
    assert.equal(new Set(ids).size, ids.length);
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('slots, heading level, panels and colours are the host page\'s', async () => {
    const page = await open('slots');
    assert.equal(await inside(page, 'slot[name="intro"]', 'node.assignedElements()[0].textContent'), 'Check yours');
    assert.equal(await inside(page, 'slot[name="empty"]', 'node.assignedElements()[0].textContent'), 'Any BERT');
    await give(page);
    await final(page);
    assert.equal(await inside(page, '[data-verdict]', 'node.tagName'), 'H3');
    assert.equal(await inside(page, '.tabs', 'node.childElementCount'), 2);
    assert.equal(await inside(page, 'slot[name="footer"]', 'node.assignedElements()[0].textContent'), 'By us');
    assert.equal(await inside(page, '.bp', 'getComputedStyle(node).backgroundColor'), 'rgb(18, 20, 22)');
    await page.evaluate(() => document.querySelector('bert-preflight').style.setProperty('--bp-bg', 'rgb(1, 2, 3)'));
    assert.equal(await inside(page, '.bp', 'getComputedStyle(node).backgroundColor'), 'rgb(1, 2, 3)');
    const saved = await page.evaluate(() => {
      let name = '';
      HTMLAnchorElement.prototype.click = function click() {
        name = this.download;
      };
      document.querySelector('bert-preflight').download('sarif');
      return name;
    });
    assert.equal(saved, 'bert-preflight-report.sarif');
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  test('speaks the language of the page around it', async () => {
    const page = await open('chinese');
    assert.match(await inside(page, 'h2', 'node.textContent'), /\p{Script=Han}/u);
    assert.deepEqual(page.faults, []);
    await page.close();
  });

  const no_switch = here.name === 'firefox' && 'Firefox has no command that turns scripts off';
  test('what is inside it is read without JavaScript', { skip: no_switch }, async () => {
    const page = await here.browser.newPage();
    await page.setJavaScriptEnabled(false);
    await page.goto(`${here.site.url}one.html`, { waitUntil: 'load' });
    await page.setJavaScriptEnabled(true);
    assert.match(await page.evaluate(() => document.body.innerText), /Needs JavaScript\./);
    await page.close();
  });
}, { timeout: 240_000 });
