import { gzipSync } from 'node:zlib';

import { tarOf } from '../support/archive_writer.mjs';
import { setFiles } from '../support/bert_set.mjs';
import { zipOf } from '../support/zip_writer.mjs';
import { codeTest, only } from './code_test.mjs';
import { add, DATA, edited, FOLDER, good, INDEX, move, remove, replace, STEM } from './sets.mjs';

const LFS = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0f'.repeat(32)}\nsize 1234567\n`;
const call = (path) => `load_trained_model_from_checkpoint('${FOLDER}/bert_config.json', '${path}')`;

codeTest(
  'files/weights-missing',
  [{ when: 'there is a config and a vocabulary and nothing else', set: () => remove(good(), INDEX, DATA), severity: 'error' }],
  {
    when: 'the weights lie in a folder below',
    set: () => edited(good(), (files) => ({ ...files, 'bert_config.json': files[`${FOLDER}/bert_config.json`] })),
  },
);

codeTest(
  'files/index-missing',
  [
    {
      when: 'only the data file came along',
      set: () => remove(good(), INDEX),
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses', 'bert-for-tf2': 'refuses' },
    },
    { when: 'only the .meta came along', set: () => remove(good({ meta: true }), INDEX, DATA), severity: 'error' },
  ],
  { when: 'the index is there under a wrong name', set: () => move(good(), INDEX, `${FOLDER}/${STEM}(1).index`) },
);

codeTest(
  'files/other-basename',
  { when: 'the stem is model.ckpt-1000', set: () => good({ stem: 'model.ckpt-1000' }), severity: 'note' },
  { when: 'the stem is bert_model.ckpt', set: () => good() },
);

codeTest(
  'files/still-packed',
  [{ when: 'the set lies in a zip', set: () => ({ files: { 'uncased.zip': zipOf(setFiles(good())) } }), severity: 'note' }],
  {
    when: 'a zip holds something else beside an unpacked set',
    set: () => add(good(), { [`${FOLDER}/pictures.zip`]: zipOf({ 'a.png': new Uint8Array(20) }) }),
  },
);

codeTest(
  'files/index-given-as-prefix',
  [
    {
      when: 'the path typed ends in .index',
      set: () => good(),
      paste: INDEX,
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses', 'google-bert': 'loads-wrong', 'hf-convert': 'loads-wrong' },
    },
    { when: 'a call gives the .index', set: () => good(), paste: call(INDEX), severity: 'error' },
  ],
  [
    { when: 'the call gives the prefix', set: () => good(), paste: call(`${FOLDER}/${STEM}`), verdicts: { 'keras-bert': 'loads' } },
    { when: 'the stem itself ends in -index', set: () => good({ stem: 'my-index' }), paste: `${FOLDER}/my-index` },
  ],
);

codeTest(
  'files/part-given-as-prefix',
  [
    { when: 'the path is the data file', set: () => good(), paste: DATA, severity: 'error', verdicts: { 'google-bert': 'refuses' } },
    { when: 'the path is the .meta', set: () => good({ meta: true }), paste: `${FOLDER}/${STEM}.meta`, severity: 'error' },
    {
      when: 'the path is the file called checkpoint',
      set: () => good({ checkpoint: true }),
      paste: `${FOLDER}/checkpoint`,
      severity: 'error',
    },
  ],
  {
    when: 'the path is a prefix with a number at its end',
    set: () => good({ stem: 'model.ckpt-00000' }),
    paste: `${FOLDER}/model.ckpt-00000`,
  },
);

codeTest(
  'files/no-checkpoint-file',
  [
    { when: 'the path is a folder without a file called checkpoint', set: () => good(), paste: `${FOLDER}/`, severity: 'error' },
    {
      when: 'the call asks for the latest checkpoint and there is no such file',
      set: () => good(),
      paste: `tf.train.latest_checkpoint('${FOLDER}')`,
      severity: 'error',
    },
  ],
  {
    when: 'the folder has a file called checkpoint',
    set: () => good({ checkpoint: true }),
    paste: `tf.train.latest_checkpoint('${FOLDER}')`,
  },
);

codeTest(
  'files/checkpoint-names-absent-prefix',
  [
    {
      when: 'checkpoint names another step',
      set: () => add(good(), { [`${FOLDER}/checkpoint`]: 'model_checkpoint_path: "model.ckpt-99"\n' }),
      severity: 'note',
      verdicts: { 'keras-bert': 'loads' },
    },
  ],
  {
    when: 'checkpoint names the prefix by a path of another machine',
    set: () => add(good(), { [`${FOLDER}/checkpoint`]: `model_checkpoint_path: "/home/me/out/${STEM}"\n` }),
  },
);

codeTest(
  'files/data-shard-missing',
  [
    {
      when: 'one of three data files is absent',
      set: () => remove(good({ shards: 3 }), `${FOLDER}/${STEM}.data-00001-of-00003`),
      severity: 'error',
    },
    {
      when: 'the index came alone',
      set: () => remove(good(), DATA),
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses', 'bert-for-tf2': 'refuses' },
    },
  ],
  { when: 'the three are there', set: () => good({ shards: 3 }) },
);

