// Codes that only sets under Hugging Face's names raise: safetensors and PyTorch files with config.json.
import { trainedValues } from '../support/bert_set.mjs';
import { hfFiles, hfSet } from '../support/hf_set.mjs';
import { Rng } from '../support/rng.mjs';
import { safetensors } from '../support/safetensors_writer.mjs';
import { call, stateDict, torchFile } from '../support/torch_writer.mjs';
import { codeTest, only } from './code_test.mjs';

const files =
  (change = (set) => set) =>
  () => ({ files: hfFiles(change(hfSet())) });
const written = (write) => files((set) => ({ ...set, write }));
const torch = (tensors) => ({ 'pytorch_model.bin': stateDict(tensors) });
const config = (change) => files((set) => ({ ...set, config: { ...set.config, ...change } }));
const renamed = (from, to) => files((set) => ({ ...set, tensors: set.tensors.map((t) => ({ ...t, name: t.name.replace(from, to) })) }));
const plus =
  (...extra) =>
  (set) => ({
    ...set,
    tensors: [
      ...set.tensors,
      ...extra.map(([name, shape]) => ({ name, dtype: 'float32', shape, values: trainedValues('kernel', shape, new Rng(4)) })),
    ],
  });
const without = (pattern) => (set) => ({ ...set, tensors: set.tensors.filter(({ name }) => !pattern.test(name)) });
const sharded = (tensors, { keep = () => true, map = (same) => same } = {}) => {
  const half = Math.ceil(tensors.length / 2);
  const parts = { 'model-00001-of-00002.safetensors': tensors.slice(0, half), 'model-00002-of-00002.safetensors': tensors.slice(half) };
  const weight_map = Object.fromEntries(Object.entries(parts).flatMap(([file, list]) => list.map(({ name }) => [name, file])));
  return {
    'model.safetensors.index.json': JSON.stringify({ metadata: {}, weight_map: map(weight_map) }),
    ...Object.fromEntries(
      Object.entries(parts)
        .filter(([file]) => keep(file))
        .map(([file, list]) => [file, safetensors(list)]),
    ),
  };
};
const native = (mode) => only('hf-native', mode);
const loads = { 'hf-native': 'loads' };
const wrong = { 'hf-native': 'loads-wrong' };
const refuses = { 'hf-native': 'refuses' };

codeTest(
  'files/truncated',
  [
    {
      when: 'the last kilobyte of the safetensors is missing',
      set: written((tensors) => ({ 'model.safetensors': safetensors(tensors).slice(0, -1000) })),
      severity: 'error',
      verdicts: refuses,
    },
    {
      when: 'the PyTorch archive has no end',
      set: written((tensors) => ({ 'pytorch_model.bin': stateDict(tensors).slice(0, -300) })),
      severity: 'error',
      verdicts: refuses,
    },
    { when: 'pytorch_model.bin is empty', set: written(() => ({ 'pytorch_model.bin': '' })), severity: 'error', verdicts: refuses },
  ],
  { when: 'both files are whole', set: written((tensors) => ({ 'model.safetensors': safetensors(tensors), ...torch(tensors) })), verdicts: loads },
);

codeTest(
  'files/renamed-not-converted',
  [
    {
      when: 'pytorch_model.bin holds nothing but numbers',
      set: written(([, table]) => ({ 'pytorch_model.bin': new Uint8Array(table.values.buffer) })),
      severity: 'error',
      verdicts: refuses,
    },
    {
      when: 'a PyTorch archive is called model.safetensors',
      set: written((tensors) => ({ 'model.safetensors': stateDict(tensors) })),
      severity: 'error',
      verdicts: refuses,
    },
    {
      when: 'safetensors are called pytorch_model.bin',
      set: written((tensors) => ({ 'pytorch_model.bin': safetensors(tensors) })),
      severity: 'error',
      verdicts: refuses,
    },
  ],
  { when: 'the PyTorch archive is called pytorch_model.bin', set: written(torch), verdicts: loads },
);

codeTest(
  'container/bad-header',
  [
    {
      when: 'sixteen bytes lie between two tensors',
      set: written((tensors) => ({
        'model.safetensors': safetensors(tensors, {
          header: (header) => {
            const last = Object.keys(header).at(-1);
            header[last].data_offsets = header[last].data_offsets.map((at) => at + 16);
            return header;
          },
        }),
      })),
      severity: 'error',
      verdicts: refuses,
    },
    {
      when: 'the map of the shards is no map',
      set: written((tensors) => ({ ...sharded(tensors), 'model.safetensors.index.json': '{"weight_map": 3}' })),
      severity: 'error',
      verdicts: refuses,
    },
  ],
  { when: 'the metadata holds a key more', set: written((tensors) => ({ 'model.safetensors': safetensors(tensors, { metadata: { format: 'pt', by: 'me' } }) })), verdicts: loads },
);

