import { v1File } from '../support/v1_writer.mjs';
import { cloneSet, setFiles, tensorOf } from '../support/bert_set.mjs';
import { LOADERS } from '../support/loader_model.mjs';
import { codeTest } from './code_test.mjs';
import { add, DATA, edited, flipped, FOLDER, good, INDEX, replace, STEM } from './sets.mjs';

const all = (verdict) => Object.fromEntries(LOADERS.map((id) => [id, verdict]));
const WORDS = 'bert/embeddings/word_embeddings';

function withTensor(name, change, options) {
  const set = cloneSet(good(options));
  change(tensorOf(set, name), set);
  return set;
}

const slices =
  (...rows) =>
  (tensor) =>
    (tensor.slices = rows.map((extent) => [extent, [0, tensor.shape[1]]]));

codeTest(
  'bundle/index-too-short',
  [
    {
      when: 'the index has 47 bytes',
      set: () => replace(good(), INDEX, (bytes) => bytes.subarray(0, 47)),
      severity: 'error',
      verdicts: all('refuses'),
    },
    { when: 'the index is empty', set: () => replace(good(), INDEX, ''), severity: 'error' },
  ],
  { when: 'the index has 48 bytes', set: () => replace(good(), INDEX, (bytes) => bytes.subarray(0, 48)) },
);

codeTest(
  'bundle/index-damaged',
  [
    { when: 'its last byte is changed', set: () => replace(good(), INDEX, flipped(-1)), severity: 'error', verdicts: all('refuses') },
    { when: 'a name in its first block is changed', set: () => replace(good(), INDEX, flipped(60)), severity: 'error' },
    {
      when: 'a later block of several is changed',
      set: () => replace(good({ table: { blockSize: 400 } }), INDEX, flipped(1500)),
      severity: 'error',
    },
    {
      when: 'its second half is missing',
      set: () => replace(good(), INDEX, (bytes) => bytes.subarray(0, bytes.length >> 1)),
      severity: 'error',
    },
  ],
  [
    { when: 'it is in several Snappy blocks', set: () => good({ table: { blockSize: 400, snappy: true } }), verdicts: all('loads') },
    { when: 'the padding of its footer is not zero', set: () => replace(good(), INDEX, flipped(-15)), verdicts: all('loads') },
  ],
);

codeTest(
  'bundle/newer-version',
  [
    {
      when: 'readers must be of version 2',
      set: () => ({ ...good(), bundle: { shards: 1, header: { producer: 2, minConsumer: 2 } } }),
      severity: 'error',
      verdicts: all('refuses'),
    },
    {
      when: 'readers of version 1 are barred',
      set: () => ({ ...good(), bundle: { shards: 1, header: { badConsumers: [1] } } }),
      severity: 'error',
    },
    { when: 'the producer is negative', set: () => ({ ...good(), bundle: { shards: 1, header: { producer: -1 } } }), severity: 'error' },
  ],
  {
    when: 'the producer is newer and bars version 7 only',
    set: () => ({ ...good(), bundle: { shards: 1, header: { producer: 5, minConsumer: 1, badConsumers: [7] } } }),
    verdicts: all('loads'),
  },
);

codeTest(
  'bundle/truncated-data',
  [
    {
      when: 'the last byte of the data is missing',
      set: () => replace(good(), DATA, (bytes) => bytes.subarray(0, bytes.length - 1)),
      severity: 'error',
      verdicts: { 'keras-bert': 'loads', 'hf-convert': 'refuses' },
    },
    {
      when: 'half of the data is missing',
      set: () => replace(good(), DATA, (bytes) => bytes.subarray(0, bytes.length >> 1)),
      severity: 'error',
      verdicts: all('refuses'),
    },
    {
      when: 'one of three data files is short',
      set: () => replace(good({ shards: 3 }), `${FOLDER}/${STEM}.data-00001-of-00003`, (bytes) => bytes.subarray(0, bytes.length - 5)),
      severity: 'error',
    },
  ],
  {
    when: 'the data is longer than asked for',
    set: () => replace(good(), DATA, (bytes) => Buffer.concat([bytes, Buffer.alloc(9)])),
    verdicts: all('loads'),
  },
);

codeTest(
  'bundle/checksum-mismatch',
  [
    {
      when: 'one bit of the first tensor is changed',
      set: () => replace(good(), DATA, flipped(0)),
      severity: 'error',
      verdicts: all('refuses'),
    },
    {
      when: 'one bit of a V1 file is changed, in a block of its own',
      set: () => ({ files: { ...withoutBundle(), [`${FOLDER}/${STEM}`]: flipped(-4000)(v1File(good().tensors, { blockSize: 1 })) } }),
      severity: 'error',
    },
    {
      when: 'one bit of the last tensor, of the NSP head, is changed',
      set: () => replace(good(), DATA, flipped(-1, 7)),
      severity: 'error',
      verdicts: { 'keras-bert': 'loads', 'google-bert': 'loads', 'hf-convert': 'refuses', 'model-garden': 'refuses' },
    },
    {
      when: 'a tensor before the cut of a short file is changed',
      set: () => replace(good(), DATA, (bytes) => flipped(0)(bytes.subarray(0, bytes.length - 1))),
      severity: 'error',
    },
  ],
  {
    when: 'a bit of the padding between tensors is changed',
    set: () => replace({ ...good(), bundle: { shards: 1, align: 4096 } }, DATA, flipped(4095)),
    verdicts: all('loads'),
  },
);

