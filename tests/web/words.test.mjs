import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { catalogue } from '../../web/engine/catalogue.js';
import { explainCode, wordReport } from '../../web/engine/words.js';
import { fixtureReports } from '../support/fixture_reports.mjs';

const reports = await fixtureReports();
const kLoaders = ['keras-bert', 'bert4keras', 'google-bert', 'hf-convert', 'hf-native', 'model-garden', 'bert-for-tf2'];
const on = (effect, ...ids) => ids.map((id) => ({ id, effect }));

function worded(finding, lang = 'en', report = {}) {
  const whole = { effect: 'refuses', certainty: 'certain', consumers: [], args: {}, variant: '', ...finding };
  return wordReport({ set: {}, consumers: [], ...report, findings: [whole] }, lang).findings[0];
}

const vocabRows = { code: 'shapes/vocab-rows', args: { found: 30522, expected: 28996, lines: 28996 }, consumers: on('refuses', 'keras-bert') };

test('the first line names the one loader, what it does and both numbers, grouped', () => {
  const { message, fix, reason } = worded(vocabRows);
  assert.equal(message, 'keras-bert will stop: the config asks for 30,522 word rows, the weights have 28,996.');
  assert.equal(fix.say, 'Set `vocab_size` to `28996`.');
  assert.match(reason, /28,996 lines/);
});

test('two loaders are both named, more are counted, and one whose effect is milder is not among them', () => {
  const say = (...consumers) => worded({ ...vocabRows, consumers }).message;
  assert.match(say(...on('refuses', 'keras-bert', 'bert4keras')), /^keras-bert and bert4keras will stop: /);
  assert.match(say(...on('refuses', ...kLoaders.slice(0, 5)), ...on('loads-wrong', 'bert-for-tf2')), /^keras-bert and 4 others will stop: /);
  assert.match(worded({ ...vocabRows, effect: 'loads-wrong', consumers: on('loads-wrong', 'bert-for-tf2') }).message, /^bert-for-tf2 loads, but wrong: /);
  assert.match(worded({ ...vocabRows, effect: 'loads-wrong', consumers: on('loads-wrong', 'keras-bert', 'bert4keras') }).message, /^keras-bert and bert4keras load, but wrong: /);
});

test('"no loader" is said only where all seven refuse', () => {
  assert.match(worded({ ...vocabRows, consumers: on('refuses', ...kLoaders) }).message, /^No loader takes these files: /);
  assert.doesNotMatch(worded({ ...vocabRows, consumers: on('refuses', ...kLoaders.slice(1)) }).message, /^No loader/);
});

test('loaders that would go on silently are named in the reason', () => {
  const { reason } = worded({ ...vocabRows, consumers: [...on('refuses', 'keras-bert'), ...on('loads-wrong', 'google-bert', 'bert-for-tf2')] });
  assert.match(reason, / google-bert and bert-for-tf2 would not stop, but load it wrong\.$/);
});

test('what is likely or seen in a test run is never stated', () => {
  const near = { code: 'names/near-miss', certainty: 'likely', args: { count: 1, before: 'a', after: 'b' }, consumers: on('refuses', 'keras-bert') };
  assert.equal(worded(near).message, 'keras-bert may stop, it looks like 1 name is a letter or a word off: `a`.');
  const run = { code: 'run/heads-mismatch', certainty: 'needs-run', effect: 'may-be-wrong', args: { found: '12', expected: '8', found_nll: 9.12345, expected_nll: 2 }, consumers: on('may-be-wrong', 'keras-bert') };
  assert.equal(worded(run).message, 'keras-bert may be wrong, in a test run 8 heads fit the weights better than the declared 12.');
  assert.equal(worded(run).reason, 'The loss of hidden words falls from 9.123 to 2.');
});

test('a finding without an effect is a sentence of its own', () => {
  assert.equal(worded({ code: 'shapes/position-limit', effect: 'harmless', args: { longest: 512, rows: 512 } }).message, 'At most 512 tokens fit, [CLS] and [SEP] included.');
  assert.equal(worded({ code: 'weights/untrained-head', variant: 'mlm', effect: 'loads-wrong', consumers: on('loads-wrong', 'hf-convert'), args: { deviation: 0.0176806 } }).message,
    'The encoder is trained, the masked-word head is not.');
});

test('a variant has its own words, an unknown one the default, and else the effect decides', () => {
  const path = { code: 'files/index-given-as-prefix', args: { prefix: 'x/bert_model.ckpt' } };
  assert.equal(worded({ ...path, consumers: on('refuses', 'keras-bert') }).message, 'keras-bert will stop: “bert/embeddings/word_embeddings not found in checkpoint file”.');
  assert.match(worded({ ...path, effect: 'loads-wrong', consumers: on('loads-wrong', 'google-bert') }).message, /wrong: the path ends in \.index, the prefix is `x\/bert_model\.ckpt`\.$/);
  assert.equal(worded({ code: 'names/missing-encoder', variant: 'empty' }).message, 'The checkpoint holds no tensor at all.');
  assert.match(worded({ ...vocabRows, variant: 'no such variant' }).message, /30,522/);
});

test('where an arg is missing the general words of the code stand in', () => {
  const { message, fix, reason } = worded({ ...vocabRows, args: {} });
  assert.equal(message, 'keras-bert will stop: vocab_size is not the number of word rows.');
  assert.equal(fix.say, explainCode('shapes/vocab-rows').fix);
  assert.equal(reason, explainCode('shapes/vocab-rows').means);
});

