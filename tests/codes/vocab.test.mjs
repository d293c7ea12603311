import { bertSet } from '../support/bert_set.mjs';
import { LOADERS } from '../support/loader_model.mjs';
import { codeTest, only } from './code_test.mjs';
import { good } from './sets.mjs';

const all = (verdict) => Object.fromEntries(LOADERS.map((id) => [id, verdict]));
const vocab = (change, options) => () => {
  const set = good(options);
  return { ...set, vocab: change(set.vocab) };
};
const lines = (list) => `${list.join('\n')}\n`;
const put =
  (...pairs) =>
  (list) =>
    pairs.reduce((changed, [id, token]) => changed.with(id, token), list);
const WORD = 180; // a line that holds a word

codeTest(
  'vocab/not-text',
  [
    { when: 'it is a pickle', set: vocab(() => Uint8Array.of(0x80, 4, 0x95, 0, 0)), severity: 'error', verdicts: all('refuses') },
    { when: 'it is a zip', set: vocab(() => Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0)), severity: 'error' },
    {
      when: 'a word is in Latin-1',
      set: vocab((v) => Buffer.from(lines([...v.slice(0, WORD), 'caf\xe9', ...v.slice(WORD + 1)]), 'latin1')),
      severity: 'error',
    },
    { when: 'it is JSON', set: vocab((v) => JSON.stringify(Object.fromEntries(v.map((token, id) => [token, id])))), severity: 'error' },
  ],
  { when: 'a word has accents in UTF-8', set: vocab(put([WORD, 'café'])), verdicts: all('loads') },
);

codeTest(
  'vocab/more-lines-than-rows',
  [
    { when: 'two words are appended', set: vocab((v) => [...v, 'zyx', 'zyxw']), severity: 'error', verdicts: all('refuses') },
    { when: 'blank lines are appended', set: vocab((v) => [...v, '', '']), severity: 'note', verdicts: all('loads') },
  ],
  { when: 'lines and rows agree and the last line has no end', set: vocab((v) => v.join('\n')), verdicts: all('loads') },
);

codeTest(
  'vocab/fewer-lines',
  [{ when: 'eight lines are cut off', set: vocab((v) => v.slice(0, -8)), severity: 'note', verdicts: all('loads') }],
  { when: 'lines and rows agree', set: () => good() },
);

codeTest(
  'vocab/line-shift',
  [
    {
      when: 'a line repeats an earlier one',
      set: vocab((v) => v.with(WORD, v[WORD - 20])),
      severity: 'warning',
      verdicts: { 'keras-bert': 'loads-wrong', bert4keras: 'loads-wrong', 'google-bert': 'loads', 'hf-convert': 'loads' },
    },
    {
      when: 'two lines hold line separators',
      set: vocab(put([160, '\u2028'], [WORD, '\u0085'])),
      severity: 'warning',
      verdicts: { 'keras-bert': 'loads-wrong', 'google-bert': 'loads' },
    },
    {
      when: 'a lone carriage return stands inside a line',
      set: vocab((v) => lines([...v.slice(0, WORD), `${v[WORD]}\r${v[WORD + 1]}`, ...v.slice(WORD + 2), 'zyxword'])),
      verdicts: { 'keras-bert': 'loads-wrong' },
    },
  ],
  [
    { when: 'one line holds a line separator', set: vocab(put([160, '\u2028'])), verdicts: all('loads') },
    { when: 'lines end with CR and LF', set: vocab((v) => `${v.join('\r\n')}\r\n`), verdicts: all('loads') },
  ],
);

codeTest(
  'vocab/blank-line',
  [
    {
      when: 'an empty line was put in and moves the last token past the table',
      set: vocab((v) => v.toSpliced(160, 0, '')),
      severity: 'error',
      verdicts: all('refuses'),
    },
    { when: 'an empty line stands in the place of a word', set: vocab(put([160, ''])), severity: 'warning' },
  ],
  [
    { when: 'empty lines follow the last token', set: vocab((v) => [...v, '', '']) },
    { when: 'a line holds a line separator', set: vocab(put([160, '\u2028'])) },
  ],
);