codeTest(
  'bundle/mixed-pair',
  [
    {
      when: 'the data is that of another save',
      set: () => edited(good(), (files) => ({ ...files, [DATA]: setFiles(good({ seed: 2 }))[DATA] })),
      severity: 'error',
      verdicts: all('refuses'),
    },
  ],
  {
    when: 'one tensor in seven is still the same',
    set: () => {
      const other = good({ seed: 2 });
      const first = good();
      first.tensors.forEach((tensor, i) => i % 7 === 0 && (other.tensors[i] = tensor));
      return edited(first, (files) => ({ ...files, [DATA]: setFiles(other)[DATA] }));
    },
  },
);

codeTest(
  'bundle/entry-size',
  [
    {
      when: 'an entry claims four bytes more than its shape',
      set: () => withTensor('bert/encoder/layer_1/output/dense/bias', (t) => (t.entry = { size: 260 })),
      severity: 'error',
      verdicts: all('refuses'),
    },
    {
      when: 'an offset is negative',
      set: () => withTensor('cls/seq_relationship/output_bias', (t) => (t.entry = { offset: -8 })),
      severity: 'error',
      verdicts: { 'keras-bert': 'loads', 'hf-convert': 'refuses' },
    },
    {
      when: 'a size lies far past what a file can hold',
      set: () => withTensor(WORDS, (t) => (t.entry = { size: 2 ** 52 })),
      severity: 'error',
    },
  ],
  {
    when: 'a tensor has no elements',
    set: () => ({ ...good(), tensors: [...good().tensors, { name: 'empty', dtype: 'float32', shape: [0, 64], values: [] }] }),
  },
);

codeTest(
  'bundle/shard-count',
  [
    {
      when: 'the only data file is named as one of two',
      set: () =>
        edited(good(), (files) => {
          const { [DATA]: data, ...rest } = files;
          return { ...rest, [`${FOLDER}/${STEM}.data-00000-of-00002`]: data };
        }),
      severity: 'error',
      verdicts: all('refuses'),
    },
  ],
  { when: 'header and names agree on three', set: () => good({ shards: 3 }), verdicts: all('loads') },
);

codeTest(
  'bundle/v1-checkpoint',
  [
    {
      when: 'the tensors lie in one file of the older form',
      set: () => ({ files: { ...withoutBundle(), [`${FOLDER}/${STEM}`]: v1File(good().tensors) } }),
      severity: 'note',
      verdicts: all('loads'),
    },
    {
      when: 'they lie in two such files with numbers',
      set: () => {
        const { tensors } = good();
        const half = tensors.length >> 1;
        const part = (i, some) => [`${FOLDER}/${STEM}-0000${i}-of-00002`, v1File(some)];
        return { files: { ...withoutBundle(), ...Object.fromEntries([part(0, tensors.slice(0, half)), part(1, tensors.slice(half))]) } };
      },
      severity: 'note',
      verdicts: all('loads'),
    },
    {
      when: 'such a file is called .index',
      set: () => ({ files: { ...withoutBundle(), [INDEX]: v1File(good().tensors) } }),
      severity: 'error',
      verdicts: all('refuses'),
    },
  ],
  {
    when: 'an index lies at the bare prefix',
    set: () => ({ files: { ...withoutBundle(), [DATA]: setFiles(good())[DATA], [`${FOLDER}/${STEM}`]: setFiles(good())[INDEX] } }),
  },
);

codeTest(
  'bundle/partitioned',
  [
    {
      when: 'the word table is saved in two slices',
      set: () => withTensor(WORDS, slices([0, 120], [120, 80])),
      severity: 'note',
      verdicts: all('loads'),
    },
    {
      when: 'the word table is saved in two slices of the older form, which Python does not join',
      set: () => {
        const { tensors } = withTensor(WORDS, slices([0, 120], [120, 80]));
        return { files: { ...withoutBundle(), [`${FOLDER}/${STEM}`]: v1File(tensors) } };
      },
      severity: 'error',
      verdicts: { ...all('refuses'), 'google-bert': 'loads' },
    },
    {
      when: 'rows lie in no slice',
      set: () => withTensor(WORDS, slices([0, 120], [130, 70])),
      severity: 'error',
      verdicts: all('refuses'),
    },
  ],
  { when: 'tensors lie whole in three data files', set: () => good({ shards: 3 }) },
);

codeTest(
  'bundle/unusual',
  [
    {
      when: 'bytes follow the last tensor',
      set: () => replace(good(), DATA, (bytes) => Buffer.concat([bytes, Buffer.alloc(9)])),
      severity: 'note',
      verdicts: all('loads'),
    },
    {
      when: 'two tensors share their bytes',
      set: () => {
        const set = cloneSet(good());
        const [a, b] = ['bert/encoder/layer_0/attention/self/key/bias', 'bert/encoder/layer_0/attention/self/query/bias'].map((name) =>
          tensorOf(set, name),
        );
        b.values = a.values;
        const shared = [a.name, b.name].map((name) => entryOf(set, name));
        b.entry = { offset: shared[0] };
        return set;
      },
      severity: 'note',
    },
  ],
  { when: 'each tensor follows the one before', set: () => add(good(), {}) },
);

function withoutBundle() {
  const { [INDEX]: _, [DATA]: __, ...rest } = setFiles(good());
  return rest;
}

/** Where a float32 tensor of an unpadded, unsharded set begins. */
function entryOf(set, name) {
  const sorted = set.tensors.map((t) => t.name).sort();
  return sorted.slice(0, sorted.indexOf(name)).reduce((at, before) => at + 4 * tensorOf(set, before).values.length, 0);
}