codeTest(
  'files/renamed-part',
  [
    {
      when: 'the data file has another stem',
      set: () => move(good(), DATA, `${FOLDER}/model.ckpt.data-00000-of-00001`),
      severity: 'error',
      verdicts: { bert4keras: 'refuses' },
    },
    { when: 'a browser put (1) into the index', set: () => move(good(), INDEX, `${FOLDER}/${STEM} (1).index`), severity: 'error' },
    {
      when: 'the index is called like the bare prefix',
      set: () => move(good(), INDEX, `${FOLDER}/${STEM}`),
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses', 'google-bert': 'loads-wrong' },
    },
  ],
  {
    when: 'a data file of another size and name lies beside a complete set',
    set: () => add(good(), { [`${FOLDER}/other.ckpt.data-00000-of-00001`]: new Uint8Array(100) }),
  },
);

codeTest(
  'files/glob-characters',
  [
    {
      when: 'the folder is called bert[1]',
      set: () => good({ folder: 'bert[1]' }),
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses' },
    },
    { when: 'the stem holds a star', set: () => good({ stem: 'best*' }), severity: 'error' },
  ],
  { when: 'the folder has round brackets and a blank', set: () => good({ folder: 'bert (1)' }), verdicts: { 'keras-bert': 'loads' } },
);

codeTest(
  'files/lfs-pointer',
  [
    { when: 'the data file is a pointer', set: () => replace(good(), DATA, LFS), severity: 'error', verdicts: { 'hf-convert': 'refuses' } },
    {
      when: 'the vocabulary is a pointer',
      set: () => replace(good(), `${FOLDER}/vocab.txt`, LFS),
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses', 'hf-convert': 'loads-wrong' },
    },
  ],
  {
    when: 'a README speaks of Git LFS',
    set: () => add(good(), { [`${FOLDER}/README.md`]: 'This repository uses version https://git-lfs.github.com/spec/v1 pointers.\n' }),
  },
);

codeTest(
  'files/web-page',
  [
    {
      when: 'the config is a web page',
      set: () => replace(good(), `${FOLDER}/bert_config.json`, '<!DOCTYPE html><title>Sign in</title>'),
      severity: 'error',
    },
    {
      when: 'the index is an XML answer after blank lines',
      set: () => replace(good(), INDEX, '\n\n <?XML version="1.0"?><Error/>'),
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses' },
    },
  ],
  {
    when: 'a page lies beside the set',
    set: () => add(good(), { [`${FOLDER}/index.html`]: '<!DOCTYPE html><title>BERT</title>' }),
    verdicts: { 'keras-bert': 'loads' },
  },
);

codeTest(
  'files/names-for-other-loader',
  [
    {
      when: 'no name of a config fits the pattern of bert-for-tf2',
      set: () => move(good(), `${FOLDER}/bert_config.json`, `${FOLDER}/config.json`),
      severity: 'error',
      verdicts: { 'keras-bert': 'loads', 'bert-for-tf2': 'refuses' },
    },
    {
      when: 'a tokenizer_config.json makes two configs for bert-for-tf2',
      set: () => add(good(), { [`${FOLDER}/tokenizer_config.json`]: '{"do_lower_case": true}' }),
      severity: 'error',
      verdicts: { 'google-bert': 'loads', 'bert-for-tf2': 'refuses' },
    },
    {
      when: 'the call uses get_checkpoint_paths and the vocabulary has another name',
      set: () => move(good(), `${FOLDER}/vocab.txt`, `${FOLDER}/uncased-vocab.txt`),
      paste: 'get_checkpoint_paths(model_path)',
      consumers: only('keras-bert'),
    },
  ],
  { when: 'the config is the only one and called bert_config.json', set: () => good() },
);

codeTest(
  'files/saved-model',
  [
    {
      when: 'saved_model.pb lies above the variables',
      set: () => ({
        files: { ...setFiles(good({ folder: 'export/variables', stem: 'variables' })), 'export/saved_model.pb': new Uint8Array([8, 1]) },
      }),
      severity: 'note',
    },
    {
      when: 'saved_model.pb came without its variables',
      set: () =>
        edited(good({ folder: 'export' }), (files) => ({
          'export/bert_config.json': files['export/bert_config.json'],
          'export/saved_model.pb': new Uint8Array([8, 1]),
        })),
      severity: 'error',
    },
  ],
  { when: 'there is a folder called variables and no saved_model.pb', set: () => good({ folder: 'variables', stem: 'variables' }) },
);

codeTest(
  'files/meta-not-needed',
  { when: 'index and data came alone', set: () => good(), severity: 'note', verdicts: { 'keras-bert': 'loads' } },
  { when: 'a data file is missing, and the .meta too', set: () => remove(good({ shards: 2 }), `${FOLDER}/${STEM}.data-00000-of-00002`) },
);