test('no first line is longer than 120 characters, however long the names', () => {
  const name = `model/${'very_long_scope/'.repeat(40)}kernel`;
  for (const code of catalogue.keys()) {
    const args = Object.fromEntries(['name', 'tensor', 'before', 'after', 'prefix', 'file', 'found', 'expected', 'key', 'sign', 'first', 'second', 'scope', 'should_be', 'what', 'text', 'why'].map((key) => [key, name]));
    for (const lang of ['en', 'zh']) {
      const { message } = worded({ code, args, consumers: on('refuses', 'model-garden', 'bert-for-tf2') }, lang);
      assert.ok([...message].length <= 120, message);
    }
  }
});

test('names are shown, not obeyed: controls, direction marks and backticks', () => {
  const { message } = worded({ code: 'files/web-page', args: { file: 'a`b\u202ec\u001b[31m\n.json', first: '<html>' }, consumers: on('refuses', 'keras-bert') });
  assert.equal(message, "keras-bert will stop: `a'b‹U+202E›c‹U+001B›[31m‹U+000A›.json` is a web page, saved under this name.");
});

test('a cause outside the files opens with how the files are', () => {
  const env = { code: 'env/mixed-keras', effect: 'not-in-the-files', certainty: 'likely' };
  const loads = { verdict: 'loads', final: true }, na = { verdict: 'not-applicable', final: true };
  const say = (consumers, set = {}) => worded(env, 'en', { set, consumers }).message;
  assert.match(say([loads, na]), /^The files are good\. Keras and tf\.keras are mixed\.$/);
  for (const consumers of [[loads, { verdict: 'refuses', final: true }], [{ ...loads, final: false }], [na], []]) {
    assert.match(say(consumers), /^This error does not come from the files\. /);
  }
  assert.match(say([], null), /^This error does not come from the files\. /);
});

test('lists name three and count the rest, and in code each name is a span of its own', () => {
  const special = { code: 'vocab/special-missing', consumers: on('refuses', 'keras-bert') };
  assert.match(worded({ ...special, args: { tokens: ['[UNK]', '[CLS]'] } }).message, /lacks `\[UNK\]`, `\[CLS\]`\.$/);
  assert.match(worded({ ...special, args: { tokens: ['a', 'b', 'c', 'd', 'e'] } }).message, /lacks `a`, `b`, `c` and 2 more\.$/);
});

test('the same report can be worded again in another language', () => {
  const english = wordReport({ set: {}, consumers: [], findings: [{ effect: 'refuses', certainty: 'certain', variant: '', ...vocabRows, consumers: on('refuses', ...kLoaders.slice(0, 5)) }] }, 'en-GB');
  const chinese = wordReport(english, 'zh-CN').findings[0];
  assert.equal(chinese.message, 'keras-bert 和另外 4 个加载器会报错停止：配置要求 30,522 行词向量，权重有 28,996 行。');
  assert.deepEqual(wordReport(wordReport(english, 'zh'), 'en'), english);
});

test('a code can be explained without any files, its source given once for all languages', () => {
  for (const lang of ['en', 'zh']) {
    const { code, title, means, example, cause, fix, source } = explainCode('bundle/mixed-pair', lang);
    assert.equal(code, 'bundle/mixed-pair');
    for (const text of [title, means, example, cause, fix]) assert.ok(text);
    assert.equal(source, 'imcaspar/gpt2-ml#76');
  }
  assert.equal(explainCode('no/such-code'), null);
});

test('every report on the stored sets is worded in both languages, with nothing left to fill in', () => {
  assert.ok(reports.length > 200);
  let count = 0;
  for (const { name, report } of reports) {
    for (const lang of ['en', 'zh']) {
      for (const finding of wordReport(report, lang).findings) {
        ++count;
        for (const text of [finding.message, finding.reason, finding.fix.say]) {
          assert.doesNotMatch(text, /\{[a-z_]|\bundefined\b|\bnull\b|``/, `${name} ${finding.code}: ${text}`);
          assert.match(text, lang === 'zh' ? /[。”]$/ : /[.]$/, `${name} ${finding.code}: ${text}`);
          if (lang === 'zh') assert.match(text, /[\u4e00-\u9fff]/, `${name} ${finding.code}: ${text}`);
        }
        assert.ok([...finding.message].length <= 120, finding.message);
        if (finding.certainty !== 'certain') assert.doesNotMatch(finding.message, /will stop|loads, but wrong|load, but wrong/);
      }
    }
  }
  assert.ok(count > 2000);
});

test('the general words of a code stand in seldom: the checks give what their words need', () => {
  const stood_in = new Set();
  for (const { name, report } of reports) {
    for (const finding of wordReport(report, 'en').findings) {
      const { title, message } = catalogue.get(finding.code).en;
      if (!Object.values(message).includes(title) && finding.message.endsWith(`${title}.`) && finding.effect !== 'not-in-the-files') stood_in.add(`${finding.code} of ${name}`);
    }
  }
  assert.deepEqual([...stood_in], []);
});

test('the catalogue is complete in both languages', () => {
  const { status, stderr } = spawnSync(process.execPath, ['--no-warnings', fileURLToPath(new URL('../../scripts/check_catalogue.mjs', import.meta.url))], { encoding: 'utf8' });
  assert.equal(stderr, '');
  assert.equal(status, 0);
});