codeTest(
  'container/refused-pickle',
  [
    {
      when: 'the dictionary holds a call of posix.system',
      set: written((tensors) => ({ 'pytorch_model.bin': torchFile([...tensors.map((t) => [t.name, t]), ['x', call('posix', 'system', 'true')]]) })),
      severity: 'error',
      verdicts: refuses,
    },
    {
      when: 'it holds the arguments of a program, which do no harm',
      set: written((tensors) => ({ 'pytorch_model.bin': torchFile([...tensors.map((t) => [t.name, t]), ['x', call('argparse', 'Namespace', 'a')]]) })),
      severity: 'error',
      verdicts: refuses,
    },
  ],
  { when: 'the trainer left such a file beside the weights', set: files((set) => ({ ...set, more: { 'training_args.bin': torchFile([['x', call('argparse', 'Namespace', 'a')]]) } })), verdicts: loads },
);

codeTest(
  'container/torchscript',
  {
    when: 'the archive holds constants.pkl',
    set: written((tensors) => ({ 'pytorch_model.bin': torchFile(tensors.map((t) => [t.name, t]), { extra: { 'archive/constants.pkl': '\x80\x02).' } }) })),
    severity: 'error',
    verdicts: refuses,
  },
  { when: 'a tensor is called constants', set: files((set) => ({ ...plus(['constants', [3, 5]])(set), write: torch })), verdicts: loads },
);

codeTest(
  'container/shard-missing',
  [
    {
      when: 'the map names a file that is not there',
      set: written((tensors) => sharded(tensors, { keep: (file) => !file.includes('00002-of') })),
      severity: 'error',
      verdicts: refuses,
    },
    {
      when: 'a row of the map is wrong and every file is there',
      set: written((tensors) => sharded(tensors, { map: (map) => ({ ...map, [tensors[0].name]: 'model-00002-of-00002.safetensors' }) })),
      severity: 'note',
      verdicts: loads,
    },
  ],
  { when: 'the map is right', set: written((tensors) => sharded(tensors)), verdicts: loads },
);

codeTest(
  'container/no-format',
  [
    { when: 'there is no metadata', set: written((tensors) => ({ 'model.safetensors': safetensors(tensors, { metadata: null }) })), severity: 'note', verdicts: loads },
    {
      when: 'there is none, and transformers 4 asks',
      set: written((tensors) => ({ 'model.safetensors': safetensors(tensors, { metadata: null }) })),
      consumers: native({ transformers: 4 }),
      severity: 'error',
      verdicts: refuses,
    },
  ],
  { when: 'the metadata says pt', set: files(), consumers: native({ transformers: 4 }), verdicts: loads },
);

codeTest(
  'container/wrapped-state-dict',
  {
    when: 'the tensors lie under state_dict',
    set: written((tensors) => ({ 'pytorch_model.bin': torchFile([['epoch', 3], ['state_dict', { tensors }]]) })),
    severity: 'warning',
    verdicts: wrong,
  },
  { when: 'a number lies beside the tensors', set: written((tensors) => ({ 'pytorch_model.bin': torchFile([...tensors.map((t) => [t.name, t]), ['epoch', 3]]) })), verdicts: loads },
);