codeTest(
  'vocab/byte-order-mark',
  { when: 'the file starts with one', set: vocab((v) => `\ufeff${lines(v)}`), severity: 'warning', verdicts: { 'google-bert': 'loads' } },
  { when: 'the sign is a token of its own', set: vocab(put([WORD, '\ufeff'])) },
);

codeTest(
  'vocab/pad-not-zero',
  [
    {
      when: 'a word stands first',
      set: vocab((v) => put([0, v[WORD]], [WORD, '[PAD]'])(v)),
      severity: 'warning',
      verdicts: { 'keras-bert': 'loads-wrong', 'google-bert': 'loads' },
    },
    {
      when: 'a token that occurs in no text stands first',
      set: vocab((v) => put([0, v[1]], [1, '[PAD]'])(v)),
      severity: 'note',
      verdicts: { 'keras-bert': 'loads' },
    },
  ],
  { when: '[PAD] is first and [UNK] far behind', set: () => good({ unused: 40 }) },
);

codeTest(
  'vocab/special-missing',
  [
    { when: '[UNK] is a word', set: vocab((v) => v.with(v.indexOf('[UNK]'), 'unkword')), severity: 'error', verdicts: all('refuses') },
    {
      when: '[CLS] is a word',
      set: vocab((v) => v.with(v.indexOf('[CLS]'), 'clsword')),
      severity: 'error',
      verdicts: { 'keras-bert': 'loads-wrong', bert4keras: 'loads-wrong', 'google-bert': 'refuses' },
    },
    { when: 'only [MASK] is absent', set: vocab((v) => v.with(v.indexOf('[MASK]'), 'maskword')), severity: 'note', verdicts: all('loads') },
  ],
  {
    when: 'special tokens stand at the end',
    set: vocab((v) => [...v.filter((token) => !/^\[(UNK|CLS|SEP|MASK)\]$/.test(token)), '[UNK]', '[CLS]', '[SEP]', '[MASK]']),
    verdicts: all('loads'),
  },
);

codeTest(
  'vocab/casing',
  [
    { when: 'every word is lower case', set: () => good(), severity: 'note' },
    {
      when: 'the call asks for lower case on a cased vocabulary',
      set: () => bertSet({ sizes: { V: 400 }, cased: true }),
      paste: 'run_classifier.py --vocab_file=vocab.txt --do_lower_case=True',
      severity: 'warning',
    },
  ],
  { when: 'there is no vocabulary', set: () => ({ ...good(), vocab: null }) },
);

// The smallest published English release: 30,522 lines, [UNK] to [MASK] at 100 to 103.
const TINY = { sizes: { V: 30522, H: 128, L: 2, A: 2, I: 512, P: 512 } };
codeTest(
  'vocab/other-model',
  [
    {
      when: 'the shapes are those of a release and its special tokens stand elsewhere',
      set: () => bertSet({ ...TINY, unused: 50 }),
      severity: 'warning',
    },
    {
      when: 'the MLM bias of the unused places is among the highest',
      set: () => {
        const set = good({ sizes: { V: 300 }, unused: 60 });
        const bias = set.tensors.find(({ name }) => name === 'cls/predictions/output_bias');
        set.vocab.forEach((token, id) => token.startsWith('[unused') && (bias.values[id] = 2 + 0.01 * id));
        return set;
      },
      severity: 'warning',
    },
  ],
  { when: 'shapes, special tokens and MLM bias fit', set: () => bertSet({ ...TINY, unused: 99 }) },
);

codeTest(
  'vocab/unknown-word-rule',
  {
    when: 'a word of the probe needs a piece that is not there',
    set: vocab((v) => v.with(v.indexOf('##k'), '##zyxk')),
    severity: 'warning',
  },
  {
    when: 'keras-bert is not asked',
    set: vocab((v) => v.with(v.indexOf('##k'), '##zyxk')),
    consumers: only('google-bert'),
  },
);