codeTest(
  'files/config-missing',
  [
    { when: 'there is no JSON', set: () => ({ ...good(), config: null }), severity: 'error', verdicts: { 'keras-bert': 'refuses' } },
    {
      when: "the only JSON is the tokenizer's",
      set: () => add({ ...good(), config: null }, { [`${FOLDER}/tokenizer_config.json`]: '{"do_lower_case": true}' }),
      severity: 'error',
    },
  ],
  { when: 'the config has another name', set: () => move(good(), `${FOLDER}/bert_config.json`, `${FOLDER}/my_settings.json`) },
);

codeTest(
  'files/vocab-missing',
  { when: 'there is no vocabulary', set: () => ({ ...good(), vocab: null }), severity: 'note', verdicts: { 'keras-bert': 'loads' } },
  { when: 'the vocabulary has another name', set: () => move(good(), `${FOLDER}/vocab.txt`, `${FOLDER}/uncased-vocab.txt`) },
);

codeTest(
  'files/several-sets',
  {
    when: 'two steps of one training lie side by side',
    set: () => ({ files: { ...setFiles(good({ stem: 'model.ckpt-10' })), ...setFiles(good({ stem: 'model.ckpt-20', seed: 2 })) } }),
    severity: 'note',
  },
  { when: 'one set has three data files', set: () => good({ shards: 3, meta: true, checkpoint: true }) },
);

codeTest(
  'files/unfinished-save',
  [
    {
      when: 'the names end in .tempstate and a number',
      set: () =>
        edited(good(), (files) =>
          Object.fromEntries(
            Object.entries(files).map(([path, bytes]) => [path.includes('ckpt') ? `${path}.tempstate1234567` : path, bytes]),
          ),
        ),
      severity: 'error',
    },
    {
      when: 'the save lies in its temporary folder',
      set: () => good({ folder: `${STEM}_temp_${'0123456789abcdef'.repeat(2)}`, stem: 'part-00000-of-00001' }),
      severity: 'error',
    },
  ],
  { when: 'the stem is called part-1', set: () => good({ stem: 'part-1', folder: 'templates' }) },
);

codeTest(
  'files/not-read',
  [
    {
      when: 'a GGUF file lies beside',
      set: () => add(good(), { [`${FOLDER}/model.gguf`]: 'GGUF\u0003\0\0\0'.padEnd(64, '\0') }),
      severity: 'note',
    },
    {
      when: 'the set lies in an archive of 7-Zip',
      set: () => ({ files: { 'uncased.7z': Buffer.concat([Buffer.from('377abcaf271c0004', 'hex'), Buffer.alloc(100, 1)]) } }),
      severity: 'note',
    },
    {
      when: 'an npz lies beside',
      set: () => add(good(), { [`${FOLDER}/w.npz`]: zipOf({ 'x.npy': Buffer.from('\x93NUMPY\x01\0', 'latin1') }) }),
      severity: 'note',
    },
  ],
  { when: 'a README lies beside', set: () => add(good(), { [`${FOLDER}/README.md`]: 'The GGUF and ONNX files are elsewhere.' }) },
);

const cut = (bytes, share) => bytes.subarray(0, Math.floor(bytes.length * share));
const renamed = (files, name) => Object.fromEntries(Object.entries(files).map(([path, bytes]) => [name(path), bytes]));
const cutZip = (bytes) => zipOf(setFiles(good())).subarray(0, -bytes);
const flipped = (bytes, at) => Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ 1 : byte));

codeTest(
  'files/truncated',
  [
    { when: 'a zip around the set lacks its end', set: () => ({ files: { 'set.zip': cutZip(30) } }), severity: 'error', verdicts: { 'keras-bert': 'refuses' } },
    { when: 'a tar.gz ends in the middle', set: () => ({ files: { 'set.tar.gz': cut(gzipSync(tarOf(setFiles(good()))), 0.5) } }), severity: 'error' },
    { when: 'a zip beside the set lacks its end', set: () => add(good(), { [`${FOLDER}/copy.zip`]: cutZip(30) }), severity: 'note', verdicts: { 'keras-bert': 'loads' } },
  ],
  { when: 'the zip is whole', set: () => ({ files: { 'set.zip': zipOf(setFiles(good())) } }) },
);

codeTest(
  'container/bad-header',
  [
    { when: 'the two records of a member disagree', set: () => ({ files: { 'set.zip': flipped(zipOf(setFiles(good())), 30) } }), severity: 'error' },
    { when: 'a member would be unpacked elsewhere', set: () => ({ files: { 'set.zip': zipOf({ '../vocab.txt': new Uint8Array(9) }) } }), severity: 'error' },
    { when: 'two members have one name', set: () => ({ files: { 'set.zip': zipOf({ 'a//b': new Uint8Array(1), 'a/b': new Uint8Array(1) }) } }), severity: 'error' },
    { when: 'a tar header was changed', set: () => ({ files: { 'set.tar': flipped(tarOf(setFiles(good())), 0) } }), severity: 'error' },
  ],
  { when: 'a name only begins with dots', set: () => ({ files: { 'set.zip': zipOf(renamed(setFiles(good()), (path) => `..${path}`)) } }) },
);
