import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import Ajv from 'ajv';
import addFormats from 'ajv-formats';

import { catalogue } from '../../web/engine/catalogue.js';
import { escapeHtml, escapeMarkdown, markdownBlock, markdownCode, shorten, visible } from '../../web/engine/escape.js';
import { formatReport } from '../../web/engine/formats/index.js';
import { explain } from '../../web/engine/paste/index.js';
import { wordReport } from '../../web/engine/words.js';
import { fixtureReports } from '../support/fixture_reports.mjs';

const reports = await fixtureReports(['tf']);
const named = (name) => reports.find((one) => one.name === name).report;
const vocabRows = named('tf/vocab-size-too-large');

// A report whose every text from the files is hostile.
const kHostile = '<script>alert(1)</script>\u001b]0;owned\u0007\u001b[31m\u202e\u2066 `x` **b** _i_ [l](javascript:x) | @me #1 www.evil.example http://e.example \r\n# h ]]> --> & "q" \'s\' \u0000\u200b\ufeff';
const hostile = wordReport({
  format: 1, set: { kind: kHostile, prefix: kHostile }, truncated: 3, unsettled: ['heads'], refuted: ['files/web-page'],
  consumers: [{ id: 'keras-bert', mode: {}, verdict: 'refuses', final: true, loaded: 0, of: 199, because: [0], call: kHostile }],
  findings: [...catalogue.keys()].slice(0, 40).map((code, i) => ({
    code, severity: ['error', 'warning', 'note'][i % 3], effect: ['refuses', 'may-be-wrong', 'harmless'][i % 3], certainty: 'certain', variant: '',
    subject: { kind: 'tensor', file: `../../${kHostile}/C:\\x/${kHostile}`, name: kHostile, ...(i % 2 && { line: 3 }) }, consumers: [{ id: 'keras-bert', effect: 'refuses' }],
    args: Object.fromEntries(['name', 'file', 'tensor', 'prefix', 'found', 'expected', 'key', 'what', 'text', 'sign', 'first', 'token', 'before', 'after', 'error', 'is', 'kind'].map((key) => [key, kHostile])),
    evidence: { found: kHostile, expected: { [kHostile]: [kHostile, 3] }, at: { file: kHostile, offset: 0, length: 60 }, items: [kHostile], total: 4, why: [kHostile], seen_as: kHostile },
    fix: { paste: { kind: 'config', text: kHostile }, file: { name: kHostile, text: `a\nb\n${JSON.stringify(kHostile)}: 3` } }, covers: [{ code: 'names/missing-encoder', count: 2 }],
  })),
}, 'en');

// Controls but tab and line feed, and everything that turns or hides text.
const kUnseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;

test('nothing unseen reaches a terminal, a page or Markdown', () => {
  for (const lang of ['en', 'zh']) {
    for (const name of ['text', 'markdown', 'html']) assert.doesNotMatch(formatReport(name, wordReport(hostile, lang), lang), kUnseen, name);
  }
});

test('nothing unseen stands in JSON or SARIF, which read again say the same', () => {
  for (const name of ['json', 'sarif']) assert.doesNotMatch(formatReport(name, hostile, 'en'), kUnseen, name);
  assert.deepEqual(JSON.parse(formatReport('json', hostile, 'en')), JSON.parse(JSON.stringify(hostile)));
});

test('hostile names stay text in HTML: no tag, no attribute, no comment is made of them', () => {
  const html = formatReport('html', hostile, 'en');
  assert.doesNotMatch(html, /<script|<\/script/i);
  const tags = new Set([...html.matchAll(/<\/?([a-zA-Z!][^\s>]*)/g)].map(([, tag]) => tag.toLowerCase()));
  const known = ['!doctype', 'html', 'head', 'meta', 'title', 'style', 'body', 'h1', 'h2', 'p', 'code', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'article', 'dl', 'dt', 'dd', 'b', 'br', 'ul', 'li', 'pre', 'footer'];
  assert.deepEqual([...tags].filter((tag) => !known.includes(tag)), []);
  for (const [, quoted] of html.matchAll(/(?:class|id)="([^"]*)"/g)) assert.match(quoted, /^[\w/ -]*$/);
});

