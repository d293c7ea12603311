#!/usr/bin/env node
// Fails on a code without words in each language, a placeholder no check fills in, and a first line over 120 characters.
import { readFileSync, readdirSync } from 'node:fs';
import { catalogue, languages } from '../web/engine/catalogue.js';
import { wordReport } from '../web/engine/words.js';

const kLoaders = ['keras-bert', 'bert4keras', 'google-bert', 'hf-convert', 'hf-native', 'model-garden', 'bert-for-tf2'];
const kBuiltIn = ['name', 'file', 'line', 'id', 'found', 'expected', 'total'];
const kPlaceholder = /\{(\w+)(?:\|[^}]*)?\}/g;
const kTensor = 'bert/encoder/layer_11/attention/output/LayerNorm/gamma';

// Typical values: names as long as they come, numbers of BERT-large.
const kTexts = {
  file: 'bert_model.ckpt.data-00000-of-00001',
  prefix: 'uncased_L-12_H-768_A-12/bert_model.ckpt',
  key: 'num_attention_heads',
  token: '##ing',
  word: 'unaffable',
  kind: 'ONNX',
  character: '[',
  part: 'bert[1]',
  step: 'footer',
  what: 'block checksum mismatch',
  what_kind: 'pickle',
  is: 'pickle',
  byte: '0xa1',
  best: 'lower-strip',
  given: 'none',
  scope: 'module',
  version: '1.11.0',
  class: 'BertModel',
  stored: '0x1a2b3c4d',
  calculated: '0x5e6f7a8b',
  folder: 'uncased_L-12_H-768_A-12',
  first: '<!DOCTYPE html>',
  second: 'bert_1',
  other: '12',
  text: '},',
  error: "'Linear' object has no attribute 'shape'",
  why: 'the masked-word head is missing',
  stem: 'model.ckpt-1200',
  archive: 'uncased_L-12_H-768_A-12.zip',
  judged: 'model.ckpt-1200',
  should_be: 'bert_model.ckpt.index',
  index: 'bert_model.ckpt.index',
  sign: kTensor,
  name: kTensor,
  tensor: kTensor,
  before: 'module/bert/embeddings/word_embeddings',
  after: 'bert/embeddings/word_embeddings',
};
const kLists = {
  keys: ['hidden_act', 'num_attention_heads', 'type_vocab_size'],
  tokens: ['[UNK]', '[CLS]'],
  names: ['BERT-base, Chinese', 'BERT-base, uncased'],
  signs: ['1 segment row', '<s>'],
};
const sample = (name) => kTexts[name] ?? kLists[name] ?? 30522;

const faults = [];
const known = new Set(kBuiltIn);
const checks = new URL('../src/checks/', import.meta.url);
for (const file of readdirSync(checks).filter((file) => /\.(cc|h)$/.test(file))) {
  for (const [, name] of readFileSync(new URL(file, checks), 'utf8').matchAll(/(?:[{[(]|,\s*)"(\w+)"(?=,|\])/g)) known.add(name);
}

function texts(words, path = '') {
  return Object.entries(words).flatMap(([key, value]) =>
    typeof value === 'string' ? [[`${path}${key}`, value]] : texts(value, `${path}${key}.`),
  );
}

const leads = [
  ['refuses', 'certain'],
  ['refuses', 'likely'],
  ['loads-wrong', 'certain'],
  ['loads-wrong', 'likely'],
  ['may-be-wrong', 'likely'],
  ['may-be-wrong', 'needs-run'],
];
const groups = [[], ['model-garden', 'bert-for-tf2'], kLoaders.slice(0, 6)];

function firstLines(code, lang, variant, args) {
  return leads.flatMap(([effect, certainty]) =>
    groups.map((ids) => {
      const finding = {
        code,
        variant,
        args,
        effect: code.startsWith('env/') ? 'not-in-the-files' : effect,
        certainty,
        consumers: ids.map((id) => ({ id, effect })),
      };
      return wordReport({ set: {}, consumers: [], findings: [finding] }, lang).findings[0].message;
    }),
  );
}

for (const [code, entry] of catalogue) {
  for (const lang of languages) {
    const words = entry[lang];
    const at = `${code} ${lang}`;
    for (const part of ['title', 'message', 'reason', 'fix', 'explain']) if (!words?.[part]) faults.push(`${at}: no ${part}`);
    if (!words?.explain) continue;
    for (const part of ['means', 'example', 'cause', 'fix', ...(lang === 'en' ? ['source'] : [])])
      if (!words.explain[part]) faults.push(`${at}: no explain.${part}`);
    for (const part of ['message', 'reason', 'fix']) if (!words[part]['']) faults.push(`${at}: no default ${part}`);
    for (const [path, text] of texts(words)) {
      if (path.startsWith('explain.') || path === 'title') {
        if (path !== 'explain.example' && /\{\w/.test(text)) {
          if (path === 'title' || !text.includes('`')) faults.push(`${at} ${path}: takes no placeholder`);
        }
        continue;
      }
      for (const [, name] of text.matchAll(kPlaceholder))
        if (!known.has(name)) faults.push(`${at} ${path}: {${name}} is filled in by no check`);
      if (/[!！]|\b(illegal|oops|corrupt)\b/i.test(text)) faults.push(`${at} ${path}: ${text}`);
      if (lang === 'zh' && path !== 'explain.example' && !/[\u4e00-\u9fff]/.test(text)) faults.push(`${at} ${path}: not Chinese`);
    }
    for (const variant of Object.keys(words.message)) {
      const names = [...words.message[variant].matchAll(kPlaceholder)].map(([, name]) => name);
      const args = Object.fromEntries(names.map((name) => [name, sample(name)]));
      const worded = firstLines(code, lang, variant, args);
      const plain = firstLines(code, lang, 'no such', {});
      const longest = [...worded, ...plain].reduce((a, b) => ([...b].length > [...a].length ? b : a));
      if ([...longest].length > 120) faults.push(`${at} [${variant}]: ${[...longest].length} characters: ${longest}`);
      if (worded.some((line) => line.includes('{'))) faults.push(`${at} [${variant}]: a placeholder is left`);
      if (
        names.length &&
        !code.startsWith('env/') &&
        worded[0].replace(/[.。]$/, '').endsWith(words.title) &&
        words.message[variant] !== words.title
      )
        faults.push(`${at} [${variant}]: too long with typical values`);
    }
  }
}

if (catalogue.size === 0) faults.push('the catalogue is empty');
for (const fault of faults) console.error(fault);
console.log(`${catalogue.size} codes in ${languages.length} languages, ${faults.length} faults`);
process.exit(faults.length ? 1 : 0);