codeTest(
  'names/gamma-beta',
  {
    when: 'norms are called gamma and beta',
    set: files((set) => ({
      ...set,
      tensors: set.tensors.map((t) => ({ ...t, name: t.name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta') })),
    })),
    severity: 'note',
    verdicts: loads,
  },
  { when: 'a tensor of no norm is called gamma', set: files(plus(['extra.gamma', [64, 3]])), verdicts: loads },
);

codeTest(
  'names/dense-act',
  { when: 'intermediate.dense is called dense_act', set: renamed('intermediate.dense.', 'intermediate.dense_act.'), severity: 'warning', verdicts: wrong },
  { when: 'a part of no layer is called so', set: files(plus(['extra.dense_act.weight', [64, 3]])), verdicts: loads },
);

codeTest(
  'names/not-used',
  [
    { when: 'AutoModel leaves the heads aside', set: files(), severity: 'note', verdicts: loads },
    {
      when: 'an old buffer is the only tensor too many',
      set: files((set) => ({
        ...without(/^cls/)(set),
        tensors: [...without(/^cls/)(set).tensors, { name: 'bert.embeddings.position_ids', dtype: 'int64', shape: [1, 64], values: Array.from({ length: 64 }, (_, i) => i) }],
      })),
      severity: 'note',
      verdicts: loads,
    },
  ],
  [
    { when: 'the class has every part of the file', set: files(), consumers: native({ class: 'BertForPreTraining' }), verdicts: loads },
    { when: 'a tensor too many is known to no rule', set: files(plus(['extra.weight', [64, 3]])), verdicts: loads },
  ],
);

codeTest(
  'config/model-type-missing',
  [
    { when: 'config.json has none', set: config({ model_type: undefined }), severity: 'error', verdicts: refuses },
    {
      when: 'there are no weights either, and the name of the config says whose it is',
      set: files((set) => ({ ...set, config: { ...set.config, model_type: undefined }, write: () => ({}) })),
      severity: 'error',
    },
    { when: 'a Bert class is asked for, which needs none', set: config({ model_type: undefined }), consumers: native({ class: 'BertModel' }), severity: 'note', verdicts: loads },
    {
      when: 'transformers 4 finds the type in the path',
      set: files((set) => ({ ...set, folder: 'my-bert', config: { ...set.config, model_type: undefined } })),
      consumers: native({ transformers: 4 }),
      severity: 'note',
      verdicts: loads,
    },
  ],
  { when: 'it says bert', set: files(), verdicts: loads },
);

codeTest(
  'config/model-type-wrong',
  [
    {
      when: 'it says roberta, the tokenizer is named',
      set: files((set) => ({ ...set, config: { ...set.config, model_type: 'roberta' }, more: { 'tokenizer_config.json': '{"tokenizer_class": "BertTokenizer"}' } })),
      severity: 'warning',
      verdicts: wrong,
    },
    { when: 'it says roberta, and a Bert class gets the other tokenizer', set: config({ model_type: 'roberta' }), consumers: native({ class: 'BertModel' }), severity: 'warning', verdicts: wrong },
    { when: 'transformers 4 builds that tokenizer', set: config({ model_type: 'roberta' }), consumers: native({ class: 'BertModel', transformers: 4 }), severity: 'error', verdicts: refuses },
  ],
  [
    { when: 'it says bert', set: files(), verdicts: loads },
    { when: "the tensors are RoBERTa's", set: files((set) => ({ ...set, config: { ...set.config, model_type: 'roberta' }, tensors: set.tensors.map((t) => ({ ...t, name: t.name.replace(/^bert/, 'roberta') })) })), verdicts: loads },
  ],
);

codeTest(
  'weights/decoder-not-tied',
  [
    { when: 'the file has a decoder of its own', set: files(plus(['cls.predictions.decoder.weight', [200, 64]])), severity: 'note', verdicts: loads },
    {
      when: 'a class uses it',
      set: files(plus(['cls.predictions.decoder.weight', [200, 64]])),
      consumers: native({ class: 'BertForMaskedLM' }),
      severity: 'warning',
      verdicts: loads,
    },
  ],
  [
    {
      when: 'it is a copy of the word table',
      set: files((set) => ({ ...set, tensors: [...set.tensors, { ...set.tensors.find((t) => t.name.includes('word_emb')), name: 'cls.predictions.decoder.weight' }] })),
      verdicts: loads,
    },
    {
      when: 'the config switches tying off',
      set: files((set) => ({ ...plus(['cls.predictions.decoder.weight', [200, 64]])(set), config: { ...set.config, tie_word_embeddings: false } })),
      verdicts: loads,
    },
  ],
);

codeTest(
  'set/adapter-only',
  [
    {
      when: 'only LoRA tensors are there',
      set: files((set) => ({
        ...set,
        config: null,
        vocab: null,
        tensors: [{ name: 'base_model.model.encoder.layer.0.attention.self.query.lora_A.weight', dtype: 'float32', shape: [4, 64], values: new Float32Array(256).fill(0.1) }],
        write: (tensors) => ({ 'adapter_model.safetensors': safetensors(tensors), 'adapter_config.json': '{"peft_type": "LORA"}' }),
      })),
      severity: 'error',
      verdicts: refuses,
    },
    {
      when: 'they go by the name of a model with a complete config',
      set: files((set) => ({
        ...set,
        tensors: [{ name: 'base_model.model.encoder.layer.0.attention.self.query.lora_A.weight', dtype: 'float32', shape: [4, 64], values: new Float32Array(256).fill(0.1) }],
      })),
      severity: 'warning',
      verdicts: wrong,
    },
  ],
  { when: 'the base model is there too', set: files(plus(['bert.encoder.layer.0.attention.self.query.lora_A.weight', [4, 64]])), verdicts: loads },
);