test('the HTML page stands alone: a policy that forbids every request, no script, no link', () => {
  const html = formatReport('html', wordReport(vocabRows, 'zh'), 'zh');
  assert.match(html, /default-src 'none'/);
  assert.match(html, /<html lang="zh-Hans">/);
  assert.doesNotMatch(html, /<script|<link|src=|href=|url\(|@import| on\w+=/i);
  assert.match(html, /配置要求 137 行词向量，权重有 128 行/);
});

test('hostile names stay text in Markdown', () => {
  const markdown = formatReport('markdown', hostile, 'en');
  // What is left outside code spans and blocks has no live markup.
  const outside = markdown.replace(/^(`{3,})[^\n]*\n[\s\S]*?\n\1$/gm, '').replace(/(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, '');
  assert.doesNotMatch(outside, /<\w|https?:\/\/|(?<!\\)\[|@me|www\.\w|javascript:x\)/);
  assert.doesNotMatch(outside, /^# h/m);
});

test('code spans and blocks hold any text', () => {
  assert.equal(markdownCode('a'), '`a`');
  assert.equal(markdownCode('a`b``c'), '``` a`b``c ```');
  assert.equal(markdownCode('`'), '`` ` ``');
  assert.equal(markdownBlock('x\n```\ny\n', 'json'), '````json\nx\n```\ny\n````');
  assert.equal(escapeMarkdown('a_b*c [d](e) <f> #1 @g'), 'a\\_b\\*c \\[d\\](e) &lt;f&gt; \\#1 &#64;g');
  assert.equal(escapeHtml('<a href="x">\'&'), '&lt;a href=&quot;x&quot;&gt;&#39;&amp;');
});

test('a long name keeps its end, and what is unseen is shown by its code point', () => {
  assert.equal(shorten('abcdefghijklmnop', 10), 'abc…klmnop');
  assert.equal([...shorten('😀'.repeat(50), 10)].length, 10);
  assert.equal(visible('a\u202eb\u001b[0m\tc\nd'), 'a‹U+202E›b‹U+001B›[0m‹U+0009›c‹U+000A›d');
  assert.equal(visible('a\tb\nc\rd', { lines: true }), 'a\tb\nc‹U+000D›d');
  assert.equal(visible('\ud800x'), '‹U+D800›x');
  assert.equal(visible(null), '');
});

test('colour only where it is told, and the words without it', () => {
  const plain = formatReport('text', vocabRows, 'en');
  const coloured = formatReport('text', vocabRows, 'en', { colour: true });
  assert.doesNotMatch(plain, /\u001b/);
  assert.match(coloured, /\u001b\[31merror\u001b\[0m/);
  assert.equal(coloured.replace(/\u001b\[\d*m/g, ''), plain);
});

test('text for a terminal says verdict and counts, found, expected, why and fix, and what no file can tell', () => {
  const text = formatReport('text', vocabRows, 'en');
  assert.match(text, /will not load +keras-bert +36 of 37 tensors/);
  assert.match(text, /error {2}keras-bert and 4 others will stop: the config asks for 137 word rows, the weights have 128\.\n {2}shapes\/vocab-rows · certain\n {2}Found: 137 \(/);
  assert.match(text, /Expected: 128 \(weights, vocab agree\)/);
  assert.match(text, /Fix: Set vocab_size to 128\.\n {4}"vocab_size": 128\n/);
  assert.match(text, /Not told by any file: number of heads, /);
  const chinese = formatReport('text', wordReport(vocabRows, 'zh'), 'zh');
  assert.match(chinese, /无法加载 +keras-bert +张量 36 \/ 37/);
  assert.match(chinese, /解决办法：请把 vocab_size 设为 128。/);
});

test('a fix to paste is never cut, and holds the user\'s own lines', () => {
  const paste = { kind: 'rename', text: Array.from({ length: 400 }, (_, i) => `mv 'a${i}' 'b${i}'`).join('\n') };
  const report = structuredClone(vocabRows);
  report.findings[0].fix.paste = paste;
  for (const name of ['text', 'markdown']) for (const line of paste.text.split('\n')) assert.ok(formatReport(name, report, 'en').includes(line), name);
  assert.ok(formatReport('html', report, 'en').includes(escapeHtml(paste.text)));
});

test('a text that points to nothing, and good files with nothing to say, are told in words', () => {
  assert.match(formatReport('text', explain('hello'), 'en'), /Nothing in this text is known here\./);
  assert.match(formatReport('markdown', { ...vocabRows, findings: [] }, 'en'), /Nothing to report\./);
  assert.match(formatReport('html', explain('hello', { lang: 'zh' }), 'zh'), /这段文字里没有已知的内容/);
});

// --- SARIF ------------------------------------------------------------------------

const schema = JSON.parse(readFileSync(createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'), 'utf8'));
delete schema.$schema;  // draft 4, of which it uses nothing that later drafts read otherwise but "id"
delete schema.id;
const ajv = new Ajv.default({ strict: false, allErrors: true, unicodeRegExp: false });
addFormats.default(ajv);
const validSarif = ajv.compile(schema);
const sarif = (report, lang = 'en') => JSON.parse(formatReport('sarif', report, lang, { version: '1.2.3' }));
const faults = (log) => (validSarif(log) ? [] : validSarif.errors.map(({ instancePath, message }) => `${instancePath} ${message}`));

test('every report on the stored sets, a hostile one and one on a text are valid SARIF 2.1.0', () => {
  for (const { name, report } of reports) assert.deepEqual(faults(sarif(report)), [], name);
  assert.deepEqual(faults(sarif(hostile)), []);
  assert.deepEqual(faults(sarif(explain("KeyError: '[UNK]'"))), []);
  const broken = sarif(vocabRows);
  broken.runs[0].results[0].level = 'fatal';
  assert.ok(faults(broken).length > 0);
});

test('SARIF: the rule of each result is its code, with help; paths are relative; the line is given', () => {
  const [run] = sarif(vocabRows).runs;
  assert.equal(run.tool.driver.version, '1.2.3');
  const result = run.results.find(({ ruleId }) => ruleId === 'shapes/vocab-rows');
  assert.equal(result.level, 'error');
  assert.equal(run.tool.driver.rules[result.ruleIndex].id, 'shapes/vocab-rows');
  assert.match(run.tool.driver.rules[result.ruleIndex].helpUri, /^https:\/\/github\.com\/[\w.-]+\/[\w.-]+/);
  const { artifactLocation, region } = result.locations[0].physicalLocation;
  assert.equal(artifactLocation.uri, 'chinese_L-2_H-32_A-4/bert_config.json');
  assert.ok(region.startLine > 1);
});

test('SARIF: a wrong value in a config is mended in its own line', () => {
  const [run] = sarif(vocabRows).runs;
  const { fixes, locations } = run.results.find(({ ruleId }) => ruleId === 'shapes/vocab-rows');
  const { deletedRegion, insertedContent } = fixes[0].artifactChanges[0].replacements[0];
  assert.equal(deletedRegion.startLine, locations[0].physicalLocation.region.startLine);
  assert.match(insertedContent.text, /^\s*"vocab_size": 128,?$/);
  assert.equal(sarif(named('tf/data-truncated')).runs[0].results[0].fixes, undefined);
});

test('SARIF: no path leaves the set, whatever it is called', () => {
  for (const { locations, fixes = [] } of sarif(hostile).runs[0].results) {
    for (const uri of [...locations.map(({ physicalLocation }) => physicalLocation.artifactLocation.uri), ...fixes.map((fix) => fix.artifactChanges[0].artifactLocation.uri)]) {
      assert.doesNotMatch(uri, /^\/|\.\.\/|^[A-Za-z]:|[\s<>"\\:]/);
      assert.doesNotThrow(() => decodeURIComponent(uri));
    }
  }
});

test('SARIF: fingerprints stay the same from run to run and in each language, and differ between things', () => {
  const prints = (report, lang) => sarif(wordReport(report, lang), lang).runs[0].results.map(({ partialFingerprints }) => partialFingerprints['bertPreflight/v1']);
  assert.deepEqual(prints(vocabRows, 'en'), prints(vocabRows, 'zh'));
  assert.equal(new Set(prints(vocabRows, 'en')).size, vocabRows.findings.length);
  for (const print of prints(vocabRows, 'en')) assert.match(print, /^[0-9a-f]{16}$/);
});

test('the JSON document is the report itself and can be worded again', () => {
  const report = JSON.parse(formatReport('json', vocabRows, 'en'));
  assert.deepEqual(report, vocabRows);
  assert.match(wordReport(report, 'zh').findings[0].message, /^keras-bert 和另外 4 个加载器/);
});
